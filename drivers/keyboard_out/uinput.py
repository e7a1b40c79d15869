"""A keyboard that is none: key presses through the kernel's uinput."""

import errno
import fcntl
import os
import struct
from types import TracebackType
from typing import Protocol, Self

from drivers.base import DeviceLost, DeviceMissing, DriverError
from drivers.keyboard_out.keys import KEYS, Stroke

NODE = "/dev/uinput"
NAME = "scan-terminal keyboard"  # as programs and udev see it

# include/uapi/linux/uinput.h; the numbers are those of x86_64 and aarch64.
_UI_DEV_CREATE = 0x5501
_UI_DEV_DESTROY = 0x5502
_UI_DEV_SETUP = 0x405C5503
_UI_SET_EVBIT = 0x40045564
_UI_SET_KEYBIT = 0x40045565
# struct uinput_setup: bus, vendor, product, version; name; no force feedback.
_SETUP = struct.Struct("HHHH80sI")
_BUS_VIRTUAL = 0x06
# include/uapi/linux/input.h: time (the kernel fills it in), type, code, value.
_EVENT = struct.Struct("llHHi")
_EV_SYN, _EV_KEY = 0, 1
# Lights that programs switch come back here; what is read is thrown away.
_READ_BYTES_MAX = 4096


class UinputNode(Protocol):
    """The kernel's node, open."""

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        ...

    def ioctl(self, request: int, argument: int | bytes) -> None:
        """Ask the kernel for something; raises OSError."""
        ...

    def write(self, octets: bytes) -> None:
        """Write whole events; raises OSError."""
        ...

    def read(self) -> None:
        """Take what came; raises OSError."""
        ...

    def close(self) -> None:
        """Close it; the keyboard is gone then."""
        ...


class KernelNode:
    """`/dev/uinput` itself; a `UinputNode`.

    Raises:
        OSError: it can't be opened.
    """

    def __init__(self, path: str = NODE) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._fd

    def ioctl(self, request: int, argument: int | bytes) -> None:
        """Ask the kernel for something."""
        fcntl.ioctl(self._fd, request, argument)

    def write(self, octets: bytes) -> None:
        """Write whole events; the kernel takes them at once or not at all."""
        os.write(self._fd, octets)

    def read(self) -> None:
        """Take what came."""
        os.read(self._fd, _READ_BYTES_MAX)

    def close(self) -> None:
        """Close it."""
        os.close(self._fd)


class VirtualKeyboard:
    """A US keyboard of this machine, for as long as it is open.

    Raises:
        DriverError: the kernel has no uinput, or does not let us.
    """

    def __init__(self, node: UinputNode) -> None:
        self._node = node
        try:
            node.ioctl(_UI_SET_EVBIT, _EV_KEY)
            for key in sorted(KEYS):
                node.ioctl(_UI_SET_KEYBIT, key)
            setup = _SETUP.pack(_BUS_VIRTUAL, 0, 0, 1, NAME.encode(), 0)
            node.ioctl(_UI_DEV_SETUP, setup)
            node.ioctl(_UI_DEV_CREATE, 0)
        except OSError as fault:
            node.close()
            raise DriverError(
                f"the kernel makes no keyboard of {NODE} ({fault.strerror}): it must be 4.5 or"
                " later; what the settings name must be uinput"
            ) from fault

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._node.fileno()

    def press(self, strokes: tuple[Stroke, ...]) -> None:
        """Press and release keys; each is a report of its own, so that no program merges them.

        Raises:
            DeviceLost: the kernel does not take them.
        """
        syn = _EVENT.pack(0, 0, _EV_SYN, 0, 0)
        try:
            for key, is_down in strokes:
                self._node.write(_EVENT.pack(0, 0, _EV_KEY, key, int(is_down)) + syn)
        except OSError as fault:
            raise DeviceLost(f"the virtual keyboard fails: {fault.strerror}") from fault

    def read(self) -> None:
        """Take what came, which means nothing here.

        Raises:
            DeviceLost: the kernel took the keyboard away.
        """
        try:
            self._node.read()
        except BlockingIOError:
            return
        except OSError as fault:
            raise DeviceLost(f"the virtual keyboard fails: {fault.strerror}") from fault

    def close(self) -> None:
        """Take the keyboard away; the kernel releases what is held."""
        try:
            self._node.ioctl(_UI_DEV_DESTROY, 0)
        except OSError as fault:
            if fault.errno != errno.ENODEV:
                raise DriverError(f"the virtual keyboard does not end: {fault.strerror}") from fault
        finally:
            self._node.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()


def open_keyboard(path: str = NODE) -> VirtualKeyboard:
    """Return a new keyboard.

    Raises:
        DeviceMissing: the kernel has no uinput.
        DriverError: it may not be opened, or makes no keyboards.
    """
    try:
        node = KernelNode(path)
    except (FileNotFoundError, NotADirectoryError) as fault:
        raise DeviceMissing(f"{path} is not there: `modprobe uinput` brings it") from fault
    except OSError as fault:
        raise DriverError(
            f"{path} can't be opened ({fault.strerror}): 70-scan-terminal.rules lets the"
            " daemon's user, once it is copied to /etc/udev/rules.d"
        ) from fault
    return VirtualKeyboard(node)
