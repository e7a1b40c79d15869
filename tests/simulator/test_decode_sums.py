from typing import Any

import pytest

from simulator.decode_sums import (
    Sample,
    Video,
    all_kinds,
    drawn_promises,
    empty_promises,
    percentile,
    public_promise,
    rows_of,
    union_read,
    video_promise,
)


def sample(engine: str, number: int = 0, **others: Any) -> Sample:
    usual: dict[str, Any] = {"kind": "clean", "read": True, "wrong": False, "cpu_ms": 1.0}
    return Sample(engine=engine, number=number, **usual | others)


def test_row_counts_what_each_engine_did() -> None:
    (row,) = rows_of(
        [
            sample("zbar", 0, cpu_ms=1.0),
            sample("zbar", 1, cpu_ms=3.0, read=False, failed="ValueError"),
            sample("zbar", 2, cpu_ms=2.0, read=False, wrong=True),
            sample("zbar", 3, cpu_ms=5_000.0, read=False, cut_off=True),
        ]
    )
    assert (row.pictures, row.read, row.percent) == (4, 1, 25)
    assert (row.wrong, row.failed, row.cut_off) == (1, 1, 1)
    assert (row.median_ms, row.p95_ms) == (2.5, 5_000.0)


def test_rows_keep_kinds_apart_and_the_whole_does_not() -> None:
    samples = [sample("zxing", kind="clean"), sample("zxing", kind="glare", read=False)]
    assert [(row.kind, row.percent) for row in rows_of(samples)] == [("clean", 100), ("glare", 0)]
    assert [row.percent for row in all_kinds(samples, "all")] == [50]


@pytest.mark.parametrize(("count", "expected"), [(1, 1), (19, 19), (20, 19), (21, 20), (100, 95)])
def test_percentile_is_one_of_the_values(count: int, expected: int) -> None:
    assert percentile([float(value) for value in range(1, count + 1)], 95) == expected


def test_union_counts_a_picture_once_whoever_read_it() -> None:
    samples = [
        sample("ours", 0),
        sample("zxing", 0),
        sample("ours", 1, read=False),
        sample("zxing", 1),
        sample("ours", 2, read=False),
        sample("zxing", 2, read=False),
    ]
    assert union_read(samples) == {"clean": 2}


def drawn(*, ours: int, floor: int, of: int = 100) -> list[Sample]:
    return [
        sample(engine, number, read=number < read)
        for engine, read in (("ours", ours), ("zxing", floor))
        for number in range(of)
    ]


def kept(samples: list[Sample]) -> dict[str, bool | None]:
    return {promise.name: promise.kept for promise in drawn_promises(samples)}


@pytest.mark.parametrize(("ours", "expected"), [(87, False), (88, True)])
def test_eight_points_above_the_floor_are_asked_for(ours: int, expected: bool) -> None:  # noqa: FBT001  # a parameter
    assert kept(drawn(ours=ours, floor=80))["points above zxing-cpp"] is expected


def test_union_is_asked_for_in_all_but_two_of_a_hundred() -> None:
    name = "of what all engines together read, %"
    others = [sample("wechat", number) for number in range(100)]
    assert kept(drawn(ours=98, floor=80) + others)[name]
    assert not kept(drawn(ours=97, floor=80) + others)[name]


def test_kind_in_which_the_floor_reads_more_breaks_the_promise() -> None:
    glare = [
        sample("ours", kind="glare", read=False),
        sample("zxing", kind="glare", read=True),
    ]
    by_name = {one.name: one for one in drawn_promises(drawn(ours=100, floor=50) + glare)}
    worst = by_name["points above zxing-cpp in the worst kind"]
    assert (worst.value, worst.kept, worst.detail) == (-100, False, "glare")


def test_cost_is_held_against_the_median_of_the_floor() -> None:
    samples = [sample("ours", cpu_ms=40.0), sample("zxing", cpu_ms=2.0)]
    assert kept(samples)["p95 to zxing-cpp's median"]
    dearer = [sample("ours", cpu_ms=40.1), sample("zxing", cpu_ms=2.0)]
    assert not kept(dearer)["p95 to zxing-cpp's median"]


def test_wrong_text_breaks_a_promise() -> None:
    samples = [sample("ours", wrong=True), sample("zxing")]
    assert not kept(samples)["wrong texts"]


def without_code(empty_ms: list[float], idle_ms: list[float]) -> list[Sample]:
    """Return frames that took the floor 2 ms each, and our stream so long."""
    return [
        sample(engine, number, kind=kind, read=False, cpu_ms=ms)
        for kind, spent in (("empty", empty_ms), ("idle", idle_ms))
        for number, ours_ms in enumerate(spent)
        for engine, ms in (("zxing", 2.0), ("ours-stream", ours_ms))
    ]


def test_strange_empty_frames_are_held_against_the_floor_by_medians() -> None:
    cost = empty_promises(without_code([2.6, 1.0, 99.0], [1.0]))[0]
    assert (cost.value, cost.kept) == (1.3, True)
    assert not empty_promises(without_code([2.7, 1.0, 99.0], [1.0]))[0].kept


def test_idle_lane_is_held_against_the_floor_by_all_it_spends() -> None:
    cost = empty_promises(without_code([2.0], [1.0, 4.2]))[1]
    assert (cost.value, cost.kept) == (1.3, True)
    assert not empty_promises(without_code([2.0], [1.0, 4.3]))[1].kept


def test_text_where_there_is_none_breaks_a_promise() -> None:
    frames = without_code([2.0], [2.0])
    assert empty_promises(frames)[2].kept
    ghost = sample("ours", kind="empty", read=False, wrong=True)
    assert not empty_promises([*frames, ghost])[2].kept


def test_public_pictures_have_a_least_share() -> None:
    assert public_promise([sample("ours", number, read=number < 94) for number in range(100)]).kept
    less = public_promise([sample("ours", number, read=number < 93) for number in range(100)])
    assert (less.kept, less.detail) == (False, "93 of 100")


def video(first_read: int | None, usable: int) -> Video:
    return Video(kind="glare", number=0, first_read=first_read, usable=usable)


def test_right_text_must_come_with_the_third_usable_frame() -> None:
    assert video_promise([video(9, 3), video(1, 1)]).kept
    assert not video_promise([video(4, 4)]).kept
    assert video_promise([video(5, 0)]).value == 0  # ours alone read it, of several frames


def test_video_that_is_never_read_is_late_by_its_usable_frames() -> None:
    assert video_promise([video(None, 3)]).value == 4
    assert not video_promise([video(None, 3)]).kept


def test_video_that_nobody_can_read_proves_nothing() -> None:
    assert video_promise([video(None, 0)]).kept is None
    assert video_promise([video(None, 0), video(1, 1)]).kept
