"""The tables of the decode bench, for people and for programs."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from protocol.journal import compact
from simulator.benched_decode import Measured, engines_in
from simulator.decode_sums import (
    EMPTY,
    IDLE,
    Promise,
    Row,
    Sample,
    Video,
    all_kinds,
    members,
    rows_of,
    union_read,
)
from simulator.view import Screen

_ALL = "all drawn"
# A line of 80 columns holds a dozen engines only by short names.
_SHORT = {"zxing-2x": "2x", "zxing-sharp": "sharp", "cv-aruco": "aruco", "ours-stream": "stream"}
_COUNTS = "cut_off", "failed"


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Give a function that shows on standard error, if that is a terminal, what is being done."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with Console(stderr=True).status("starting the engines") as status:
        yield status.update


def print_decoders(measured: Measured, title: str, *, as_json: bool) -> None:
    """Print tables, or one JSON object a line: rows, then promises."""
    if as_json:
        _print_objects(measured)
        return
    screen = Screen()
    screen.print(_rates(measured, title))
    screen.print(_times(measured))
    screen.print(_videos(measured.videos))
    screen.print(_promises(measured.promises()))
    for line in measured.skipped:
        screen.print(f"not measured: {line}")


def _print_objects(measured: Measured) -> None:
    for samples in (measured.drawn, measured.public, measured.empty):
        union = union_read(samples)
        for row in rows_of(samples):
            print(compact(members(row, union)).decode(), flush=True)
    for video in measured.videos:
        told = {"video": video.kind, "number": video.number, "usable": video.usable}
        print(compact(told | {"first_read": video.first_read}).decode(), flush=True)
    for promise in measured.promises():
        print(compact(_promise_members(promise)).decode(), flush=True)
    for line in measured.skipped:
        print(compact({"skipped": line}).decode(), flush=True)


def _promise_members(promise: Promise) -> dict[str, object]:
    value = None if promise.value is None else round(promise.value, 3)
    return {
        "promise": promise.name,
        "value": value,
        "budget": promise.budget,
        "kept": promise.kept,
        "detail": promise.detail,
    }


def _rates(measured: Measured, title: str) -> Table:
    """Return the share that each engine reads of each kind."""
    engines = engines_in(measured.drawn)
    table = _lean(f"{title}: % read", "kind", *map(_short, engines), "union")
    drawn = list(measured.drawn)
    for kind in dict.fromkeys(sample.kind for sample in drawn):
        _add_rates(table, kind, [sample for sample in drawn if sample.kind == kind], engines)
    table.add_section()
    _add_rates(table, _ALL, drawn, engines)
    if measured.public:
        _add_rates(table, "public", measured.public, engines)
    return table


def _add_rates(table: Table, name: str, samples: Sequence[Sample], engines: list[str]) -> None:
    rows = {row.engine: row for row in all_kinds(samples, name)}
    union = 100 * sum(union_read(samples).values()) / rows[engines[0]].pictures
    shares = [*(rows[engine].percent for engine in engines), union]
    table.add_row(name, *(f"{share:.1f}" if name == _ALL else f"{share:.0f}" for share in shares))


def _times(measured: Measured) -> Table:
    """Return what each engine spends, and what else it did."""
    title = "CPU ms a picture: median / p95"
    columns = "engine", _ALL, "empty", "idle", "public", "cut off", "failed", "wrong"
    table = _lean(title, *columns)
    groups = [
        {row.engine: row for row in all_kinds(samples, "")}
        for samples in (measured.drawn, *_without_code(measured), measured.public)
    ]
    for name in dict.fromkeys(engine for group in groups for engine in group):
        rows = [group.get(name) for group in groups]
        there = [row for row in rows if row is not None]
        cut_off, failed = (sum(getattr(row, what) for row in there) for what in _COUNTS)
        # A public photograph may have a second code, with another text, which is not wrong.
        wrong = sum(row.wrong for row in rows[:3] if row is not None)
        table.add_row(
            _short(name),
            *(_spent(row) for row in rows),
            *(str(n or "") for n in (cut_off, failed, wrong)),
        )
    return table


def _without_code(measured: Measured) -> list[list[Sample]]:
    return [[one for one in measured.empty if one.kind == kind] for kind in (EMPTY, IDLE)]


def _spent(row: Row | None) -> str:
    return "" if row is None else f"{row.median_ms:.1f} / {row.p95_ms:.1f}"


def _videos(videos: Sequence[Video]) -> Table:
    """Return how soon our stream reads the videos of each kind; those that nobody reads are out."""
    table = _lean("our stream: right text at frame", "kind", "videos", "read", "at worst", "usable")
    for kind in dict.fromkeys(video.kind for video in videos):
        of_kind = [video for video in videos if video.kind == kind and video.counts]
        firsts = [video.first_read for video in of_kind if video.first_read is not None]
        usable = max((video.usable_needed for video in of_kind), default=0)
        table.add_row(
            kind, str(len(of_kind)), str(len(firsts)), str(max(firsts, default="-")), str(usable)
        )
    return table


def _promises(promises: Sequence[Promise]) -> Table:
    table = _lean("what is promised", "promise", "value", "budget", "")
    for promise in promises:
        value = "-" if promise.value is None else f"{promise.value:.2f}"
        mark = {True: "kept", False: "MISSED", None: "not measured"}[promise.kept]
        told = f"{mark}: {promise.detail}" if promise.detail else mark
        table.add_row(promise.name, value, promise.budget, told)
    return table


def _lean(title: str, *headings: str) -> Table:
    """Return an empty table without lines between columns; its first one is of words."""
    table = Table(title=title, box=SIMPLE_HEAD, padding=0, pad_edge=False)
    for heading in headings:
        words = heading in {headings[0], ""}
        table.add_column(heading, justify="left" if words else "right", no_wrap=heading != "")
    return table


def _short(engine: str) -> str:
    return _SHORT.get(engine, engine)
