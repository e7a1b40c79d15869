"""Peers of the decode ladder: scenes, a clock that stands still, and an engine by script."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import segno

from drivers.decode.engines import NOTHING, Found, Seen, Unread
from drivers.decode.regions import Box
from drivers.decode.rungs import Rung, readings_of
from drivers.decode.trail import Trail
from drivers.luma import Luma
from drivers.reading import Corners, Reading


def code_luma(payload: str, *, scale: int = 4) -> Luma:
    """Return a code of error level M with its quiet zone."""
    light = 1 - np.array(segno.make_qr(payload, error="m").matrix, dtype=np.uint8)
    quiet = np.pad(light, 4, constant_values=1)
    return np.kron(quiet, np.ones((scale, scale), np.uint8)) * np.uint8(255)


def hall(*, high: int = 480, wide: int = 640) -> Luma:
    """Return a view with soft shapes in it and no code."""
    rng = np.random.default_rng(5)
    shapes = rng.integers(60, 200, (high // 80, wide // 80)).astype(np.uint8)
    return np.asarray(cv2.resize(shapes, (wide, high), interpolation=cv2.INTER_CUBIC), np.uint8)


def with_code(scene: Luma, payload: str, *, at: tuple[int, int] = (120, 200)) -> Luma:
    """Return the scene with a code whose quiet zone begins at this row and column."""
    shown, code = scene.copy(), code_luma(payload)
    shown[at[0] : at[0] + len(code), at[1] : at[1] + len(code)] = code
    return shown


def noisy(luma: Luma, seed: int, *, sigma: float = 4.0) -> Luma:
    """Return the picture with a sensor's noise."""
    noise = np.random.default_rng(seed).normal(0, sigma, luma.shape)
    return np.clip(luma + noise, 0, 255).astype(np.uint8)


def square(left: int, top: int, side: int) -> Corners:
    return (left, top), (left + side, top), (left + side, top + side), (left, top + side)


class Clock:
    """A time source that moves when it is told."""

    def __init__(self) -> None:
        self.ns = 0

    def __call__(self) -> int:
        return self.ns


class ScriptedClimber:
    """What applies rungs, by script: it sees what it is told, and each look takes its time.

    Attributes:
        sees: what the first look sees from now on.
        reads: what a rung of this name reads from now on.
        asked: names of the rungs that were applied, "plain" for a first look.
    """

    PLAIN_NS = 1_000_000

    def __init__(
        self, clock: Clock, *, rung_ns: Callable[[str], int] = lambda _: 1_000_000
    ) -> None:
        self._clock, self._rung_ns = clock, rung_ns
        self.sees = NOTHING
        self.reads: dict[str, Found] = {}
        self.asked: list[str] = []
        self.lucky: tuple[str, ...] = ()
        self.forgotten = 0

    def plain(self, _luma: Luma) -> tuple[Seen, tuple[Reading, ...]]:
        self.asked.append("plain")
        self._clock.ns += self.PLAIN_NS
        return self.sees, readings_of(self.sees, "plain")

    def look(self, _luma: Luma, _box: Box, rung: Rung) -> tuple[Seen, tuple[Reading, ...]]:
        self.asked.append(rung.name)
        self._clock.ns += self._rung_ns(rung.name)
        found = self.reads.get(rung.name)
        seen = Seen(found=(found,)) if found else NOTHING
        return seen, readings_of(seen, rung.name)

    def climb(
        self, luma: Luma, trail: Trail, _unread: Sequence[Unread], may_go_on: Callable[[], bool]
    ) -> tuple[Reading, ...]:
        for rung in trail.rungs():
            if not may_go_on():
                return ()
            _, readings = self.look(luma, trail.box, rung)
            if readings:
                return readings
        return ()

    def forget(self) -> None:
        self.forgotten += 1
