from dataclasses import replace

import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray

from simulator.hands import random_scene
from simulator.scenes import Scene, draw, draw_empty
from simulator.surfaces import Surface

BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
DYNAMIC_CHARACTERS = 375  # a phone's code; a card's has 187
FRAMES = 12
QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)


def some_text(rng: np.random.Generator, *, characters: int = DYNAMIC_CHARACTERS) -> str:
    picks = rng.integers(0, len(BASE45), characters - 4)
    return "CC1:" + "".join(BASE45[pick] for pick in picks)


def texts_in(frame: NDArray[np.uint8]) -> list[str]:
    found = zxingcpp.read_barcodes(frame, formats=QR)
    return [code.text for code in found]


@pytest.mark.slow
@pytest.mark.parametrize("surface", Surface)
def test_nine_in_ten_random_frames_are_read(surface: Surface) -> None:
    read = 0
    for seed in range(FRAMES):
        rng = np.random.default_rng(seed)
        text = some_text(rng)
        read += texts_in(draw(text, scene=random_scene(rng, surface=surface), rng=rng)) == [text]
    assert read >= 0.9 * FRAMES


@pytest.mark.slow
def test_nothing_is_read_in_an_empty_scene() -> None:
    for seed in range(FRAMES):
        rng = np.random.default_rng(seed)
        frame = draw_empty(scene=random_scene(rng), rng=rng)
        assert frame.shape == (720, 1280, 3)
        assert texts_in(frame) == []


@pytest.mark.slow
def test_a_frame_has_the_size_of_its_camera() -> None:
    rng = np.random.default_rng(0)
    scene = Scene(width=640, height=480, code_px=260)
    frame = draw("CC1:A", scene=scene, rng=rng)
    assert frame.shape == (480, 640, 3)
    assert frame.dtype == np.uint8
    assert texts_in(frame) == ["CC1:A"]


@pytest.mark.slow
@pytest.mark.parametrize(("x", "y"), [(0.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
def test_a_phone_may_reach_over_every_edge(x: float, y: float) -> None:
    scene = replace(random_scene(np.random.default_rng(1)), x=x, y=y, roll=170, tilt=30)
    assert draw("CC1:A", scene=scene, rng=np.random.default_rng(1)).shape == (720, 1280, 3)
