"""A driver of somebody else's, held to its Protocol: its bugs take its lane down and no other.

Every method of it is called in one thread of its own, so that none that hangs holds up a lane,
and another thread tells what is wrong meanwhile. It runs with the daemon's rights all the same:
this guards against mistakes, not against malice.
"""

import logging
import queue
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from drivers.back_off import BackOff
from drivers.base import (
    Deliver,
    DeliverContact,
    DeviceReport,
    Receipt,
    Report,
    Shown,
    Signal,
)
from terminal.brought import cause
from terminal.devices.driver_threads import ROSTER
from terminal.devices.driver_watch import FAULT_MS_MIN, DriverWatch, Outcome
from terminal.errors import DriverUnusable

log = logging.getLogger(__name__)

# What waits for a driver that is slow: an opening or answer behind four others is for somebody
# who has gone.
JOBS_MAX = 4
# A gate that opens later opens for the next person.
JOB_AGE_MS_MAX = 1_000
# Of a gate that can only be opened for a moment, in an emergency: the lane says every 2 s that it
# shall stand open, and it does not close between two of these.
HELD_PULSE_MS = 3_000
# Stands for a job that is never too late.
_NEVER_MS = 1 << 62
# The daemon's end is not held up longer by a driver that does not let go of its device.
STOP_S_MAX = 5.0

_Job = tuple[str, Callable[[Any], None], int]

# In place of a job: the driver is to be ended, and made anew.
_ANEW: _Job = ("begin anew", lambda _driver: None, 0)


