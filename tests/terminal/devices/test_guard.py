"""Whatever a driver of others does, its lane is told and nobody else is harmed."""

import logging
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from drivers.base import Condition, Deliver, DeviceReport, Report, ScannedCode, Signal
from drivers.clock import monotonic_ms
from terminal.devices import guard
from terminal.devices.driver_threads import ROSTER
from terminal.devices.guard import GuardedAnswers, GuardedGate, GuardedScanner
from terminal.errors import DriverUnusable

PACKAGE = __name__.partition(".")[0]
PATIENCE_S = 20.0


class Heard:
    """Takes what a lane would, and waits for it."""

    def __init__(self) -> None:
        self.codes: queue.Queue[ScannedCode] = queue.Queue()
        self.reports: queue.Queue[DeviceReport] = queue.Queue()

    def wait_for(self, condition: Condition) -> str:
        while True:
            report = self.reports.get(timeout=PATIENCE_S)
            if report.condition is condition:
                return report.detail


class Acme:
    """A driver that does as it should; those of the tests differ in one thing."""

    def __init__(self) -> None:
        self.calls: queue.Queue[str] = queue.Queue()
        self.deliver: Deliver
        self.report: Report

    def start(self, deliver: Deliver, report: Report) -> None:
        self.deliver, self.report = deliver, report
        report(DeviceReport(device="/dev/acme", condition=Condition.UP, detail=""))

    def forget(self) -> None:
        self.calls.put("forget")

    def stop(self) -> None:
        self.calls.put("stop")

    def scan(self, payload: bytes = b"HOLDER-0007") -> None:
        now_ms = monotonic_ms()
        self.deliver(ScannedCode(payload=payload, engine="acme", seen_ms=now_ms, read_ms=now_ms))


@contextmanager
def guarding(make: Callable[[], Any], heard: Heard) -> Iterator[GuardedScanner]:
    scanner = GuardedScanner("acme", make, package=PACKAGE, monotonic_ms=monotonic_ms)
    scanner.start(heard.codes.put, heard.reports.put)
    try:
        yield scanner
    finally:
        scanner.stop()


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_driver_that_does_well_is_not_noticed_to_be_guarded(heard: Heard) -> None:
    driver, before = Acme(), set(threading.enumerate())
    with guarding(lambda: driver, heard) as scanner:
        heard.wait_for(Condition.UP)
        driver.scan()
        assert heard.codes.get(timeout=PATIENCE_S).payload == b"HOLDER-0007"
        scanner.forget()
        assert driver.calls.get(timeout=PATIENCE_S) == "forget"
        scanner.signal(Signal.OK)  # it can't: nothing happens
        assert scanner.faults == 0
    assert driver.calls.get(timeout=PATIENCE_S) == "stop"
    assert not set(threading.enumerate()) - before


def test_signal_reaches_a_driver_that_can(heard: Heard) -> None:
    shown: queue.Queue[Signal] = queue.Queue()

    class Beeping(Acme):
        def signal(self, signal: Signal) -> None:
            shown.put(signal)

    with guarding(Beeping, heard) as scanner:
        heard.wait_for(Condition.UP)
        scanner.signal(Signal.DENY)
        assert shown.get(timeout=PATIENCE_S) is Signal.DENY


class Panic(BaseException):
    """As native code raises it: no Exception."""


@pytest.mark.parametrize("error", [ValueError("a\nb"), SystemExit(3), Panic("deep")])
@pytest.mark.parametrize("where", ["make", "start"])
def test_driver_that_fails_to_begin_is_down_for_good(
    heard: Heard, where: str, error: BaseException
) -> None:
    class Failing(Acme):
        def start(self, deliver: Deliver, report: Report) -> None:
            del deliver, report
            raise error

    def make() -> Acme:
        if where == "make":
            raise error
        return Failing()

    with guarding(make, heard):
        told = heard.wait_for(Condition.DOWN)
        assert told.startswith(f"driver acme failed in {where} ({type(error).__name__}: ")
        assert "\n" not in told


def test_driver_that_can_not_be_had_is_told_in_its_own_words(heard: Heard) -> None:
    def make() -> Acme:
        raise DriverUnusable("scanner driver acme is not installed")

    with guarding(make, heard):
        assert heard.wait_for(Condition.DOWN) == "scanner driver acme is not installed"


def test_driver_that_fails_in_between_recovers(heard: Heard) -> None:
    class Failing(Acme):
        def forget(self) -> None:
            raise RuntimeError("no")

    driver = Failing()
    with guarding(lambda: driver, heard) as scanner:
        heard.wait_for(Condition.UP)
        scanner.forget()
        assert "failed in forget (RuntimeError: no)" in heard.wait_for(Condition.DOWN)
        heard.wait_for(Condition.UP)
        driver.scan()
        assert heard.codes.get(timeout=PATIENCE_S)


