"""The arithmetic of the decode bench: from single answers to rates, times and budgets kept."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from simulator.engines import FLOOR, OURS, OURS_STREAM

EMPTY, IDLE = "empty", "idle"  # each frame of another camera; one camera, and someone walks by

# What a city's lanes are promised (docs/benchmarks.md).
PUBLIC_PERCENT_MIN = 94.0
UNION_PERCENT_MIN = 98.0
POINTS_ABOVE_MIN = 8.0
P95_RATIO_MAX = 20.0
EMPTY_RATIO_MAX = 1.3
USABLE_FRAMES_MAX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One picture before one engine."""

    kind: str
    number: int  # of the picture within its kind
    engine: str
    read: bool  # the right text, whatever else
    wrong: bool  # a text that is not on the picture
    cpu_ms: float
    cut_off: bool = False
    failed: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one engine did on one kind of picture."""

    kind: str
    engine: str
    pictures: int
    read: int
    wrong: int
    cut_off: int
    failed: int
    median_ms: float
    p95_ms: float

    @property
    def percent(self) -> float:
        """Share of the pictures that was read."""
        return 100 * self.read / self.pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """One presentation before our ladder, as far as its first right reading."""

    kind: str
    number: int
    first_read: int | None  # frame, from 1; None: it was not read within the video
    usable: int  # frames up to there that at least one engine reads by itself

    @property
    def counts(self) -> bool:
        """Whether the video proves anything: someone could read a frame of it."""
        return self.first_read is not None or self.usable > 0

    @property
    def usable_needed(self) -> int:
        """The usable frame that was read, from 1; one more than there were if none was."""
        return self.usable + (self.first_read is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One figure that must be kept, and whether it is."""

    name: str
    value: float | None  # None: it could not be measured
    budget: str
    kept: bool | None
    detail: str = ""


def rows_of(samples: Iterable[Sample]) -> list[Row]:
    """Return a row for each kind and engine, in the order in which they first came."""
    grouped: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        grouped.setdefault((sample.kind, sample.engine), []).append(sample)
    return [_row(kind, engine, group) for (kind, engine), group in grouped.items()]


def all_kinds(samples: Iterable[Sample], kind: str) -> list[Row]:
    """Return a row for each engine over everything, under the name of `kind`."""
    grouped: dict[str, list[Sample]] = {}
    for sample in samples:
        grouped.setdefault(sample.engine, []).append(sample)
    return [_row(kind, engine, group) for engine, group in grouped.items()]


