"""How holders show a code: where they hold it, and how their hands tremble."""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simulator.backdrops import PAN_PX, PICTURES
from simulator.scenes import Scene
from simulator.surfaces import Surface

TREMOR_KEPT = 0.85  # of a hand's offset after one frame; the rest is new

Offsets = NDArray[np.float64]


def random_scene(rng: np.random.Generator, *, surface: Surface = Surface.PHONE) -> Scene:
    """Return a scene as hard as a usual morning at a gate.

    A code of 375 characters has 65 modules, so that the smallest here has 3.7 pixels a module:
    below 3.5 decoders begin to fail, whatever the light.
    """
    return Scene(
        surface=surface,
        code_px=rng.uniform(240, 400),
        x=rng.uniform(0.38, 0.62),
        y=rng.uniform(0.45, 0.55),
        tilt=rng.normal(0, 11),
        turn=rng.normal(0, 11),
        roll=rng.normal(0, 9),
        blur=rng.uniform(0, 1.5),
        motion=rng.uniform(0, 4.5),
        motion_angle=rng.uniform(0, 180),
        noise=rng.uniform(1.5, 9),
        brightness=rng.uniform(0.5, 1.15),
        unevenness=rng.uniform(0, 0.3),
        light_angle=rng.uniform(0, 360),
        glare=rng.uniform(0, 120),
        backdrop=int(rng.integers(PICTURES * PAN_PX)),
    )


def trembling(base: Scene, *, rng: np.random.Generator, frames: int) -> Iterator[Scene]:
    """Yield `base` as it is in each of `frames` frames, the hand being what it is."""
    offset = rng.normal(size=6)
    for _ in range(frames):
        offset = wandered(offset, rng)
        yield _shaken(base, offset)


def wandered(offset: Offsets, rng: np.random.Generator) -> Offsets:
    """Return what was `offset` standard deviations off a frame ago, as it is now."""
    fresh = rng.normal(size=offset.shape)
    return TREMOR_KEPT * offset + math.sqrt(1 - TREMOR_KEPT**2) * fresh


def _shaken(base: Scene, offset: Offsets) -> Scene:
    """Return `base` with a hand that is off by `offset` standard deviations."""
    x, y, nearer, tilt, roll, speed = offset.tolist()
    return replace(
        base,
        x=base.x + 0.004 * x,
        y=base.y + 0.007 * y,
        code_px=base.code_px * (1 + 0.01 * nearer),
        tilt=base.tilt + 0.8 * tilt,
        roll=base.roll + 0.6 * roll,
        motion=base.motion * abs(speed),
    )
