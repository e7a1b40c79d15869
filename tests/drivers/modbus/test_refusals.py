"""A board of four relays and four inputs, and lanes of which one names a fifth."""

import queue
from collections.abc import Callable, Iterator
from contextlib import ExitStack
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
from simulator.modbus_peer import Fault

pytestmark = pytest.mark.usefixtures("no_fd_leak")

# Above it, the board has none.
LAST = 4


class Lanes:
    """What lanes have on one bus; stopped at the end."""

    def __init__(self, bus: ModbusBus, stack: ExitStack) -> None:
        self._bus, self._stack = bus, stack

    def gate(self, channel: int) -> tuple[BoardGate, Inbox]:
        gate, inbox = (
            bus_gate(self._bus, unit=1, channel=channel, monotonic_ms=monotonic_ms),
            Inbox(),
        )
        gate.start(inbox.report)
        self._stack.callback(gate.stop)
        return gate, inbox

    def lights(self, **lamps: int) -> tuple[Callable[[Shown], None], Inbox]:
        by_colour = {Lamp(name): number for name, number in lamps.items()}
        lights = bus_lights(self._bus, unit=1, lamps=by_colour, monotonic_ms=monotonic_ms)
        inbox = Inbox()
        lights.start(inbox.report)
        self._stack.callback(lights.stop)
        return lights.show, inbox

    def contacts(self, number: int) -> tuple[queue.Queue[ContactEvent], Inbox]:
        events: queue.Queue[ContactEvent] = queue.Queue()
        inbox = Inbox()
        wires = {Contact.PASSAGE: Wire(number=number)}
        watched = BusContacts(bus=self._bus, unit=1, wires=wires)
        watched.start(events.put, inbox.report)
        self._stack.callback(watched.stop)
        return events, inbox


@pytest.fixture
def line(tmp_path: Path) -> Iterator[ModbusLine]:
    with ModbusLine(tmp_path / "bus") as line:
        line.board.relay_count = line.board.input_count = LAST
        yield line


@pytest.fixture
def lanes(line: ModbusLine) -> Iterator[Lanes]:
    with ExitStack() as stack:
        yield Lanes(line.bus(), stack)


def until(line: ModbusLine, holds: Callable[[], bool]) -> None:
    assert line.peer.wait_until(holds, timeout_s=PATIENCE_S)


def has_never_failed(inbox: Inbox) -> bool:
    reports = [inbox.reports.get_nowait() for _ in range(inbox.reports.qsize())]
    return all(report.condition is not Condition.DOWN for report in reports)


def test_lamp_that_the_board_does_not_have_takes_no_gate_out(
    line: ModbusLine, lanes: Lanes
) -> None:
    own, own_told = lanes.gate(1)
    show, lamps_told = lanes.lights(red=9, green=3)
    other, other_told = lanes.gate(2)
    down = lamps_told.wait_for(Condition.DOWN)
    assert down.device.endswith("unit 1")
    for word in ("unit 1", "no relay 9", "exception 2", "settings"):
        assert word in down.detail
    own.open(10_000)
    other.open(10_000)
    until(line, lambda: line.board.is_on(1) and line.board.is_on(2))
    show(Shown.OK)
    until(line, lambda: line.board.is_on(3))  # the lamp that there is
    assert has_never_failed(own_told)
    assert has_never_failed(other_told)


def test_gate_that_the_board_does_not_have_is_out_alone(line: ModbusLine, lanes: Lanes) -> None:
    wrong, wrong_told = lanes.gate(LAST + 1)
    last, last_told = lanes.gate(LAST)
    assert "no relay 5" in wrong_told.wait_for(Condition.DOWN).detail
    last_told.wait_for(Condition.UP)
    wrong.open(10_000)
    last.open(10_000)
    until(line, lambda: line.board.is_on(LAST))
    assert has_never_failed(last_told)


def test_gate_that_joins_a_board_at_work_is_not_told_up_before_its_number_was_taken(
    lanes: Lanes,
) -> None:
    _, first_told = lanes.gate(1)
    first_told.wait_for(Condition.UP)
    _, wrong_told = lanes.gate(9)
    conditions = [wrong_told.reports.get(timeout=PATIENCE_S).condition for _ in range(2)]
    assert conditions == [Condition.STARTING, Condition.DOWN]
    assert has_never_failed(first_told)


