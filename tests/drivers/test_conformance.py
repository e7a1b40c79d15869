"""The conformance kit passes drivers that keep their Protocol, and finds each way not to."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from driver_peers import PtyPeer, monotonic_ms

from drivers.answers import SerialAnswers
from drivers.base import Condition, DeviceReport, ScannedCode
from drivers.cards import CARDS
from drivers.conformance import Outcome, check_driver
from drivers.quality import QualityCard
from drivers.relay import SerialRelay
from drivers.serial_line.scanner import SerialScanner
from simulator.serial_peers import RelayPeer
from tests.support.acme import acme

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _short_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Believe sooner that nothing comes; these simulators send twenty times a second."""
    monkeypatch.setattr("drivers.conformance_bench.SILENCE_S", 0.3)


def failures(part: str, maker: Any) -> dict[str, str]:
    found = list(check_driver(part, maker, monotonic_ms))
    assert all((each.outcome is Outcome.FAILED) == bool(each.what) for each in found)
    return {each.check: each.what for each in found if each.outcome is Outcome.FAILED}


# Drivers that keep it: our own, and the one of the page


class SimulatedLine:
    """A serial scanner that repeats what is held before it, on a line that can be pulled out."""

    def __init__(self, folder: Path) -> None:
        self._peer = PtyPeer(folder / "port")
        self._shown, self._ended = b"", threading.Event()
        self._lock, self._is_plugged = threading.Lock(), False
        self.settings = {"port": str(folder / "port")}
        self.missing = {"port": str(folder / "none")}
        self.plug()
        self._thread = threading.Thread(target=self._repeat)
        self._thread.start()

    def plug(self) -> None:
        with self._lock:
            self._peer.plug()
            self._is_plugged = True

    def unplug(self) -> None:
        with self._lock:
            self._peer.unplug()
            self._is_plugged = False

    def show(self, payload: bytes) -> None:
        self._shown = payload

    def hide(self) -> None:
        self._shown = b""

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        if self._is_plugged:
            self.unplug()

    def _repeat(self) -> None:
        while not self._ended.wait(0.05):
            with self._lock:
                if self._shown and self._is_plugged:
                    self._peer.write(self._shown + b"\r")


class SimulatedRelay:
    """A relay board on a line that can be pulled out."""

    def __init__(self, folder: Path) -> None:
        self._port, self._openings = folder / "port", 0
        self.settings = {"port": str(self._port)}
        self.missing = {"port": str(folder / "none")}
        self.plug()

    def plug(self) -> None:
        self._peer = RelayPeer()
        self._peer.__enter__()
        self._port.symlink_to(self._peer.path)

    def unplug(self) -> None:
        self._port.unlink()
        self._openings += self._peer.openings
        self._peer.stop()

    def openings(self) -> int:
        return self._openings + self._peer.openings

    def is_open(self) -> bool:
        return self._peer.is_open

    def close(self) -> None:
        self.unplug()


class Ours:
    """Makes a driver of ours as others' makers do."""

    def __init__(
        self, card: QualityCard, make: Callable[..., Any], simulated: Callable[[], Any]
    ) -> None:
        self.card, self._make, self._simulated = card, make, simulated

    def make(self, settings: Mapping[str, Any], *, monotonic_ms: Callable[[], int]) -> Any:
        return self._make(**settings, monotonic_ms=monotonic_ms)

    @contextmanager
    def simulate(self) -> Iterator[Any]:
        device = self._simulated()
        try:
            yield device
        finally:
            device.close()


def test_our_serial_scanner_conforms(tmp_path: Path) -> None:
    card = CARDS["scanner"]["serial"]
    assert failures("scanner", Ours(card, SerialScanner, lambda: SimulatedLine(tmp_path))) == {}


def test_our_relay_conforms(tmp_path: Path) -> None:
    card = CARDS["gate"]["relay"]
    assert failures("gate", Ours(card, SerialRelay, lambda: SimulatedRelay(tmp_path))) == {}


def test_our_answer_line_conforms(tmp_path: Path) -> None:
    card = CARDS["answers"]["serial"]
    assert failures("answers", Ours(card, SerialAnswers, lambda: SimulatedLine(tmp_path))) == {}


def test_driver_of_the_page_conforms() -> None:
    assert failures("scanner", acme().SCANNER) == {}


# Drivers that don't


