import cv2
import numpy as np
import pytest
from driver_peers import qr_luma
from numpy.typing import NDArray

from drivers.camera.glance import glance_at

Luma = NDArray[np.uint8]


def noise(mean: float, deviation: float, *, seed: int = 1) -> Luma:
    rng = np.random.default_rng(seed)
    return np.clip(rng.normal(mean, deviation, (720, 1280)), 0, 255).astype(np.uint8)


def with_phone(hall: Luma, *, width: int, screen: int, left: int = 600, top: int = 300) -> Luma:
    """Return a hall with the bright rectangle of a phone's screen, with no code on it at all."""
    hall = hall.copy()
    hall[top : top + 2 * width, left : left + width] = screen
    return hall


@pytest.mark.parametrize(
    "picture",
    [
        noise(2, 3),  # a cap
        noise(30, 9),  # a cap, and automatic gain
        noise(140, 4),  # a hand, a sticker
        np.full((720, 1280), 255, np.uint8),  # a lamp
    ],
)
def test_covered_lens_is_blank(picture: Luma) -> None:
    assert glance_at(cv2, picture).is_blank


def test_finger_that_lets_light_in_at_an_edge_is_blank() -> None:
    falling = noise(14, 5) + np.linspace(0, 18, 1280).astype(np.uint8)
    assert glance_at(cv2, falling).is_blank


@pytest.mark.parametrize("hall", [noise(1, 1), noise(12, 5), noise(30, 9)])
@pytest.mark.parametrize("screen", [90, 160, 255])
@pytest.mark.parametrize("width", [100, 180, 400])
@pytest.mark.parametrize("left", range(600, 680, 16))
def test_phone_in_a_dark_hall_is_never_blank(
    hall: Luma, screen: int, width: int, left: int
) -> None:
    assert not glance_at(cv2, with_phone(hall, width=width, screen=screen, left=left)).is_blank


@pytest.mark.parametrize("scale", [2, 3, 5, 8])
def test_code_is_never_blank(scale: int) -> None:
    assert not glance_at(cv2, qr_luma(b"HOLDER-0007", scale=scale)).is_blank


@pytest.mark.parametrize("dark", [60, 150, 200])
def test_code_that_fills_the_picture_is_not_blank(dark: int) -> None:
    rng = np.random.default_rng(2)
    modules = rng.integers(0, 2, (90, 160)).astype(np.uint8) * (230 - dark) + dark
    picture = np.kron(modules.astype(np.uint8), np.ones((8, 8), np.uint8))
    assert not glance_at(cv2, picture).is_blank


def test_one_sampled_pixel_makes_another_digest_and_the_same_pixels_the_same() -> None:
    first = noise(100, 20)
    second = first.copy()
    assert glance_at(cv2, first) == glance_at(cv2, second)
    second[0, 0] ^= 1
    assert glance_at(cv2, first).digest != glance_at(cv2, second).digest


def test_sensor_noise_never_repeats() -> None:
    digests = {glance_at(cv2, noise(20, 1, seed=seed)).digest for seed in range(5)}
    assert len(digests) == 5


@pytest.mark.parametrize("shape", [(1, 1), (3, 2000), (90, 160), (91, 161), (2160, 3840)])
def test_picture_of_any_size_is_looked_at(shape: tuple[int, int]) -> None:
    glance = glance_at(cv2, np.full(shape, 7, np.uint8))
    assert (glance.mean, glance.deviation, glance.spread) == (7, 0, 0)


def test_strides_do_not_matter() -> None:
    packed = noise(100, 20)
    every_second = np.repeat(packed, 2, axis=1)[:, ::2]
    assert glance_at(cv2, packed) == glance_at(cv2, every_second)
