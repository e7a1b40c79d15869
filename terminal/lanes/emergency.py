"""Who wants a lane to stand open, and what an earlier start left open. Pure.

A fire alarm's contact asks for as long as it is active; a person asks until he takes it back.
"""

from collections.abc import Iterable
from enum import Enum

from protocol.journal import LineMalformed, read_line
from protocol.use import NoteKind
from verifier.profile import EntryType

# Looked at as the daemon starts: what sixteen lanes write within minutes. A lane that stood open
# longer than that is told by the journal alone.
LINES_LOOKED_BACK = 2_000


class Source(Enum):
    """Who may ask for it."""

    OPERATOR = "operator"  # the command, or a program by the local interface
    CONTACT = "contact"  # the lane's own release contact


class Emergency:
    """One lane's."""

    def __init__(self) -> None:
        self._asked_by: frozenset[Source] = frozenset()

    @property
    def is_on(self) -> bool:
        """Return whether anybody asks."""
        return bool(self._asked_by)

    @property
    def by(self) -> str:
        """Return who asks, in words; empty: nobody."""
        return " and ".join(sorted(source.value for source in self._asked_by))

    def ask(self, source: Source, *, is_open: bool) -> None:
        """Take what `source` wants from now on."""
        if is_open:
            self._asked_by |= {source}
        else:
            self._asked_by -= {source}


def left_open(lines: Iterable[bytes]) -> frozenset[str]:
    """Return the lanes whose last emergency, of those in `lines`, has a beginning and no end.

    Args:
        lines: of the journal, oldest first; one that makes no sense says nothing here.
    """
    lanes = dict[str, bool]()
    for line in lines:
        try:
            told = read_line(line)
        except LineMalformed:
            continue  # `journal verify` is what names it
        if told.entry_type is EntryType.NOTE:
            match told.fields.get("what"):
                case NoteKind.EMERGENCY_BEGAN.value:
                    lanes[told.lane] = True
                case NoteKind.EMERGENCY_ENDED.value:
                    lanes[told.lane] = False
                case _:
                    continue
    return frozenset(lane for lane, is_open in lanes.items() if is_open)
