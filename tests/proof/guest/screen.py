"""In the guest: the virtual camera of the kernel (vivid), and what it looks at.

The picture is written to vivid's HDMI output, and its HDMI input is connected to that: the camera
under test is a V4L2 device like any other.
"""

import fcntl
import os
import struct
import threading
from pathlib import Path
from subprocess import run
from typing import Self

CAMERA, OUTPUT = "/dev/video0", "/dev/video1"
WIDTH, HEIGHT = 1280, 720
_MODULE = "vivid n_devs=1 node_types=0x101 num_inputs=1 input_types=3 num_outputs=1 output_types=1"
_MODULE_NAMES = " vid_cap_nr=0 vid_out_nr=1"

# include/uapi/linux/videodev2.h; controls of drivers/media/test-drivers/vivid.
_S_FMT, _S_CTRL, _QUERYCTRL, _QUERYMENU = (5, 208), (28, 8), (36, 68), (37, 44)
_NEXT_CTRL, _TYPE_OUTPUT = 0x80000000, 2
_DISCONNECT, _CONNECTED = b"Disconnect", b"Is Connected To"


def load() -> None:
    """Plug the camera in."""
    run(["modprobe", *(_MODULE + _MODULE_NAMES).split()], check=True)  # noqa: S607  # as root


def unload() -> None:
    """Take away what is left of it; nobody may have it open."""
    run(["modprobe", "-r", "vivid"], check=True)  # noqa: S607  # as root


def disconnect() -> None:
    """Pull the camera out while somebody looks through it."""
    with _Node(OUTPUT) as node:
        node.set(node.control(_DISCONNECT), 1)


class Screen:
    """Shows one picture until closed."""

    def __init__(self, luma: Path) -> None:
        octets = luma.read_bytes()
        if len(octets) != WIDTH * HEIGHT:
            raise ValueError(f"{luma} is no picture of {WIDTH} x {HEIGHT}")
        self._frame = bytes(value for pixel in octets for value in (pixel, 128))  # YUYV
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
            node.set_format()
            while not self._closing.is_set():
                os.write(node.fd, self._frame)  # waits until the frame before is out


class _Node:
    def __init__(self, path: str) -> None:
        self.fd = os.open(path, os.O_RDWR)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.fd)

    def _ask(self, request: tuple[int, int], octets: bytes) -> bytes:
        number, size = request
        buffer = bytearray(octets.ljust(size, b"\0"))
        fcntl.ioctl(self.fd, 0xC0000000 | size << 16 | ord("V") << 8 | number, buffer)
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

    def set_format(self) -> None:
        pixels = struct.pack("<II4sIII", WIDTH, HEIGHT, b"YUYV", 1, WIDTH * 2, WIDTH * HEIGHT * 2)
        self._ask(_S_FMT, struct.pack("<II", _TYPE_OUTPUT, 0) + pixels)
