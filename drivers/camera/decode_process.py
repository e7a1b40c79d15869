"""The decode process: frames in shared memory in, readings out; it touches nothing else."""

import mmap
import os

import numpy as np

from drivers.camera.child_setup import Channel, forbid_files, limit_memory, settle
from drivers.camera.messages import (
    SLOT_BYTES,
    Kind,
    Message,
    Result,
    parse_frame,
    result_message,
)
from drivers.decode.ladder import Ladder
from drivers.luma import Luma

# Both engines together need some 60 MB for the largest frame; a picture made to fill the memory
# ends this process and not the machine.
MEMORY_BYTES_MORE = 256 * 1024 * 1024


def main(parent_pid: int, slot_fd: int) -> None:
    """Answer each FRAME with a RESULT until the daemon goes away.

    Raises:
        MalformedMessage: the daemon said what it cannot mean.
    """
    settle(parent_pid)
    channel = Channel.take_standard()
    slot = mmap.mmap(slot_fd, SLOT_BYTES, prot=mmap.PROT_READ)
    os.close(slot_fd)
    ladder = Ladder()
    limit_memory(MEMORY_BYTES_MORE)
    forbid_files()
    channel.send(Message(kind=Kind.READY))
    while (message := channel.receive()) is not None:
        note = parse_frame(message.body)
        look = ladder.read(_picture(slot, note.width, note.height))
        channel.send(result_message(Result(number=note.number, look=look)))


def _picture(slot: mmap.mmap, width: int, height: int) -> Luma:
    # A copy: capture may be taken over, and must not change a picture while engines look at it.
    return np.frombuffer(slot, np.uint8, width * height).reshape(height, width).copy()
