"""`kind = "gpio"`: a gate, lamps or contacts at lines of a GPIO chip."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field

from drivers.base import Contacts, Gate, Indicator
from drivers.clock import monotonic_ms
from terminal.devices.extras import Unusable, extra_fault, extra_findings
from terminal.devices.lamps import Lamps, by_lamp
from terminal.devices.ports import pulse_finding
from terminal.devices.sharing import SharedTable
from terminal.devices.table import Text
from terminal.devices.wiring import WiredTable
from terminal.diagnosis.finding import Finding, fail, ok

_PACKAGE, _EXTRA = "gpiod", "gpio"


class ChipTable(SharedTable):
    """Something at lines of a chip."""

    chip: Text  # "/dev/gpiochip0"

    @property
    def port(self) -> str:
        """The chip, whose lines each have one user."""
        return self.chip

    @property
    def bus(self) -> str:
        """What the port is."""
        return "a GPIO chip"

    def findings(self, check: str) -> Iterator[Finding]:
        """Yield what the doctor finds about it."""
        yield from extra_findings(check, _PACKAGE, _EXTRA)
        if Path(self.chip).is_char_device():
            yield ok("device.node", check, f"{self.chip} is there")
        else:
            yield fail(
                "device.node",
                check,
                f"{self.chip} is no GPIO chip",
                "gpiodetect lists them; name one",
            )

    def _fault(self) -> str:
        return extra_fault(_PACKAGE, _EXTRA)


class GpioGateSettings(ChipTable):
    """A gate behind one line."""

    kind: Literal["gpio"]
    line: int = Field(ge=0, le=1_023)  # the largest chips have some hundred
    active_low: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """What of the chip is this gate's alone."""
        return (f"line {self.line}",)

    def make(self) -> Gate:
        """Return the driver, not yet started."""
        if fault := self._fault():
            return Unusable(self.chip, fault)
        from drivers.gpio.ports import gpio_gate  # noqa: PLC0415  # when there is one

        return gpio_gate(
            chip=self.chip,
            line=self.line,
            is_active_low=self.active_low,
            monotonic_ms=monotonic_ms,
        )

    def findings(self, check: str) -> Iterator[Finding]:
        """Yield what the doctor finds about it."""
        yield from super().findings(check)
        yield pulse_finding(check, self.chip)


class GpioLightsSettings(ChipTable):
    """Lamps behind lines."""

    kind: Literal["gpio"]
    lamps: Lamps
    active_low: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """What of the chip is these lamps' alone."""
        return tuple(f"line {number}" for number in self.lamps.values())

    def make(self) -> Indicator:
        """Return the driver, not yet started."""
        if fault := self._fault():
            return Unusable(self.chip, fault)
        from drivers.gpio.ports import gpio_lights  # noqa: PLC0415  # when there is one

        return gpio_lights(
            chip=self.chip,
            lamps=by_lamp(self.lamps),
            is_active_low=self.active_low,
            monotonic_ms=monotonic_ms,
        )


class GpioContactsSettings(ChipTable, WiredTable):
    """Contacts at lines."""

    kind: Literal["gpio"]
    bias: Literal["as-is", "pull-up", "pull-down", "disabled"] = "as-is"

    @property
    def parts(self) -> tuple[str, ...]:
        """What of the chip is these contacts' alone: the kernel gives a line to one user."""
        return tuple(f"line {number}" for number in self.inputs.values())

    def make(self) -> Contacts:
        """Return the driver, not yet started."""
        if fault := self._fault():
            return Unusable(self.chip, fault)
        from drivers.gpio.ports import GpioContacts  # noqa: PLC0415  # when there is one

        return GpioContacts(
            chip=self.chip,
            wires=self.wires(),
            bias=self.bias,
            settle_ms=self.settle_ms,
            monotonic_ms=monotonic_ms,
        )
