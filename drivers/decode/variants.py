"""What is done to a picture before an engine looks at it again: each a luma picture in and out.

All work on pictures of any size down to one pixel, and none has an opinion on what is shown.
"""

from typing import Any

import numpy as np

from drivers.luma import Luma
from drivers.opencv import load_opencv

# Light and dark are looked for on a fourth of the size, in windows of this share of the picture:
# wider than any one part of a code, narrower than most shadows.
ENVELOPE_SHRINK = 4
ENVELOPE_SHARE = 8
# Less contrast than this is noise, and is not made larger than this to full.
CONTRAST_MIN = 12
WINDOW_SHARE = 20  # of a crop, for a local threshold: some three modules of a usual code
FULL = 255


def scaled(luma: Luma, factor: float) -> Luma:
    """Return the picture enlarged by cubic curves, or made smaller by averages."""
    cv2 = load_opencv()
    way = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    high, wide = (max(1, round(side * factor)) for side in luma.shape)
    return _luma(cv2.resize(luma, (wide, high), interpolation=way))


def sharpened(luma: Luma, *, width: int, amount: float) -> Luma:
    """Return the picture with `amount` times its difference to a blurred one added.

    Args:
        luma: any picture.
        width: of the box that blurs, applied twice; about two modules.
        amount: above zero; noise grows with it as edges do.
    """
    cv2 = load_opencv()
    soft = cv2.blur(cv2.blur(luma, (width, width)), (width, width))
    return _luma(cv2.addWeighted(luma, 1 + amount, soft, -amount, 0))


def softened(luma: Luma, sigma: float) -> Luma:
    """Return the picture blurred: the grid of a screen goes before the modules do."""
    return _luma(load_opencv().GaussianBlur(luma, (0, 0), sigma))


def thresholded(luma: Luma) -> Luma:
    """Return the picture in black and white, each pixel against the mean of its surroundings."""
    cv2 = load_opencv()
    window = max(11, min(luma.shape) // WINDOW_SHARE | 1)
    means, binary = cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY
    return _luma(cv2.adaptiveThreshold(luma, FULL, means, binary, window, 3))


def evened(luma: Luma) -> Luma:
    """Return the picture with the light and dark of each neighbourhood drawn out to full.

    It takes away shadows, the slopes of glare, and what a dark or pale picture lacks.
    """
    cv2 = load_opencv()
    high, wide = luma.shape
    small = cv2.resize(
        luma,
        (max(4, wide // ENVELOPE_SHRINK), max(4, high // ENVELOPE_SHRINK)),
        interpolation=cv2.INTER_AREA,
    )
    side = max(3, min(small.shape) // ENVELOPE_SHARE | 1)
    window = np.ones((side, side), np.uint8)
    light = cv2.blur(cv2.dilate(small, window), (side, side))
    dark = cv2.blur(cv2.erode(small, window), (side, side))
    range_ = cv2.resize(cv2.max(cv2.subtract(light, dark), CONTRAST_MIN), (wide, high))
    above = cv2.subtract(luma, cv2.resize(dark, (wide, high)))
    return _luma(cv2.divide(above, range_, scale=FULL))


def thickened(luma: Luma) -> Luma:
    """Return the picture with its dark parts a pixel wider on each side."""
    return _luma(load_opencv().erode(luma, np.ones((3, 3), np.uint8)))


def thinned(luma: Luma) -> Luma:
    """Return the picture with its dark parts a pixel narrower on each side."""
    return _luma(load_opencv().dilate(luma, np.ones((3, 3), np.uint8)))


def _luma(picture: Any) -> Luma:
    return np.asarray(picture, dtype=np.uint8)