class Guarded(ABC):
    """What the guards of scanners, gates and all the others have in common.

    Args:
        name: the driver's, as the settings name it.
        make: returns the driver, not started; imports what it needs. May raise anything.
        package: the top module that the driver's code is in, to tell its threads by.
        monotonic_ms: the clock.
    """

    def __init__(
        self,
        name: str,
        make: Callable[[], Any],
        *,
        package: str,
        monotonic_ms: Callable[[], int],
    ) -> None:
        self._name, self._make, self._package = name, make, package
        self._monotonic_ms = monotonic_ms
        self._watch = DriverWatch(name, monotonic_ms())
        # Held while outcomes are handed on too, so that they keep their order.
        self._lock = threading.RLock()
        self._jobs: queue.Queue[_Job | None] = queue.Queue(JOBS_MAX)
        self._has_news = threading.Event()
        self._is_stopping = False
        self._deliver: Callable[[Any], None] | None = None
        self._report: Report | None = None
        self._worker = threading.Thread(target=self._work, name=f"driver {name}", daemon=True)
        self._keeper = threading.Thread(target=self._keep, name=f"guard of {name}", daemon=True)

    @property
    def faults(self) -> int:
        """Return how often the driver did what it must not."""
        return self._watch.faults

    def stop(self) -> None:
        """End the driver; returns when its threads are gone, or are not worth waiting for."""
        with self._lock:
            is_started, self._is_stopping = self._report is not None, True
        if not is_started:
            return
        self._put_first(None)
        self._has_news.set()
        self._worker.join(STOP_S_MAX)
        self._keeper.join()
        if self._worker.is_alive():
            log.error("driver %s does not end: it keeps its device; restart the daemon", self._name)
        if left := ROSTER.leave(self._package, self._lose_thread):
            log.error(
                "driver %s leaves %d threads behind (%s): tell who made it",
                self._name,
                len(left),
                ", ".join(left),
            )

    def _begin(self, report: Report, deliver: Callable[[Any], None] | None = None) -> None:
        with self._lock:
            if self._report is not None:
                raise ValueError(f"driver {self._name} is started already")
            self._report, self._deliver = report, deliver
            self._hand_on(self._watch.tick(self._monotonic_ms()))
        ROSTER.enter(self._package, self._lose_thread)
        self._worker.start()
        self._keeper.start()

    @abstractmethod
    def _start(self, driver: Any) -> None:
        """Start a driver that was made."""

    def _end(self, driver: Any) -> None:
        driver.stop()

    def _ask(self, what: str, job: Callable[[Any], None]) -> None:
        """Have the worker call the driver; returns at once."""
        now_ms = self._monotonic_ms()
        try:
            self._jobs.put_nowait((what, job, now_ms))
        except queue.Full:
            self._tell_bug(f"is busy: {what} was dropped")

    def _put_first(self, job: _Job | None) -> None:
        """Put what must be heard, at the cost of what waits."""
        while True:
            try:
                self._jobs.put_nowait(job)
            except queue.Full:
                self._drop_job()
            else:
                return

    def _drop_job(self) -> None:
        try:
            self._jobs.get_nowait()
        except queue.Empty:
            return

    def _lose_thread(self, what: str) -> None:
        """Take a driver that a thread of its own died of for dead, and have it made anew."""
        with self._lock:
            if not self._is_stopping:
                self._tell_bug(what, is_final=True)
                self._put_first(_ANEW)

    def _work(self) -> None:
        back_off = BackOff()
        began_ms = self._monotonic_ms()
        while self._serve():
            lived_ms = self._monotonic_ms() - began_ms
            if not self._pause(max(FAULT_MS_MIN, back_off.wait_ms(lived_ms))):
                return
            began_ms = self._monotonic_ms()
            with self._lock:
                self._hand_on(self._watch.begins_anew(began_ms))

    def _serve(self) -> bool:
        """Make a driver and serve it to its end; return whether another is to follow."""
        made = self._called("make", self._make, is_final=True)
        if made is None:
            return False
        (driver,) = made
        job: _Job | None = None
        if self._called("start", lambda: self._start(driver), is_final=True):
            while (job := self._jobs.get()) is not None and job is not _ANEW:
                self._do(driver, *job)
        self._called("stop", lambda: self._end(driver))
        return job is _ANEW

    def _pause(self, wait_ms: int) -> bool:
        """Wait; what is asked meanwhile is lost. Return whether the guard is wanted still."""
        due_ms = self._monotonic_ms() + wait_ms
        while (left_ms := due_ms - self._monotonic_ms()) > 0:
            try:
                if self._jobs.get(timeout=left_ms / 1000) is None:
                    return False
            except queue.Empty:
                break
        return True

    def _do(self, driver: Any, what: str, job: Callable[[Any], None], asked_ms: int) -> None:
        if self._monotonic_ms() - asked_ms >= JOB_AGE_MS_MAX:
            self._tell_bug(f"was busy too long: {what} was dropped")
            return
        self._called(what, lambda: job(driver))

    def _called(
        self, what: str, call: Callable[[], Any], *, is_final: bool = False
    ) -> tuple[Any] | None:
        """Call into the driver and return what it returns; None: it failed, which is told."""
        with self._lock:
            self._watch.call_begins(what, self._monotonic_ms())
        self._has_news.set()
        try:
            return (call(),)
        except DriverUnusable as error:
            self._tell_fault(str(error), is_final=True)
        except BaseException as error:  # noqa: BLE001  # foreign code, and native panics are no Exception
            self._tell_bug(f"failed in {what} ({cause(error)})", is_final=is_final)
        finally:
            with self._lock:
                self._hand_on(self._watch.call_ends(self._monotonic_ms()))
        return None

    def _keep(self) -> None:
        """Tell what the time brings, also while the worker is stuck."""
        while not self._is_stopping:
            with self._lock:
                now_ms = self._monotonic_ms()
                self._hand_on(self._watch.tick(now_ms))
                due_ms = self._watch.due_ms()
            self._has_news.wait(None if due_ms is None else max(1, due_ms - now_ms) / 1000)
            self._has_news.clear()

    def _take_code(self, given: object = None, *_more: object, **_named: object) -> None:
        with self._lock:
            self._hand_on(self._watch.code(given, self._monotonic_ms()))
        self._tell_keeper()

    def _take_contact(self, given: object = None, *_more: object, **_named: object) -> None:
        with self._lock:
            self._hand_on(self._watch.contact(given, self._monotonic_ms()))
        self._tell_keeper()

    def _take_report(self, given: object = None, *_more: object, **_named: object) -> None:
        with self._lock:
            self._hand_on(self._watch.report(given, self._monotonic_ms()))
        self._tell_keeper()

    def _tell_bug(self, what: str, *, is_final: bool = False) -> None:
        self._tell_fault(f"driver {self._name} {what}; tell who made it", is_final=is_final)

    def _tell_fault(self, words: str, *, is_final: bool = False) -> None:
        with self._lock:
            self._hand_on(self._watch.fault(words, self._monotonic_ms(), is_final=is_final))
        self._tell_keeper()

    def _tell_keeper(self) -> None:
        with self._lock:
            is_due = self._watch.due_ms() is not None
        if is_due:
            self._has_news.set()

    def _hand_on(self, outcomes: tuple[Outcome, ...]) -> None:
        """Give the lane what is fit for it; after `stop` it hears no more."""
        if self._is_stopping:
            return
        for outcome in outcomes:
            if isinstance(outcome, DeviceReport):
                if self._report is not None:
                    self._report(outcome)
            elif self._deliver is not None:
                self._deliver(outcome)


