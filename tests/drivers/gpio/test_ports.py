import errno
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from driver_peers import PATIENCE_S, Inbox, monotonic_ms
from gpio_chip import FakeChip
from gpiod.line import Bias, Edge

from drivers.base import Condition, Contact, ContactEvent, Shown
from drivers.contacts import Wire
from drivers.gates import BoardGate
from drivers.gpio.ports import GpioContacts, gpio_gate, gpio_lights
from drivers.lights import Lamp

pytestmark = pytest.mark.usefixtures("no_fd_leak")

CHIP = "/dev/gpiochip7"


class Chip(FakeChip):
    """One that can be waited for."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        super().__init__(self._notify)

    def _notify(self) -> None:
        with self._condition:
            self._condition.notify_all()

    def wait_written(self, *expected: tuple[int, bool]) -> None:
        with self._condition:
            assert self._condition.wait_for(
                lambda: self.written == list(expected), timeout=PATIENCE_S
            ), self.written


@contextmanager
def gate(chip: FakeChip, inbox: Inbox, *, is_active_low: bool = False) -> Iterator[BoardGate]:
    gate = gpio_gate(
        chip=CHIP,
        line=3,
        is_active_low=is_active_low,
        open_lines=chip.open,
        monotonic_ms=monotonic_ms,
    )
    gate.start(inbox.report)
    try:
        yield gate
    finally:
        gate.stop()


@contextmanager
def contacts(chip: FakeChip, inbox: Inbox) -> Iterator[queue.Queue[ContactEvent]]:
    events: queue.Queue[ContactEvent] = queue.Queue()
    wires = {Contact.PASSAGE: Wire(number=5), Contact.RELEASE: Wire(number=6, is_inverted=True)}
    watched = GpioContacts(
        chip=CHIP, wires=wires, bias="pull-up", open_lines=chip.open, monotonic_ms=monotonic_ms
    )
    watched.start(events.put, inbox.report)
    try:
        yield events
    finally:
        watched.stop()


def test_line_is_inactive_when_it_is_taken_and_pulses_then() -> None:
    chip, inbox = Chip(), Inbox()
    with gate(chip, inbox) as opened:
        inbox.wait_for(Condition.UP)
        assert chip.written == [(3, False), (3, False)]  # by the request itself, and after it
        opened.open(60)
        chip.wait_written((3, False), (3, False), (3, True), (3, False))
    assert chip.requests == []


def test_line_is_inactive_before_it_is_let_go() -> None:
    chip, inbox = Chip(), Inbox()
    with gate(chip, inbox) as opened:
        inbox.wait_for(Condition.UP)
        opened.open(10_000)
        chip.wait_written((3, False), (3, False), (3, True))
    assert chip.written[-1] == (3, False)


def test_line_that_is_active_low_is_asked_for_as_such() -> None:
    chip, inbox = Chip(), Inbox()
    with gate(chip, inbox, is_active_low=True):
        inbox.wait_for(Condition.UP)
        assert chip.requests[0].settings[3].active_low


def test_inputs_are_asked_for_with_bias_edges_and_debounce() -> None:
    chip, inbox = Chip(), Inbox()
    with contacts(chip, inbox):
        inbox.wait_for(Condition.UP)
        settings = chip.requests[0].settings[5]
    assert (settings.bias, settings.edge_detection) == (Bias.PULL_UP, Edge.BOTH)
    assert settings.debounce_period.total_seconds() == 0.03


def test_edges_are_told_with_the_kernels_time() -> None:
    chip, inbox = Chip(), Inbox()
    chip.high = {6}
    with contacts(chip, inbox) as events:
        inbox.wait_for(Condition.UP)
        chip.edge(5, is_high=True, at_ms=1_234)
        told = events.get(timeout=PATIENCE_S)
        assert told == ContactEvent(contact=Contact.PASSAGE, is_active=True, at_ms=1_234)
        chip.edge(6, is_high=False, at_ms=2_000)
        told = events.get(timeout=PATIENCE_S)
        assert told == ContactEvent(contact=Contact.RELEASE, is_active=True, at_ms=2_000)


def test_contact_that_is_active_at_the_start_is_told() -> None:
    chip, inbox = Chip(), Inbox()
    chip.high = {5, 6}
    with contacts(chip, inbox) as events:
        assert events.get(timeout=PATIENCE_S).contact is Contact.PASSAGE
        assert events.empty()


def test_contact_that_went_back_while_the_chip_was_away_is_told_then() -> None:
    chip, inbox = Chip(), Inbox()
    chip.high = {5, 6}
    with contacts(chip, inbox) as events:
        events.get(timeout=PATIENCE_S)
        chip.unplug()
        assert "went away" in inbox.wait_for(Condition.DOWN).detail
        chip.high = {6}
        chip.plug()
        told = events.get(timeout=PATIENCE_S)
        assert (told.contact, told.is_active) == (Contact.PASSAGE, False)


def test_gate_whose_chip_goes_is_down_and_inactive_when_it_comes_back() -> None:
    chip, inbox = Chip(), Inbox()
    with gate(chip, inbox):
        inbox.wait_for(Condition.UP)
        chip.unplug()
        assert "went away" in inbox.wait_for(Condition.DOWN).detail
        chip.written.clear()
        chip.plug()
        inbox.wait_for(Condition.UP)
        assert set(chip.written) == {(3, False)}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (errno.ENOENT, "gpiodetect"),
        (errno.EBUSY, "gpioinfo` names it"),
        (errno.EACCES, "group gpio"),
        (errno.ENOTTY, "no GPIO chip"),
        (errno.EIO, "can't be used"),
    ],
)
def test_chip_that_cannot_be_had_is_told_with_its_remedy(fault: int, words: str) -> None:
    chip, inbox = Chip(), Inbox()
    chip.fault = fault
    with gate(chip, inbox):
        assert words in inbox.wait_for(Condition.DOWN).detail
        chip.fault = 0
        inbox.wait_for(Condition.UP)


def test_line_that_the_chip_does_not_have_is_told() -> None:
    chip, inbox = Chip(), Inbox()
    lights = gpio_lights(
        chip=CHIP, lamps={Lamp.RED: 8}, open_lines=chip.open, monotonic_ms=monotonic_ms
    )
    lights.start(inbox.report)
    assert "has no lines 8" in inbox.wait_for(Condition.DOWN).detail
    lights.stop()


def test_lamps_at_lines_of_one_chip() -> None:
    chip, inbox = Chip(), Inbox()
    lights = gpio_lights(
        chip=CHIP,
        lamps={Lamp.RED: 1, Lamp.GREEN: 2},
        open_lines=chip.open,
        monotonic_ms=monotonic_ms,
    )
    lights.start(inbox.report)
    inbox.wait_for(Condition.UP)
    chip.written.clear()
    lights.show(Shown.OK)
    chip.wait_written((2, True))
    lights.stop()
    assert chip.written[-2:] == [(1, False), (2, False)]
