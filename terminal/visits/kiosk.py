"""One lane with a screen for visits, as its settings have it."""

from dataclasses import dataclass
from typing import Protocol

from drivers.base import Receipt
from terminal.lanes.machine import LaneState
from terminal.receipts import Language


class VisitLane(Protocol):
    """A lane, as far as visits are concerned."""

    name: str
    profile_name: str

    @property
    def state(self) -> LaneState:
        """Return where it stands."""

    def print_paper(self, paper: Receipt) -> bool:
        """Have something printed; return whether it comes out, as far as the printer tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kiosk:
    """A lane, and what its screen offers."""

    lane: VisitLane
    content: str  # name of its content pack
    idle_ms: int  # so long nobody need touch it until the visit ends
    series: str = ""  # a digit in its tickets' numbers, where several terminals give them
    header: tuple[str, ...] = ()  # of its papers, and so the next
    languages: tuple[Language, ...] = ("zh", "en")
