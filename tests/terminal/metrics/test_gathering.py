"""What a terminal says of itself, from a desk with a real journal and a trust folder."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from drivers.base import Condition, DeviceReport
from offline_cache.errors import CacheFault
from terminal.desk import Desk
from terminal.lane_devices import Part
from terminal.lanes.machine import LaneState
from terminal.metrics import names
from terminal.metrics.gathering import Gathering
from terminal.metrics.metric import Family, Metric, Spread
from terminal.metrics.of_lanes import SCANNER_EVENTS_MAX
from terminal.sync.machine import SyncMachine, SyncState
from tests.support.cards import NOW
from tests.support.desks import open_desk
from verifier.reasons import Reason


@dataclass
class Lane:
    """A lane, as far as it is measured."""

    name: str = "gate-1"
    profile_name: str = "gate"
    state: LaneState = LaneState.IDLE
    trouble: str = ""
    conditions: tuple[tuple[Part, DeviceReport], ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    dropped: int = 0


@dataclass
class Sync:
    """A sync, as far as it is measured."""

    machine: SyncMachine = field(default_factory=SyncMachine)
    last_success_at: int = 0  # seconds, Unix


Told = Callable[[Metric], dict[tuple[str, ...], float | Spread]]


@dataclass
class Terminal:
    """Everything that is gathered from."""

    desk: Desk
    lane: Lane
    sync: Sync
    journal: Path

    def families(self) -> list[Family]:
        gathering = Gathering(self.desk, [self.lane], self.sync, self.journal, None)  # type: ignore[arg-type]  # as far as it is measured
        return list(asyncio.run(gathering.families()))

    def told(self, metric: Metric) -> dict[tuple[str, ...], float | Spread]:
        return {
            sample.labels: sample.value
            for family in self.families()
            if family.metric is metric
            for sample in family.samples
        }


@contextmanager
def opened(folder: Path, *, now: int = NOW) -> Iterator[Terminal]:
    journal = folder / "journal.db"
    with open_desk(journal, now=now) as desk:
        yield Terminal(desk, Lane(), Sync(), journal)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with opened(tmp_path) as made:
        yield made


def test_families_come_in_one_order_and_each_once(terminal: Terminal) -> None:
    found = [family.metric for family in terminal.families()]
    assert found == [metric for metric in names.METRICS if metric in found]
    assert {names.BUILD, names.IDENTITY, names.CLOCK_TRUSTED, names.LIST_STATE} <= set(found)


def test_refusal_that_names_nobody_is_counted_by_lane_and_reason(terminal: Terminal) -> None:
    terminal.desk.refuse(Reason.FORM_MALFORMED, lane="gate-1", seen_ms=0)
    reason = Reason.FORM_MALFORMED.value
    assert terminal.told(names.UNPROVEN) == {("gate-1", reason): 1}


def test_each_lane_is_in_one_state(terminal: Terminal) -> None:
    terminal.lane.state, terminal.lane.trouble = LaneState.OUT_OF_SERVICE, "no camera"
    states = terminal.told(names.LANE_STATE)
    assert {labels for labels, value in states.items() if value} == {("gate-1", "out-of-service")}
    assert len(states) == len(LaneState)
    assert terminal.told(names.LANE_TROUBLE) == {("gate-1",): 1}


def test_devices_are_counted_by_condition_and_none_is_named(terminal: Terminal) -> None:
    def report(condition: Condition) -> DeviceReport:
        return DeviceReport(device="rtsp://camera.example/1", condition=condition, detail="")

    terminal.lane.conditions = (
        (Part.INDICATOR, report(Condition.UP)),
        (Part.INDICATOR, report(Condition.DOWN)),
        (Part.INDICATOR, report(Condition.DOWN)),
    )
    assert terminal.told(names.DEVICES) == {
        ("gate-1", "indicator", "starting"): 0,
        ("gate-1", "indicator", "up"): 1,
        ("gate-1", "indicator", "down"): 2,
    }
    assert "rtsp" not in repr(terminal.families())


def test_device_that_works_poorly_is_counted(terminal: Terminal) -> None:
    poor = DeviceReport(device="c", condition=Condition.UP, detail="gives pictures of 640 x 480")
    down = DeviceReport(device="c", condition=Condition.DOWN, detail="is not there")
    terminal.lane.conditions = ((Part.SCANNER, poor), (Part.GATE, down))
    assert terminal.told(names.DEVICES_POOR) == {("gate-1", "scanner"): 1, ("gate-1", "gate"): 0}


def test_driver_that_makes_up_events_without_end_is_held(terminal: Terminal) -> None:
    terminal.lane.counts = {f"event-{number}": number for number in range(500)}
    assert len(terminal.told(names.SCANNER)) == SCANNER_EVENTS_MAX


@pytest.mark.parametrize(
    ("later_s", "state"),
    [(0, "fresh"), (3_600, "fresh"), (3_601, "stale"), (72 * 3_600 + 1, "expired")],
)
def test_lists_grow_old_as_the_profile_sees_it(tmp_path: Path, later_s: int, state: str) -> None:
    with opened(tmp_path, now=NOW + later_s) as terminal:
        states = terminal.told(names.LIST_STATE)
        ages = terminal.told(names.LIST_AGE)
    now = {labels[2] for labels, value in states.items() if value and labels[1] == "status"}
    assert now == {state}
    assert ages["gate-1", "status"] == later_s


def test_terminal_without_trust_says_so_and_no_age(terminal: Terminal) -> None:
    terminal.desk.trust = None
    assert terminal.told(names.TRUST_VERSION) == {(): 0}
    assert terminal.told(names.LIST_AGE) == {}


def test_sync_tells_its_state_and_when_it_last_ended_well(terminal: Terminal) -> None:
    terminal.sync.machine.state = SyncState.HALTED
    terminal.sync.last_success_at = NOW
    states = terminal.told(names.SYNC_STATE)
    assert [labels for labels, value in states.items() if value] == [("halted",)]
    assert terminal.told(names.SYNC_SUCCESS) == {(): NOW}


def test_journal_tells_what_is_not_acknowledged_and_its_fault(terminal: Terminal) -> None:
    assert terminal.told(names.JOURNAL_PENDING) == {(): 0}
    assert terminal.told(names.JOURNAL_FAULT) == {(): 0}
    terminal.desk.writer._fault = CacheFault("the disk is gone")
    assert terminal.told(names.JOURNAL_FAULT) == {(): 1}


def test_journal_that_has_ended_leaves_its_place_out(terminal: Terminal) -> None:
    terminal.desk.writer.stop()
    assert terminal.told(names.JOURNAL_PENDING) == {}
    assert terminal.told(names.CLOCK_TRUSTED) == {(): 1}


def test_disk_tells_its_room_and_the_ballast(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal.told(names.BALLAST) == {(): 0}
    (tmp_path / "ballast").write_bytes(bytes(8_388_608))
    assert terminal.told(names.BALLAST) == {(): 1}
    (size,) = terminal.told(names.JOURNAL_SIZE).values()
    assert isinstance(size, int)
    assert size >= (tmp_path / "journal.db").stat().st_size
