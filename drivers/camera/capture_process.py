"""The capture process: touches the camera or stream, and puts frames into shared memory.

One thread drains the source without pause, since OpenCV and the network keep old frames; the
other puts the next one into the slot when the daemon asks.
"""

import mmap
import os
import queue
import sys
import threading
import time
from typing import Any

import numpy as np

from drivers.back_off import BackOff
from drivers.base import DriverError
from drivers.camera.child_setup import Channel, limit_memory, settle
from drivers.camera.confinement import Confinement
from drivers.camera.messages import (
    SLOT_BYTES,
    FrameNote,
    Kind,
    MalformedMessage,
    Trouble,
    frame_message,
    trouble_message,
)
from drivers.camera.order import parse_order
from drivers.camera.source import Source, SourceKind
from drivers.camera.syscalls import capture_plan
from drivers.clock import monotonic_ms
from drivers.luma import Luma
from drivers.opencv import load_opencv, opencv_trouble

# Ten 4K frames in colour, and what FFmpeg keeps for a stream. More is a stream made to fill the
# memory, and ends this process.
MEMORY_BYTES_MORE = 1024 * 1024 * 1024


class Drain(threading.Thread):
    """Takes every frame from the source, opens it again when it fails, keeps none.

    Args:
        cv2: OpenCV.
        source: where frames come from.
        channel: where troubles are told.
    """

    def __init__(self, cv2: Any, source: Source, channel: Channel) -> None:
        super().__init__(name="drain", daemon=True)
        self._cv2 = cv2
        self._source = source
        self._channel = channel
        self._is_wanted = threading.Event()
        # One frame is asked for at a time.
        self._frames: queue.Queue[tuple[Any, int]] = queue.Queue(maxsize=1)

    def next_frame(self) -> tuple[Any, int]:
        """Wait for the next frame that is captured from now on, and when that was."""
        self._is_wanted.set()
        return self._frames.get()

    def run(self) -> None:
        """Drain for ever."""
        back_off = BackOff()
        while True:
            began_ms = monotonic_ms()
            has_played = self._drain_once()
            if not (has_played and self._source.kind is SourceKind.FILE):
                time.sleep(back_off.wait_ms(monotonic_ms() - began_ms) / 1000)

    def _drain_once(self) -> bool:
        """Open the source and take its frames to their end; return whether there were any."""
        capture = self._source.open(self._cv2)
        if isinstance(capture, Trouble):
            self._channel.send(trouble_message(capture))
            return False
        try:
            count = self._take_all(capture)
        finally:
            capture.release()
        if self._source.kind is not SourceKind.FILE or not count:
            self._channel.send(trouble_message(Trouble.SILENT))
        return bool(count)

    def _take_all(self, capture: Any) -> int:
        interval_s = self._source.interval_s(self._cv2, capture)
        count = 0
        while capture.grab():
            count += 1
            if self._is_wanted.is_set():
                self._take(capture, monotonic_ms())
            if interval_s:
                time.sleep(interval_s)
        return count

    def _take(self, capture: Any, seen_ms: int) -> None:
        is_whole, picture = capture.retrieve()
        if is_whole:
            self._is_wanted.clear()
            self._frames.put((picture, seen_ms))


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
    source = Source(parse_order(first.body).source)
    try:
        Confinement(capture_plan(source.kind, pid=os.getpid())).enforce()
    except DriverError as fault:
        sys.exit(str(fault))
    drain = Drain(cv2, source, channel)
    drain.start()
    number = 0
    while channel.receive() is not None:
        number += 1
        picture, seen_ms = drain.next_frame()
        note = _fill(slot, luma_of(cv2, picture), number, seen_ms)
        channel.send(frame_message(note))


def luma_of(cv2: Any, picture: Any) -> Luma:
    """Return a picture's luma, made smaller if it would not fit into the slot.

    A frame over SLOT_BYTES pixels (1920 x 1200) is scaled down and loses detail: set such a
    camera to a smaller size.
    """
    height, width = picture.shape[:2]
    if height * width > SLOT_BYTES:
        scale = (SLOT_BYTES / (height * width)) ** 0.5
        size = (int(width * scale), int(height * scale))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    if picture.ndim == 3:
        picture = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return np.asarray(picture, dtype=np.uint8)


def _fill(slot: mmap.mmap, luma: Luma, number: int, seen_ms: int) -> FrameNote:
    height, width = luma.shape
    np.frombuffer(slot, np.uint8, luma.size).reshape(luma.shape)[:] = luma
    return FrameNote(number=number, width=width, height=height, seen_ms=seen_ms)
