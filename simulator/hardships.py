"""Hard scenes by name: what makes codes unreadable at gates, one at a time and mixed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from simulator.backdrops import PAN_PX, PICTURES
from simulator.optics import Display, Lamp
from simulator.scenes import Scene, draw, draw_empty
from simulator.surfaces import Finger, Ink, Surface, modules_in

BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
CARD_CHARACTERS, PHONE_CHARACTERS = 187, 375  # of CC1, in its printed and its drawn form
OTHER_CHARACTERS = 250, 501  # other families; and CC1 with more in it
CODE_PX_MAX = 470.0  # a larger one leaves a frame of 720 lines when the hand is off the middle
JPEG_QUALITIES = 80, 91  # what USB and network cameras send

Pixels = NDArray[np.uint8]


class Kind(Enum):
    """What is hard about a scene."""

    CLEAN = "clean"
    TILT = "tilt"
    ROLL = "roll"
    MOTION = "motion"
    DEFOCUS = "defocus"
    LOW_LIGHT = "low light"
    GLARE = "glare"
    MOIRE = "moire"
    FINGER = "finger"
    LOW_CONTRAST = "low contrast"
    INVERTED = "inverted"
    SMALL = "small"
    BUSY = "busy"
    GATE_MIX = "gate mix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A code and the scene in which it is shown."""

    kind: Kind
    text: str
    scene: Scene

    @property
    def module_px(self) -> float:
        """Width of a module before tilt, in pixels of the frame."""
        return self.scene.code_px / modules_in(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class HardFrame:
    """One frame as a decoder gets it."""

    shown: Shown
    luma: Pixels  # (720, 1280), after the camera's JPEG


def hard_frame(kind: Kind, *, seed: int, number: int) -> HardFrame:
    """Return frame `number` of `kind`: the same for the same seed, whatever else is drawn."""
    rng = np.random.default_rng([seed, list(Kind).index(kind), number])
    shown = hard_scene(kind, rng)
    frame = draw(shown.text, scene=shown.scene, rng=rng)
    return HardFrame(shown=shown, luma=through_jpeg(frame, rng))


def empty_frame(*, seed: int, number: int) -> Pixels:
    """Return the luma of a frame in which nothing is shown; every other backdrop is busy."""
    rng = np.random.default_rng([seed, len(Kind), number])
    scene = replace(usual_scene(rng, surface=Surface.PHONE, code_px=300), busy=number % 2 == 1)
    return through_jpeg(draw_empty(scene=scene, rng=rng), rng)


def through_jpeg(frame: Pixels, rng: np.random.Generator) -> Pixels:
    """Return the luma of `frame` as it comes out of a camera that sends JPEG."""
    quality = int(rng.integers(*JPEG_QUALITIES))
    _, octets = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(octets, cv2.IMREAD_GRAYSCALE), np.uint8)


def hard_scene(kind: Kind, rng: np.random.Generator) -> Shown:
    """Return a random code, shown in a random scene of `kind`."""
    usual = CARD_CHARACTERS, PHONE_CHARACTERS, int(rng.integers(*OTHER_CHARACTERS))
    characters = usual[int(rng.integers(len(usual)))]
    text = some_text(rng, characters)
    surface = Surface.CARD if characters == CARD_CHARACTERS else Surface.PHONE
    return hardened(kind, text=text, surface=surface, rng=rng)


def hardened(kind: Kind, *, text: str, surface: Surface, rng: np.random.Generator) -> Shown:
    """Return `text` in a random scene of `kind`; dark mode and moire make a phone of a card."""
    modules = modules_in(text)
    base = usual_scene(rng, surface=surface, code_px=modules * rng.uniform(2.9, 5.5))
    return Shown(kind=kind, text=text, scene=_HARDENERS[kind](base, modules, rng))


def some_text(rng: np.random.Generator, characters: int) -> str:
    """Return so many characters that could be a code of family CC1."""
    picks = rng.integers(0, len(BASE45), characters - 4)
    return "CC1:" + "".join(BASE45[pick] for pick in picks)


