"""Straightening: a code's part of a frame as if it were seen straight on, in modules."""

import numpy as np
from numpy.typing import NDArray

from drivers.luma import Luma
from drivers.opencv import load_opencv
from drivers.reading import Corners

MODULE_PX = 4  # of a straightened code; the samples of one module are its middle two by two
MARGIN = 4  # modules kept around it: what a finder may be off at first

Flat = NDArray[np.uint8]  # a straightened code with MARGIN modules around it
Matrix = NDArray[np.float64]

# From pixels of the straightened code (their middles) to modules.
_TO_MODULES = np.array(
    [
        [1 / MODULE_PX, 0, 0.5 / MODULE_PX - MARGIN],
        [0, 1 / MODULE_PX, 0.5 / MODULE_PX - MARGIN],
        [0, 0, 1],
    ]
)


def from_modules(corners: Corners, size: int) -> Matrix:
    """Return the way from modules of a code of `size` to the pixels of its frame."""
    cv2 = load_opencv()
    square = np.array([[0, 0], [size, 0], [size, size], [0, size]], np.float32)
    return np.asarray(
        cv2.getPerspectiveTransform(square, np.array(corners, np.float32)), np.float64
    )


def straightened(luma: Luma, to_frame: Matrix, size: int) -> Flat:
    """Return a code of `size` modules, each MODULE_PX pixels wide."""
    cv2 = load_opencv()
    # A frame's pixel (0, 0) has its middle at half a pixel.
    half = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
    across = (size + 2 * MARGIN) * MODULE_PX
    return np.asarray(
        cv2.warpPerspective(
            luma,
            half @ to_frame @ _TO_MODULES,
            (across, across),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )
