from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from drivers.base import Condition, DeviceReport
from terminal.desk import Desk
from terminal.lane_devices import Part
from terminal.lanes.lane import Watch
from terminal.lanes.machine import LaneState
from terminal.presenting import Outcome
from terminal.screens.board import ScreenBoard
from terminal.screens.composing import AGE_STEP_S, OFFLINE_S_MIN
from terminal.screens.service import LISTS_LOOKED_AT_S, STARTING_S, ScreenService
from terminal.selling.requests import ScanRequest
from terminal.sync.machine import SyncState
from tests.support.cards import NOW
from tests.support.desks import open_desk
from verifier.model import Verdict
from verifier.profile import Hours
from verifier.reasons import Reason

GRANTED = Outcome(verdict=Verdict.GRANT, reason=None, seq=1, ms=12)
DENIED = Outcome(verdict=Verdict.DENY, reason=Reason.PROOF_TOO_OLD, seq=2, ms=12)


@dataclass
class SeenLane:
    """A lane that stands where the test says."""

    name: str = "gate-1"
    profile_name: str = "gate"
    on_move: Watch | None = None
    state: LaneState = LaneState.OUT_OF_SERVICE
    conditions: tuple[tuple[Part, DeviceReport], ...] = ()

    def move(self, state: LaneState, outcome: Outcome | None = None) -> None:
        self.state = state
        assert self.on_move is not None
        self.on_move(self.name, state, outcome)

    def fail(self, part: Part) -> None:
        report = DeviceReport(device="x", condition=Condition.DOWN, detail="")
        self.conditions = ((part, report),)


@dataclass
class Shown:
    """The service of one lane's screen, and a clock that is set by hand."""

    desk: Desk
    lane: SeenLane = field(default_factory=SeenLane)
    now_s: float = 1_000.0
    sync: SyncState = SyncState.WORKING
    board: ScreenBoard = field(init=False)
    service: ScreenService = field(init=False)

    def __post_init__(self) -> None:
        self.board = ScreenBoard(("gate-1",), now_s=lambda: self.now_s)
        recordings = {"gate-1": {("zh", "请通行。"): "granted"}}
        self.service = ScreenService(
            self.board,
            self.desk,
            lambda: self.sync,
            recordings=recordings,  # type: ignore[arg-type]  # a literal's key is any text
            now_s=lambda: self.now_s,
        )
        self.service.begin([self.lane, SeenLane(name="gate-2")])

    @property
    def told(self) -> dict[str, object]:
        return dict(self.board.read("gate-1")[-1].data)

    @property
    def badges(self) -> list[str]:
        badges = self.told["badges"]
        assert isinstance(badges, list)
        return [badge["kind"] for badge in badges]

    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        self.service.care()


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Shown]:
    with open_desk(tmp_path / "journal.db") as desk:
        yield Shown(desk)


def test_lane_is_starting_until_it_serves_or_takes_too_long(shown: Shown) -> None:
    assert shown.told["view"] == "starting"
    shown.wait(STARTING_S - 1)
    assert shown.told["view"] == "starting"
    shown.wait(1)
    assert shown.told["view"] == "out-of-service"


def test_lane_that_has_served_does_not_start_again(shown: Shown) -> None:
    shown.lane.move(LaneState.IDLE)
    shown.lane.move(LaneState.OUT_OF_SERVICE)
    assert shown.told["view"] == "out-of-service"


def test_screen_follows_its_lane_at_once(shown: Shown) -> None:
    for state, outcome, view in (
        (LaneState.IDLE, None, "idle"),
        (LaneState.DECIDING, None, "reading"),
        (LaneState.OPEN, GRANTED, "granted"),
        (LaneState.IDLE, GRANTED, "idle"),
    ):
        shown.lane.move(state, outcome)
        assert shown.told["view"] == view