def usual_scene(rng: np.random.Generator, *, surface: Surface, code_px: float) -> Scene:
    """Return a scene in which nothing is hard."""
    return Scene(
        surface=surface,
        code_px=min(CODE_PX_MAX, code_px),
        x=rng.uniform(0.38, 0.62),
        y=rng.uniform(0.46, 0.54),
        tilt=rng.normal(0, 5),
        turn=rng.normal(0, 5),
        roll=rng.normal(0, 6),
        blur=rng.uniform(0, 0.5),
        noise=rng.uniform(1.5, 5),
        brightness=rng.uniform(0.8, 1.05),
        unevenness=rng.uniform(0, 0.15),
        light_angle=rng.uniform(0, 360),
        backdrop=int(rng.integers(PICTURES * PAN_PX)),
    )


# Each takes the usual scene, the code's width in modules, and what else to draw at random from.
_Hardener = Callable[[Scene, int, np.random.Generator], Scene]


def _clean(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    del modules, rng
    return base


def _tilted(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    """Lean the code away to one side; it is held nearer, so that its far edge can be read."""
    lean, way = rng.uniform(35, 66), rng.uniform(0, 2 * np.pi)
    return replace(
        base,
        code_px=min(CODE_PX_MAX, modules * rng.uniform(3, 5.5)),
        tilt=lean * np.sin(way),
        turn=lean * np.cos(way),
    )


def _rolled(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    del modules
    return replace(base, roll=rng.uniform(0, 360), tilt=rng.normal(0, 12), turn=rng.normal(0, 12))


def _moving(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    module_px = base.code_px / modules
    return replace(base, motion=module_px * rng.uniform(0.8, 2.1), motion_angle=rng.uniform(0, 180))


def _defocused(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    module_px = base.code_px / modules
    return replace(base, defocus=module_px * rng.uniform(0.9, 1.9))


def _dark(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    """Turn the light down: the camera's gain makes noise of it, its long exposure a smear."""
    module_px = base.code_px / modules
    return replace(
        base,
        brightness=rng.uniform(0.12, 0.4),
        noise=rng.uniform(6, 17),
        motion=module_px * rng.uniform(0, 0.9),
        motion_angle=rng.uniform(0, 180),
        unevenness=rng.uniform(0, 0.4),
    )


def _glaring(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    del modules
    lamps = _REFLECTED[int(rng.integers(len(_REFLECTED)))](rng)
    return replace(base, lamps=lamps, brightness=rng.uniform(0.45, 1.0))


def _tube(rng: np.random.Generator) -> tuple[Lamp, ...]:
    return (
        Lamp(
            x=rng.uniform(-0.5, 0.5),
            y=rng.uniform(-0.5, 0.5),
            length=rng.uniform(0.5, 1.6),
            breadth=rng.uniform(0.02, 0.07),
            angle=rng.uniform(0, 180),
            grey=rng.uniform(250, 700),
            softness=rng.uniform(0.02, 0.06),
        ),
    )


def _bulbs(rng: np.random.Generator) -> tuple[Lamp, ...]:
    return tuple(
        Lamp(
            x=rng.uniform(-0.6, 0.6),
            y=rng.uniform(-0.6, 0.6),
            length=0,
            breadth=rng.uniform(0.02, 0.12),
            grey=rng.uniform(300, 900),
            softness=rng.uniform(0.04, 0.12),
        )
        for _ in range(int(rng.integers(1, 4)))
    )


def _window(rng: np.random.Generator) -> tuple[Lamp, ...]:
    """Return the panes of a window: the glass mirrors less of the sky than of a lamp."""
    x, y, pane = rng.uniform(-0.5, 0.5), rng.uniform(-0.5, 0.5), rng.uniform(0.16, 0.34)
    grey, angle = rng.uniform(90, 260), rng.uniform(-15, 15)
    return tuple(
        Lamp(x=x + across, y=y + down, length=pane, breadth=pane, angle=angle, grey=grey)
        for across in (0, 1.15 * pane)
        for down in (0, 1.15 * pane)
    )


_REFLECTED = (_tube, _bulbs, _window)


def _on_display(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    """Show the screen's own pixels: as moire where they are fine, as a grid where they are not."""
    del modules
    fine = rng.uniform() < 0.6
    display = Display(
        pitch_px=rng.uniform(0.9, 2.1) if fine else rng.uniform(2.1, 4.2),
        depth=rng.uniform(0.2, 0.7) if fine else rng.uniform(0.4, 0.9),
        flicker=rng.uniform(0, 0.5),
        band_px=rng.uniform(60, 260),
        phase=rng.uniform(),
    )
    return replace(base, surface=Surface.PHONE, display=display)


def _fingered(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    del modules
    finger = Finger(
        angle=90 * int(rng.integers(4)) + rng.normal(0, 12),
        reach=rng.uniform(0.02, 0.3),
        aside=rng.uniform(-0.35, 0.35),
        breadth=rng.uniform(0.2, 0.32),
    )
    return replace(base, finger=finger)


def _faint(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    del modules
    return replace(
        base,
        ink=Ink(contrast=rng.uniform(0.06, 0.25)),
        noise=rng.uniform(2, 6),
        unevenness=rng.uniform(0, 0.5),
    )


def _inverted(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    return replace(
        base,
        surface=Surface.PHONE,
        ink=Ink(inverted=True),
        code_px=min(CODE_PX_MAX, modules * rng.uniform(2, 4.5)),
        glare=rng.uniform(0, 120),
        noise=rng.uniform(2, 9),
    )


def _far(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    return replace(base, code_px=modules * rng.uniform(1.4, 2.6), blur=rng.uniform(0, 0.7))


def _before_patterns(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    return replace(base, busy=True, code_px=min(CODE_PX_MAX, modules * rng.uniform(1.5, 3)))


def _mixed(base: Scene, modules: int, rng: np.random.Generator) -> Scene:
    """Draw several mild hardships at once: a morning at a gate."""
    module_px = rng.uniform(2.5, 5)
    share = 0.15 if base.surface is Surface.PHONE else 0  # of dark mode: no card has one
    mixed = replace(
        base,
        code_px=min(CODE_PX_MAX, modules * module_px),
        tilt=rng.normal(0, 14),
        turn=rng.normal(0, 14),
        roll=rng.normal(0, 12),
        defocus=module_px * rng.uniform(0, 1.2),
        motion=module_px * rng.uniform(0, 1.0),
        motion_angle=rng.uniform(0, 180),
        noise=rng.uniform(2, 10),
        brightness=rng.uniform(0.35, 1.15),
        unevenness=rng.uniform(0, 0.4),
        glare=rng.uniform(0, 140),
        ink=Ink(contrast=rng.uniform(0.5, 1), inverted=rng.uniform() < share),
    )
    if rng.uniform() < 0.3:
        mixed = _fingered(mixed, modules, rng)
    if rng.uniform() < 0.25:
        mixed = replace(mixed, lamps=_bulbs(rng))
    return mixed


_HARDENERS: dict[Kind, _Hardener] = {
    Kind.CLEAN: _clean,
    Kind.TILT: _tilted,
    Kind.ROLL: _rolled,
    Kind.MOTION: _moving,
    Kind.DEFOCUS: _defocused,
    Kind.LOW_LIGHT: _dark,
    Kind.GLARE: _glaring,
    Kind.MOIRE: _on_display,
    Kind.FINGER: _fingered,
    Kind.LOW_CONTRAST: _faint,
    Kind.INVERTED: _inverted,
    Kind.SMALL: _far,
    Kind.BUSY: _before_patterns,
    Kind.GATE_MIX: _mixed,
}
