"""A bus of boards behind a path that stays: unplugged and plugged in at will."""

from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Self

from driver_peers import monotonic_ms

from drivers.modbus.bus import ModbusBus
from drivers.serial_port import Line
from simulator.modbus_peer import Board, ModbusPeer

BAUD = 9_600


class ModbusLine:
    def __init__(self, path: Path, units: Collection[int] = (1,)) -> None:
        self.path, self._units = path, units
        self.peer: ModbusPeer

    @property
    def board(self) -> Board:
        return self.peer.boards[1]

    def bus(self) -> ModbusBus:
        return ModbusBus(port=str(self.path), line=Line(baud=BAUD), monotonic_ms=monotonic_ms)

    def plug(self) -> None:
        self.peer = ModbusPeer(self._units)
        self.path.symlink_to(self.peer.path)

    def unplug(self) -> None:
        self.path.unlink()
        self.peer.stop()

    def __enter__(self) -> Self:
        self.plug()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self.path.is_symlink():
            self.unplug()
