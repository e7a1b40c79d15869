"""The bench on which the conformance kit tries one driver before its simulator."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from drivers.base import Condition, Contact, ContactEvent, DeviceReport, ScannedCode
from drivers.handed_over import code_fault, contact_fault, report_fault
from drivers.making import Settings

# "At once", with grace for a busy machine: a lane starts its devices one after the other.
AT_ONCE_S = 1.0
# Until something that must happen has happened: back-offs go up to 5 s, capture may open as long.
PATIENCE_S = 15.0
# Until it is believed that something does not happen any more.
SILENCE_S = 1.0


class Broken(Exception):  # noqa: N818  # the house's word for it
    """The driver does not keep its Protocol; the text says how."""


class Bench:
    """One driver before its simulator, and what it hands over.

    Args:
        part: what it is to a lane.
        maker: makes it.
        device: its simulator.
        monotonic_ms: the clock that it gets.
    """

    def __init__(self, part: str, maker: Any, device: Any, monotonic_ms: Callable[[], int]) -> None:
        self.device, self._maker, self._monotonic_ms = device, maker, monotonic_ms
        self.codes: queue.Queue[ScannedCode] = queue.Queue()
        self.events: queue.Queue[ContactEvent] = queue.Queue()
        takers = {"scanner": (self._deliver,), "contacts": (self._deliver_contact,)}
        self._takers: tuple[Callable[[Any], None], ...] = (*takers.get(part, ()), self._report)
        self._reports: queue.Queue[DeviceReport] = queue.Queue()
        self._faults: list[str] = []

    @contextmanager
    def running(self, settings: Settings) -> Iterator[Any]:
        """Start a driver made with `settings`, and stop it; see that it is silent afterwards."""
        driver = self._maker.make(dict(settings), monotonic_ms=self._monotonic_ms)
        within(AT_ONCE_S, "start", lambda: driver.start(*self._takers))
        try:
            yield driver
        finally:
            within(PATIENCE_S, "stop", driver.stop)
        self._expect_silence()
        if self._faults:
            raise Broken(self._faults[0])

    def wait_for(self, condition: Condition) -> DeviceReport:
        """Return the next report of a condition."""
        while True:
            try:
                report = self._reports.get(timeout=PATIENCE_S)
            except queue.Empty:
                raise Broken(
                    f"does not report {condition.name} within {PATIENCE_S:.0f} s"
                ) from None
            if report.condition is condition:
                return report

    def wait_for_code(self, payload: bytes, when: str) -> None:
        """Wait until a code is delivered; others in between are the driver's fault."""
        try:
            code = self.codes.get(timeout=PATIENCE_S)
        except queue.Empty:
            raise Broken(f"delivers nothing {when} within {PATIENCE_S:.0f} s") from None
        if code.payload != payload:
            raise Broken(
                f"delivers {len(code.payload)} octets {when} that are not the {len(payload)} shown"
            )

    def wait_for_event(self, contact: Contact, *, is_active: bool, when: str) -> None:
        """Wait until a contact's change is delivered; others in between are the driver's fault."""
        state = "active" if is_active else "inactive"
        try:
            event = self.events.get(timeout=PATIENCE_S)
        except queue.Empty:
            missing = f"does not deliver {contact.value} {state} {when} within {PATIENCE_S:.0f} s"
            raise Broken(next(iter(self._faults), missing)) from None
        if (event.contact, event.is_active) != (contact, is_active):
            told = "active" if event.is_active else "inactive"
            raise Broken(
                f"delivers {event.contact.value} {told} {when}, and not {contact.value} {state}"
            )

    def expect_no_event(self, words: str) -> None:
        """See that no contact's change is delivered for a while."""
        try:
            self.events.get(timeout=SILENCE_S)
        except queue.Empty:
            return
        raise Broken(words)

    def let_pass(self, time_ms: int) -> None:
        """Wait until so much time is over by the driver's clock."""
        until_ms = self._monotonic_ms() + time_ms
        until(lambda: self._monotonic_ms() > until_ms, "its clock stands still")

    def _deliver(self, code: Any) -> None:
        if fault := code_fault(code, self._monotonic_ms()):
            self._faults.append(f"delivers {fault}")
        else:
            self.codes.put(code)

    def _deliver_contact(self, event: Any) -> None:
        if fault := contact_fault(event, self._monotonic_ms()):
            self._faults.append(f"delivers {fault}")
        else:
            self.events.put(event)

    def _report(self, report: Any) -> None:
        if fault := report_fault(report):
            self._faults.append(f"reports {fault}")
        else:
            self._reports.put(report)

    def _expect_silence(self) -> None:
        for delivered in (self.codes, self.events):
            while not delivered.empty():
                delivered.get_nowait()
        if holds_within(SILENCE_S, lambda: not (self.codes.empty() and self.events.empty())):
            raise Broken("delivers after stop")


