"""In the guest: the virtual camera of the kernel (vivid), and what it looks at.

The picture is written to vivid's HDMI output, and its HDMI input is connected to that: the camera
under test is a V4L2 device like any other.
"""

import fcntl
import mmap
import os
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from subprocess import run
from typing import Self

CAMERA, OUTPUT = "/dev/video0", "/dev/video1"
WIDTH, HEIGHT = 640, 480
_MODULE = "vivid n_devs=1 node_types=0x101 num_inputs=1 input_types=3 num_outputs=1 output_types=1"
_DRIVER, _DEVICE = Path("/sys/bus/platform/drivers/vivid"), "vivid.0"
_MODULE_NAMES = " vid_cap_nr=0 vid_out_nr=1"

# include/uapi/linux/videodev2.h; controls of drivers/media/test-drivers/vivid.
_WRITE, _READ_WRITE = 0x40000000, 0xC0000000
_G_FMT, _S_FMT, _S_CTRL = (_READ_WRITE, 4, 208), (_READ_WRITE, 5, 208), (_READ_WRITE, 28, 8)
_QUERYCTRL, _QUERYMENU = (_READ_WRITE, 36, 68), (_READ_WRITE, 37, 44)
_REQBUFS, _QUERYBUF, _STREAMON = (_READ_WRITE, 8, 20), (_READ_WRITE, 9, 88), (_WRITE, 18, 4)
_QBUF, _DQBUF = (_READ_WRITE, 15, 88), (_READ_WRITE, 17, 88)
_S_DV_TIMINGS = (_READ_WRITE, 87, 132)
# 640 x 480 at 59.94 Hz (CEA-861, code 1): clock, then the porches and syncs both ways.
_TIMINGS = struct.pack("<IIIIIQ6I", 0, WIDTH, HEIGHT, 0, 0, 25_175_000, 16, 96, 48, 10, 2, 33)
_NEXT_CTRL, _TYPE_CAPTURE, _TYPE_OUTPUT, _NO_FIELDS, _MMAP = 0x80000000, 1, 2, 1, 1
# The octets of one pixel of a grey that is given, by what OpenCV may choose.
_PIXELS = {
    b"BGR3": lambda grey: bytes((grey, grey, grey)),
    b"RGB3": lambda grey: bytes((grey, grey, grey)),
    b"YUYV": lambda grey: bytes((grey, 128)),
}
# How many frames are under way: vivid wants two.
_FRAMES = 4
_CONNECTED = b"Is Connected To"


def plug() -> None:
    """Plug the camera in."""
    if _DRIVER.exists():
        (_DRIVER / "bind").write_text(_DEVICE, encoding="ascii")
    else:
        run(["modprobe", *(_MODULE + _MODULE_NAMES).split()], check=True)  # noqa: S607  # as root
    # Of one size and a small one: the kernel scales what differs, and emulated it never ends.
    for path in (OUTPUT, CAMERA):
        with _Node(path) as node:
            node.set_timings()


def unplug() -> None:
    """Pull the camera out while somebody looks through it: its nodes are gone."""
    (_DRIVER / "unbind").write_text(_DEVICE, encoding="ascii")


class Screen:
    """Shows one picture until closed."""

    def __init__(self, luma: Path) -> None:
        octets = luma.read_bytes()
        if len(octets) != WIDTH * HEIGHT:
            raise ValueError(f"{luma} is no picture of {WIDTH} x {HEIGHT}")
        self._luma = octets
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._show)
        with _Node(CAMERA) as node:
            control = node.control(_CONNECTED)
            node.set(control, node.menu(control).index("Output HDMI 000-0"))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()

    def _show(self) -> None:
        with _Node(OUTPUT) as node:
            with _Node(CAMERA) as camera:
                # Other pixels than the camera's are noise to vivid.
                kind = camera.format()
            pixels = [_PIXELS[kind](grey) for grey in range(256)]
            frame = b"".join(pixels[grey] for grey in self._luma)
            for place in node.begin(kind, frame):
                if self._closing.is_set():
                    return
                node.queue(place, len(frame))


class _Node:
    def __init__(self, path: str) -> None:
        self.fd = os.open(path, os.O_RDWR)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.fd)

    def _ask(self, request: tuple[int, int, int], octets: bytes) -> bytes:
        direction, number, size = request
        buffer = bytearray(octets.ljust(size, b"\0"))
        fcntl.ioctl(self.fd, direction | size << 16 | ord("V") << 8 | number, buffer)
        return bytes(buffer)

    def control(self, words: bytes) -> int:
        """Return the control whose name ends so."""
        number = 0
        while True:  # the last one ends in an OSError
            answer = self._ask(_QUERYCTRL, struct.pack("<I", number | _NEXT_CTRL))
            number = int.from_bytes(answer[:4], "little")
            if answer[8:40].rstrip(b"\0").endswith(words):
                return number

    def menu(self, control: int) -> list[str]:
        """Return what a control can be set to."""
        names: list[str] = []
        while True:
            try:
                answer = self._ask(_QUERYMENU, struct.pack("<II", control, len(names)))
            except OSError:
                return names
            names.append(answer[8:40].rstrip(b"\0").decode())

    def set(self, control: int, value: int) -> None:
        self._ask(_S_CTRL, struct.pack("<Ii", control, value))

    def set_timings(self) -> None:
        """Make the picture of the size that is shown."""
        self._ask(_S_DV_TIMINGS, _TIMINGS)

    def format(self) -> bytes:
        """Return the pixels of a camera as it is set up now."""
        return self._ask(_G_FMT, struct.pack("<I", _TYPE_CAPTURE))[16:20]

    def begin(self, kind: bytes, frame: bytes) -> Iterator[int]:
        """Show a frame from buffers of the kernel, and yield each one that is free again."""
        stride = len(frame) // HEIGHT
        pixels = struct.pack("<II4sIII", WIDTH, HEIGHT, kind, _NO_FIELDS, stride, len(frame))
        self._ask(_S_FMT, struct.pack("<II", _TYPE_OUTPUT, 0) + pixels)
        self._ask(_REQBUFS, struct.pack("<III", _FRAMES, _TYPE_OUTPUT, _MMAP))
        for place in range(_FRAMES):
            told = self._ask(_QUERYBUF, _buffer(place, 0))
            offset, _, length = struct.unpack_from("<III", told, 64)
            with mmap.mmap(self.fd, length, offset=offset) as memory:
                memory[: len(frame)] = frame
            self.queue(place, len(frame))
        self._ask(_STREAMON, struct.pack("<I", _TYPE_OUTPUT))
        while True:
            yield int.from_bytes(self._ask(_DQBUF, _buffer(0, 0))[:4], "little")

    def queue(self, place: int, octets: int) -> None:
        """Have a buffer shown."""
        self._ask(_QBUF, _buffer(place, octets))


def _buffer(place: int, octets: int) -> bytes:
    """Return a struct v4l2_buffer of a 64-bit machine."""
    head = struct.pack("<IIIII", place, _TYPE_OUTPUT, octets, 0, _NO_FIELDS)
    return head.ljust(60, b"\0") + struct.pack("<I", _MMAP)