@pytest.fixture
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait no longer than these drivers take; they fail by what never comes."""
    monkeypatch.setattr("drivers.conformance_bench.PATIENCE_S", 2.0)


def broken(change: Callable[[Any], None]) -> Any:
    """Return the page's maker, whose drivers are changed before they are handed out."""
    good = acme("unruly").SCANNER  # its threads, left behind, are of no package that is guarded

    class Broken:
        card = good.card

        def make(self, settings: Mapping[str, Any], *, monotonic_ms: Callable[[], int]) -> Any:
            driver = good.make(settings, monotonic_ms=monotonic_ms)
            change(driver)
            return driver

        def simulate(self) -> AbstractContextManager[Any]:
            found: AbstractContextManager[Any] = good.simulate()
            return found

    return Broken()


def raises_in_start(driver: Any) -> None:
    def start(_deliver: object, _report: object) -> None:
        raise OSError("no such host")

    driver.start = start


def hangs_in_start(driver: Any) -> None:
    def start(deliver: Any, report: Any) -> None:
        driver_start(deliver, report)
        threading.Event().wait(2.5)

    driver_start = driver.start
    driver.start = start


def leaves_a_thread(driver: Any) -> None:
    def start(deliver: Any, report: Any) -> None:
        driver_start(deliver, report)
        threading.Thread(
            target=threading.Event().wait, args=(30,), name="left", daemon=True
        ).start()

    driver_start = driver.start
    driver.start = start


def says_nothing(driver: Any) -> None:
    driver_start = driver.start
    driver.start = lambda deliver, _report: driver_start(deliver, lambda _told: None)


def delivers_text(driver: Any) -> None:
    driver_start = driver.start
    driver.start = lambda deliver, report: driver_start(
        lambda c: deliver(c.payload.decode()), report
    )


def strips_octets(driver: Any) -> None:
    def cut(code: ScannedCode) -> ScannedCode:
        return ScannedCode(
            payload=code.payload[:100], engine="acme", seen_ms=code.seen_ms, read_ms=code.read_ms
        )

    driver_start = driver.start
    driver.start = lambda deliver, report: driver_start(lambda c: deliver(cut(c)), report)


def repeats_what_is_held(driver: Any) -> None:
    driver._steady._hold_off_ms = 0


def never_forgets(driver: Any) -> None:
    driver.forget = lambda: None


def gives_no_reason(driver: Any) -> None:
    def silent(report: Any) -> Callable[[DeviceReport], None]:
        def tell(told: DeviceReport) -> None:
            detail = "" if told.condition is Condition.DOWN else told.detail
            report(DeviceReport(device=told.device, condition=told.condition, detail=detail))

        return tell

    driver_start = driver.start
    driver.start = lambda deliver, report: driver_start(deliver, silent(report))


@pytest.mark.usefixtures("haste")
@pytest.mark.parametrize(
    ("change", "check", "says"),
    [
        (raises_in_start, "missing device", "raises in start: OSError: no such host"),
        (hangs_in_start, "start and stop", "does not return from start"),
        (leaves_a_thread, "start and stop", "leaves threads behind: left"),
        (says_nothing, "missing device", "does not report DOWN"),
        (gives_no_reason, "missing device", "DOWN"),
        (delivers_text, "codes", "delivers"),
        (strips_octets, "codes", "delivers 100 octets"),
        (repeats_what_is_held, "one presentation", "more than once"),
        (never_forgets, "forget", "delivers nothing after forget"),
    ],
)
def test_driver_that_breaks_its_protocol_is_found(
    change: Callable[[Any], None], check: str, says: str
) -> None:
    found = check_driver("scanner", broken(change), monotonic_ms)
    assert says in next(each.what for each in found if each.check == check)


def test_without_a_simulator_the_card_alone_is_looked_at() -> None:
    class Plain:
        card = acme().SCANNER.card

    found = list(check_driver("scanner", Plain(), monotonic_ms))
    assert [each.outcome for each in found[:1]] == [Outcome.PASSED]
    assert {each.outcome for each in found[1:]} == {Outcome.SKIPPED}
    assert all("no simulator" in each.what for each in found[1:])


def test_maker_without_a_card_is_found() -> None:
    found = next(iter(check_driver("gate", object(), monotonic_ms)))
    assert (found.check, found.outcome) == ("card", Outcome.FAILED)
