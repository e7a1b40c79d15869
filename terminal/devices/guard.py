"""A driver of somebody else's, held to its Protocol: its bugs take its lane down and no other.

Every method of it is called in one thread of its own, so that none that hangs holds up a lane,
and another thread tells what is wrong meanwhile. It runs with the daemon's rights all the same:
this guards against mistakes, not against malice.
"""

import logging
import queue
import sys
import threading
from collections.abc import Callable
from typing import Any, ClassVar

from drivers.base import Deliver, DeviceReport, Report, Signal
from terminal.brought import cause
from terminal.devices.driver_watch import DriverWatch, Outcome
from terminal.errors import DriverUnusable

log = logging.getLogger(__name__)

# What waits for a driver that is slow: an opening or answer behind four others is for somebody
# who has gone.
JOBS_MAX = 4
# A gate that opens later opens for the next person.
JOB_AGE_MS_MAX = 1_000
# The daemon's end is not held up longer by a driver that does not let go of its device.
STOP_S_MAX = 5.0

_Job = tuple[str, Callable[[Any], None], int]


class Guarded:
    """What the guards of scanners, gates and answer lines have in common.

    Args:
        name: the driver's, as the settings name it.
        make: returns the driver, not started; imports what it needs. May raise anything.
        package: the top module that the driver's code is in, to tell its threads by.
        monotonic_ms: the clock.
    """

    # How many guards of a package are started: the last to stop looks for threads left behind.
    _started: ClassVar[dict[str, int]] = {}
    _started_lock: ClassVar[threading.Lock] = threading.Lock()

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
        self._deliver: Deliver | None = None
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
        while True:
            try:
                self._jobs.put_nowait(None)
                break
            except queue.Full:
                self._drop_job()
        self._has_news.set()
        self._worker.join(STOP_S_MAX)
        self._keeper.join()
        if self._worker.is_alive():
            log.error("driver %s does not end: it keeps its device; restart the daemon", self._name)
        self._look_for_threads()

    def _begin(self, report: Report, deliver: Deliver | None = None) -> None:
        with self._lock:
            if self._report is not None:
                raise ValueError(f"driver {self._name} is started already")
            self._report, self._deliver = report, deliver
            self._hand_on(self._watch.tick(self._monotonic_ms()))
        with self._started_lock:
            self._started[self._package] = self._started.get(self._package, 0) + 1
        self._worker.start()
        self._keeper.start()

    def _start(self, driver: Any) -> None:
        """Start a driver that was made."""
        raise NotImplementedError

    def _end(self, driver: Any) -> None:
        driver.stop()

    def _ask(self, what: str, job: Callable[[Any], None]) -> None:
        """Have the worker call the driver; returns at once."""
        now_ms = self._monotonic_ms()
        try:
            self._jobs.put_nowait((what, job, now_ms))
        except queue.Full:
            self._tell_bug(f"is busy: {what} was dropped")

    def _drop_job(self) -> None:
        try:
            self._jobs.get_nowait()
        except queue.Empty:
            return

    def _work(self) -> None:
        made = self._called("make", self._make, is_final=True)
        if made is None:
            return
        (driver,) = made
        if self._called("start", lambda: self._start(driver), is_final=True):
            while (job := self._jobs.get()) is not None:
                self._do(driver, *job)
        self._called("stop", lambda: self._end(driver))

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

    def _look_for_threads(self) -> None:
        with self._started_lock:
            self._started[self._package] -= 1
            is_last = not self._started[self._package]
        left = threads_within(self._package) if is_last else ()
        if left:
            log.error(
                "driver %s leaves %d threads behind (%s): tell who made it",
                self._name,
                len(left),
                ", ".join(left),
            )


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

    def start(self, report: Report) -> None:
        """Take the device, closed; returns at once. What is wrong with the driver is reported."""
        self._begin(report)

    def open(self, pulse_ms: int) -> None:
        """Open for `pulse_ms` milliseconds; returns at once. An opening that is late is dropped."""
        self._ask("open", lambda driver: driver.open(pulse_ms))

    def _start(self, driver: Any) -> None:
        driver.start(self._take_report)


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


def threads_within(package: str) -> tuple[str, ...]:
    """Return the names of the threads that run code of a package now, but for guards' own."""
    frames = sys._current_frames()  # noqa: SLF001  # documented, for this purpose
    names = []
    for thread in threading.enumerate():
        frame = frames.get(thread.ident or 0)
        while frame is not None and thread is not threading.current_thread():
            if str(frame.f_globals.get("__name__")).partition(".")[0] == package:
                names.append(thread.name)
                break
            frame = frame.f_back
    return tuple(names)
