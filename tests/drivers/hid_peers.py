"""The other ends of HID nodes: a keyboard that types, a point-of-sale scanner that reports."""

import errno
import os
import socket
import struct
from collections.abc import Iterable

from drivers.hid.key_events import EVIOCGKEY, EVIOCGLED, EVIOCGRAB, EVIOCSCLOCKID, EVIOCSMASK
from drivers.hid.node import Kernel

_KEY, _LED = 0x01, 0x11
SHIFT, CTRL, ALT, ALTGR, CAPS, ENTER, TAB = 42, 29, 56, 100, 58, 28, 15

# A US keyboard as Linux numbers its keys, written down apart from the driver's own table.
US_KEYS = (
    dict(zip("1234567890-=", range(2, 14), strict=True))
    | dict(zip("qwertyuiop[]", range(16, 28), strict=True))
    | dict(zip("asdfghjkl;'`", range(30, 42), strict=True))
    | dict(zip("\\zxcvbnm,./", range(43, 54), strict=True))
    | {" ": 57}
)
_US_SHIFTED = dict(zip('~!@#$%^&*()_+{}|:"<>?', "`1234567890-=[]\\;',./", strict=True))


def event(kind: int, code: int, value: int, at_ms: int = 0) -> bytes:
    """Return one struct input_event of a 64-bit machine."""
    return struct.pack("<qqHHi", at_ms // 1000, at_ms % 1000 * 1000, kind, code, value)


def key(code: int, value: int, at_ms: int = 0) -> bytes:
    """Return what the kernel sends for one key: scan code, key, report."""
    return event(4, 4, code, at_ms) + event(_KEY, code, value, at_ms) + event(0, 0, 0, at_ms)


def strokes(codes: Iterable[int], at_ms: int = 0) -> bytes:
    """Return keys that go down and up one after the other."""
    return b"".join(key(code, value, at_ms) for code in codes for value in (1, 0))


def typed(text: str, at_ms: int = 0) -> bytes:
    """Return what a scanner set to a US keyboard types for a text."""
    octets = b""
    for character in text:
        plain = _US_SHIFTED.get(character, character.lower())
        press = strokes([US_KEYS[plain]], at_ms)
        is_shifted = plain != character
        octets += key(SHIFT, 1, at_ms) + press + key(SHIFT, 0, at_ms) if is_shifted else press
    return octets


class NodePeer:
    """A device node that is plugged in and out at will; what it sends comes in whole messages."""

    def __init__(self) -> None:
        self._ours: socket.socket | None = None
        self._theirs: socket.socket | None = None
        self.opening_fails_with: int | None = None
        self.kernel = Kernel(open=self._open, ioctl=self.ioctl)

    def plug(self) -> None:
        self._ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def unplug(self) -> None:
        if self._ours is not None and self._theirs is not None:
            self._ours.close()
            self._theirs.close()
        self._ours = self._theirs = None

    def send(self, octets: bytes) -> None:
        assert self._ours is not None
        self._ours.send(octets)

    def received(self) -> bytes:
        """Return the next message that the driver wrote."""
        assert self._ours is not None
        self._ours.settimeout(20)
        return self._ours.recv(4096)

    def ioctl(self, _fd: int, request: int, argument: int | bytearray) -> int:
        raise OSError(errno.ENOTTY, f"{request:x} {argument!r}")

    def _open(self, _path: str) -> int:
        if self.opening_fails_with is not None:
            raise OSError(self.opening_fails_with, "as the test wants it")
        if self._theirs is None:
            raise OSError(errno.ENOENT, "unplugged")
        fd = os.dup(self._theirs.fileno())
        os.set_blocking(fd, False)
        return fd


class KeyboardPeer(NodePeer):
    """An event node."""

    def __init__(self) -> None:
        super().__init__()
        self.is_grabbed_by_another = False
        self.held: set[int] = set()
        self.is_caps_lit = False
        self.requests: list[int] = []

    def ioctl(self, _fd: int, request: int, argument: int | bytearray) -> int:
        self.requests.append(request)
        if request == EVIOCGRAB:
            if self.is_grabbed_by_another:
                raise OSError(errno.EBUSY, "grabbed")
            return 0
        assert isinstance(argument, bytearray)
        if request == EVIOCSCLOCKID:
            assert argument == b"\1\0\0\0"
        elif request == EVIOCSMASK:
            assert argument == b"\4" + bytes(15)
        elif request == EVIOCGKEY:
            for code in self.held:
                argument[code // 8] |= 1 << code % 8
        elif request == EVIOCGLED:
            argument[0] = 2 * self.is_caps_lit
        else:
            raise OSError(errno.ENOTTY, "no input node")
        return 0


class HidPeer(NodePeer):
    """A hidraw node."""

    def __init__(self, descriptor: bytes) -> None:
        super().__init__()
        self.descriptor = descriptor
        self.size = len(descriptor)

    def ioctl(self, _fd: int, request: int, argument: int | bytearray) -> int:
        assert isinstance(argument, bytearray)
        if request == 0x80044801:  # _IOR('H', 0x01, int)
            argument[:4] = self.size.to_bytes(4, "little")
        elif request == 0x90044802:  # _IOR('H', 0x02, struct hidraw_report_descriptor)
            argument[4 : 4 + len(self.descriptor)] = self.descriptor
        else:
            raise OSError(errno.ENOTTY, "no hidraw node")
        return 0


# As Honeywell and Access-IS scanners describe themselves by their manuals: report 2 holds a byte
# count, three characters of AIM identifier, 56 octets, two more, and the flag of continuation.
COUNTED = bytes.fromhex(
    "058c 0902 a101 8502 0912 a102 1500 26ff00 7508"
    "9501 0501 093b 8102"  # byte count
    "9503 058c 09fb 09fc 09fd 8102"  # symbology identifiers
    "9538 09fe 820201"  # decoded data, buffered bytes
    "9502 06 00ff 0901 8102"  # the maker's own
    "058c 7501 9501 2501 09ff 8102"  # decoded data continued
    "7507 8103 c0 c0"
)


def counted(payload: bytes, *, aim: bytes = b"]Q1", more: bool = False) -> bytes:
    """Return a report of `COUNTED`."""
    head = bytes((2, len(payload))) + aim
    return head + payload.ljust(56, b"\0") + b"s\0" + bytes((more,))


def reports_of(payload: bytes, aim: bytes = b"]Q1") -> list[bytes]:
    """Return a code as `COUNTED` sends it."""
    pieces = [payload[place : place + 56] for place in range(0, len(payload), 56)] or [b""]
    return [
        counted(piece, aim=aim, more=place < len(pieces) - 1) for place, piece in enumerate(pieces)
    ]
