"""What carries a code, drawn flat: a phone in a hand, or a printed card."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import cv2
import numpy as np
import segno
from numpy.typing import NDArray

QUIET_MODULES = 4  # ISO/IEC 18004, section 6.3.8
# A city's lanes show one code each for some seconds; one drawing is about 3 MB.
ARTWORKS_KEPT_MAX = 16

Colour = tuple[int, int, int, int]  # BGRA; alpha 255 is opaque
Pixels = NDArray[np.uint8]
Point = tuple[float, float]

BODY: Colour = (34, 30, 28, 255)
EDGE: Colour = (92, 86, 80, 255)
SCREEN: Colour = (250, 250, 250, 255)
DARK_SCREEN: Colour = (18, 16, 14, 255)
HEADER: Colour = (140, 88, 24, 255)
GREY: Colour = (196, 192, 188, 255)
PAPER: Colour = (232, 240, 243, 255)
STRIPE: Colour = (66, 104, 40, 255)
SKIN: Colour = (118, 148, 198, 255)
SKIN_SHADE: Colour = (88, 114, 160, 255)
SCREEN_BLACK, SCREEN_WHITE = 14, 250
INK_BLACK, PAPER_WHITE = 46, 240


class Surface(Enum):
    """What a holder shows."""

    PHONE = "phone"
    CARD = "card"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """How the modules differ from what they stand on."""

    contrast: float = 1.0  # share of the usual difference; what is lost is lost from the dark
    inverted: bool = False  # light modules on a dark screen, as in dark mode


USUAL_INK = Ink()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finger:
    """A fingertip upon the code; lengths are in code widths."""

    angle: float  # from where it comes, in degrees clockwise from the right
    reach: float  # of its tip, from the code's edge towards the middle
    aside: float = 0.0  # of its tip, from the line through the middle
    breadth: float = 0.28  # 14 mm over a code of 50 mm


@dataclass(frozen=True, slots=True, kw_only=True)
class Artwork:
    """A surface seen straight on."""

    pixels: Pixels  # (h, w, 4) BGRA, premultiplied; shared between callers, so never written to
    centre: Point  # of the code, in pixels
    code_px: int  # width of the code without its quiet zone


def artwork(*, text: str, surface: Surface, code_px: float, ink: Ink = USUAL_INK) -> Artwork:
    """Return `text` on `surface`, with modules of whole pixels and a code at least `code_px` wide."""
    module_px = max(1, math.ceil(code_px / modules_in(text)))
    return _painted(text, surface, module_px, ink)


def modules_in(text: str) -> int:
    """Return how many modules wide the code of `text` is."""
    return len(_symbol(text))


def touched(flat: Artwork, finger: Finger) -> Artwork:
    """Return `flat` with a finger upon its code."""
    code, angle = flat.code_px, math.radians(finger.angle)
    along, across = (math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))
    pixels = flat.pixels.copy()

    def at(out: float) -> tuple[int, int]:
        """Return the point so many code widths out from the middle."""
        x, y = (out * along[axis] + finger.aside * across[axis] for axis in (0, 1))
        return round(flat.centre[0] + x * code), round(flat.centre[1] + y * code)

    # The round end of the stroke is the tip.
    tip = at(0.5 - finger.reach + finger.breadth / 2)
    _finger(pixels, code=code, start=at(1.1), tip=tip, breadth=finger.breadth)
    return Artwork(pixels=pixels, centre=flat.centre, code_px=code)


@lru_cache(maxsize=ARTWORKS_KEPT_MAX)
def _symbol(text: str) -> Pixels:
    """Return the modules of a QR code, dark ones 1."""
    symbol = segno.make(text, error="m", micro=False, boost_error=False)
    return np.array([list(row) for row in symbol.matrix], dtype=np.uint8)


@lru_cache(maxsize=ARTWORKS_KEPT_MAX)
def _painted(text: str, surface: Surface, module_px: int, ink: Ink) -> Artwork:
    """Return what `artwork` hands out; a trembling hand asks for the same one again and again."""
    dark = _symbol(text)
    pixels, centre = _PAINTERS[surface](dark, module_px, ink)
    pixels.flags.writeable = False
    return Artwork(pixels=pixels, centre=centre, code_px=module_px * len(dark))


def _phone(dark: Pixels, module_px: int, ink: Ink) -> tuple[Pixels, Point]:
    code = module_px * len(dark)
    wide, tall, margin = round(code * 1.36), round(code * 2.8), round(code * 0.34)
    pixels = np.zeros((tall, wide + 2 * margin, 4), np.uint8)
    x, y = margin + wide / 2, tall * 0.46

    def box(left: float, top: float, right: float, bottom: float, of: Colour, r: float = 0) -> None:
        """Draw a box whose edges are measured in code widths from the code's centre."""
        corners = (x + left * code, y + top * code), (x + right * code, y + bottom * code)
        _rounded(pixels, corners=corners, radius=r * code, colour=of)

    box(-0.68, -1.28, 0.68, 1.5, EDGE, 0.12)
    box(-0.665, -1.265, 0.665, 1.485, BODY, 0.11)
    screen = DARK_SCREEN if ink.inverted else SCREEN
    box(-0.625, -1.225, 0.625, 1.445, screen, 0.08)
    box(-0.625, -1.06, 0.625, -0.82, HEADER)
    box(-0.52, -0.97, 0.1, -0.91, screen, 0.02)
    box(-0.1, -1.2, 0.1, -1.15, BODY, 0.025)
    box(-0.4, 0.7, 0.4, 0.75, GREY, 0.02)
    box(-0.28, 0.82, 0.28, 0.86, GREY, 0.02)
    box(-0.5, 1.05, 0.5, 1.25, HEADER, 0.06)
    _fingers(pixels, code=code, x=x + 0.7 * code, y=y + 0.3 * code)
    _thumb(pixels, code=code, x=x - 0.78 * code, y=y + 1.1 * code, towards=(0.16, -0.36))
    greys = _greys(SCREEN_BLACK, SCREEN_WHITE, ink)
    _place(pixels, dark=dark, module_px=module_px, centre=(x, y), greys=greys)
    return pixels, (x, y)