def is_missing(bench: Bench) -> None:
    """Look how a driver does whose device is not there."""
    with bench.running(bench.device.missing):
        bench.wait_for(Condition.DOWN)


def starts(bench: Bench) -> None:
    """Look whether a driver finds its device."""
    with bench.running(bench.device.settings):
        bench.wait_for(Condition.UP)


def replug(bench: Bench, between: Callable[[], None] = lambda: None) -> None:
    """Pull the device out and put it back."""
    bench.wait_for(Condition.UP)
    bench.device.unplug()
    bench.wait_for(Condition.DOWN)
    between()
    bench.device.plug()
    bench.wait_for(Condition.UP)


def replugs(bench: Bench) -> None:
    """Look whether a driver finds its device again."""
    with bench.running(bench.device.settings):
        replug(bench)


def is_stopped_before_it_is_there(bench: Bench) -> None:
    """Look whether a driver ends that has hardly begun."""
    with bench.running(bench.device.settings):
        return  # at once: it may still be opening


@contextmanager
def nothing_left() -> Iterator[None]:
    """See that neither driver nor simulator leaves threads or descriptors behind.

    Raises:
        Broken: they do, and still do after SILENCE_S.
    """
    threads, descriptors = _threads(), _descriptors()
    yield
    if not holds_within(SILENCE_S, lambda: _threads() <= threads):
        left = ", ".join(sorted(thread.name for thread in _threads() - threads))
        raise Broken(f"leaves threads behind: {left}")
    if not holds_within(SILENCE_S, lambda: _descriptors() <= descriptors):
        raise Broken(f"leaves {_descriptors() - descriptors} descriptors open")


def within(seconds: float, what: str, call: Callable[[], object]) -> None:
    """Call into the driver.

    Raises:
        Broken: it raises, or does not return in that time and is left behind.
    """
    raised: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except BaseException as error:  # noqa: BLE001  # foreign code
            raised.append(error)

    thread = threading.Thread(target=run, name=f"conformance {what}", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise Broken(f"does not return from {what} within {seconds:.0f} s")
    if raised:
        words = " ".join(f"{type(raised[0]).__name__}: {raised[0]}".split())
        raise Broken(f"raises in {what}: {words}")


def until(holds: Callable[[], bool], words: str) -> None:
    """Wait until something holds.

    Raises:
        Broken: it never does; `words` say so.
    """
    if not holds_within(PATIENCE_S, holds):
        raise Broken(words)


def holds_within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Return whether something comes to hold in that time."""
    pause, never = 0.02, threading.Event()
    for _ in range(int(seconds / pause)):
        if holds():
            return True
        never.wait(pause)
    return holds()


def never(holds: Callable[[], bool], words: str) -> None:
    """Wait so long that it is believed that something does not come to hold.

    Raises:
        Broken: it does; `words` say so.
    """
    if holds_within(SILENCE_S, holds):
        raise Broken(words)


def _threads() -> set[threading.Thread]:
    return set(threading.enumerate())


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
