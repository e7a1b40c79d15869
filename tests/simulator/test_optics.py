import numpy as np
import pytest

from simulator.optics import Display, Lamp, blurred, reflections, through_display

BOX = 100, 50, 300, 250  # left, top, right, bottom


def grey(level: int) -> np.ndarray:
    return np.full((64, 64, 4), level, np.uint8)


@pytest.mark.parametrize(("disc", "motion"), [(7.0, 0.0), (0.0, 9.0), (5.5, 12.0)])
def test_blur_keeps_the_light(disc: float, motion: float) -> None:
    assert np.all(np.abs(blurred(grey(120), sigma=0, disc=disc, motion=(motion, 30)) - 120.0) <= 1)


def test_point_out_of_focus_becomes_a_disc_of_that_width() -> None:
    point = np.zeros((65, 65, 4), np.uint8)
    point[32, 32] = 255
    row = blurred(point, sigma=0, disc=9, motion=(0, 0))[32, :, 0]
    assert np.count_nonzero(row) in range(9, 13)


def test_motion_smears_along_its_angle_alone() -> None:
    point = np.zeros((65, 65, 4), np.uint8)
    point[32, 32] = 255
    smeared = blurred(point, sigma=0, disc=0, motion=(15, 0))[:, :, 0]
    assert np.ptp(np.nonzero(smeared.sum(axis=0))) > np.ptp(np.nonzero(smeared.sum(axis=1))) + 10


def test_lamp_adds_its_grey_at_its_place_and_little_far_away() -> None:
    lamp = Lamp(x=0.1, y=-0.2, length=0.05, breadth=0.05, grey=300)
    light = reflections((lamp,), box=BOX, centre=(200, 150), code_px=100)
    assert light.shape == (200, 200)
    assert light[130 - 50, 210 - 100] >= 300
    assert light[0, 0] < 1
    assert np.all(reflections((), box=BOX, centre=(200, 150), code_px=100) == 0)


def test_screens_pixels_modulate_light_and_leave_the_dark_dark() -> None:
    display = Display(pitch_px=4, depth=0.5)
    bright = np.full((64, 64, 3), 200, np.uint8)
    seen = through_display(bright, view=np.eye(3), pitch=4, display=display)
    assert np.ptp(seen) > 80
    assert abs(seen.mean() - 200) < 12
    dark = np.zeros((64, 64, 3), np.uint8)
    assert not through_display(dark, view=np.eye(3), pitch=4, display=display).any()


def test_flicker_darkens_bands_of_rows() -> None:
    display = Display(pitch_px=1, depth=0, flicker=0.5, band_px=32)
    bright = np.full((64, 64, 3), 200, np.uint8)
    rows = through_display(bright, view=np.eye(3), pitch=1, display=display)[:, 0, 0]
    assert rows.min() in range(98, 104)
    assert rows.max() in range(196, 201)
