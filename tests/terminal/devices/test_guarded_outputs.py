"""Contacts, indicators, printers and held gates of others, behind their guards."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from drivers.base import (
    Condition,
    Contact,
    ContactEvent,
    DeviceReport,
    Holding,
    Receipt,
    ReceiptLine,
    Shown,
)
from drivers.clock import monotonic_ms
from terminal.devices import guard
from terminal.devices.guard import (
    HELD_PULSE_MS,
    Guarded,
    GuardedContacts,
    GuardedGate,
    GuardedIndicator,
    GuardedPrinter,
)
from terminal.lanes.machine import HOLD_AGAIN_MS

PATIENCE_S = 20.0


class Recorded:
    """A driver of any part; its calls are noted."""

    def __init__(self) -> None:
        self.calls: queue.Queue[Any] = queue.Queue()
        self.deliver: Callable[[Any], None]

    def start(self, *takers: Any) -> None:
        *deliver, report = takers
        if deliver:
            self.deliver = deliver[0]
        report(DeviceReport(device="/dev/acme", condition=Condition.UP, detail=""))

    def open(self, pulse_ms: int) -> None:
        self.calls.put(pulse_ms)

    def show(self, shown: Shown, words: str = "") -> None:
        self.calls.put((shown, words))

    def print_lines(self, receipt: Receipt) -> None:
        self.calls.put(receipt)

    def stop(self) -> None:
        self.calls.put("stop")


class Holder(Recorded):
    def hold(self, *, is_open: bool) -> None:
        self.calls.put(is_open)


@contextmanager
def guarding(kind: type[Guarded], driver: Any, *takers: Any) -> Iterator[Any]:
    reports: queue.Queue[DeviceReport] = queue.Queue()
    package = __name__.partition(".")[0]
    guarded: Any = kind("acme", lambda: driver, package=package, monotonic_ms=monotonic_ms)
    guarded.reports = reports
    guarded.start(*takers, reports.put)
    wait_for(reports, Condition.UP)
    try:
        yield guarded
    finally:
        guarded.stop()


def wait_for(reports: "queue.Queue[DeviceReport]", condition: Condition) -> str:
    while True:
        report = reports.get(timeout=PATIENCE_S)
        if report.condition is condition:
            return report.detail


def passed(at_ms: int | None = None) -> ContactEvent:
    now_ms = monotonic_ms() if at_ms is None else at_ms
    return ContactEvent(contact=Contact.PASSAGE, is_active=True, at_ms=now_ms)


def test_contacts_reach_the_lane() -> None:
    driver, events = Recorded(), queue.Queue[ContactEvent]()
    with guarding(GuardedContacts, driver, events.put) as contacts:
        event = passed()
        driver.deliver(event)
        assert events.get(timeout=PATIENCE_S) == event
        assert contacts.faults == 0


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("passage", "a str and no ContactEvent"),
        (ContactEvent(contact="passage", is_active=True, at_ms=1), "a contact or a state"),  # type: ignore[arg-type]  # what a driver may do
        (ContactEvent(contact=Contact.PASSAGE, is_active=1, at_ms=1), "a contact or a state"),  # type: ignore[arg-type]  # as above
        (passed(-1), "a time that is not"),
        (passed(monotonic_ms() + 86_400_000), "a time that is not"),
    ],
)
def test_contact_that_is_none_is_not_handed_on_and_takes_its_lane_down(
    given: object, says: str
) -> None:
    driver, events = Recorded(), queue.Queue[ContactEvent]()
    with guarding(GuardedContacts, driver, events.put) as contacts:
        driver.deliver(given)
        assert says in wait_for(contacts.reports, Condition.DOWN)
        assert events.empty()


def test_flood_of_contacts_is_cut_off() -> None:
    driver, events = Recorded(), queue.Queue[ContactEvent]()
    with guarding(GuardedContacts, driver, events.put) as contacts:
        for _ in range(200):
            driver.deliver(passed())
        assert "more than 50 contacts a second" in wait_for(contacts.reports, Condition.DOWN)
        assert events.qsize() <= 100  # two seconds may have had a share of it


def test_what_is_shown_and_printed_reaches_the_driver() -> None:
    driver, receipt = Recorded(), Receipt(parts=(ReceiptLine(text="HOLDER-0007"),))
    with guarding(GuardedIndicator, driver) as indicator:
        indicator.show(Shown.DENY, "see the desk")
        assert driver.calls.get(timeout=PATIENCE_S) == (Shown.DENY, "see the desk")
    assert driver.calls.get(timeout=PATIENCE_S) == "stop"
    with guarding(GuardedPrinter, driver) as printer:
        printer.print_lines(receipt)
        assert driver.calls.get(timeout=PATIENCE_S) == receipt


def test_held_gate_is_told_to_the_driver_and_let_go() -> None:
    driver = Holder()
    with guarding(GuardedGate, driver) as gate:
        assert isinstance(gate, Holding)
        for is_open in (True, False):
            gate.hold(is_open=is_open)
            assert driver.calls.get(timeout=PATIENCE_S) is is_open


def test_gate_of_a_driver_that_can_not_hold_is_opened_again_and_again() -> None:
    """Else it stood shut through an emergency that the lane shows as open."""
    driver = Recorded()
    with guarding(GuardedGate, driver) as gate:
        for _ in range(2):
            gate.hold(is_open=True)
            assert driver.calls.get(timeout=PATIENCE_S) == HELD_PULSE_MS
        gate.hold(is_open=False)
        gate.open(200)
        assert driver.calls.get(timeout=PATIENCE_S) == 200
        assert gate.faults == 0
    assert HELD_PULSE_MS > HOLD_AGAIN_MS


def test_holding_goes_before_what_waits_and_is_never_too_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guard, "JOB_AGE_MS_MAX", 0)  # whatever waited is too old
    is_free, driver = threading.Event(), Holder()
    driver.open = lambda pulse_ms: (driver.calls.put(pulse_ms), is_free.wait(PATIENCE_S))  # type: ignore[assignment,func-returns-value]  # a driver that hangs
    with guarding(GuardedGate, driver) as gate:
        gate._jobs.put(("open", lambda held: held.open(1), 1 << 62))
        assert driver.calls.get(timeout=PATIENCE_S) == 1
        gate.open(2)
        gate.hold(is_open=True)
        is_free.set()
        assert driver.calls.get(timeout=PATIENCE_S) is True


@pytest.mark.slow
def test_driver_that_is_made_anew_is_held_again() -> None:
    driver = Holder()
    with guarding(GuardedGate, driver) as gate:
        gate.hold(is_open=True)
        assert driver.calls.get(timeout=PATIENCE_S) is True
        gate._lose_thread("lost its thread acme-1")
        assert driver.calls.get(timeout=PATIENCE_S) == "stop"
        assert driver.calls.get(timeout=PATIENCE_S) is True
