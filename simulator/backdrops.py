"""What a camera sees when nobody shows a code: an entrance hall, out of focus."""

import math
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

PAN_PX = 64  # cameras of one hall differ by up to this much
PICTURES = 4  # enough for a city of a few lanes; each costs 20 ms and 3 MB at 720p
NOISE_SPREAD = 32  # standard deviation of the noise sheet, in grey levels
SIZES_KEPT_MAX = 4  # frame sizes in use at once

_LETTERS = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLM 0123456789"

Pixels = NDArray[np.uint8]
Place = tuple[int, int, int, int]  # x and y of the upper left corner, width and height


def backdrop(*, number: int, width: int, height: int) -> Pixels:
    """Return one of `PICTURES * PAN_PX` views; the same `number` is always the same view."""
    pan, picture = divmod(number, PICTURES)
    x = pan % PAN_PX
    y = pan * 7 % PAN_PX
    hall = _hall(picture, width + PAN_PX, height + PAN_PX)
    return hall[y : y + height, x : x + width]


def busy_backdrop(*, number: int, width: int, height: int) -> Pixels:
    """Return a view like `backdrop`, of a wall full of notices, tiles and other patterns."""
    pan, picture = divmod(number, PICTURES)
    x, y = pan % PAN_PX, pan * 7 % PAN_PX
    wall = _wall(picture, width + PAN_PX, height + PAN_PX)
    return wall[y : y + height, x : x + width]


@lru_cache(maxsize=PICTURES * SIZES_KEPT_MAX)
def _wall(picture: int, width: int, height: int) -> Pixels:
    """Return what makes decoders work in vain: text, stripes, tiles and nested squares."""
    rng = np.random.default_rng(1000 + picture)
    wall = _hall(picture, width, height).copy()
    for _ in range(26):
        x, y = int(rng.integers(-80, width)), int(rng.integers(-60, height))
        wide, high = (int(side) for side in rng.integers(70, 260, 2))
        _PATTERNS[int(rng.integers(len(_PATTERNS)))](wall, (x, y, wide, high), rng)
    return np.asarray(cv2.GaussianBlur(wall, (0, 0), 1.0), np.uint8)


def _notice(wall: Pixels, place: Place, rng: np.random.Generator) -> None:
    x, y, wide, high = place
    cv2.rectangle(wall, (x, y), (x + wide, y + high), _colour(rng, 190, 250), cv2.FILLED)
    size, dark = rng.uniform(0.3, 0.7), _colour(rng, 0, 90)
    for line in range(y + 16, y + high - 4, int(30 * size) + 4):
        words = "".join(_LETTERS[at] for at in rng.integers(0, len(_LETTERS), 24))
        shown = words[: max(1, int(wide / (19 * size)))]
        cv2.putText(wall, shown, (x + 5, line), 0, size, dark, 1, cv2.LINE_AA)


def _stripes(wall: Pixels, place: Place, rng: np.random.Generator) -> None:
    x, y, wide, high = place
    cv2.rectangle(wall, (x, y), (x + wide, y + high), (240, 240, 240), cv2.FILLED)
    at = x + 6
    while at < x + wide - 10:
        bar, gap = (int(width) for width in rng.integers(2, 8, 2))
        cv2.rectangle(wall, (at, y + 5), (at + bar, y + high - 5), (24, 24, 24), cv2.FILLED)
        at += bar + gap


def _tiles(wall: Pixels, place: Place, rng: np.random.Generator) -> None:
    x, y, wide, high = place
    side, dark, light = int(rng.integers(4, 22)), _colour(rng, 10, 90), _colour(rng, 170, 245)
    for row, top in enumerate(range(y, y + high, side)):
        for column, left in enumerate(range(x, x + wide, side)):
            colour = dark if (row + column) % 2 else light
            corner = left + side - 1, top + side - 1
            cv2.rectangle(wall, (left, top), corner, colour, cv2.FILLED)


def _squares(wall: Pixels, place: Place, rng: np.random.Generator) -> None:
    """Draw a few squares within squares, in the very proportions of a finder pattern."""
    x, y, wide, high = place
    cv2.rectangle(wall, (x, y), (x + wide, y + high), (244, 244, 244), cv2.FILLED)
    for _ in range(int(rng.integers(1, 4))):
        module = int(rng.integers(3, 9))
        left, top = x + int(rng.integers(8, 40)), y + int(rng.integers(8, 40))
        for ring, grey in ((0, 20), (1, 240), (2, 20)):
            first = left + ring * module, top + ring * module
            last = left + (7 - ring) * module - 1, top + (7 - ring) * module - 1
            cv2.rectangle(wall, first, last, (grey, grey, grey), cv2.FILLED)
        x, y = x + wide // 3, y + high // 4


_PATTERNS = (_notice, _stripes, _tiles, _squares)


