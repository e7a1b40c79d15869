import cv2
import numpy as np
import pytest
from decode_peers import code_luma

from drivers.decode import variants
from drivers.luma import Luma

CHANGES = {
    "enlarged": lambda luma: variants.scaled(luma, 1.5),
    "shrunk": lambda luma: variants.scaled(luma, 0.5),
    "sharpened": lambda luma: variants.sharpened(luma, width=9, amount=3),
    "softened": lambda luma: variants.softened(luma, 1.0),
    "thresholded": variants.thresholded,
    "evened": variants.evened,
    "thickened": variants.thickened,
    "thinned": variants.thinned,
}
CODE = code_luma("A CODE OF SOME LENGTH")


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (3, 2), (24, 25), (33, 700)])
def test_pictures_of_any_size_are_changed(name: str, shape: tuple[int, int]) -> None:
    luma = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    before = luma.copy()
    changed: Luma = CHANGES[name](luma)
    assert changed.dtype == np.uint8
    assert changed.ndim == 2
    assert np.array_equal(luma, before)


def test_evening_takes_a_shadow_away() -> None:
    shadow = np.linspace(0.15, 1.0, CODE.shape[1])
    shaded = (CODE * shadow + 5).astype(np.uint8)
    evened = variants.evened(shaded).astype(int)
    light, dark = evened[CODE > 0], evened[CODE == 0]
    assert np.percentile(light, 10) > np.percentile(dark, 90) + 100


def test_thresholding_leaves_black_and_white() -> None:
    assert set(np.unique(variants.thresholded(CODE // 3 + 50))) == {0, 255}


def test_thickened_codes_are_darker_and_thinned_ones_lighter() -> None:
    assert variants.thickened(CODE).mean() < CODE.mean() < variants.thinned(CODE).mean()


def test_sharpening_makes_steps_steeper() -> None:
    blurred = np.asarray(cv2.GaussianBlur(CODE // 2 + 60, (0, 0), 2.0), np.uint8)
    sharp = variants.sharpened(blurred, width=5, amount=2)
    assert (
        np.abs(np.diff(sharp.astype(int))).max() > 1.5 * np.abs(np.diff(blurred.astype(int))).max()
    )
