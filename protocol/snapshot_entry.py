"""Counter snapshots: what the entries up to some number led to, so that those may be erased.

A set is one or more entries of type `snapshot` with the same `through`; other entries may stand
between them. What each tells is at least as new as entry `through`, so the set and all entries
behind `through` together tell what all entries told. A set through 0 is what an epoch began with.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from protocol.snapshot import Marks, read_marks

# A mark is at most 80 octets as JSON where its lane has 16, so that a line stays below 4,096.
MARKS_PER_ENTRY = 40
# One of a use is at most 270, with its longest names and numbers; one of a key 100.
USES_PER_ENTRY = 14
KEYS_PER_ENTRY = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRecord:
    """One part of a snapshot set; parts are numbered from 0."""

    through: int
    part: int
    is_last: bool
    marks: Marks

    def members(self) -> dict[str, object]:
        """Return the members of the journal line behind its type."""
        told = {"through": self.through, "part": self.part, "last": self.is_last}
        return {**told, **self.marks.members()}


def read_snapshot(fields: Mapping[str, object]) -> SnapshotRecord:
    """Return the part of a set that a journal line's members tell.

    Raises:
        ValueError: a member is missing or mistyped.
    """
    match fields:
        case {
            "through": int() as through,
            "part": int() as part,
            "last": bool() as is_last,
        } if through >= 0 and part >= 0:
            marks = read_marks(fields)
            return SnapshotRecord(through=through, part=part, is_last=is_last, marks=marks)
        case _:
            raise ValueError("through, part or last is missing or mistyped")


def snapshot_set(marks: Marks, *, through: int) -> list[SnapshotRecord]:
    """Return the parts of a set that tells `marks`."""
    parts = list(marks.parts(MARKS_PER_ENTRY // 2, USES_PER_ENTRY)) or [Marks()]
    return [
        SnapshotRecord(through=through, part=number, is_last=number == len(parts) - 1, marks=part)
        for number, part in enumerate(parts)
    ]