def test_nonsense_that_is_delivered_reaches_nobody(heard: Heard) -> None:
    driver: Any = Acme()
    with guarding(lambda: driver, heard) as scanner:
        heard.wait_for(Condition.UP)
        driver.deliver()
        driver.deliver("A", 1, read_ms=2)
        driver.report(None)
        assert "delivered a NoneType" in heard.wait_for(Condition.DOWN)
        assert heard.codes.empty()
        assert scanner.faults == 3


def test_driver_that_delivers_within_its_own_start_and_forget_is_heard(heard: Heard) -> None:
    class Eager(Acme):
        def start(self, deliver: Deliver, report: Report) -> None:
            super().start(deliver, report)
            self.scan()

        def forget(self) -> None:
            self.scan()

    with guarding(Eager, heard) as scanner:
        assert heard.codes.get(timeout=PATIENCE_S)
        scanner.forget()
        assert heard.codes.get(timeout=PATIENCE_S)


def test_lane_may_ask_to_forget_while_a_code_is_delivered(heard: Heard) -> None:
    driver = Acme()
    scanner = GuardedScanner("acme", lambda: driver, package=PACKAGE, monotonic_ms=monotonic_ms)
    scanner.start(lambda _code: scanner.forget(), heard.reports.put)
    heard.wait_for(Condition.UP)
    driver.scan()
    assert driver.calls.get(timeout=PATIENCE_S) == "forget"
    scanner.stop()


