"""Our own outputs for programs, paper and ears keep their Protocols, by the conformance kit."""

import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from driver_peers import monotonic_ms

sys.path.insert(0, str(Path(__file__).parent / "sound"))

from fake_programs import FakePrograms, fake_programs

from drivers.cards import CARDS
from drivers.conformance import Outcome, check_driver
from drivers.escpos.octets import Paper
from drivers.escpos.ports import node_printer
from drivers.escpos.printer import EscposPrinter
from drivers.quality import QualityCard
from drivers.sound.indicator import Manner, SoundIndicator
from simulator.receipt_printer import SerialPrinter

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _short_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Believe sooner that nothing comes: these simulators answer at once."""
    monkeypatch.setattr("drivers.conformance_bench.SILENCE_S", 0.1)


class Maker:
    """Makes drivers of ours as a third party's would be made."""

    def __init__(
        self,
        card: QualityCard,
        make: Callable[[Mapping[str, Any]], Any],
        simulate: Callable[[], AbstractContextManager[Any]],
    ) -> None:
        self.card, self._make, self.simulate = card, make, simulate

    def make(self, settings: Mapping[str, Any], *, monotonic_ms: Callable[[], int]) -> Any:
        assert monotonic_ms() >= 0
        return self._make(settings)


def failures(part: str, maker: Maker) -> dict[str, str]:
    found = check_driver(part, maker, monotonic_ms)
    return {each.check: each.what for each in found if each.outcome is not Outcome.PASSED}


class PluggedPrinter:
    """A printer behind a name that stays."""

    def __init__(self, folder: Path) -> None:
        self._link, self._paper = folder / "lp0", ""
        self.settings = {"node": str(self._link)}
        self.missing = {"node": str(folder / "none")}
        self._printer: SerialPrinter | None = None
        self.plug()

    def plug(self) -> None:
        self._printer = SerialPrinter()
        self._link.symlink_to(self._printer.path)

    def unplug(self) -> None:
        if self._printer is not None:
            self._paper = self.printed()
            self._link.unlink()
            self._printer.stop()
            self._printer = None

    def printed(self) -> str:
        receipts = [] if self._printer is None else self._printer.receipts
        return self._paper + "".join(line for each in receipts for line in each.lines)


def test_receipt_printers_of_ours_keep_their_protocol(tmp_path: Path) -> None:
    @contextmanager
    def simulate() -> Iterator[PluggedPrinter]:
        printer = PluggedPrinter(tmp_path)
        try:
            yield printer
        finally:
            printer.unplug()

    def make(settings: Mapping[str, Any]) -> EscposPrinter:
        node = settings["node"]
        return EscposPrinter(name=node, open_port=node_printer(node), paper=Paper())

    assert failures("printer", Maker(CARDS["printer"]["escpos"], make, simulate)) == {}


class PluggedCard:
    """A sound card, whose sounds last."""

    def __init__(self, folder: Path) -> None:
        self._card: FakePrograms = fake_programs(folder / "card")
        self._card.set("slow")
        self.settings = {"card": self._card}
        lacking = fake_programs(folder / "lacking")
        lacking.set("broken")
        self.missing = {"card": lacking}

    def plug(self) -> None:
        self._card.set("broken", is_on=False)

    def unplug(self) -> None:
        self._card.set("broken")

    def seen(self) -> str:
        sounding = self._card.sounding
        return hashlib.sha256(sounding).hexdigest() if len(sounding) > 1_000 else ""


def test_sound_of_ours_keeps_its_protocol(tmp_path: Path) -> None:
    folders = iter(tmp_path / str(number) for number in range(100))

    @contextmanager
    def simulate() -> Iterator[PluggedCard]:
        yield PluggedCard(next(folders))

    def make(settings: Mapping[str, Any]) -> SoundIndicator:
        return SoundIndicator(
            name="sound",
            manner=Manner(look_ms=50),
            programs=settings["card"].programs,
            minute_of_day=lambda: 0,
        )

    assert failures("indicator", Maker(CARDS["indicator"]["sound"], make, simulate)) == {}