def test_two_answers_that_are_alike_are_told_apart_and_one_is_told_once(shown: Shown) -> None:
    shown.lane.move(LaneState.IDLE)
    for _ in range(2):
        shown.lane.move(LaneState.DECIDING)
        shown.lane.move(LaneState.SHOWING, DENIED)
    assert shown.told["number"] == 2
    last = shown.board.read("gate-1")[-1].number
    shown.lane.move(LaneState.SHOWING, DENIED)
    shown.service.care()
    assert shown.board.read("gate-1")[-1].number == last


def test_lane_without_a_screen_is_left_alone(shown: Shown) -> None:
    other = SeenLane(name="gate-9")
    shown.service.begin([other])
    assert other.on_move is None
    shown.service.moved("gate-9", LaneState.IDLE, None)
    assert shown.board.read("gate-9") == ()


def test_outage_is_told_once_it_lasts_and_forgotten_when_it_is_over(shown: Shown) -> None:
    shown.lane.move(LaneState.IDLE)
    shown.sync = SyncState.BACKING_OFF
    shown.wait(OFFLINE_S_MIN - 1)
    assert shown.badges == []
    shown.wait(1)
    assert shown.badges == ["offline"]
    shown.sync = SyncState.WORKING
    shown.wait(1)
    assert shown.badges == []


def test_age_of_an_outage_is_told_each_minute_and_not_each_second(shown: Shown) -> None:
    shown.lane.move(LaneState.IDLE)
    shown.sync = SyncState.BACKING_OFF
    shown.wait(OFFLINE_S_MIN)
    last = shown.board.read("gate-1")[-1].number
    shown.wait(AGE_STEP_S - 1)
    assert shown.board.read("gate-1")[-1].number == last
    shown.wait(1)
    assert shown.board.read("gate-1")[-1].number == last + 1


def test_lists_that_grow_old_are_told(tmp_path: Path) -> None:
    with open_desk(tmp_path / "journal.db", now=NOW + 3_700) as desk:
        shown = Shown(desk)
        shown.lane.move(LaneState.IDLE)
        shown.wait(LISTS_LOOKED_AT_S)
        assert shown.badges == ["stale"]


def test_device_that_the_lane_serves_without_is_told(shown: Shown) -> None:
    shown.lane.move(LaneState.IDLE)
    shown.lane.fail(Part.PRINTER)
    shown.wait(1)
    assert shown.badges == ["degraded"]


def test_lane_outside_its_hours_is_closed(shown: Shown) -> None:
    trust = shown.desk.trust
    assert trust is not None
    never = Hours(days=frozenset(), from_min=0, to_min=1)
    profile = replace(trust.profiles["gate"], hours=(never,), utc_offset_min=480)
    shown.desk.trust = replace(trust, profiles={**trust.profiles, "gate": profile})
    shown.lane.move(LaneState.IDLE)
    assert shown.told["view"] == "closed"


def test_what_a_program_asks_for_is_shown_before_the_code_is(shown: Shown) -> None:
    shown.lane.move(LaneState.IDLE)
    asked = ScanRequest(
        client="till-1",
        key="till-1_0000000001",
        lane="gate-1",
        deadline_ms=60_000,
        amount_minor=1_250,
        currency="CNY",
    )
    shown.desk.requests.arm(asked, int(shown.now_s * 1_000))
    shown.service.care()
    money = shown.told["money"]
    assert isinstance(money, dict)
    assert money["amount_minor"] == 1_250


def test_recording_of_what_is_said_is_named(shown: Shown) -> None:
    shown.lane.move(LaneState.OPEN, GRANTED)
    assert shown.told["spoken"] == {"zh": "/screen/v1/gate-1/sounds/zh/granted.wav", "en": ""}
    shown.lane.move(LaneState.SHOWING, DENIED)
    assert shown.told["spoken"] == {"zh": "", "en": ""}


def test_daemon_that_cares_is_alive(shown: Shown) -> None:
    assert shown.board.is_alive
    shown.now_s += 60
    assert not shown.board.is_alive
    shown.service.care()
    assert shown.board.is_alive
