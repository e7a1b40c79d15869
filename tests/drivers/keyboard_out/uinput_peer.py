"""A kernel that makes keyboards, as far as a driver sees it; who listens reads what was typed."""

import os
import struct

from drivers.hid.keyboard import EndPressed, Keyboard, Typed
from drivers.hid.keymap import LAYOUTS

UI_DEV_CREATE, UI_DEV_DESTROY = 0x5501, 0x5502
UI_DEV_SETUP, UI_SET_EVBIT, UI_SET_KEYBIT = 0x405C5503, 0x40045564, 0x40045565
EVENT = struct.Struct("llHHi")


class UinputPeer:
    """Takes what /dev/uinput takes, in its order, and refuses what the kernel refuses."""

    def __init__(self, *, fails: int | None = None) -> None:
        self.keys: set[int] = set()
        self.name = b""
        self.is_made, self.is_closed = False, False
        self.lines: list[str] = []
        self._line = ""
        self._fails = fails  # an errno, for every write
        self._keyboard = Keyboard(LAYOUTS["us"], frozenset({"enter", "tab"}))
        self._fd, self._other = os.pipe()

    def fileno(self) -> int:
        return self._fd

    def ioctl(self, request: int, argument: int | bytes) -> None:
        if self.is_made and request != UI_DEV_DESTROY:
            raise OSError(22, "Invalid argument")
        match request, argument:
            case 0x40045565, int():
                self.keys.add(argument)
            case 0x405C5503, bytes():
                assert len(argument) == 92
                self.name = argument[8:88].rstrip(b"\0")
            case 0x5501, _:
                self.is_made = True
            case 0x5502, _:
                self.is_made = False

    def write(self, octets: bytes) -> None:
        if self._fails is not None:
            raise OSError(self._fails, os.strerror(self._fails))
        assert self.is_made
        events = [event[2:] for event in EVENT.iter_unpack(octets)]
        assert events[-1] == (0, 0, 0)  # SYN_REPORT
        for kind, key, value in events[:-1]:
            assert kind == 1
            assert key in self.keys
            for stroke in self._keyboard.receive(key, is_down=bool(value)):
                self._take(stroke)

    @property
    def typed(self) -> str:
        """What was typed since the last end."""
        return self._line

    def _take(self, stroke: object) -> None:
        if isinstance(stroke, Typed):
            self._line += stroke.character
        elif isinstance(stroke, EndPressed):
            self.lines.append(self._line)
            self._line = ""

    def read(self) -> None:
        os.read(self._fd, 64)

    def close(self) -> None:
        self.is_closed = True
        os.close(self._fd)
        os.close(self._other)
