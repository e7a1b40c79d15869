"""Hard scenes by name: what makes codes unreadable at gates, one at a time and mixed."""

from dataclasses import dataclass, replace
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from simulator import hardeners
from simulator.hardeners import usual_scene
from simulator.scenes import Scene, draw, draw_empty
from simulator.surfaces import Surface, modules_in

BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
CARD_CHARACTERS, PHONE_CHARACTERS = 187, 375  # of CC1, in its printed and its drawn form
OTHER_CHARACTERS = 250, 501  # other families; and CC1 with more in it
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


_HARDENERS: dict[Kind, hardeners.Hardener] = {
    Kind.CLEAN: hardeners.clean,
    Kind.TILT: hardeners.tilted,
    Kind.ROLL: hardeners.rolled,
    Kind.MOTION: hardeners.moving,
    Kind.DEFOCUS: hardeners.defocused,
    Kind.LOW_LIGHT: hardeners.dark,
    Kind.GLARE: hardeners.glaring,
    Kind.MOIRE: hardeners.on_display,
    Kind.FINGER: hardeners.fingered,
    Kind.LOW_CONTRAST: hardeners.faint,
    Kind.INVERTED: hardeners.inverted,
    Kind.SMALL: hardeners.far,
    Kind.BUSY: hardeners.before_patterns,
    Kind.GATE_MIX: hardeners.mixed,
}
