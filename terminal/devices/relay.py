"""`kind = "relay"`: a gate or lamps behind a serial relay board."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal
from weakref import WeakValueDictionary

from pydantic import AfterValidator, Field

from drivers.base import Gate, Indicator
from drivers.clock import monotonic_ms
from terminal.devices.lamps import Lamps, by_lamp
from terminal.devices.ports import port_findings, pulse_finding
from terminal.devices.sharing import SharedTable
from terminal.devices.table import Baud, Text
from terminal.diagnosis.finding import Finding

if TYPE_CHECKING:
    from drivers.relay import RelayBoard

_CHANNELS = range(1, 9)  # LCUS-8 is the largest board

# Boards that are in use, by port: lanes share them, and the last one's end frees them.
_BOARDS: "WeakValueDictionary[str, RelayBoard]" = WeakValueDictionary()


def _on_board(lamps: Lamps) -> Lamps:
    if outside := [number for number in lamps.values() if number not in _CHANNELS]:
        raise ValueError(f"channel {outside[0]} is outside 1 to 8")
    return lamps


class _BoardTable(SharedTable):
    """Something on a serial relay board (LCUS and its like)."""

    port: Text
    baud: Baud = 9_600

    @property
    def bus(self) -> str:
        """What the port is."""
        return f"a relay board at {self.baud} baud"

    def _board(self) -> "RelayBoard":
        from drivers.relay import RelayBoard  # noqa: PLC0415  # when there is one

        board = _BOARDS.get(self.port)
        if board is None:
            board = RelayBoard(port=self.port, baud=self.baud, monotonic_ms=monotonic_ms)
            _BOARDS[self.port] = board
        return board


class RelaySettings(_BoardTable):
    """A gate behind a serial relay board."""

    kind: Literal["relay"]
    channel: int = Field(default=1, ge=1, le=8)

    @property
    def parts(self) -> tuple[str, ...]:
        """What of it is this gate's alone."""
        return (f"channel {self.channel}",)

    def make(self) -> Gate:
        """Return the driver, not yet started."""
        from drivers.gates import BoardGate  # noqa: PLC0415  # when there is one

        return BoardGate(board=self._board(), number=self.channel, monotonic_ms=monotonic_ms)

    def findings(self, check: str) -> Iterator[Finding]:
        """Yield what the doctor finds about it."""
        yield from port_findings(check, self.port)
        yield pulse_finding(check, self.port)


class RelayLightsSettings(_BoardTable):
    """Lamps behind a serial relay board."""

    kind: Literal["relay"]
    lamps: Annotated[Lamps, AfterValidator(_on_board)]

    @property
    def parts(self) -> tuple[str, ...]:
        """What of it is these lamps' alone."""
        return tuple(f"channel {number}" for number in self.lamps.values())

    def make(self) -> Indicator:
        """Return the driver, not yet started."""
        from drivers.lights import Lights  # noqa: PLC0415  # when there is one

        return Lights(board=self._board(), lamps=by_lamp(self.lamps), monotonic_ms=monotonic_ms)

    def findings(self, check: str) -> Iterator[Finding]:
        """Yield what the doctor finds about it."""
        yield from port_findings(check, self.port)