class GuardedScanner(Guarded):
    """A `Scanner`, whatever the one inside does."""

    def start(self, deliver: Deliver, report: Report) -> None:
        """Begin to read; returns at once. What is wrong with the driver is reported."""
        self._begin(report, deliver)

    def forget(self) -> None:
        """Take what is in view as new again."""
        self._ask("forget", lambda driver: driver.forget())

    def signal(self, signal: Signal) -> None:
        """Beep or light up, if the driver can."""

        def show(driver: Any) -> None:
            if callable(getattr(driver, "signal", None)):
                driver.signal(signal)

        self._ask("signal", show)

    def _start(self, driver: Any) -> None:
        driver.start(self._take_code, self._take_report)


class GuardedGate(Guarded):
    """A `Gate`, whatever the one inside does."""

    _is_held = False

    def start(self, report: Report) -> None:
        """Take the device, closed; returns at once. What is wrong with the driver is reported."""
        self._begin(report)

    def open(self, pulse_ms: int) -> None:
        """Open for `pulse_ms` milliseconds; returns at once. An opening that is late is dropped."""
        self._ask("open", lambda driver: driver.open(pulse_ms))

    def hold(self, *, is_open: bool) -> None:
        """Hold it open or close it; before all that waits, and never too late.

        A driver that is made anew while it is held open is told again. One that has no `hold` is
        opened for a moment each time that it is said, and closes by itself.
        """
        self._is_held = is_open
        self._put_first(("hold", self._tell_hold, _NEVER_MS))

    def _start(self, driver: Any) -> None:
        driver.start(self._take_report)
        if self._is_held:
            self._tell_hold(driver)

    def _tell_hold(self, driver: Any) -> None:
        if callable(getattr(driver, "hold", None)):
            driver.hold(is_open=self._is_held)
        elif self._is_held:
            driver.open(HELD_PULSE_MS)


class GuardedAnswers(Guarded):
    """An `AnswerLine`, whatever the one inside does."""

    def start(self, report: Report) -> None:
        """Open the line; returns at once. What is wrong with the driver is reported."""
        self._begin(report)

    def send(self, line: bytes) -> None:
        """Send one line; returns at once. One that is late is dropped."""
        self._ask("send", lambda driver: driver.send(line))

    def _start(self, driver: Any) -> None:
        driver.start(self._take_report)


class GuardedContacts(Guarded):
    """`Contacts`, whatever those inside do."""

    def start(self, deliver: DeliverContact, report: Report) -> None:
        """Begin to watch; returns at once. What is wrong with the driver is reported."""
        self._begin(report, deliver)

    def _start(self, driver: Any) -> None:
        driver.start(self._take_contact, self._take_report)


class GuardedIndicator(Guarded):
    """An `Indicator`, whatever the one inside does."""

    def start(self, report: Report) -> None:
        """Take the device, dark and silent; what is wrong with the driver is reported."""
        self._begin(report)

    def show(self, shown: Shown, words: str = "") -> None:
        """Show it; returns at once. What is late is dropped."""
        self._ask("show", lambda driver: driver.show(shown, words))

    def _start(self, driver: Any) -> None:
        driver.start(self._take_report)


class GuardedPrinter(Guarded):
    """A `Printer`, whatever the one inside does."""

    def start(self, report: Report) -> None:
        """Take the device; returns at once. What is wrong with the driver is reported."""
        self._begin(report)

    def print_lines(self, receipt: Receipt) -> None:
        """Print it; returns at once. One that is late is dropped."""
        self._ask("print_lines", lambda driver: driver.print_lines(receipt))

    def _start(self, driver: Any) -> None:
        driver.start(self._take_report)
