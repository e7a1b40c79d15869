"""What a V4L2 camera is set to, kept set, and what it would not take.

Cameras differ: some ignore what is set before they stream, some forget it after some frames, some
clamp a value without a word (linux, Documentation/userspace-api/media/v4l/control.rst). So each
setting is read back, set again where it reads otherwise, and told of when that does not help.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

# What a lane's camera is asked for. Of a phone held 30 cm away it gives 4 pixels a module; more
# costs decode time. A camera that cannot do it stays at what it does.
WIDTH, HEIGHT = 1280, 720

# linux/v4l2-controls.h: V4L2_EXPOSURE_MANUAL; aperture priority is the automatic mode that UVC
# cameras have, plain auto the one that others have.
_EXPOSURE_MANUAL = 1
_EXPOSURE_AUTOMATIC = (3, 0)
_EXPOSURE_UNIT_US = 100  # V4L2_CID_EXPOSURE_ABSOLUTE counts in these

# Cameras round to steps of their own; nearer than this is what was asked for.
_TOLERANCE = 0.05

# When the settings are looked at: before the first frame, as soon as the camera streams, and once
# more when its automatic modes have settled; a camera that took them by then keeps them, but for
# those that forget, every 10 s at 30 frames a second.
TENDED_FIRST, TENDED_SECOND, TENDED_EVERY = 1, 10, 300


class Control(Enum):
    """What a camera may fail to take; the numbers are bits in a message."""

    SIZE = 1
    EXPOSURE = 2
    GAIN = 4
    FOCUS = 8
    BRIGHTNESS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraControls:
    """What a V4L2 camera is to be set to; addresses and files have no use for it.

    Gain, focus and brightness are in the camera's own units: `v4l2-ctl --list-ctrls` tells them.
    """

    width: int = WIDTH
    height: int = HEIGHT
    exposure_us: int | None = None  # None: automatic
    gain: int | None = None  # None: as the camera has it
    focus: int | None = None  # None: automatic
    brightness: int | None = None  # None: as the camera has it

    def __post_init__(self) -> None:
        if not (0 < self.width < 65_536 and 0 < self.height < 65_536):
            raise ValueError("width and height are 1 to 65535")
        if self.exposure_us is not None and not 0 < self.exposure_us <= 10_000_000:
            raise ValueError("an exposure takes 1 microsecond to 10 seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """How a camera differs from what it was to be set to."""

    refused: frozenset[Control]
    width: int  # of the pictures that it gives
    height: int


@dataclass(frozen=True, slots=True)
class _Wish:
    """One property to hold at one value, and what must be switched off for it."""

    control: Control
    property: int
    value: int
    before: tuple[int, int] | None = None  # a property, and the value it needs first


class ControlKeeper:
    """Keeps one open camera at what was asked for; of one thread.

    Args:
        cv2: OpenCV.
        capture: an open `cv2.VideoCapture` of the backend V4L2.
        controls: what is asked for.
    """

    def __init__(self, cv2: Any, capture: Any, controls: CameraControls) -> None:
        self._cv2 = cv2
        self._capture = capture
        self._controls = controls
        self._wishes = tuple(_wishes(cv2, controls))

    def prepare(self) -> None:
        """Set all that can be set before the first frame."""
        self._set_automatic()
        for wish in self._wishes:
            self._set(wish)

    def tend(self, count: int) -> Deviation | None:
        """Look at the settings after the `count`th frame, where that is due.

        Returns:
            How the camera stands; None while it is not due, or too soon to tell.
        """
        if count not in (TENDED_FIRST, TENDED_SECOND) and count % TENDED_EVERY:
            return None
        refused = frozenset(wish.control for wish in self._wishes if not self._hold(wish))
        return None if count == TENDED_FIRST else self._deviation(refused)

    def _hold(self, wish: _Wish) -> bool:
        """Return whether the camera is at what was wished, after setting it where it was not."""
        if self._is_kept(wish):
            return True
        self._set(wish)
        return self._is_kept(wish)

    def _is_kept(self, wish: _Wish) -> bool:
        if wish.before is not None and self._capture.get(wish.before[0]) != wish.before[1]:
            return False
        held = self._capture.get(wish.property)
        return bool(abs(held - wish.value) <= max(1.0, _TOLERANCE * abs(wish.value)))

    def _set(self, wish: _Wish) -> None:
        if wish.before is not None:
            self._capture.set(*wish.before)
        self._capture.set(wish.property, wish.value)

    def _set_automatic(self) -> None:
        """Undo what an earlier program left manual: cameras remember it until they lose power.

        One without such a mode refuses, and has nothing to undo.
        """
        if self._controls.exposure_us is None:
            for mode in _EXPOSURE_AUTOMATIC:
                if self._capture.set(self._cv2.CAP_PROP_AUTO_EXPOSURE, mode):
                    break
        if self._controls.focus is None:
            self._capture.set(self._cv2.CAP_PROP_AUTOFOCUS, 1)

    def _deviation(self, refused: frozenset[Control]) -> Deviation:
        width = int(self._capture.get(self._cv2.CAP_PROP_FRAME_WIDTH))
        height = int(self._capture.get(self._cv2.CAP_PROP_FRAME_HEIGHT))
        if (width, height) != (self._controls.width, self._controls.height):
            refused |= {Control.SIZE}
        return Deviation(refused=refused, width=width, height=height)


def _wishes(cv2: Any, controls: CameraControls) -> Iterator[_Wish]:
    if controls.exposure_us is not None:
        value = max(1, round(controls.exposure_us / _EXPOSURE_UNIT_US))
        manual = (cv2.CAP_PROP_AUTO_EXPOSURE, _EXPOSURE_MANUAL)
        yield _Wish(Control.EXPOSURE, cv2.CAP_PROP_EXPOSURE, value, manual)
    if controls.focus is not None:
        manual = (cv2.CAP_PROP_AUTOFOCUS, 0)
        yield _Wish(Control.FOCUS, cv2.CAP_PROP_FOCUS, controls.focus, manual)
    plain: Mapping[Control, tuple[int, int | None]] = {
        Control.GAIN: (cv2.CAP_PROP_GAIN, controls.gain),
        Control.BRIGHTNESS: (cv2.CAP_PROP_BRIGHTNESS, controls.brightness),
    }
    for control, (prop, wanted) in plain.items():
        if wanted is not None:
            yield _Wish(control, prop, wanted)