@lru_cache(maxsize=PICTURES * SIZES_KEPT_MAX)
def _hall(picture: int, width: int, height: int) -> Pixels:
    """Return a wall, a floor, doors, people and lamps, blurred as by a lens set to 20 cm."""
    rng = np.random.default_rng(picture)
    w, h = width // 4, height // 4
    hall = np.empty((h, w, 3), np.uint8)
    hall[:] = np.linspace(rng.integers(120, 190), 90, h)[:, None, None]
    hall[h * 3 // 4 :] = rng.integers(50, 110, 3)
    for _ in range(9):
        left, top = int(rng.integers(-w // 8, w)), int(rng.integers(0, h * 3 // 4))
        size = int(rng.integers(w // 20, w // 6)), int(rng.integers(h // 10, h))
        corner = left + size[0], min(top + size[1], h * 4 // 5)
        cv2.rectangle(hall, (left, top), corner, _colour(rng, 40, 200), cv2.FILLED)
    for _ in range(int(rng.integers(1, 4))):
        _person(hall, rng)
    for _ in range(int(rng.integers(2, 5))):
        lamp = int(rng.integers(0, w)), int(rng.integers(0, h // 5))
        cv2.ellipse(hall, lamp, (w // 16, h // 50), 0, 0, 360, (245, 250, 252), cv2.FILLED)
    soft = cv2.resize(cv2.GaussianBlur(hall, (0, 0), 2.2), (width, height))
    grain = rng.normal(0, 5, (height // 2, width // 2, 1)).astype(np.float32)
    fine = cv2.resize(grain, (width, height))[:, :, None]
    return np.asarray(np.clip(soft.astype(np.float32) + fine, 0, 255), np.uint8)


def _person(hall: Pixels, rng: np.random.Generator) -> None:
    h, w = hall.shape[:2]
    x, head = int(rng.integers(0, w)), int(rng.integers(h // 14, h // 8))
    top = int(rng.integers(h // 5, h // 2))
    shoulders = (head * 2, h - top)
    cv2.ellipse(hall, (x, h + head), shoulders, 0, 0, 360, _colour(rng, 20, 120), cv2.FILLED)
    cv2.ellipse(hall, (x, top), (head * 3 // 4, head), 0, 0, 360, (120, 150, 195), cv2.FILLED)
    cv2.ellipse(hall, (x, top), (head * 3 // 4, head), 0, 180, 360, (30, 34, 40), cv2.FILLED)


def with_passer(view: Pixels, *, at: float, look: int) -> Pixels:
    """Return `view` with someone walking by.

    Args:
        view: any BGR picture.
        at: how far he is on his way from left to right, 0 to 1.
        look: who he is; every other one carries a bag with a pattern on it.
    """
    rng = np.random.default_rng(2000 + look)
    seen = view.copy()
    h, w = seen.shape[:2]
    x, head = round((1.2 * at - 0.1) * w), h // 9
    coat = _colour(rng, 20, 150)
    cv2.ellipse(seen, (x, h), (head * 2, h * 3 // 5), 0, 0, 360, coat, cv2.FILLED)
    cv2.ellipse(seen, (x, h // 3), (head * 3 // 4, head), 0, 0, 360, (120, 150, 195), cv2.FILLED)
    left, right = max(0, x - 3 * head), min(w, x + 3 * head)
    if left < right:
        seen[:, left:right] = cv2.GaussianBlur(seen[:, left:right], (0, 0), 5)
    if look % 2:
        _tiles(seen, (x - head, h * 3 // 5, 2 * head, head), rng)
    return seen


def _colour(rng: np.random.Generator, low: int, high: int) -> tuple[int, int, int]:
    """Return a muted colour: paint and cloth are mostly grey."""
    grey = int(rng.integers(low, high))
    blue, green, red = np.clip(grey + rng.normal(0, 22, 3), 0, 255).astype(int).tolist()
    return blue, green, red


@lru_cache(maxsize=SIZES_KEPT_MAX)
def _noise_sheet(width: int, height: int) -> Pixels:
    rng = np.random.default_rng(0)
    sheet = rng.normal(128, NOISE_SPREAD, (height + PAN_PX, width + PAN_PX, 3))
    return np.clip(sheet, 0, 255).astype(np.uint8)


def with_noise(frame: Pixels, *, sigma: float, rng: np.random.Generator) -> Pixels:
    """Return `frame` with a sensor's noise of `sigma` grey levels.

    One sheet of noise is moved about at random: fresh noise for each frame costs 40 ms.
    """
    height, width = frame.shape[:2]
    x, y = rng.integers(0, PAN_PX, 2).tolist()
    sheet = _noise_sheet(width, height)[y : y + height, x : x + width]
    share = sigma / NOISE_SPREAD
    return np.asarray(cv2.addWeighted(frame, 1, sheet, share, -128 * share), np.uint8)


def lit(frame: Pixels, *, brightness: float, unevenness: float, angle: float) -> Pixels:
    """Return `frame` under a light from one side.

    Args:
        frame: any BGR picture.
        brightness: the middle of the frame is multiplied by this, 0 to 2.
        unevenness: the share by which the bright side gains and the dark side loses, 0 to 1.
        angle: where the light comes from, in degrees clockwise from the right.
    """
    height, width = frame.shape[:2]
    across, down = np.linspace(-1, 1, 16), np.linspace(-1, 1, 9)[:, None]
    side = across * math.cos(math.radians(angle)) + down * math.sin(math.radians(angle))
    corners = 0.08 * (across**2 + down**2)  # a cheap lens darkens its corners
    gain = np.clip(brightness * (1 + unevenness * side - corners), 0, 2)
    sheet = cv2.resize((gain * 127).astype(np.uint8), (width, height))
    return np.asarray(cv2.multiply(frame, cv2.merge([sheet] * 3), scale=1 / 127), np.uint8)
