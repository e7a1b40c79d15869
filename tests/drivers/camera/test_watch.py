from itertools import pairwise

import pytest

from drivers.camera.watch import (
    COVERED_MS,
    FLOOD_SECONDS,
    FRAMES_MAX,
    REOPEN_MS_MAX,
    FloodWatch,
    Glance,
    SceneWatch,
    Verdict,
)

FROZEN_AFTER_MS = 20_000


def hall(digest: int = 1) -> Glance:
    return Glance(digest=digest, mean=110.0, deviation=40.0, spread=120)


CAP = Glance(digest=0, mean=3.0, deviation=2.0, spread=2)


@pytest.fixture
def watch() -> SceneWatch:
    return SceneWatch(FROZEN_AFTER_MS)


@pytest.mark.parametrize(
    ("mean", "deviation", "spread", "blank"),
    [
        (0, 0, 0, True),  # a cap
        (128, 6, 10, True),  # a hand or paper right before the lens
        (255, 0, 0, True),
        (128, 6.1, 10, False),
        (128, 6, 11, False),
        (40, 12, 20, True),  # dark, with the noise of automatic gain
        (40.1, 12, 20, False),
        (40, 12.1, 20, False),
        (40, 12, 21, False),
        (128, 100, 8, False),  # a code that fills the picture evenly
        (8, 25, 200, False),  # a phone in a dark hall
    ],
)
def test_blank_is_what_is_flat_or_dark_and_nearly_flat(
    mean: float, deviation: float, spread: int, *, blank: bool
) -> None:
    glance = Glance(digest=0, mean=mean, deviation=deviation, spread=spread)
    assert glance.is_blank is blank


@pytest.mark.parametrize(
    ("after_ms", "verdict"), [(COVERED_MS - 1, Verdict.SHOW), (COVERED_MS, Verdict.COVERED)]
)
def test_lens_is_covered_after_some_seconds(
    watch: SceneWatch, after_ms: int, verdict: Verdict
) -> None:
    assert watch.look(CAP, 1_000) is Verdict.SHOW
    assert watch.look(CAP, 1_000 + after_ms) is verdict


def test_first_frame_that_shows_something_is_shown_and_the_seconds_begin_anew(
    watch: SceneWatch,
) -> None:
    watch.look(CAP, 0)
    assert watch.look(CAP, 60_000) is Verdict.COVERED
    assert watch.look(hall(), 60_100) is Verdict.SHOW
    assert watch.look(CAP, 60_200) is Verdict.SHOW
    assert watch.look(CAP, 60_200 + COVERED_MS - 1) is Verdict.SHOW


def test_covered_lens_is_never_taken_for_a_frozen_camera(watch: SceneWatch) -> None:
    verdicts = {watch.look(CAP, now_ms) for now_ms in range(COVERED_MS, 3_600_000, 1_000)}
    assert verdicts == {Verdict.SHOW, Verdict.COVERED}


@pytest.mark.parametrize(
    ("after_ms", "verdict"),
    [(FROZEN_AFTER_MS - 1, Verdict.SHOW), (FROZEN_AFTER_MS, Verdict.REOPEN)],
)
def test_camera_that_repeats_its_picture_is_opened_again(
    watch: SceneWatch, after_ms: int, verdict: Verdict
) -> None:
    assert watch.look(hall(), 500) is Verdict.SHOW
    assert watch.look(hall(), 500 + after_ms) is verdict


def told(watch: SceneWatch, *, until_ms: int, step_ms: int = 100) -> list[tuple[int, Verdict]]:
    """Return each change of the verdict on a still picture, and when it came."""
    changes: list[tuple[int, Verdict]] = []
    for now_ms in range(0, until_ms, step_ms):
        verdict = watch.look(hall(), now_ms)
        if verdict is Verdict.REOPEN or not changes or changes[-1][1] is not verdict:
            changes.append((now_ms, verdict))
    return changes


def test_camera_is_frozen_only_when_it_repeats_itself_after_the_opening_too(
    watch: SceneWatch,
) -> None:
    assert told(watch, until_ms=150_000) == [
        (0, Verdict.SHOW),
        (20_000, Verdict.REOPEN),
        (20_100, Verdict.SHOW),
        (40_000, Verdict.FROZEN),
        (80_000, Verdict.REOPEN),
        (80_100, Verdict.FROZEN),
    ]


def test_frozen_camera_is_opened_less_and_less_often_and_for_ever(watch: SceneWatch) -> None:
    day_ms = 86_400_000
    openings = [
        at
        for at, verdict in told(watch, until_ms=day_ms, step_ms=1_000)
        if verdict is Verdict.REOPEN
    ]
    gaps = [later - earlier for earlier, later in pairwise(openings)]
    assert gaps == sorted(gaps)
    assert gaps[-1] == REOPEN_MS_MAX
    assert day_ms - openings[-1] <= REOPEN_MS_MAX


def test_another_picture_is_shown_at_once_and_the_camera_is_well(watch: SceneWatch) -> None:
    told(watch, until_ms=500_000)
    assert watch.look(hall(2), 500_000) is Verdict.SHOW
    assert watch.look(hall(2), 500_000 + FROZEN_AFTER_MS - 1) is Verdict.SHOW
    assert watch.look(hall(2), 500_000 + FROZEN_AFTER_MS) is Verdict.REOPEN


def test_watch_for_frozen_cameras_can_be_off() -> None:
    assert told(SceneWatch(0), until_ms=3_600_000, step_ms=1_000) == [(0, Verdict.SHOW)]
    patient = SceneWatch(2 * REOPEN_MS_MAX)
    openings = [
        at
        for at, verdict in told(patient, until_ms=10**7, step_ms=1_000)
        if verdict is Verdict.REOPEN
    ]
    assert openings[0] == 2 * REOPEN_MS_MAX


def flooded(*per_second: int) -> bool:
    """Return whether so many frames, each second's spread over it, are too many in the end."""
    flood, verdict = FloodWatch(), False
    for second, count in enumerate(per_second, start=10):
        for number in range(count):
            verdict = flood.receive(second * 1000 + number * 1000 // count)
    return verdict


@pytest.mark.parametrize(
    ("per_second", "floods"),
    [
        ([30] * 10, False),
        ([FRAMES_MAX] * 10 + [1], False),
        ([FRAMES_MAX + 1] * FLOOD_SECONDS + [1], True),
        ([FRAMES_MAX + 1] * FLOOD_SECONDS, False),  # the last second is not over
        ([FRAMES_MAX + 1] * (FLOOD_SECONDS - 1) + [30, FRAMES_MAX + 1, 1], False),
        ([FRAMES_MAX + 1] * (FLOOD_SECONDS - 1) + [0, FRAMES_MAX + 1, 1], False),
        ([10_000, 30, 30, 30], False),  # a network that catches up
    ],
)
def test_too_many_frames_are_too_many_for_some_seconds_on_end(
    per_second: list[int], *, floods: bool
) -> None:
    assert flooded(*per_second) is floods
