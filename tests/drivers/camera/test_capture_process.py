import cv2
import numpy as np
import pytest

from drivers.camera.capture_process import luma_of
from drivers.camera.messages import SLOT_BYTES


def test_colour_becomes_luma_of_the_same_size() -> None:
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:, :32] = 255
    luma = luma_of(cv2, picture)
    assert (luma.shape, luma.dtype) == ((48, 64), np.uint8)
    assert (luma[0, 0], luma[0, 63]) == (255, 0)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((1200, 1920), (1200, 1920)),
        ((1920, 1200, 3), (1920, 1200)),
        ((2160, 3840, 3), (1138, 2023)),
    ],
)
def test_frame_larger_than_the_slot_is_made_smaller(
    shape: tuple[int, ...], expected: tuple[int, int]
) -> None:
    luma = luma_of(cv2, np.zeros(shape, np.uint8))
    assert luma.size <= SLOT_BYTES
    assert luma.shape == expected