def _card(dark: Pixels, module_px: int, ink: Ink) -> tuple[Pixels, Point]:
    code = module_px * len(dark)
    tall = round(code * 1.45)
    wide = round(tall * 1.586)  # ISO/IEC 7810, ID-1: 85.60 mm by 53.98 mm
    margin = round(code * 0.3)
    pixels = np.zeros((tall + 2 * margin, wide + 2 * margin, 4), np.uint8)
    left, top, right, bottom = margin, margin, margin + wide, margin + tall
    x, y = right - 0.72 * code, (top + bottom) / 2
    card = (left, top), (right, bottom)
    _rounded(pixels, corners=card, radius=0.08 * code, colour=PAPER)
    band = (left, top + 0.12 * code), (left + 0.85 * code, top + 0.3 * code)
    _rounded(pixels, corners=band, radius=0, colour=STRIPE)
    for row, length in enumerate((0.6, 0.45, 0.52)):
        start = left + 0.12 * code, top + (0.45 + 0.16 * row) * code
        end = start[0] + length * code, start[1] + 0.06 * code
        _rounded(pixels, corners=(start, end), radius=0, colour=GREY)
    _thumb(pixels, code=code, x=left - 0.05 * code, y=bottom + 0.1 * code, towards=(0.4, -0.28))
    greys = _greys(INK_BLACK, PAPER_WHITE, ink)
    _place(pixels, dark=dark, module_px=module_px, centre=(x, y), greys=greys)
    return pixels, (x, y)


_PAINTERS: dict[Surface, Callable[[Pixels, int, Ink], tuple[Pixels, Point]]] = {
    Surface.PHONE: _phone,
    Surface.CARD: _card,
}


def _greys(black: int, white: int, ink: Ink) -> tuple[int, int]:
    """Return the grey levels of a dark module and of a light one."""
    weaker = round(white - ink.contrast * (white - black))
    return (white, black) if ink.inverted else (weaker, white)


def _place(
    pixels: Pixels, *, dark: Pixels, module_px: int, centre: Point, greys: tuple[int, int]
) -> None:
    """Set the code with its quiet zone upon the surface."""
    quiet = np.pad(dark, QUIET_MODULES)
    grey = np.where(quiet == 1, *greys).astype(np.uint8)
    code = np.kron(grey, np.ones((module_px, module_px), np.uint8))
    left, top = (round(place - len(code) / 2) for place in centre)
    pixels[top : top + len(code), left : left + len(code), :3] = code[:, :, None]


def _rounded(
    pixels: Pixels, *, corners: tuple[Point, Point], radius: float, colour: Colour
) -> None:
    (left, top), (right, bottom) = ((round(x), round(y)) for x, y in corners)
    r = round(radius)
    cv2.rectangle(pixels, (left + r, top), (right - r, bottom), colour, cv2.FILLED)
    cv2.rectangle(pixels, (left, top + r), (right, bottom - r), colour, cv2.FILLED)
    for x in (left + r, right - r):
        for y in (top + r, bottom - r):
            cv2.circle(pixels, (x, y), r, colour, cv2.FILLED, cv2.LINE_AA)


def _fingers(pixels: Pixels, *, code: int, x: float, y: float) -> None:
    """Draw four fingertips that come round the right edge."""
    for finger in range(4):
        at = round(y + (finger - 1.5) * 0.27 * code)
        lean = 0.015 * abs(finger - 1.5) * code
        start, tip = (round(x + 0.06 * code - lean), at), (round(x - 0.02 * code + lean), at)
        _finger(pixels, code=code, start=start, tip=tip)


def _thumb(pixels: Pixels, *, code: int, x: float, y: float, towards: Point) -> None:
    tip = round(x + towards[0] * code), round(y + towards[1] * code)
    _finger(pixels, code=code, start=(round(x), round(y)), tip=tip)


def _finger(
    pixels: Pixels,
    *,
    code: int,
    start: tuple[int, int],
    tip: tuple[int, int],
    breadth: float = 0.22,
) -> None:
    whole, inner = round(breadth * code), round(0.86 * breadth * code)
    cv2.line(pixels, start, tip, SKIN_SHADE, max(1, whole), cv2.LINE_AA)
    cv2.line(pixels, start, tip, SKIN, max(1, inner), cv2.LINE_AA)