def test_driver_that_hangs_is_told_and_holds_nobody_up(
    heard: Heard, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("terminal.devices.driver_watch.CALL_MS_MAX", 50)
    monkeypatch.setattr(guard, "STOP_S_MAX", 0.1)
    let_go = threading.Event()

    class Hanging(Acme):
        def start(self, deliver: Deliver, report: Report) -> None:
            del deliver, report
            let_go.wait(PATIENCE_S)

    with caplog.at_level(logging.ERROR), guarding(Hanging, heard):
        assert "does not return from start" in heard.wait_for(Condition.DOWN)
    assert "driver acme does not end" in caplog.text
    let_go.set()


def test_nothing_is_heard_of_a_driver_after_its_end(heard: Heard) -> None:
    driver = Acme()
    with guarding(lambda: driver, heard):
        heard.wait_for(Condition.UP)
    driver.scan()
    driver.report(DeviceReport(device="/dev/acme", condition=Condition.DOWN, detail="gone"))
    assert heard.codes.empty()
    assert heard.reports.empty()


def test_threads_left_behind_are_named(heard: Heard, caplog: pytest.LogCaptureFixture) -> None:
    let_go = threading.Event()
    thread = threading.Thread(target=lambda: let_go.wait(PATIENCE_S), name="acme reader")

    class Leaving(Acme):
        def start(self, deliver: Deliver, report: Report) -> None:
            super().start(deliver, report)
            thread.start()

    with caplog.at_level(logging.ERROR), guarding(Leaving, heard):
        heard.wait_for(Condition.UP)
    let_go.set()
    thread.join()
    assert "driver acme leaves 1 threads behind (acme reader)" in caplog.text


class Threaded(Acme):
    """A driver with a thread of its own, that dies of a code."""

    def start(self, deliver: Deliver, report: Report) -> None:
        super().start(deliver, report)
        self.shown: queue.Queue[bytes] = queue.Queue()
        self.reader = threading.Thread(target=self.read, name="acme reader")
        self.reader.start()

    def read(self) -> None:
        while payload := self.shown.get():
            if payload == b"deadly":
                raise KeyError("no such field")
            self.scan(payload)

    def stop(self) -> None:
        super().stop()
        self.shown.put(b"")
        self.reader.join()


@pytest.fixture
def blamed(monkeypatch: pytest.MonkeyPatch) -> queue.Queue[bool]:
    """What the daemon's hook makes of dead threads: whether a driver's."""
    blames: queue.Queue[bool] = queue.Queue()
    monkeypatch.setattr(threading, "excepthook", lambda failure: blames.put(ROSTER.blame(failure)))
    return blames


def test_driver_that_a_thread_of_its_own_dies_of_is_made_anew(
    heard: Heard, blamed: queue.Queue[bool]
) -> None:
    drivers: list[Threaded] = []

    def make() -> Threaded:
        drivers.append(Threaded())
        return drivers[-1]

    with guarding(make, heard):
        heard.wait_for(Condition.UP)
        drivers[0].shown.put(b"deadly")
        assert "acme lost its thread acme reader (KeyError: " in heard.wait_for(Condition.DOWN)
        assert drivers[0].calls.get(timeout=PATIENCE_S) == "stop"
        heard.wait_for(Condition.STARTING)
        heard.wait_for(Condition.UP)
        drivers[1].shown.put(b"HOLDER-0007")
        assert heard.codes.get(timeout=PATIENCE_S).payload == b"HOLDER-0007"
    assert blamed.get(timeout=PATIENCE_S) is True
    assert len(drivers) == 2


def test_what_waits_for_a_dead_driver_is_lost_and_its_end_is_heard(
    heard: Heard, blamed: queue.Queue[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "FAULT_MS_MIN", 60_000)
    driver = Threaded()
    with guarding(lambda: driver, heard) as scanner:
        heard.wait_for(Condition.UP)
        driver.shown.put(b"deadly")
        heard.wait_for(Condition.DOWN)
        assert driver.calls.get(timeout=PATIENCE_S) == "stop"
        for _ in range(guard.JOBS_MAX):
            scanner.forget()
    assert blamed.get(timeout=PATIENCE_S) is True
    assert driver.calls.empty()


def test_guard_that_was_never_started_can_be_stopped() -> None:
    GuardedScanner("acme", Acme, package=PACKAGE, monotonic_ms=monotonic_ms).stop()


def test_guard_starts_once(heard: Heard) -> None:
    with guarding(Acme, heard) as scanner, pytest.raises(ValueError, match="started already"):
        scanner.start(heard.codes.put, heard.reports.put)


# Gates and answers


class Output:
    """A gate and an answer line of others."""

    def __init__(self) -> None:
        self.calls: queue.Queue[object] = queue.Queue()
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.is_in = threading.Event()

    def start(self, report: Report) -> None:
        report(DeviceReport(device="/dev/acme", condition=Condition.UP, detail=""))

    def open(self, pulse_ms: int) -> None:
        self.is_in.set()
        self.may_go_on.wait(PATIENCE_S)
        self.calls.put(pulse_ms)

    def send(self, line: bytes) -> None:
        self.calls.put(line)

    def stop(self) -> None:
        self.calls.put("stop")


def test_gate_opens(heard: Heard) -> None:
    driver = Output()
    gate = GuardedGate("acme", lambda: driver, package=PACKAGE, monotonic_ms=monotonic_ms)
    gate.start(heard.reports.put)
    heard.wait_for(Condition.UP)
    gate.open(500)
    assert driver.calls.get(timeout=PATIENCE_S) == 500
    gate.stop()
    assert driver.calls.get(timeout=PATIENCE_S) == "stop"


def test_gate_that_hangs_holds_up_no_lane_and_opens_for_nobody_later(heard: Heard) -> None:
    driver, now_ms = Output(), [1_000_000]
    gate = GuardedGate("acme", lambda: driver, package=PACKAGE, monotonic_ms=lambda: now_ms[0])
    gate.start(heard.reports.put)
    heard.wait_for(Condition.UP)
    driver.may_go_on.clear()
    gate.open(1)
    assert driver.is_in.wait(PATIENCE_S)
    gate.open(2)  # returns, though the driver hangs
    now_ms[0] += guard.JOB_AGE_MS_MAX
    driver.may_go_on.set()
    assert driver.calls.get(timeout=PATIENCE_S) == 1
    assert "was busy too long: open was dropped" in heard.wait_for(Condition.DOWN)
    gate.stop()
    assert driver.calls.get(timeout=PATIENCE_S) == "stop"


def test_openings_that_wait_are_bounded(heard: Heard) -> None:
    driver = Output()
    gate = GuardedGate("acme", lambda: driver, package=PACKAGE, monotonic_ms=monotonic_ms)
    gate.start(heard.reports.put)
    heard.wait_for(Condition.UP)
    driver.may_go_on.clear()
    gate.open(0)
    assert driver.is_in.wait(PATIENCE_S)
    for number in range(guard.JOBS_MAX + 1):
        gate.open(number)
    assert "is busy: open was dropped" in heard.wait_for(Condition.DOWN)
    driver.may_go_on.set()
    gate.stop()


def test_answer_is_sent(heard: Heard) -> None:
    driver = Output()
    line = GuardedAnswers("acme", lambda: driver, package=PACKAGE, monotonic_ms=monotonic_ms)
    line.start(heard.reports.put)
    heard.wait_for(Condition.UP)
    line.send(b'{"verdict":"grant"}')
    assert driver.calls.get(timeout=PATIENCE_S) == b'{"verdict":"grant"}'
    line.stop()
