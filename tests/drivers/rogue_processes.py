"""Camera processes that misbehave, each in its own way; run by the tests as real processes."""

import os
import signal
import sys
from pathlib import Path


def main(_parent_pid: int, slot_fd: int) -> None:
    """Do what the first octet in the slot says."""
    ways = {
        b"n": speak_noise,
        b"f": fail,
        b"h": hang_up,
        b"s": be_stubborn,
        b"e": show_surroundings,
    }
    ways[os.pread(slot_fd, 1, 0)]()


def speak_noise() -> None:
    os.write(1, b"\xff" * 64)
    os.read(0, 1)


def fail() -> None:
    sys.exit("no camera\x1b[31m today")


def hang_up() -> None:
    os.close(1)
    os.read(0, 1)


def be_stubborn() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.write(1, b"\x05\x00\x00\x00\x00")
    while True:
        signal.pause()


def show_surroundings() -> None:
    fds = [fd.name for fd in Path("/proc/self/fd").iterdir()]
    words = "\n".join([*(f"{name}=" for name in os.environ), str(Path.cwd()), *fds])
    os.write(1, b"\x01" + len(words).to_bytes(4) + words.encode())
    os.read(0, 1)
