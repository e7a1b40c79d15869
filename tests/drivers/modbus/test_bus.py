import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from driver_peers import PATIENCE_S, Inbox, monotonic_ms
from modbus_line import ModbusLine

from drivers.base import Condition, Contact, ContactEvent, Shown
from drivers.contacts import Wire
from drivers.gates import BoardGate
from drivers.lights import Lamp
from drivers.modbus.bus import ModbusBus
from drivers.modbus.ports import BusContacts, bus_gate, bus_lights
from simulator.modbus_peer import FLASH_COIL, OFF, ON, Fault

pytestmark = pytest.mark.usefixtures("no_fd_leak")

PASSAGE = {Contact.PASSAGE: Wire(number=1)}


@pytest.fixture
def line(tmp_path: Path) -> Iterator[ModbusLine]:
    with ModbusLine(tmp_path / "bus", units=(1, 2)) as line:
        yield line


@contextmanager
def gate(bus: ModbusBus, inbox: Inbox, *, unit: int = 1, channel: int = 1) -> Iterator[BoardGate]:
    gate = bus_gate(bus, unit=unit, channel=channel, monotonic_ms=monotonic_ms)
    gate.start(inbox.report)
    try:
        yield gate
    finally:
        gate.stop()


@contextmanager
def contacts(bus: ModbusBus, inbox: Inbox, *, unit: int = 1) -> Iterator[queue.Queue[ContactEvent]]:
    events: queue.Queue[ContactEvent] = queue.Queue()
    watched = BusContacts(bus=bus, unit=unit, wires=PASSAGE)
    watched.start(events.put, inbox.report)
    try:
        yield events
    finally:
        watched.stop()


def until(line: ModbusLine, holds: Callable[[], bool]) -> None:
    assert line.peer.wait_until(holds, timeout_s=PATIENCE_S)


def test_board_times_the_pulse_itself_and_is_told_its_end_all_the_same(
    line: ModbusLine, inbox: Inbox
) -> None:
    with gate(line.bus(), inbox) as relay:
        assert inbox.wait_for(Condition.UP).detail == ""
        relay.open(150)
        until(line, lambda: line.board.told == [(0, OFF), (FLASH_COIL, 2), (0, OFF)])
    assert line.board.told[-1] == (0, OFF)
    assert line.board.openings == 1


def test_board_that_does_not_time_is_switched_on_and_off_and_that_is_told(
    line: ModbusLine, inbox: Inbox
) -> None:
    line.board.fault = Fault.NO_FLASH
    with gate(line.bus(), inbox) as relay:
        assert inbox.wait_for(Condition.UP).detail == ""
        relay.open(80)
        assert "does not time" in inbox.wait_for(Condition.UP).detail
        until(line, lambda: line.board.told == [(0, OFF), (0, ON), (0, OFF)])


def test_prolonged_pulse_is_told_to_the_board_anew(line: ModbusLine, inbox: Inbox) -> None:
    with gate(line.bus(), inbox) as relay:
        inbox.wait_for(Condition.UP)
        relay.open(5_000)
        until(line, lambda: (FLASH_COIL, 50) in line.board.told)
        relay.open(9_000)
        until(line, lambda: (FLASH_COIL, 90) in line.board.told)
        relay.open(1)
        relay.hold(is_open=False)
        until(line, lambda: line.board.told[-1] == (0, OFF))
    assert line.board.openings == 1


def test_held_gate_is_plainly_on_through_a_pulse(line: ModbusLine, inbox: Inbox) -> None:
    with gate(line.bus(), inbox) as relay:
        inbox.wait_for(Condition.UP)
        relay.hold(is_open=True)
        until(line, lambda: line.board.told[-1] == (0, ON))
        relay.open(100)
        relay.hold(is_open=False)
        until(line, lambda: line.board.told[-1] == (0, OFF))


def test_held_gate_whose_board_forgot_it_is_on_again(line: ModbusLine, inbox: Inbox) -> None:
    """Its supply gave way for a moment, between two questions."""
    with gate(line.bus(), inbox) as relay:
        inbox.wait_for(Condition.UP)
        relay.hold(is_open=True)
        until(line, lambda: line.board.is_on(1))
        line.board.answer(5, 0, OFF)
        relay.hold(is_open=True)
        until(line, lambda: line.board.is_on(1))


def test_gate_is_closed_at_stop(line: ModbusLine, inbox: Inbox) -> None:
    with gate(line.bus(), inbox) as relay:
        relay.open(10_000)
        until(line, lambda: line.board.is_on(1))
    assert not line.board.is_open


def test_contact_is_told_once_it_has_settled(line: ModbusLine, inbox: Inbox) -> None:
    with contacts(line.bus(), inbox) as events:
        inbox.wait_for(Condition.UP)
        line.board.inputs.add(1)
        begun = events.get(timeout=PATIENCE_S)
        line.board.inputs.discard(1)
        ended = events.get(timeout=PATIENCE_S)
    assert (begun.contact, begun.is_active) == (Contact.PASSAGE, True)
    assert (ended.is_active, ended.at_ms >= begun.at_ms) == (False, True)


