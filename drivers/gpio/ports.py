"""What a lane has at GPIO lines: a gate, lights, contacts."""

from collections.abc import Callable, Mapping

from drivers.base import Contact, DeliverContact, DeviceLost, Report
from drivers.board import SwitchBoard
from drivers.condition import ConditionTeller
from drivers.contacts import SETTLE_MS, ContactWatch, Wire
from drivers.device_link import DeviceLink
from drivers.gates import BoardGate
from drivers.gpio.lines import BiasName, GpioLines, Inputs, Outputs
from drivers.lights import Lamp, Lights

# Opens lines of a chip; another one where there is no chip.
OpenLines = Callable[[str, Outputs | Inputs], GpioLines]


class GpioBoard(SwitchBoard[GpioLines]):
    """Lines of a chip as outputs. We time the pulses: nobody closes what a dead daemon left on.

    Args:
        chip: its node, `/dev/gpiochip0`.
        outputs: the lines, by offset.
        open_lines: opens them.
        monotonic_ms: the clock of the pulses.
    """

    def __init__(
        self,
        *,
        chip: str,
        outputs: Outputs,
        open_lines: OpenLines = GpioLines,
        monotonic_ms: Callable[[], int],
    ) -> None:
        super().__init__(
            name=chip, open_device=lambda: open_lines(chip, outputs), monotonic_ms=monotonic_ms
        )

    def _write(
        self, _link: DeviceLink[GpioLines], device: GpioLines, number: int, *, is_on: bool
    ) -> None:
        device.write(number, is_on=is_on)

    def _write_now(self, device: GpioLines, number: int, *, is_on: bool) -> bool:
        device.write(number, is_on=is_on)
        return True

    def _read(self, _device: GpioLines) -> None:
        """Take it for gone: outputs have nothing to say, but that their chip is no more.

        Raises:
            DeviceLost: always.
        """
        raise DeviceLost(f"GPIO chip {self._name} went away: is its driver or adapter gone?")


def gpio_gate(
    *,
    chip: str,
    line: int,
    is_active_low: bool = False,
    open_lines: OpenLines = GpioLines,
    monotonic_ms: Callable[[], int],
) -> BoardGate:
    """Return a gate behind one line of a chip."""
    board = GpioBoard(
        chip=chip,
        outputs=Outputs(numbers=(line,), is_active_low=is_active_low),
        open_lines=open_lines,
        monotonic_ms=monotonic_ms,
    )
    return BoardGate(board=board, number=line, monotonic_ms=monotonic_ms)


def gpio_lights(
    *,
    chip: str,
    lamps: Mapping[Lamp, int],
    is_active_low: bool = False,
    open_lines: OpenLines = GpioLines,
    monotonic_ms: Callable[[], int],
) -> Lights:
    """Return lamps behind lines of a chip."""
    board = GpioBoard(
        chip=chip,
        outputs=Outputs(numbers=tuple(lamps.values()), is_active_low=is_active_low),
        open_lines=open_lines,
        monotonic_ms=monotonic_ms,
    )
    return Lights(board=board, lamps=lamps, monotonic_ms=monotonic_ms)


class GpioContacts:
    """Contacts at lines of a chip; `Contacts`. The kernel waits until they have settled."""

    def __init__(
        self,
        *,
        chip: str,
        wires: Mapping[Contact, Wire],
        bias: BiasName = "as-is",
        settle_ms: int = SETTLE_MS,
        open_lines: OpenLines = GpioLines,
        monotonic_ms: Callable[[], int],
    ) -> None:
        self._watch = ContactWatch(wires, settle_ms=0)
        numbers = tuple(sorted(self._watch.numbers))
        inputs = Inputs(numbers=numbers, bias=bias, settle_ms=settle_ms)
        self._monotonic_ms = monotonic_ms
        self._deliver: DeliverContact | None = None
        self._link = DeviceLink(
            name=chip,
            open_device=lambda: open_lines(chip, inputs),
            session=self._session,
            monotonic_ms=monotonic_ms,
        )

    def start(self, deliver: DeliverContact, report: Report) -> None:
        """Begin to watch; returns at once. A missing chip is reported, never raised."""
        self._deliver = deliver
        self._link.start(report)

    def stop(self) -> None:
        """End the watching and free the lines."""
        self._link.stop()

    def _session(self, lines: GpioLines, teller: ConditionTeller) -> None:
        self._watch.lose()
        teller.up()
        self._take(lines.levels(), self._monotonic_ms())
        while not self._link.is_stopping:
            if self._link.wait(lines, timeout_ms=None).to_read:
                for edge in lines.edges():
                    self._take({edge.number: edge.is_high}, edge.at_ms)
                # Behind the edges, in case that the kernel had to drop some.
                self._take(lines.levels(), self._monotonic_ms())

    def _take(self, levels: Mapping[int, bool], at_ms: int) -> None:
        for event in self._watch.receive(levels, at_ms):
            if self._deliver is not None:
                self._deliver(event)
