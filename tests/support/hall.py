"""A service hall: a kiosk in a town, what it offers, and a centre that tells what was paid."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from drivers.base import Receipt
from protocol.query import Payment, SubsidyQuery, query_answer_octets
from protocol.trust_folder import content_path
from terminal.errors import CentreUnreachable
from terminal.lanes.lane import Lane
from terminal.lanes.machine import LaneState
from terminal.selling.requests import RequestView, ScanRequest
from terminal.visits.kiosk import Kiosk
from terminal.visits.papers import lines_of
from terminal.visits.port import Told, VisitState, VisitView
from terminal.visits.questions import Questions
from terminal.visits.scans import Arm
from terminal.visits.service import VisitService
from terminal.visits.shelf import ContentShelf
from tests.conftest import ROOT
from tests.street.people import Person
from tests.street.town import Post, Town
from tests.support.approver import COMMAND_KEY
from tests.support.street import settled
from verifier.profile import Phrase

PACK = (ROOT / "docs" / "examples" / "content.json").read_bytes()
PAID = Payment(
    on="2027-01-05",
    what=Phrase(zh="高龄津贴", en="Allowance for the very old"),
    amount_minor=20_000,
    currency="CNY",
)
IDLE_S = 60


@dataclass
class PaperLane:
    """A lane with a printer that may be out of paper."""

    lane: Lane
    has_paper: bool = True
    printed: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.lane.name

    @property
    def profile_name(self) -> str:
        return self.lane.profile_name

    @property
    def state(self) -> LaneState:
        return self.lane.state

    def print_paper(self, paper: Receipt) -> bool:
        if self.has_paper:
            self.printed.append(lines_of(paper))
        return self.has_paper


@dataclass
class Payer:
    """The centre's list of what was paid, while there is a network."""

    is_up: bool = True
    paid: tuple[Payment, ...] = (PAID,)
    asked: list[SubsidyQuery] = field(default_factory=list)

    def ask(self, query: SubsidyQuery) -> bytes:
        if not self.is_up:
            raise CentreUnreachable("the network is down")
        self.asked.append(query)
        octets = query.octets()
        return query_answer_octets("gate-7", octets, self.paid, date=query.at, key=COMMAND_KEY)


class Hall:
    """One kiosk and its visits; those `beside` it are served by the same terminal."""

    def __init__(
        self, town: Town, post: Post, *, series: str = "", beside: tuple[Post, ...] = ()
    ) -> None:
        self.town, self.post, self.payer = town, post, Payer()
        self.name, self.lane = post.lane.name, PaperLane(post.lane)
        self.told: list[tuple[str, str]] = []  # what pages heard: visit and state
        self.shelf = ContentShelf({"hall"}, town.path.parent / "content")
        self.shelf.take({content_path("hall"): PACK})
        self.questions = Questions(lambda: self.payer.ask, terminal="gate-7")
        self.arm: Arm = town.service.arm
        lanes = (self.lane, *(PaperLane(each.lane) for each in beside))
        self.visits = VisitService(
            town.desk,
            kiosks={
                lane.name: Kiosk(lane=lane, content="hall", idle_ms=IDLE_S * 1_000, series=series)
                for lane in lanes
            },
            shelf=self.shelf,
            arm=self._arm,
            questions=self.questions,
            tell=self._hear,
        )

    @classmethod
    async def opened(cls, town: Town, *, name: str = "kiosk-1", series: str = "") -> "Hall":
        """Return a hall whose kiosk serves."""
        hall = cls(town, await town.open(name, "kiosk"), series=series)
        hall.visits.start()
        await hall.visits.care()
        return hall

    async def begin(self, service: str | None = None) -> VisitView:
        return await self.visits.begin(self.name, service, "zh")

    async def at(self, visit: VisitView) -> VisitView:
        """Return how a visit stands now."""
        return await self.visits.view(self.name, visit.visit)

    async def identified(self, holder: Person, service: str = "senior-allowance") -> VisitView:
        """Return a visit whose holder has shown his card."""
        visit = await self.begin(service)
        await self.post.show(holder)
        return await self.at(visit)

    async def ticket(self, visit: VisitView) -> Told:
        return await self.visits.ticket(self.name, visit.visit)

    async def rests(self, seconds: float) -> None:
        """Let time pass, as the daemon's loop does: it looks after visits meanwhile."""
        await self.town.wait(seconds)
        await self.visits.care()

    async def is_idle(self) -> None:
        """Let time pass until the lane takes the next card."""
        while self.post.lane.state is not LaneState.IDLE:
            await self.town.wait(1)
        await settled(lambda: self.post.lane.state is LaneState.IDLE)
        await self.visits.care()

    async def _arm(self, request: ScanRequest) -> RequestView:
        return await self.arm(request)

    def _hear(self, lane: str, kind: str, data: Mapping[str, object]) -> None:
        assert (lane in self.town.posts, kind) == (True, "visit")
        self.told.append((str(data["visit"]), str(VisitState(data["state"]).value)))
