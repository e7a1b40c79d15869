"""Takes every frame from a source, opens it again when it fails, and keeps none.

OpenCV, drivers and the network hold old frames back: whoever does not take them all looks at the
past. One reader takes them as fast as they come, and unpacks only the one that is asked for.
"""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from drivers.back_off import BackOff
from drivers.camera.controls import Deviation
from drivers.camera.messages import Message, Trouble, trouble_message
from drivers.camera.naming import SourceKind
from drivers.camera.order import deviation_message
from drivers.camera.packets import Form
from drivers.camera.source import Opened, Source
from drivers.camera.watch import FloodWatch
from drivers.clock import monotonic_ms

# OpenCV looks away for up to 3 s while a camera gives nothing; the node of one that was pulled
# out is gone at once. Twice a second somebody looks whether it is.
GONE_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame, not yet unpacked."""

    octets: Any  # what `VideoCapture.retrieve` gave: an array of this frame's own
    form: Form  # how the picture lies in it
    height: int  # of the picture, where it is PLANAR
    seen_ms: int  # monotonic: it was captured


class _Ending(Enum):
    """How an opened source came to its end."""

    FAILED = "it gave no more"
    PLAYED = "a file came to its end"
    DROPPED = "we have had enough of it"


class Drain:
    """Drains one source for ever; `run` is a thread's own, the rest is for one other.

    Args:
        cv2: OpenCV.
        source: where frames come from.
        tell: takes troubles and deviations.
        now_ms: the monotonic clock.
        wait: waits for so many seconds.
    """

    def __init__(
        self,
        cv2: Any,
        source: Source,
        tell: Callable[[Message], None],
        *,
        now_ms: Callable[[], int] = monotonic_ms,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        self._cv2 = cv2
        self._source = source
        self._tell = tell
        self._now_ms = now_ms
        self._wait = wait
        self._deviation: Deviation | None = None  # last told
        self._is_dropped = threading.Event()
        self._is_decoded_next = threading.Event()
        self._is_wanted = threading.Event()
        # One frame is asked for at a time.
        self._frames: queue.Queue[Frame] = queue.Queue(maxsize=1)

    def next_frame(self) -> Frame:
        """Wait for the next frame that is captured from now on."""
        self._is_wanted.set()
        while True:
            try:
                return self._frames.get(timeout=GONE_S)
            except queue.Empty:
                if self._source.is_gone():
                    self._tell(trouble_message(Trouble.MISSING))

    def reopen(self) -> None:
        """Open the source again, soon: what it gives is of no use."""
        self._is_dropped.set()

    def reopen_decoded(self) -> None:
        """Open it again, and let OpenCV decode until it has to be opened anew."""
        self._is_decoded_next.set()
        self.reopen()

    def run(self) -> None:
        """Drain for ever."""
        back_off = BackOff()
        while True:
            self.drain_once(back_off)

    def drain_once(self, back_off: BackOff) -> None:
        """Open the source, take its frames to their end, and wait before the next opening."""
        began_ms = self._now_ms()
        match self._play():
            case _Ending.PLAYED:
                return
            case _Ending.FAILED:
                lived_ms = self._now_ms() - began_ms
            case _Ending.DROPPED:
                lived_ms = 0  # however long it was of no use
        self._wait(back_off.wait_ms(lived_ms) / 1000)

    def _play(self) -> _Ending:
        as_packets = not self._is_decoded_next.is_set()
        self._is_decoded_next.clear()
        opened = self._source.open(self._cv2, as_packets=as_packets)
        if isinstance(opened, Trouble):
            self._tell(trouble_message(opened))
            return _Ending.FAILED
        self._is_dropped.clear()
        try:
            ending = self._take_all(opened)
        finally:
            opened.capture.release()
        if ending is _Ending.FAILED:
            self._tell(trouble_message(Trouble.SILENT))
        return ending

    def _take_all(self, opened: Opened) -> _Ending:
        interval_s = self._source.interval_s(self._cv2, opened.capture)
        floods = FloodWatch()
        count = 0
        while opened.capture.grab():
            count += 1
            seen_ms = self._now_ms()
            if floods.receive(seen_ms):
                self._tell(trouble_message(Trouble.FLOODING))
                return _Ending.DROPPED
            if self._is_dropped.is_set():
                return _Ending.DROPPED
            self._tend(opened, count)
            if self._is_wanted.is_set():
                self._take(opened, seen_ms)
            if interval_s:
                self._wait(interval_s)
        is_played = count and self._source.kind is SourceKind.FILE
        return _Ending.PLAYED if is_played else _Ending.FAILED

    def _tend(self, opened: Opened, count: int) -> None:
        """Keep the camera at what it is to be set to; tell where it stays at something else."""
        if opened.keeper is None:
            return
        deviation = opened.keeper.tend(count)
        if deviation is not None and deviation != self._deviation:
            if self._deviation is not None or deviation.refused:
                self._tell(deviation_message(deviation))
            self._deviation = deviation

    def _take(self, opened: Opened, seen_ms: int) -> None:
        is_whole, octets = opened.capture.retrieve()
        if not is_whole:
            return
        self._is_wanted.clear()
        frame = Frame(octets=octets, form=opened.form, height=opened.height, seen_ms=seen_ms)
        self._frames.put(frame)
