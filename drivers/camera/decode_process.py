"""The decode process: frames in shared memory in, readings out; it touches nothing else."""

import mmap
import os
import sys
from collections.abc import Callable
from importlib import import_module

import numpy as np

from drivers.base import DriverError
from drivers.camera.child_setup import (
    Channel,
    forbid_children,
    forbid_files,
    limit_memory,
    settle,
)
from drivers.camera.confinement import Confinement
from drivers.camera.cost import bounded
from drivers.camera.messages import (
    SLOT_BYTES,
    Kind,
    Message,
    Result,
    parse_frame,
    result_message,
)
from drivers.camera.syscalls import decode_plan
from drivers.decode.ladder import Ladder
from drivers.luma import Luma
from drivers.opencv import load_opencv
from drivers.reading import Look

# Both engines together need some 60 MB for the largest frame; a picture made to fill the memory
# ends this process and not the machine.
MEMORY_BYTES_MORE = 256 * 1024 * 1024

# What a frame may cost before it counts as made to hang a decoder. The dearest of 180 photographs,
# at the slot's full size, cost 0.1 s of CPU time, so a box ten times slower bears it too. Who
# stands behind somebody with a hostile picture waits for this long.
FRAME_CPU_MS_MAX = 1_000

# What libraries import when they first need it, which is when no file can be opened any more:
# NumPy's median asks for masked arrays, zxing-cpp tells a code's details by JSON.
_LATE = ("json", "numpy.fft", "numpy.linalg", "numpy.ma")

Read = Callable[[Luma], Look]


def main(parent_pid: int, slot_fd: int) -> None:
    """Answer each FRAME with a RESULT until the daemon goes away.

    Raises:
        MalformedMessage: the daemon said what it cannot mean.
        SystemExit: this machine lacks what decoding takes; the words are the daemon's report.
    """
    serve(parent_pid, slot_fd, make_read)


def make_read() -> Read:
    """Load the engines and return what looks at a picture.

    Raises:
        DriverError: one is missing.
    """
    load_libraries()
    return Ladder().read


def load_libraries() -> None:
    """Load what engines stand on, as a confined process can use it.

    Raises:
        DriverError: OpenCV is missing.
    """
    for name in _LATE:
        import_module(name)
    # Its worker threads could not be started later, when nothing can be.
    load_opencv().setNumThreads(1)


def serve(parent_pid: int, slot_fd: int, make: Callable[[], Read]) -> None:
    """Load a decoder, give up all powers, then answer as `main` does."""
    settle(parent_pid)
    channel = Channel.take_standard()
    slot = mmap.mmap(slot_fd, SLOT_BYTES, prot=mmap.PROT_READ)
    os.close(slot_fd)
    try:
        read = make()
        plan = decode_plan(
            pid=os.getpid(), read_fd=channel.read_fd, write_fds=(1, 2, channel.write_fd)
        )
        confinement = Confinement(plan)
        limit_memory(MEMORY_BYTES_MORE)
        forbid_files()
        forbid_children()
        confinement.enforce()
    except DriverError as fault:
        sys.exit(str(fault))
    channel.send(Message(kind=Kind.READY))
    while (message := channel.receive()) is not None:
        note = parse_frame(message.body)
        picture = _picture(slot, note.width, note.height)
        with bounded(FRAME_CPU_MS_MAX):
            look = read(picture)
        channel.send(result_message(Result(number=note.number, look=look)))


def _picture(slot: mmap.mmap, width: int, height: int) -> Luma:
    # A copy: capture may be taken over, and must not change a picture while engines look at it.
    return np.frombuffer(slot, np.uint8, width * height).reshape(height, width).copy()
