"""Asking a lane for the card of who stands before its screen, by the book that programs use."""

from collections.abc import Awaitable, Callable, Mapping

from drivers.clock import monotonic_ms
from protocol.visit import Identified
from terminal.desk import Desk
from terminal.local.problems import LocalProblem, RequestRefused
from terminal.selling.requests import REQUEST_MS_MAX, RequestState, RequestView, ScanRequest
from terminal.visits.kiosk import Kiosk
from terminal.visits.machine import Happening, OpenVisit
from terminal.wording.words import holder_words
from verifier.model import Verdict
from verifier.profile import Phrase

# No program's name has a colon, so nobody's keys meet the visits' own.
CLIENT = "screen:visit"

Arm = Callable[[ScanRequest], Awaitable[RequestView]]


class Scans:
    """All lanes'; lives in the daemon's loop."""

    def __init__(self, desk: Desk, kiosks: Mapping[str, Kiosk], arm: Arm) -> None:
        """Take the way to ask lanes: `arm` of the terminal's service."""
        self._desk, self._kiosks, self._arm = desk, kiosks, arm

    async def ask(self, visit: OpenVisit) -> None:
        """Have the visit's lane wait for a card.

        Raises:
            RequestRefused: LANE_TAKEN, LANE_OUT_OF_SERVICE: it has another matter, or moves money.
            CacheError: the journal can't be asked.
        """
        profile = self._desk.profile(self._kiosks[visit.lane].lane.profile_name)
        if profile is not None and profile.money is not None:
            raise RequestRefused(
                LocalProblem.LANE_OUT_OF_SERVICE,
                f"lane {visit.lane} moves money: a visit identifies, and never pays",
            )
        await self._arm(
            ScanRequest(
                client=CLIENT, key=visit.scan_key, lane=visit.lane, deadline_ms=REQUEST_MS_MAX
            )
        )

    def give_up(self, visit: OpenVisit) -> None:
        """Have the lane wait no longer; a card that is being decided is decided."""
        self._desk.requests.abort(CLIENT, visit.scan_key, monotonic_ms())

    def befell(self, view: RequestView) -> Happening | None:
        """Return what befell the visit that a request belongs to; None: nothing yet."""
        match view.state:
            case RequestState.PENDING | RequestState.IN_PROGRESS:
                return None
            case RequestState.COMPLETED:
                is_granted = view.outcome is not None and view.outcome.verdict is Verdict.GRANT
                return Happening.GRANTED if is_granted else Happening.REFUSED
            case RequestState.CANCELED:
                return Happening.REFUSED
            case RequestState.EXPIRED:
                return Happening.OVER

    def words(self, view: RequestView) -> Phrase | None:
        """Return what the holder is told, where he was not granted; None: nothing yet."""
        outcome = view.outcome
        if outcome is None or outcome.verdict is Verdict.GRANT:
            return None
        profile = self._desk.profile(self._kiosks[view.lane].lane.profile_name)
        texts = None if profile is None else profile.texts
        return holder_words(outcome.verdict, outcome.reason, texts)


def identified_by(view: RequestView) -> Identified | None:
    """Return who was granted; None: nobody."""
    outcome = view.outcome
    if outcome is None or outcome.record is None or outcome.place is None:
        return None
    record = outcome.record
    return Identified(sector=record.sector, pseudonym=record.pseudonym, scan=outcome.place)