def test_input_that_the_board_does_not_have_takes_no_other_contact_and_no_gate_out(
    line: ModbusLine, lanes: Lanes
) -> None:
    gate, gate_told = lanes.gate(1)
    wrong_events, wrong_told = lanes.contacts(LAST + 1)
    events, told = lanes.contacts(LAST)
    down = wrong_told.wait_for(Condition.DOWN)
    for word in ("unit 1", "input 5", "exception 2", "settings"):
        assert word in down.detail
    line.board.inputs |= {LAST, LAST + 1}
    assert events.get(timeout=PATIENCE_S).is_active
    gate.open(10_000)
    until(line, lambda: line.board.is_on(1))
    assert has_never_failed(gate_told)
    assert has_never_failed(told)
    assert wrong_events.empty()


def test_board_without_inputs_keeps_its_relays(line: ModbusLine, lanes: Lanes) -> None:
    line.board.input_count = 0
    gate, gate_told = lanes.gate(1)
    _, told = lanes.contacts(1)
    assert "input 1" in told.wait_for(Condition.DOWN).detail
    gate.open(10_000)
    until(line, lambda: line.board.is_on(1))
    assert has_never_failed(gate_told)


@pytest.mark.slow
def test_number_that_is_refused_is_tried_again_with_back_off_and_serves_once_it_is_there(
    line: ModbusLine, lanes: Lanes
) -> None:
    """The right board has been put in place of a smaller one, its adapter left as it was."""
    gate, told = lanes.gate(8)
    events, contact_told = lanes.contacts(8)
    told.wait_for(Condition.DOWN)
    contact_told.wait_for(Condition.DOWN)
    gate.open(10_000)
    until(line, lambda: line.board.refusals >= 4)
    line.board.relay_count = line.board.input_count = 8
    line.board.inputs.add(8)
    told.wait_for(Condition.UP)
    contact_told.wait_for(Condition.UP)
    until(line, lambda: line.board.is_on(8))
    assert events.get(timeout=PATIENCE_S).is_active


@pytest.mark.slow
def test_number_that_is_refused_is_asked_for_at_most_each_time_that_its_wait_is_over(
    line: ModbusLine, lanes: Lanes
) -> None:
    """Others' contacts are read fifty times a second meanwhile."""
    _, told = lanes.gate(9)
    lanes.contacts(1)
    told.wait_for(Condition.DOWN)
    until(line, lambda: line.board.reads >= 30)
    assert line.board.refusals < line.board.reads // 2


def test_number_that_was_refused_is_tried_at_once_when_the_bus_comes_back(
    line: ModbusLine, lanes: Lanes
) -> None:
    _, told = lanes.gate(8)
    told.wait_for(Condition.DOWN)
    line.unplug()
    assert "went away" in told.wait_for(Condition.DOWN).detail
    line.plug()
    told.wait_for(Condition.UP)


@pytest.mark.slow
def test_unit_that_falls_silent_is_down_for_all_and_the_refused_number_stays_refused_after_it(
    line: ModbusLine, lanes: Lanes
) -> None:
    _, told = lanes.gate(1)
    _, wrong_told = lanes.gate(9)
    told.wait_for(Condition.UP)
    assert "no relay 9" in wrong_told.wait_for(Condition.DOWN).detail
    line.board.fault = Fault.SILENT
    assert "does not answer" in wrong_told.wait_for(Condition.DOWN).detail
    assert "does not answer" in told.wait_for(Condition.DOWN).detail
    line.board.fault = None
    told.wait_for(Condition.UP)
    assert "no relay 9" in wrong_told.wait_for(Condition.DOWN).detail


def test_lamps_of_which_one_is_refused_are_dark_when_they_have_stopped(
    line: ModbusLine,
) -> None:
    bus = line.bus()
    with ExitStack() as others:
        _, told = Lanes(bus, others).gate(1)
        told.wait_for(Condition.UP)
        with ExitStack() as mine:
            show, lamps_told = Lanes(bus, mine).lights(red=9, green=3)
            lamps_told.wait_for(Condition.DOWN)
            show(Shown.OK)
            until(line, lambda: line.board.is_on(3))
        assert not line.board.is_on(3)
