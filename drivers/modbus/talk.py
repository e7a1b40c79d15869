"""Requests and answers on an open bus, one after the other."""

from collections.abc import Callable

from drivers.base import DeviceLost, DriverError
from drivers.device_link import DeviceLink
from drivers.modbus.frames import Answer, Request, answer_in, what_came
from drivers.serial_port import SerialPort

# A board answers in a few milliseconds, and an adapter holds octets back for 16 each way.
ANSWER_MS_MAX = 100
# Silence by which units tell one frame from the next: 3.5 characters, 4 ms at 9600 baud.
GAP_MS = 5
# After an answer that did not come, so that a late one is not taken for the next's: inputs are
# answered by the same octets again and again.
LATE_MS_MAX = 50
# Longer than any answer we ask for many times over; who says more is no unit of this bus.
OCTETS_MAX = 512
# A request is eight octets; a port that takes none for this long hangs.
WRITE_MS_MAX = 1_000
_CHARACTER_BITS = 11  # start, eight, parity or a second stop, stop


class UnitFault(DriverError):  # noqa: N818  # the house's word for it
    """One unit does not do as it should; the bus is well."""


class Talk:
    """Asks units on an open port; in the bus's thread alone.

    Args:
        link: what waits for the port.
        port: it.
        name: the port's, for the words told.
        baud: of the line.
        monotonic_ms: the clock.
    """

    def __init__(
        self,
        *,
        link: DeviceLink[SerialPort],
        port: SerialPort,
        name: str,
        baud: int,
        monotonic_ms: Callable[[], int],
    ) -> None:
        self._link, self._port, self._name, self._baud = link, port, name, baud
        self._monotonic_ms = monotonic_ms
        self._free_ms = monotonic_ms() + GAP_MS  # when the next frame may begin

    def ask(self, request: Request, *, tries: int = 1) -> Answer:
        """Return what a unit answers.

        Raises:
            UnitFault: it does not answer, or what comes is no answer, so many times.
            DeviceLost: the port is gone, or takes nothing.
        """
        octets = b""
        for _ in range(tries):
            octets, answer = self._ask_once(request)
            if answer is not None:
                return answer
            self._listen(LATE_MS_MAX, lambda _: False)
        unit = f"unit {request.unit} on {self._name}"
        raise UnitFault(f"{unit} {what_came(octets, request)}")

    def _ask_once(self, request: Request) -> tuple[bytes, Answer | None]:
        while (left_ms := self._free_ms - self._monotonic_ms()) > 0:
            self._listen(left_ms, lambda _: False)
        self._write(request.frame)
        line_octets = len(request.frame) + request.answer_octets
        line_ms = line_octets * _CHARACTER_BITS * 1_000 // self._baud
        octets = self._listen(
            line_ms + ANSWER_MS_MAX, lambda came: answer_in(came, request) is not None
        )
        self._free_ms = self._monotonic_ms() + GAP_MS
        return octets, answer_in(octets, request)

    def _listen(self, timeout_ms: int, is_enough: Callable[[bytes], bool]) -> bytes:
        """Return what comes until it is enough, too much, or the time is over."""
        octets, until_ms = b"", self._monotonic_ms() + timeout_ms
        while len(octets) <= OCTETS_MAX and not is_enough(octets):
            left_ms = until_ms - self._monotonic_ms()
            if left_ms <= 0:
                break
            if self._link.wait(self._port, timeout_ms=left_ms).to_read:
                octets += self._port.read()
        return octets

    def _write(self, frame: bytes) -> None:
        until_ms = self._monotonic_ms() + WRITE_MS_MAX
        while frame := frame[self._port.write_some(frame) :]:
            left_ms = until_ms - self._monotonic_ms()
            if left_ms <= 0:
                raise DeviceLost(f"bus {self._name} takes nothing: check the adapter")
            if self._link.wait(self._port, to_write=True, timeout_ms=left_ms).to_read:
                self._port.read()
