"""What lens, light and screen do to a code on its way into the camera."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

LENS_SIGMA_PX = 0.55  # what the sharpest cheap lens still blurs
# A saturated reflection is surrounded by light scattered within the lens: its share of the
# lamp's grey, and how many times as far it reaches as the lamp's own soft edge.
HALO_SHARE, HALO_REACH = 0.07, 5.0

Box = tuple[int, int, int, int]  # left, top, right, bottom in the frame
Matrix = NDArray[np.float64]
Pixels = NDArray[np.uint8]
Sheet = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamp:
    """A lamp or a pane of a window, mirrored in what is held up; lengths are in code widths."""

    x: float  # of its middle, from the code's centre
    y: float
    length: float
    breadth: float
    angle: float = 0.0  # of its length, in degrees clockwise
    grey: float = 500.0  # added at its core; over 255 nothing of the code is left there
    softness: float = 0.03  # over which its edge fades


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """What a screen adds to the code it shows: its own pixels, and its flicker."""

    pitch_px: float  # of its pixels, in pixels of the frame; around 1 and 2 they make moire
    depth: float  # of the dark between its pixels, as a share, behind the lens
    flicker: float = 0.0  # share of light lost in the dark bands of a rolling shutter
    band_px: float = 120.0  # height of one bright and one dark band
    phase: float = 0.0  # of the bands, in turns


def blurred(held: Pixels, *, sigma: float, disc: float, motion: tuple[float, float]) -> Pixels:
    """Return what the lens makes of a picture.

    Args:
        held: BGRA, premultiplied.
        sigma: the lens's own blur, in pixels.
        disc: diameter of what a point becomes out of focus, in pixels.
        motion: way during one exposure in pixels, and its angle in degrees.
    """
    held = np.asarray(cv2.GaussianBlur(held, (0, 0), math.hypot(LENS_SIGMA_PX, sigma)), np.uint8)
    length, angle = motion
    for kernel in (_disc(disc), _smear(length, angle)):
        if kernel is not None:
            held = np.asarray(cv2.filter2D(held, -1, kernel), np.uint8)
    return held


def _disc(diameter: float) -> Sheet | None:
    """Return the image of a point behind a round aperture, None where it is one pixel."""
    if diameter <= 1:
        return None
    half = math.ceil(diameter / 2) + 1
    at = np.arange(-half, half + 1)
    inside = diameter / 2 + 0.5 - np.hypot(at, at[:, None])  # the rim's pixels count in part
    kernel = np.clip(inside, 0, 1)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _smear(length: float, angle: float) -> Sheet | None:
    """Return a line of `length` pixels as a kernel, None where it is one pixel."""
    if length <= 1:
        return None
    half = math.ceil(length / 2) + 1
    along = np.linspace(-length / 2, length / 2, 33)
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    columns = half + np.rint(along * math.cos(math.radians(angle))).astype(int)
    rows = half + np.rint(along * math.sin(math.radians(angle))).astype(int)
    np.add.at(kernel, (rows, columns), 1 / len(along))
    return kernel


def through_display(colour: Pixels, *, view: Matrix, pitch: float, display: Display) -> Pixels:
    """Return the screen's light with its pixels in it, as the sensor's pixels sample them.

    Args:
        colour: BGR, the part of the frame that `view` maps the flat screen to.
        view: homography from the flat screen to `colour`.
        pitch: of the screen's pixels, in pixels of the flat screen.
        display: how much of them is seen.
    """
    high, wide = colour.shape[:2]
    columns, rows = np.meshgrid(np.arange(wide, dtype=np.float32), np.arange(high))
    back = np.linalg.inv(view).astype(np.float32)
    depth = back[2, 0] * columns + back[2, 1] * rows + back[2, 2]
    turns = np.float32(2 * math.pi / pitch)
    across = (back[0, 0] * columns + back[0, 1] * rows + back[0, 2]) / depth * turns
    down = (back[1, 0] * columns + back[1, 1] * rows + back[1, 2]) / depth * turns
    lines = 0.5 * np.cos(down)
    # Blue, green and red stripes stand side by side within each pixel of the screen.
    stripes = [0.5 * np.cos(across + 2 * math.pi / 3 * place) + lines for place in (1, 0, -1)]
    gain = 1 + display.depth * np.dstack(stripes)
    bands = np.arange(high)[:, None, None] / display.band_px + display.phase
    gain *= 1 - display.flicker * (0.5 + 0.5 * np.sin(2 * math.pi * bands))
    return np.asarray(np.clip(colour * gain, 0, 255), np.uint8)


def reflections(
    lamps: tuple[Lamp, ...], *, box: Box, centre: tuple[float, float], code_px: float
) -> Sheet:
    """Return the grey levels that `lamps` add within `box` of the frame.

    Args:
        lamps: what is mirrored.
        box: the part of the frame.
        centre: of the code, in the frame.
        code_px: its width there.
    """
    left, top, right, bottom = box
    columns = ((np.arange(left, right) - centre[0]) / code_px).astype(np.float32)
    rows = ((np.arange(top, bottom) - centre[1]) / code_px).astype(np.float32)[:, None]
    light = np.zeros((bottom - top, right - left), np.float32)
    for lamp in lamps:
        cos, sin = math.cos(math.radians(lamp.angle)), math.sin(math.radians(lamp.angle))
        along = np.abs((columns - lamp.x) * cos + (rows - lamp.y) * sin) - lamp.length / 2
        aside = np.abs((rows - lamp.y) * cos - (columns - lamp.x) * sin) - lamp.breadth / 2
        away = np.hypot(np.maximum(along, 0), np.maximum(aside, 0)) / lamp.softness
        light += lamp.grey * np.exp(-(away**2))
        light += lamp.grey * HALO_SHARE * np.exp(-((away / HALO_REACH) ** 2))
    return light