@pytest.mark.slow
def test_dead_unit_takes_its_own_lane_out_and_no_other(
    line: ModbusLine, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A busy machine may keep the living board from its answer for longer than a bus waits.
    monkeypatch.setattr("drivers.modbus.talk.ANSWER_MS_MAX", 400)
    bus, other = line.bus(), Inbox()
    with gate(bus, inbox) as relay, contacts(bus, other, unit=2) as events:
        inbox.wait_for(Condition.UP)
        other.wait_for(Condition.UP)
        line.peer.boards[2].fault = Fault.SILENT
        assert "unit 2" in other.wait_for(Condition.DOWN).detail
        relay.open(10_000)
        until(line, lambda: line.board.is_on(1))
        line.peer.boards[2].fault = None
        other.wait_for(Condition.UP)
        line.peer.boards[2].inputs.add(1)
        assert events.get(timeout=PATIENCE_S).is_active
    assert inbox.reports.empty()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.SILENT, "does not answer"),
        (Fault.BAD_SUM, "wrong checksum"),
        (Fault.OTHER_UNIT, "unit 2 does"),
        (Fault.BUSY, "exception 6"),
    ],
)
def test_what_is_wrong_is_told_with_its_remedy_and_the_gate_serves_again(
    line: ModbusLine, inbox: Inbox, fault: Fault, words: str
) -> None:
    line.board.fault = fault
    with gate(line.bus(), inbox) as relay:
        assert words in inbox.wait_for(Condition.DOWN).detail
        relay.open(10_000)
        line.board.fault = None
        inbox.wait_for(Condition.UP)
        until(line, lambda: line.board.is_on(1))


@pytest.mark.parametrize("fault", [Fault.NOISE_BEFORE, Fault.LATE])
def test_noise_and_short_delay_are_borne(line: ModbusLine, inbox: Inbox, fault: Fault) -> None:
    line.board.fault, line.peer.late_s = fault, 0.03
    with gate(line.bus(), inbox) as relay:
        inbox.wait_for(Condition.UP)
        relay.open(10_000)
        until(line, lambda: line.board.is_on(1))


@pytest.mark.slow
def test_answer_that_comes_too_late_is_not_taken_for_the_next_commands(
    line: ModbusLine, inbox: Inbox
) -> None:
    line.board.fault, line.peer.late_s = Fault.LATE, 0.4
    with gate(line.bus(), inbox) as relay:
        assert "does not answer" in inbox.wait_for(Condition.DOWN).detail
        relay.open(10_000)
        line.board.fault = None
        inbox.wait_for(Condition.UP)
        until(line, lambda: line.board.is_on(1))
    assert not line.board.is_open


def test_relay_that_the_board_does_not_have_is_told(line: ModbusLine, inbox: Inbox) -> None:
    with gate(line.bus(), inbox, channel=9):
        assert "no relay 9" in inbox.wait_for(Condition.DOWN).detail


def test_bus_that_was_pulled_out_forces_all_off_and_goes_on_where_it_was(
    line: ModbusLine, inbox: Inbox
) -> None:
    with gate(line.bus(), inbox) as relay:
        inbox.wait_for(Condition.UP)
        relay.open(10_000)
        until(line, lambda: line.board.is_on(1))
        line.unplug()
        assert "went away" in inbox.wait_for(Condition.DOWN).detail
        line.plug()
        inbox.wait_for(Condition.UP)
        until(line, lambda: line.board.is_on(1))
        assert line.board.told[0] == (0, OFF)


def test_missing_bus_is_told_to_every_lane(tmp_path: Path, inbox: Inbox) -> None:
    bus, other = ModbusLine(tmp_path / "none").bus(), Inbox()
    with gate(bus, inbox), gate(bus, other, unit=2):
        assert "is not there" in inbox.wait_for(Condition.DOWN).detail
        assert "is not there" in other.wait_for(Condition.DOWN).detail


def test_one_lane_leaves_and_the_others_go_on(line: ModbusLine, inbox: Inbox) -> None:
    bus, other = line.bus(), Inbox()
    with gate(bus, inbox) as first:
        with gate(bus, other, channel=2) as second:
            other.wait_for(Condition.UP)
            second.open(10_000)
            until(line, lambda: line.board.is_on(2))
        assert not line.board.is_on(2)
        first.open(10_000)
        until(line, lambda: line.board.is_on(1))


def test_bus_that_everybody_had_left_begins_anew(line: ModbusLine, inbox: Inbox) -> None:
    bus, later = line.bus(), Inbox()
    with gate(bus, inbox):
        inbox.wait_for(Condition.UP)
    with gate(bus, later):
        assert later.reports.get(timeout=PATIENCE_S).condition is Condition.STARTING
        later.wait_for(Condition.UP)


def test_lights_hang_on_the_same_board(line: ModbusLine, inbox: Inbox) -> None:
    bus, other = line.bus(), Inbox()
    lights = bus_lights(bus, unit=1, lamps={Lamp.RED: 7, Lamp.GREEN: 8}, monotonic_ms=monotonic_ms)
    with gate(bus, inbox):
        lights.start(other.report)
        other.wait_for(Condition.UP)
        lights.show(Shown.OK)
        until(line, lambda: line.board.is_on(8))
        lights.show(Shown.DENY)
        until(line, lambda: line.board.is_on(7) and not line.board.is_on(8))
        lights.stop()
        assert not line.board.is_open


def test_relay_has_one_driver_and_the_same_number_on_another_unit_its_own(
    line: ModbusLine, inbox: Inbox
) -> None:
    bus = line.bus()
    with gate(bus, inbox), gate(bus, Inbox(), unit=2):
        twice = bus_gate(bus, unit=1, channel=1, monotonic_ms=monotonic_ms)
        with pytest.raises(ValueError, match="has a driver"):
            twice.start(inbox.report)
