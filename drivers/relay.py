"""Serial relay boards that are told `A0 channel state sum`: LCUS and its like."""

from collections.abc import Callable

from drivers.base import DeviceLost
from drivers.board import SwitchBoard
from drivers.condition import ConditionTeller
from drivers.device_link import DeviceLink
from drivers.gates import BoardGate
from drivers.serial_port import Line, SerialPort

CHANNELS = range(1, 9)  # LCUS-8 is the largest board

# Four octets at 9600 baud leave in 4 ms. A board that takes none for this long hangs.
WRITE_MS_MAX = 1_000


class RelayBoard(SwitchBoard[SerialPort]):
    """A serial relay board (CH340 adapter, 9600 8N1); outputs are channels as printed on it.

    What it is told is all there is: most boards answer nothing, so whether a relay moved is not
    known, and what some echo is read and left at that. A board that is gone says so by its port.

    Args:
        port: its tty.
        baud: of its line.
        monotonic_ms: the clock of the pulses.
        open_port: opens the port; the bench brings one that notes when octets are written.
    """

    def __init__(
        self,
        *,
        port: str,
        baud: int = 9_600,
        monotonic_ms: Callable[[], int],
        open_port: Callable[[str, Line], SerialPort] = SerialPort,
    ) -> None:
        super().__init__(
            name=port,
            open_device=lambda: open_port(port, Line(baud=baud)),
            monotonic_ms=monotonic_ms,
        )
        self._begun = b""  # what is left of a command that the line took in part

    def _serve(
        self, link: DeviceLink[SerialPort], device: SerialPort, teller: ConditionTeller
    ) -> None:
        self._begun = b""
        super()._serve(link, device, teller)

    def _write_now(self, device: SerialPort, number: int, *, is_on: bool) -> bool:
        octets = command(number, is_on=is_on)
        if self._begun or not (count := device.write_some(octets)):
            return False
        self._begun = octets[count:]
        return True

    def _round(
        self, link: DeviceLink[SerialPort], device: SerialPort, teller: ConditionTeller
    ) -> int | None:
        with self._writing:
            begun, self._begun = self._begun, b""
            self._send(link, device, begun)
        return super()._round(link, device, teller)

    def _write(
        self, link: DeviceLink[SerialPort], device: SerialPort, number: int, *, is_on: bool
    ) -> None:
        self._send(link, device, command(number, is_on=is_on))

    def _send(self, link: DeviceLink[SerialPort], device: SerialPort, octets: bytes) -> None:
        until_ms = self._monotonic_ms() + WRITE_MS_MAX
        while octets := octets[device.write_some(octets) :]:
            left_ms = until_ms - self._monotonic_ms()
            if left_ms <= 0:
                raise DeviceLost(f"relay {self._name} takes no commands: check board and cable")
            if link.wait(device, to_write=True, timeout_ms=left_ms).to_read:
                device.read()

    def _read(self, device: SerialPort) -> None:
        device.read()  # some boards echo; a board that is gone says so here


class SerialRelay(BoardGate):
    """A gate behind one channel of a serial relay board that it has to itself.

    Args:
        port: the board's tty.
        channel: 1 to 8, as printed on the board.
        baud: of its line.
        monotonic_ms: the clock of the pulses.
        open_port: as of `RelayBoard`.
    """

    def __init__(
        self,
        *,
        port: str,
        channel: int = 1,
        baud: int = 9_600,
        monotonic_ms: Callable[[], int],
        open_port: Callable[[str, Line], SerialPort] = SerialPort,
    ) -> None:
        if channel not in CHANNELS:
            raise ValueError(f"channel is outside 1..8: {channel}")
        board = RelayBoard(port=port, baud=baud, monotonic_ms=monotonic_ms, open_port=open_port)
        super().__init__(board=board, number=channel, monotonic_ms=monotonic_ms)


def command(channel: int, *, is_on: bool) -> bytes:
    """Return the board's command: A0, channel, state, and the sum of the three, modulo 256."""
    octets = bytes((0xA0, channel, int(is_on)))
    return octets + bytes((sum(octets) & 0xFF,))
