"""Reading the memory for a snapshot set, in order of its keys and a few rows at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from protocol.snapshot import Marks, read_marks
from protocol.snapshot_entry import (
    KEYS_PER_ENTRY,
    MARKS_PER_ENTRY,
    USES_PER_ENTRY,
    SnapshotRecord,
)

Read = Callable[[str, tuple[Any, ...]], list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """How rows of a table become marks."""

    member: str  # of a snapshot's line
    columns: str  # in the order of a mark
    key: str  # all are behind `after` in it
    after: tuple[str | int, ...]  # what is before every row
    rows: int  # that fit into an entry


# In the order in which they are read. Of what was answered only this epoch's counts: nothing can
# refer to an earlier one.
MARKED: Mapping[str, _Table] = {
    "shown": _Table(
        member="phones",
        columns="pseudonym, iat, at",
        key="pseudonym",
        after=("",),
        rows=MARKS_PER_ENTRY,
    ),
    "shown_static": _Table(
        member="cards",
        columns="pseudonym, at, lane",
        key="pseudonym",
        after=("",),
        rows=MARKS_PER_ENTRY,
    ),
    "uses": _Table(
        member="uses",
        columns="*",
        key="pseudonym, epoch, seq",
        after=("", 0, 0),
        rows=USES_PER_ENTRY,
    ),
    "keyed": _Table(member="keys", columns="*", key="digest", after=("",), rows=KEYS_PER_ENTRY),
    "answered": _Table(
        member="answered", columns="seq, by_seq", key="seq", after=(0,), rows=MARKS_PER_ENTRY
    ),
}


class SnapshotTaker:
    """Reads the memory in order of its keys."""

    def __init__(self, read: Read, *, epoch: int, through: int) -> None:
        self._read, self._epoch, self.through = read, epoch, through
        self._part = 0
        self._tables = list(MARKED)
        self._after = MARKED[self._tables[0]].after

    def parts(self, count: int) -> list[SnapshotRecord]:
        """Return the next parts, up to `count`; they are gone on from at once."""
        made = list[SnapshotRecord]()
        while len(made) < count and self._tables:
            made.append(self._next())
        return made

    def _next(self) -> SnapshotRecord:
        name = self._tables[0]
        table = MARKED[name]
        rows = self._rows(name, table)
        if len(rows) < table.rows:
            self._tables = self._tables[1:]
            self._after = MARKED[self._tables[0]].after if self._tables else ()
        else:
            self._after = tuple(_told(value) for value in rows[-1][: len(table.after)])
        record = SnapshotRecord(
            through=self.through,
            part=self._part,
            is_last=not self._tables,
            marks=_marks(table.member, rows),
        )
        self._part += 1
        return record

    def _rows(self, name: str, table: _Table) -> list[tuple[Any, ...]]:
        behind = ", ".join("?" * len(table.after))
        of_epoch = f" AND epoch = {self._epoch:d}" if name == "answered" else ""
        return self._read(
            f"SELECT {table.columns} FROM {name} WHERE ({table.key}) > ({behind}){of_epoch}"  # noqa: S608  # names of ours
            f" ORDER BY {table.key} LIMIT ?",
            (*self._after, table.rows),
        )


def _marks(member: str, rows: Sequence[Sequence[object]]) -> Marks:
    """Return the marks in rows of one table, but for those that are damaged."""
    return _read(
        member, [row for row in ([_told(v) for v in row] for row in rows) if _is_one(member, row)]
    )


def _is_one(member: str, row: list[object]) -> bool:
    try:
        _read(member, [row])
    except ValueError:
        return False
    return True


def _read(member: str, rows: list[list[object]]) -> Marks:
    return read_marks({"phones": [], "cards": [], member: rows})


def _told(value: Any) -> Any:
    """Return a column as JSON has it."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
