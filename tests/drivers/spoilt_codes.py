"""Frames of a code that glare, a finger, noise or blur spoil, each drawn from a seed."""

from collections.abc import Sequence

import cv2
import numpy as np
import segno
from numpy.typing import NDArray

from drivers.luma import Luma
from drivers.reading import Corners

Modules = NDArray[np.bool_]
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
QUIET, ART_PX = 4, 8
FOCAL_PX = 560.0  # of a 60 degree lens, 640 pixels wide


def text_of(rng: np.random.Generator, length: int) -> str:
    return "".join(rng.choice(list(LETTERS), length))


def modules_of(text: str, *, error: str = "m", mask: int | None = None) -> Modules:
    symbol = segno.make(text, error=error, micro=False, boost_error=False, mask=mask)
    return np.array([list(row) for row in symbol.matrix], np.bool_)


def shown(
    modules: Modules,
    rng: np.random.Generator,
    *,
    code_px: float = 220.0,
    tilt: float = 8.0,
    blur: float = 0.7,
    noise: float = 5.0,
    finger: Sequence[float] = (),  # centre and width, in widths of the code
    glare: Sequence[float] = (),
) -> tuple[Luma, Corners]:
    """Return a frame of 480 x 640 in which a hand holds a code, and the code's outer corners."""
    art = np.kron(
        np.pad(np.where(modules, 40, 220).astype(np.uint8), QUIET, constant_values=220),
        np.ones((ART_PX, ART_PX), np.uint8),
    )
    code = len(modules) * ART_PX
    for x, y, width in (finger,) if finger else ():
        at = round(QUIET * ART_PX + x * code), round(QUIET * ART_PX + y * code)
        cv2.line(art, at, (at[0] + 2 * code, at[1] + code), 150, round(width * code))
    way = _way(rng, code=code, code_px=code_px, tilt=tilt)
    # Drawn twice as large and made smaller: a sensor's pixels have a size.
    double = cv2.warpPerspective(art, np.diag([2.0, 2.0, 1.0]) @ way, (1280, 960), borderValue=110)
    frame = cv2.resize(double, (640, 480), interpolation=cv2.INTER_AREA)
    frame = cv2.GaussianBlur(frame, (0, 0), blur).astype(np.float32)
    near, far = QUIET * ART_PX - 0.5, QUIET * ART_PX + code - 0.5
    square = np.array([[[near, near], [far, near], [far, far], [near, far]]], np.float32)
    corners = cv2.perspectiveTransform(square, way)[0]
    for x, y, width in (glare,) if glare else ():
        spot = corners[0] + x * (corners[1] - corners[0]) + y * (corners[3] - corners[0])
        down, across = np.mgrid[:480, :640]
        off = ((across - spot[0]) ** 2 + (down - spot[1]) ** 2) / (width * code_px) ** 2
        frame += (400 * np.exp(-off)).astype(np.float32)
    seen = np.clip(frame + rng.normal(0, noise, frame.shape), 0, 255).astype(np.uint8)
    first, second, third, fourth = ((round(float(x)), round(float(y))) for x, y in corners)
    return seen, (first, second, third, fourth)


def _way(
    rng: np.random.Generator, *, code: int, code_px: float, tilt: float
) -> NDArray[np.float64]:
    """Return the homography from the artwork to the frame."""
    turns = np.radians(rng.normal(0, tilt, 3))
    turned = np.eye(3)
    for axis, angle in enumerate(turns):
        turned = cv2.Rodrigues(np.eye(3)[axis] * angle)[0] @ turned
    turned = turned * (code_px / code)
    plane = np.column_stack([turned[:, 0], turned[:, 1], [0, 0, FOCAL_PX]])
    x, y = 320 + rng.normal(0, 8), 240 + rng.normal(0, 5)
    lens = np.array([[FOCAL_PX, 0, x], [0, FOCAL_PX, y], [0, 0, 1]])
    middle = QUIET * ART_PX + code / 2 - 0.5
    centred = np.array([[1, 0, -middle], [0, 1, -middle], [0, 0, 1]])
    return np.asarray(lens @ plane @ centred, np.float64)
