"""What a picture is like at a glance: some thousand pixels, 0.05 ms."""

import zlib
from typing import Any

import numpy as np

from drivers.camera.watch import Glance
from drivers.luma import Luma

# 160 x 90 pixels in 16 x 9 blocks. Of a 720p picture that is every eighth one: a phone that can be
# read, 180 pixels wide, covers two blocks and more.
_COLUMNS, _ROWS = 160, 90
_BLOCKS = (16, 9)


def glance_at(cv2: Any, luma: Luma) -> Glance:
    """Return what a picture is like.

    Args:
        cv2: OpenCV.
        luma: of any size and strides.
    """
    height, width = luma.shape
    pixels = luma[:: -(-height // _ROWS), :: -(-width // _COLUMNS)]
    pixels = np.ascontiguousarray(pixels)
    mean, deviation = cv2.meanStdDev(pixels)
    blocks = cv2.resize(pixels, _BLOCKS, interpolation=cv2.INTER_AREA)
    return Glance(
        digest=zlib.crc32(pixels.data),
        mean=float(mean[0, 0]),
        deviation=float(deviation[0, 0]),
        spread=int(blocks.max()) - int(blocks.min()),
    )
