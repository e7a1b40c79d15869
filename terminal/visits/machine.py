"""One visit, from the choice of a service to its end. Pure: ids and time come in.

A visit is in memory alone. What of it must last is an entry of the journal; all else is forgotten
when it ends, so that nobody reads what the one before him did.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from drivers.base import Receipt
from protocol.content.model import Service
from protocol.visit import Identified, Language, Visit
from terminal.visits.held import HeldPack
from terminal.visits.port import TicketView, VisitState, VisitView
from verifier.profile import Phrase

# A card that is refused again and again is not made good by showing it once more.
TRIES_MAX = 8
# Of checklists, subsidies and papers in one visit: whoever wants more begins another.
QUERIES_MAX = 8
PRINTS_MAX = 3
# Enough to tell one visit of a lane from the one before; 96 bits are left that nobody is told.
_MARK_DIGITS = 8


class Happening(Enum):
    """What befalls a visit."""

    GRANTED = "granted"  # the card was shown, and is the lane's to serve
    REFUSED = "refused"
    SHOWN_AGAIN = "shown-again"  # the lane waits for another showing
    OVER = "over"  # ended by hand, by nobody being there, or by the next one


TRANSITIONS: Mapping[VisitState, Mapping[Happening, VisitState]] = {
    VisitState.SCAN: {
        Happening.GRANTED: VisitState.READY,
        Happening.REFUSED: VisitState.REFUSED,
        Happening.OVER: VisitState.ENDED,
    },
    VisitState.REFUSED: {
        Happening.SHOWN_AGAIN: VisitState.SCAN,
        Happening.OVER: VisitState.ENDED,
    },
    VisitState.READY: {Happening.OVER: VisitState.ENDED},
    VisitState.ENDED: {},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was done in a visit already: asked for again, it is told, and done no second time."""

    ticket: TicketView | None = None
    rating: Mapping[str, object] | None = None
    appeal: Mapping[str, object] | None = None
    paper: Receipt | None = None  # the last one, for who wants it again
    subsidies: Mapping[str, object] | None = None  # None: not asked, or not answered
    queries: int = 0
    prints: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenVisit:
    """One visit at a lane."""

    id: str  # 32 hex digits
    lane: str
    held: HeldPack  # that it was chosen from; a newer one is for the next visit
    service: Service | None
    language: Language
    state: VisitState
    ends_ms: int  # monotonic; moved on by whatever is done
    tries: int = 0  # how often the lane was asked for a card
    words: Phrase | None = None  # of the last refusal, or of who is sent to an attendant
    identified: Identified | None = None
    done: Done = field(default_factory=Done)

    @property
    def mark(self) -> str:
        """Return what every page of the lane may know it by; who knows the whole id may act in it."""
        return self.id[:_MARK_DIGITS]

    @property
    def scan_key(self) -> str:
        """Return the key by which the lane is asked for a card, this time."""
        return f"{self.id}-{self.tries}"

    @property
    def record(self) -> Visit:
        """Return what every entry of it says."""
        return Visit(
            visit=self.id,
            pack=self.held.mark,
            service="" if self.service is None else self.service.id,
            language=self.language,
            identified=self.identified,
        )

    def after(self, happening: Happening) -> "OpenVisit":
        """Return the visit behind what befell it.

        Raises:
            ValueError: that can't befall it where it stands: our bug.
        """
        state = TRANSITIONS[self.state].get(happening)
        if state is None:
            raise ValueError(f"a visit that is {self.state.value} is not {happening.value}")
        return replace(self, state=state)

    def may(self, happening: Happening) -> bool:
        """Return whether that can befall it where it stands."""
        return happening in TRANSITIONS[self.state]


class VisitBook:
    """The open visits of a terminal, one a lane. Not for two threads at once.

    Args:
        idle_ms: by lane: how long nobody need touch a screen until its visit ends.
    """

    def __init__(self, idle_ms: Mapping[str, int]) -> None:
        self._idle_ms = idle_ms
        self._open: dict[str, OpenVisit] = {}

    def begin(self, visit: OpenVisit, now_ms: int) -> OpenVisit:
        """Return a new visit, open from here on.

        Raises:
            ValueError: another one is open at its lane: it must be ended first.
        """
        if visit.lane in self._open:
            raise ValueError(f"a visit is open at lane {visit.lane}")
        return self.touch(visit, now_ms)

    def at(self, lane: str) -> OpenVisit | None:
        """Return the visit that is open at a lane; None: nobody is there."""
        return self._open.get(lane)

    def get(self, lane: str, name: str) -> OpenVisit | None:
        """Return the open visit of that id at that lane; None: it has ended, or never was."""
        visit = self._open.get(lane)
        return visit if visit is not None and visit.id == name else None

    def touch(self, visit: OpenVisit, now_ms: int) -> OpenVisit:
        """Return a visit that somebody is at now."""
        return self.put(replace(visit, ends_ms=now_ms + self._idle_ms[visit.lane]))

    def put(self, visit: OpenVisit) -> OpenVisit:
        """Keep a visit as it stands now, unless it has ended meanwhile; return it."""
        self._open[visit.lane] = visit
        return visit

    def end(self, visit: OpenVisit) -> OpenVisit:
        """Forget a visit; return it as its page is told of it, with nothing of what it was."""
        if self.get(visit.lane, visit.id) is not None:
            del self._open[visit.lane]
        return OpenVisit(
            id=visit.id,
            lane=visit.lane,
            held=visit.held,
            service=None,
            language=visit.language,
            state=visit.after(Happening.OVER).state,
            ends_ms=0,
        )

    def over(self, now_ms: int) -> tuple[OpenVisit, ...]:
        """Return the visits that nobody has touched for too long, still open."""
        return tuple(each for each in self._open.values() if now_ms >= each.ends_ms)

    def refused(self) -> tuple[OpenVisit, ...]:
        """Return the visits whose card was refused."""
        every = tuple(self._open.values())
        return tuple(each for each in every if each.state is VisitState.REFUSED)


def view_of(visit: OpenVisit, now_ms: int) -> VisitView:
    """Return a visit as its page is told of it at `now_ms` (monotonic)."""
    return VisitView(
        visit=visit.id,
        state=visit.state,
        ends_in_ms=max(0, visit.ends_ms - now_ms),
        words=visit.words,
        ticket=visit.done.ticket,
        is_identified=visit.identified is not None,
    )
