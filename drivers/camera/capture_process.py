"""The capture process: touches the camera or stream, and puts frames into shared memory.

One thread drains the source without pause, since OpenCV and the network keep old frames; the
other puts the next one with something on it into the slot when the daemon asks.
"""

import mmap
import os
import sys
import threading

import numpy as np

from drivers.base import DriverError
from drivers.camera.child_setup import Channel, limit_memory, settle
from drivers.camera.confinement import Confinement
from drivers.camera.drain import Drain
from drivers.camera.health import EXIT_RENEWED
from drivers.camera.landlock import restrict
from drivers.camera.lookout import Lookout
from drivers.camera.messages import SLOT_BYTES, FrameNote, Kind, MalformedMessage, frame_message
from drivers.camera.naming import SourceKind
from drivers.camera.order import parse_order
from drivers.camera.reach import reach_of
from drivers.camera.source import OtherNodeError, Source
from drivers.camera.syscalls import capture_plan
from drivers.camera.watch import SceneWatch
from drivers.luma import Luma
from drivers.opencv import load_opencv, opencv_trouble

# Ten 4K frames in colour, and what FFmpeg keeps for a stream. More is a stream made to fill the
# memory, and ends this process.
MEMORY_BYTES_MORE = 1024 * 1024 * 1024


def main(parent_pid: int, slot_fd: int) -> None:
    """Answer each FILL with a FRAME until the daemon goes away.

    Raises:
        MalformedMessage: the daemon said what it cannot mean.
        SystemExit: OpenCV or seccomp is not there; the words are the daemon's report.
    """
    if trouble := opencv_trouble():
        sys.exit(trouble)
    cv2 = load_opencv()
    settle(parent_pid)
    channel = Channel.take_standard()
    slot = mmap.mmap(slot_fd, SLOT_BYTES)
    os.close(slot_fd)
    # The rest of the machine's cores belong to the daemon and to decode.
    cv2.setNumThreads(1)
    first = channel.receive()
    if first is None:
        return
    if first.kind is not Kind.SOURCE:
        raise MalformedMessage(f"{first.kind.name} before the source")
    limit_memory(MEMORY_BYTES_MORE)
    order = parse_order(first.body)
    source = Source(order.source, order.controls)
    try:
        confinement = Confinement(capture_plan(source.kind, pid=os.getpid()))
        source.hold()
        # A kernel without Landlock is the doctor's matter: it warns.
        restrict(reach_of(order.source))
        confinement.enforce()
    except (DriverError, OSError) as fault:
        sys.exit(str(fault))
    drain = Drain(cv2, source, channel.send)
    threading.Thread(target=_run, args=(drain,), name="drain", daemon=True).start()
    # A file stands still where its maker did.
    frozen_after_ms = 0 if source.kind is SourceKind.FILE else order.frozen_after_ms
    lookout = Lookout(cv2, drain, SceneWatch(frozen_after_ms), channel.send)
    number = 0
    while channel.receive() is not None:
        number += 1
        luma, seen_ms = lookout.next_luma()
        channel.send(frame_message(_fill(slot, luma, number, seen_ms)))


def _run(drain: Drain) -> None:
    """Drain for ever, or end this process: the camera has a node that it may not reach."""
    try:
        drain.run()
    except OtherNodeError as fault:
        sys.stderr.write(f"{fault}\n")
        sys.stderr.flush()
        os._exit(EXIT_RENEWED)  # the other thread waits for a frame


def _fill(slot: mmap.mmap, luma: Luma, number: int, seen_ms: int) -> FrameNote:
    height, width = luma.shape
    np.frombuffer(slot, np.uint8, luma.size).reshape(luma.shape)[:] = luma
    return FrameNote(number=number, width=width, height=height, seen_ms=seen_ms)
