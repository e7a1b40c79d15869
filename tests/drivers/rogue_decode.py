"""A decode process whose decoder does what the code on the picture says; run as a real process."""

import ctypes
import os
import socket
import threading
from collections.abc import Callable

import numpy as np

from drivers.camera.decode_process import Read, make_read, serve
from drivers.luma import Luma
from drivers.reading import Look


def main(parent_pid: int, slot_fd: int) -> None:
    """Serve as the real one does, until a picture says otherwise."""
    serve(parent_pid, slot_fd, _planted)


def _planted() -> Read:
    read = make_read()

    def look(luma: Luma) -> Look:
        seen = read(luma)
        for reading in seen.readings:
            WAYS.get(reading.payload, lambda: None)()
        return seen

    return look


def _crash() -> None:
    ctypes.string_at(0)


def _compute_for_ever() -> None:
    while True:
        pass


def _wait_for_ever() -> None:
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def _eat_memory() -> None:
    eaten = []
    while True:
        eaten.append(np.ones(1_000_000))


def _call_home() -> None:
    socket.socket()


def _fork() -> None:
    os.fork()


def _complain() -> None:
    raise RuntimeError("no such picture")


def _talk_nonsense() -> None:
    os.write(3, b"\xff" * 64)  # where Channel.take_standard puts the line to the daemon


WAYS: dict[bytes, Callable[[], None]] = {
    b"CRASH": _crash,
    b"COMPUTE": _compute_for_ever,
    b"WAIT": _wait_for_ever,
    b"EAT": _eat_memory,
    b"CALL HOME": _call_home,
    b"FORK": _fork,
    b"COMPLAIN": _complain,
    b"NONSENSE": _talk_nonsense,
}
