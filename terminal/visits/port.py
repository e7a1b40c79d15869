"""What a screen's page needs of the terminal for a visit. The daemon gives it; tests their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from protocol.visit import Language, Urgency
from verifier.model import UnixSeconds
from verifier.profile import Phrase


class VisitState(Enum):
    """Where a visit stands."""

    SCAN = "scan"  # the card is to be shown
    REFUSED = "refused"  # it was shown, and is not granted; another showing may follow
    READY = "ready"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketView:
    """A ticket as the page shows it."""

    number: str  # A017
    queue: Phrase
    at: UnixSeconds
    printed: bool  # False: it stands on the screen alone
    lines: tuple[str, ...]  # what is, or would be, on paper
    ahead: int | None = None  # None: nobody here knows who was called


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitView:
    """A visit as the page is told of it."""

    visit: str  # 32 hex digits; who knows it may act in the visit
    state: VisitState
    ends_in_ms: int
    words: Phrase | None = None  # what the holder is told of a refusal
    ticket: TicketView | None = None
    is_identified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueView:
    """A content pack as pages load it."""

    octets: bytes  # JSON
    digest: str  # 64 hex digits: SHA-256 of the pack's file


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of an act, and how the visit stands behind it."""

    members: Mapping[str, object]  # of the answer, as docs/visits.md has them
    view: VisitView


class VisitPort(Protocol):
    """The visits of all lanes. Every method runs in the daemon's own loop.

    Raises:
        RequestRefused: LANE_UNKNOWN, VISIT_UNKNOWN, VISIT_NOT_READY, TOO_FAST and what each says.
        CacheError: the journal can't be written.
    """

    async def catalogue(self, lane: str) -> CatalogueView:
        """Return what the lane's screen offers (NO_CONTENT)."""

    async def begin(self, lane: str, service: str | None, language: Language) -> VisitView:
        """Begin a visit; one that was open at the lane ends (SERVICE_UNKNOWN, LANE_TAKEN)."""

    async def view(self, lane: str, visit: str) -> VisitView:
        """Return how a visit stands; this keeps nothing alive."""

    async def alive(self, lane: str, visit: str) -> VisitView:
        """Note that somebody is there."""

    async def ticket(self, lane: str, visit: str) -> Told:
        """Give the visit's ticket, once (NO_TICKET_HERE)."""

    async def rate(self, lane: str, visit: str, score: int, text: str) -> Told:
        """Take how the visit was, once (SEAL_KEY_MISSING)."""

    async def appeal(
        self, lane: str, visit: str, urgency: Urgency, text: str, contact: str
    ) -> Told:
        """Take an appeal, once (SEAL_KEY_MISSING)."""

    async def checklist(
        self, lane: str, visit: str, checklist: str, answers: Sequence[tuple[str, str]]
    ) -> Told:
        """Return what to bring (MALFORMED)."""

    async def subsidies(self, lane: str, visit: str) -> Told:
        """Return what was paid to who showed his card, or that the centre can't be asked."""

    async def reprint(self, lane: str, visit: str) -> Told:
        """Print the last paper of the visit again."""

    async def end(self, lane: str, visit: str) -> VisitView:
        """End a visit; all that is known of it here is forgotten."""
