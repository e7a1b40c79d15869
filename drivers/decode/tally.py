"""What the last seconds of frames say of a camera's place; values and `now_ms` in, a view out."""

from collections import deque
from dataclasses import dataclass

from drivers.decode.advice import (
    Advice,
    Sharpness,
    Standing,
    advise,
    advise_nothing,
    sharpness_of,
    standing_of,
)
from drivers.decode.figures import Exposure, Measures
from drivers.reading import Corners, Reading, Sign

# Long enough to average a hand's tremor, short enough to follow a hand on the camera.
WINDOW_MS = 3_000
# Sixty frames a second over the window, which no lane is set to go beyond.
FRAMES_MAX = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class AimedCode:
    """The code that a frame is measured by."""

    measures: Measures
    corners: Corners
    is_read: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AimedFrame:
    """One frame as aiming saw it."""

    at_ms: int  # monotonic
    width: int
    height: int
    sign: Sign
    readings: tuple[Reading, ...]
    unread: tuple[Corners, ...]
    exposure: Exposure
    code: AimedCode | None  # None: none is in view, or it has no area


@dataclass(frozen=True, slots=True, kw_only=True)
class AimView:
    """What is to be shown of the last WINDOW_MS."""

    fps: float  # frames looked at
    frames: int
    seen: int  # frames on which a code was, read or not
    read: int
    reading: Reading | None  # the last
    code: AimedCode | None  # of the newest frame that has one
    sharpness: Sharpness | None
    exposure: Exposure | None  # of the newest frame
    standing: Standing
    advice: tuple[Advice, ...]

    @property
    def read_rate(self) -> float | None:
        """Return the share of frames with a code on which it was read; None: there were none."""
        return self.read / self.seen if self.seen else None


class Tally:
    """Keeps the frames of the last WINDOW_MS; FRAMES_MAX at most.

    Attributes:
        was_read: a code was, on any frame since the start.
    """

    def __init__(self) -> None:
        self.was_read = False
        self._frames: deque[AimedFrame] = deque(maxlen=FRAMES_MAX)

    def receive(self, frame: AimedFrame) -> None:
        """Take one more frame, not older than those before."""
        self._frames.append(frame)
        self.was_read |= frame.sign is Sign.READ

    def view(self, now_ms: int) -> AimView:
        """Return what the window up to now shows."""
        while self._frames and now_ms - self._frames[0].at_ms >= WINDOW_MS:
            self._frames.popleft()
        frames = tuple(self._frames)
        newest = frames[-1] if frames else None
        seen = [frame for frame in frames if frame.sign is not Sign.NOTHING]
        read = [frame for frame in frames if frame.sign is Sign.READ]
        coded = next((frame for frame in reversed(frames) if frame.code is not None), None)
        advice = _advice(newest, coded)
        reading = read[-1].readings[0] if read and read[-1].readings else None
        code = None if coded is None else coded.code
        return AimView(
            fps=_fps(frames, now_ms),
            frames=len(frames),
            seen=len(seen),
            read=len(read),
            reading=reading,
            code=code,
            sharpness=None if code is None else sharpness_of(code.measures),
            exposure=None if newest is None else newest.exposure,
            standing=standing_of(_sign(seen, read), advice),
            advice=advice,
        )


def _fps(frames: tuple[AimedFrame, ...], now_ms: int) -> float:
    """Return frames a second since the oldest in the window."""
    if not frames:
        return 0.0
    return len(frames) * 1000 / max(1000, now_ms - frames[0].at_ms)


def _sign(seen: list[AimedFrame], read: list[AimedFrame]) -> Sign:
    if not seen:
        return Sign.NOTHING
    # Half of them is what a person waits for without noticing.
    return Sign.READ if 2 * len(read) >= len(seen) else Sign.UNREAD


def _advice(newest: AimedFrame | None, coded: AimedFrame | None) -> tuple[Advice, ...]:
    if coded is not None and coded.code is not None:
        code = coded.code
        return advise(code.measures, code.corners, width=coded.width, height=coded.height)
    return () if newest is None else advise_nothing(newest.exposure)
