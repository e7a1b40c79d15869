"""Hard scenes in motion: what a camera sees while a holder tries to get a code read."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simulator.hands import trembling, wandered
from simulator.hardeners import CODE_PX_MAX, usual_scene
from simulator.hardships import (
    HardFrame,
    Kind,
    Shown,
    hard_scene,
    hardened,
    through_jpeg,
)
from simulator.scenes import Scene, draw, draw_empty
from simulator.surfaces import Surface, modules_in

# 0.8 s at 15 fps: a holder who has to wait for longer thinks the gate is broken.
VIDEO_FRAMES = 12
# A hand that trembles by 0.8 degrees 25 cm before the lens moves a reflection by 7 mm, on a code
# of 50 mm: the mirror doubles the angle.
LAMP_SWAY = 0.14
FINGER_SWAY = 0.05  # a thumb that shifts by 2.5 mm
FOCUS_SWAY = 0.35  # share by which a hunting lens is now nearer, now further off
NEAR_MODULE_PX = 4.2  # where a phone that comes near has come to
WELL_HELD_MODULE_PX = 4.5  # where one is held after a moment before a lane
DISPLAY_TURNS = 0.23  # how far the dark bands roll from one frame to the next

Pixels = NDArray[np.uint8]
Offsets = NDArray[np.float64]


def hard_video(
    kind: Kind, *, seed: int, number: int, frames: int = VIDEO_FRAMES
) -> Iterator[HardFrame]:
    """Yield the frames of one presentation of `kind`: the same for the same seed and number."""
    # The last number keeps videos apart from single frames of the same seed.
    rng = np.random.default_rng([seed, list(Kind).index(kind), number, frames])
    shown = hard_scene(kind, rng)
    sway = rng.normal(size=4)
    for place, scene in enumerate(trembling(shown.scene, rng=rng, frames=frames)):
        sway = wandered(sway, rng)
        seen = _swayed(scene, sway=sway, place=place)
        if kind is Kind.SMALL:
            seen = _nearer(seen, shown, share=place / frames)
        frame = draw(shown.text, scene=seen, rng=rng)
        yield HardFrame(shown=replace(shown, scene=seen), luma=through_jpeg(frame, rng))


def idle_video(*, seed: int, number: int, frames: int) -> Iterator[Pixels]:
    """Yield the luma of a lane at which nobody shows a code, while someone walks by."""
    rng = np.random.default_rng([seed, len(Kind), number, frames])
    base = usual_scene(rng, surface=Surface.PHONE, code_px=300)
    for place in range(frames):
        scene = replace(base, passer=place / frames)
        yield through_jpeg(draw_empty(scene=scene, rng=rng), rng)


def presentation_frames(
    text: str, *, rng: np.random.Generator, frames: int, surface: Surface
) -> Iterator[Pixels]:
    """Yield the BGR frames of one presentation: begun in a hurry, ended as the lane asks for."""
    hard = hardened(Kind.GATE_MIX, text=text, surface=surface, rng=rng)
    well_px = WELL_HELD_MODULE_PX * modules_in(text)
    well = usual_scene(rng, surface=surface, code_px=well_px)
    for place, scene in enumerate(trembling(hard.scene, rng=rng, frames=frames)):
        eased = _eased(scene, well, share=place / max(1, frames - 1))
        yield draw(text, scene=eased, rng=rng)


def _eased(scene: Scene, well: Scene, *, share: float) -> Scene:
    """Return `scene` after `share` of the way to how it is held in the end."""
    between = {
        name: (1 - share) * getattr(scene, name) + share * getattr(well, name) for name in _EASED
    }
    if share > 0.5:
        between |= {"finger": None, "lamps": ()}
    return replace(scene, **between)


# What a holder and the camera's exposure change; print and backdrop stay.
_EASED = (
    "code_px",
    "x",
    "y",
    "tilt",
    "turn",
    "roll",
    "blur",
    "defocus",
    "motion",
    "noise",
    "brightness",
    "unevenness",
    "glare",
)


def _swayed(scene: Scene, *, sway: Offsets, place: int) -> Scene:
    """Return `scene` with what moves besides the hand: reflections, fingertip, focus, bands."""
    x, y, touch, focus = sway.tolist()
    lamps = tuple(
        replace(lamp, x=lamp.x + LAMP_SWAY * x, y=lamp.y + LAMP_SWAY * y) for lamp in scene.lamps
    )
    finger, display = scene.finger, scene.display
    if finger is not None:
        reach, aside = finger.reach + FINGER_SWAY * touch, finger.aside + FINGER_SWAY * x
        finger = replace(finger, reach=max(0.0, reach), aside=aside)
    if display is not None:
        display = replace(display, phase=display.phase + DISPLAY_TURNS * place)
    defocus = scene.defocus * abs(1 + FOCUS_SWAY * focus)
    return replace(scene, lamps=lamps, finger=finger, display=display, defocus=defocus)


def _nearer(scene: Scene, shown: Shown, *, share: float) -> Scene:
    """Return `scene` after `share` of the way from where it was first seen to the reader."""
    near = min(CODE_PX_MAX, NEAR_MODULE_PX * modules_in(shown.text))
    return replace(scene, code_px=scene.code_px + share * (near - shown.scene.code_px))
