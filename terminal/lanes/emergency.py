"""Who wants a lane to stand open, and what an earlier start left open. Pure.

A fire alarm's contact asks for as long as it is active, and a moment longer; a person asks until he takes it back.
"""

from collections.abc import Iterable
from enum import Enum

from protocol.journal import LineMalformed, read_line
from protocol.use import NoteKind
from verifier.profile import EntryType

# Looked at as the daemon starts: what sixteen lanes write within minutes. A lane that stood open
# longer than that is told by the journal alone.
LINES_LOOKED_BACK = 2_000

# A contact with a loose cable begins and ends some thirty times a second, and each is an entry
# of its own: the gate stays open meanwhile, and the journal gets a pair in five seconds.
CONTACT_LINGERS_MS = 5_000


class Source(Enum):
    """Who may ask for it."""

    OPERATOR = "operator"  # the command, or a program by the local interface
    CONTACT = "contact"  # the lane's own release contact


class Emergency:
    """One lane's."""

    def __init__(self) -> None:
        self._asked_by: frozenset[Source] = frozenset()
        self._contact_ends_ms: int | None = None  # monotonic; None: it is active, or long over

    @property
    def is_on(self) -> bool:
        """Return whether anybody asks."""
        return bool(self._asked_by)

    @property
    def by(self) -> str:
        """Return who asks, in words; empty: nobody."""
        return " and ".join(sorted(source.value for source in self._asked_by))

    def begin(self, source: Source) -> None:
        """Take that `source` asks from now on."""
        self._asked_by |= {source}
        if source is Source.CONTACT:
            self._contact_ends_ms = None

    def end(self, source: Source, now_ms: int) -> None:
        """Take that `source` asks no more; a contact must be quiet for CONTACT_LINGERS_MS."""
        if source is Source.OPERATOR:
            self._asked_by -= {source}
        elif source in self._asked_by:
            self._contact_ends_ms = now_ms + CONTACT_LINGERS_MS

    def lose_contact(self) -> None:
        """Take that the contact can't be heard of, and that a person says that it is over."""
        self._asked_by -= {Source.CONTACT}
        self._contact_ends_ms = None

    def tick(self, now_ms: int) -> None:
        """Let a contact's word end that was quiet long enough."""
        if self._contact_ends_ms is not None and now_ms >= self._contact_ends_ms:
            self.lose_contact()


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
