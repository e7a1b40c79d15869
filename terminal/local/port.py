"""What the local interface needs of the terminal. The daemon gives it; tests give their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from terminal.metrics.metric import Family
from terminal.selling.requests import RequestView, ScanRequest
from terminal.selling.totals import LaneTotals


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneView:
    """What a program is told of a lane."""

    name: str
    profile: str
    state: str  # of the lane's machine, as `scan-terminal status` tells it
    trouble: str = ""  # why it is out of service; empty: it is not
    is_asked: bool = False  # a request is open there, whoever's it is
    is_held_open: bool = False  # for an emergency
    currency: str = ""  # ISO 4217; empty: no money moves here
    decimals: int = 2  # digits of the currency behind the point
    fund: str = ""  # out of what is paid here; empty: no money moves
    amount_max_minor: int | None = None  # None: a program names no amount here
    can_print: bool = False  # it has a receipt printer


class LocalService(Protocol):
    """The terminal, as programs see it. Every method runs in the daemon's own loop.

    Each answers within some milliseconds, but `reverse`, which may wait for a commit. What was
    begun when its caller has stopped waiting goes on to its end.

    Raises:
        RequestRefused: an expected no, of any method.
        CacheError: the journal can't be read or written.
    """

    async def lanes(self) -> tuple[LaneView, ...]:
        """Return every lane, in the order of the settings."""

    async def arm(self, request: ScanRequest) -> RequestView:
        """Ask a lane for one scan; the same request again is told how it stands."""

    async def request(self, client: str, key: str) -> RequestView:
        """Return how a request stands; the journal is asked where the book has let go of it."""

    async def abort(self, client: str, key: str, *, not_handed_over: bool = False) -> RequestView:
        """Take a request back that nobody has answered; the view says whether it was too late.

        Args:
            client: whose it is.
            key: of the request.
            not_handed_over: where it was too late, what was granted is annulled.
        """

    async def reverse(self, client: str, key: str, reversal_key: str) -> RequestView:
        """Annul what was granted for the request `key`; the same `reversal_key` does it once."""

    async def print_receipt(self, client: str, key: str) -> RequestView:
        """Print the receipt of a sale or its reversal again, marked as a copy."""

    async def totals(self, lane: str) -> LaneTotals:
        """Return what a lane sold and took back, today and the day before, by day and currency."""

    async def diagnosis(self) -> Mapping[str, object]:
        """Return what `scan-terminal status --json` prints."""

    async def figures(self) -> Sequence[Family]:
        """Return what was counted and measured so far."""

    async def emergency(self, client: str, lane: str, *, is_open: bool) -> LaneView:
        """Hold a lane's gate open, or let it go; to be told twice changes nothing."""