def _row(kind: str, engine: str, group: Sequence[Sample]) -> Row:
    times = [sample.cpu_ms for sample in group]
    return Row(
        kind=kind,
        engine=engine,
        pictures=len(group),
        read=sum(sample.read for sample in group),
        wrong=sum(sample.wrong for sample in group),
        cut_off=sum(sample.cut_off for sample in group),
        failed=sum(sample.failed is not None for sample in group),
        median_ms=statistics.median(times),
        p95_ms=percentile(times, 95),
    )


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the least value that at least `percent` of `values` do not pass."""
    place = -(-len(values) * percent // 100)  # rounded up
    return sorted(values)[max(0, place - 1)]


def union_read(samples: Iterable[Sample]) -> dict[str, int]:
    """Return how many pictures of each kind at least one engine read."""
    pictures = {(sample.kind, sample.number) for sample in samples if sample.read}
    union: dict[str, int] = {}
    for kind, _ in pictures:
        union[kind] = union.get(kind, 0) + 1
    return union


def drawn_promises(samples: Sequence[Sample]) -> list[Promise]:
    """Return what is promised of drawn frames."""
    whole = {row.engine: row for row in all_kinds(samples, "")}
    ours, floor = whole[OURS], whole[FLOOR]
    union = sum(union_read(samples).values())
    above = ours.percent - floor.percent
    rows = {(row.kind, row.engine): row for row in rows_of(samples)}
    kinds = list(dict.fromkeys(sample.kind for sample in samples))
    gaps = {kind: rows[kind, OURS].percent - rows[kind, FLOOR].percent for kind in kinds}
    worst = min(gaps, key=lambda kind: gaps[kind])
    return [
        _at_least(
            "of what all engines together read, %",
            100 * ours.read / union if union else 100.0,
            UNION_PERCENT_MIN,
            f"{ours.read} of {union}",
        ),
        _at_least("points above zxing-cpp", above, POINTS_ABOVE_MIN),
        _at_least("points above zxing-cpp in the worst kind", gaps[worst], 0.0, worst),
        _at_most(
            "p95 to zxing-cpp's median",
            ours.p95_ms / floor.median_ms,
            P95_RATIO_MAX,
            f"{ours.p95_ms:.1f} to {floor.median_ms:.1f} ms",
        ),
        _at_most("wrong texts", ours.wrong, 0),
    ]


def public_promise(samples: Sequence[Sample]) -> Promise:
    """Return what is promised of public pictures."""
    ours = {row.engine: row for row in all_kinds(samples, "")}[OURS]
    detail = f"{ours.read} of {ours.pictures}"
    return _at_least("of zxing's public pictures, %", ours.percent, PUBLIC_PERCENT_MIN, detail)


def empty_promises(samples: Sequence[Sample]) -> list[Promise]:
    """Return what is promised of frames without a code, as a lane sees them."""
    rows = {(row.kind, row.engine): row for row in rows_of(samples)}
    median = rows[EMPTY, OURS_STREAM].median_ms / rows[EMPTY, FLOOR].median_ms
    spent = {
        engine: sum(one.cpu_ms for one in samples if (one.kind, one.engine) == (IDLE, engine))
        for engine in (FLOOR, OURS_STREAM)
    }
    wrong = sum(sample.wrong for sample in samples if sample.engine in {OURS, OURS_STREAM})
    return [
        _at_most("a strange empty frame to zxing-cpp, medians", median, EMPTY_RATIO_MAX),
        _at_most(
            "an idle lane to zxing-cpp, CPU in all",
            spent[OURS_STREAM] / spent[FLOOR],
            EMPTY_RATIO_MAX,
        ),
        _at_most("texts read where there is none", wrong, 0),
    ]


def video_promise(videos: Sequence[Video]) -> Promise:
    """Return within how many usable frames the right text comes, at worst."""
    counted = [video for video in videos if video.counts]
    if not counted:
        return Promise(name=_VIDEO, value=None, budget=f"<= {USABLE_FRAMES_MAX}", kept=None)
    worst = max(counted, key=lambda video: video.usable_needed)
    late = sum(video.usable_needed > USABLE_FRAMES_MAX for video in counted)
    detail = f"{len(counted)} videos, {late} late, worst: {worst.kind} {worst.number}"
    return _at_most(_VIDEO, worst.usable_needed, USABLE_FRAMES_MAX, detail)


_VIDEO = "usable frames until the right text, at worst"


def _at_least(name: str, value: float, least: float, detail: str = "") -> Promise:
    return Promise(
        name=name, value=value, budget=f">= {least:g}", kept=value >= least, detail=detail
    )


def _at_most(name: str, value: float, most: float, detail: str = "") -> Promise:
    return Promise(name=name, value=value, budget=f"<= {most:g}", kept=value <= most, detail=detail)


def members(row: Row, union: Mapping[str, int]) -> dict[str, object]:
    """Return the JSON object of one row."""
    return {
        "kind": row.kind,
        "engine": row.engine,
        "pictures": row.pictures,
        "read": row.read,
        "percent": round(row.percent, 2),
        "union": union.get(row.kind, 0),
        "wrong": row.wrong,
        "cut_off": row.cut_off,
        "failed": row.failed,
        "cpu_ms_median": round(row.median_ms, 3),
        "cpu_ms_p95": round(row.p95_ms, 3),
    }
