"""Picks the next frame that is worth looking at, and says why there is none."""

import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from drivers.camera.drain import Frame
from drivers.camera.glance import glance_at
from drivers.camera.messages import SLOT_BYTES, Message, Trouble, trouble_message
from drivers.camera.packets import Form, luma_of_frame
from drivers.camera.watch import SceneWatch, Verdict
from drivers.luma import Luma

# How often a frame that is held back is followed by another look; a lens that is uncovered is
# noticed as fast, and a camera that nobody can use costs little.
LOOK_S = 0.1

# The daemon takes a silent process for hung after 15 s; one that holds frames back says so anew.
TELL_MS = 5_000

# A cable's noise spoils a packet now and then. More in a row, and it may be our way of taking
# them that does not fit this camera.
REFUSED_MAX = 3


class Frames(Protocol):
    """Where frames come from: a `Drain`."""

    def next_frame(self) -> Frame:
        """Wait for the next frame that is captured from now on."""
        ...

    def reopen(self) -> None:
        """Open the source again."""
        ...

    def reopen_decoded(self) -> None:
        """Open it again, and let OpenCV decode what it gives."""
        ...


class Lookout:
    """Looks at the frames of one source, one at a time; of one thread.

    Args:
        cv2: OpenCV.
        frames: where frames come from.
        watch: judges what is on them.
        tell: takes troubles.
        wait: waits for so many seconds.
    """

    def __init__(
        self,
        cv2: Any,
        frames: Frames,
        watch: SceneWatch,
        tell: Callable[[Message], None],
        *,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        self._cv2 = cv2
        self._frames = frames
        self._watch = watch
        self._tell = tell
        self._wait = wait
        self._told: Trouble | None = None
        self._told_ms = 0
        self._refused = 0  # in a row

    def next_luma(self) -> tuple[Luma, int]:
        """Wait for the next frame with something on it; return it and when it was captured."""
        while True:
            frame = self._frames.next_frame()
            luma = luma_of_frame(self._cv2, frame.octets, frame.form, frame.height)
            if isinstance(luma, Trouble):
                self._refuse(luma, frame)
            else:
                self._refused = 0
                if self._is_shown(luma, frame.seen_ms):
                    return fitted(self._cv2, luma), frame.seen_ms
            self._wait(LOOK_S)

    def _is_shown(self, luma: Luma, seen_ms: int) -> bool:
        match self._watch.look(glance_at(self._cv2, luma), seen_ms):
            case Verdict.SHOW:
                self._told = None
                return True
            case Verdict.REOPEN:
                self._frames.reopen()
            case Verdict.COVERED:
                self._say(Trouble.COVERED, seen_ms)
            case Verdict.FROZEN:
                self._say(Trouble.FROZEN, seen_ms)
        return False

    def _refuse(self, trouble: Trouble, frame: Frame) -> None:
        self._refused += 1
        if self._refused < REFUSED_MAX:
            return
        self._refused = 0
        self._say(trouble, frame.seen_ms)
        if trouble is Trouble.GARBLED and frame.form is not Form.DECODED:
            self._frames.reopen_decoded()
        else:
            self._frames.reopen()

    def _say(self, trouble: Trouble, now_ms: int) -> None:
        if trouble is self._told and now_ms - self._told_ms < TELL_MS:
            return
        self._told, self._told_ms = trouble, now_ms
        self._tell(trouble_message(trouble))


def fitted(cv2: Any, luma: Luma) -> Luma:
    """Return a picture, made smaller if it would not fit into the slot.

    A frame over SLOT_BYTES pixels (1920 x 1200) is scaled down and loses detail: set such a
    camera to a smaller size.
    """
    height, width = luma.shape
    if height * width > SLOT_BYTES:
        scale = (SLOT_BYTES / (height * width)) ** 0.5
        size = (int(width * scale), int(height * scale))
        luma = np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA))
    return luma
