"""Codes drawn with known sizes, blurs, lights and tilts come back as these figures."""

from math import cos, radians, sin
from pathlib import Path

import cv2
import numpy as np
import pytest
import segno

from drivers.decode.ladder import Ladder
from drivers.decode.measures import SIZES, Measures, exposure_of, measures_of
from drivers.reading import Corners

FINE = 12  # pixels of a module before it is brought to its size
QUIET = 6  # modules around the code


def drawn(
    *,
    version: int = 9,
    pixels: float = 6.0,
    blur: float = 0.0,
    dark: int = 20,
    light: int = 230,
    noise: float = 0.0,
    turned: float = 0.0,
    tilted: float = 0.0,
) -> tuple[np.ndarray, Corners]:
    """Return a frame with one code, `pixels` a module, and where its corners are."""
    matrix = np.array(segno.make_qr("HOLDER", version=version, error="l").matrix, np.uint8)
    fine = np.kron(1 - matrix, np.ones((FINE, FINE), np.uint8)) * (light - dark) + dark
    fine = np.pad(fine, QUIET * FINE, constant_values=light).astype(np.float32)
    side = int(len(matrix) * pixels * 1.8) + 20
    to_frame = _view(len(fine), side, pixels / FINE, radians(turned), radians(tilted))
    finer = np.diag([4.0, 4.0, 1.0]) @ to_frame  # drawn four times too large, then averaged
    frame = cv2.warpPerspective(fine, finer, (4 * side, 4 * side), borderValue=float(light))
    frame = cv2.resize(frame, (side, side), interpolation=cv2.INTER_AREA)
    if blur:
        frame = cv2.GaussianBlur(frame, (0, 0), blur)
    frame = frame + np.random.default_rng(7).normal(0, noise, frame.shape) if noise else frame
    near, far = QUIET * FINE, len(fine) - QUIET * FINE
    first, second, third, fourth = (
        _place(to_frame, x, y) for x, y in ((near, near), (far, near), (far, far), (near, far))
    )
    return np.clip(frame, 0, 255).astype(np.uint8), (first, second, third, fourth)


def _view(before: int, after: int, scale: float, turned: float, tilted: float) -> np.ndarray:
    """Return the way from a drawing to a frame, of a camera two widths away."""
    far = 2.0 * after
    to_middle = np.array([[1, 0, -before / 2], [0, 1, -before / 2], [0, 0, 1]])
    turn = np.array([[cos(turned), -sin(turned), 0], [sin(turned), cos(turned), 0], [0, 0, 1]])
    tilt = np.array([[cos(tilted), 0, 0], [0, 1, 0], [sin(tilted) / far, 0, 1]])
    to_frame = np.array([[1, 0, after / 2], [0, 1, after / 2], [0, 0, 1]])
    return to_frame @ tilt @ np.diag([scale, scale, 1.0]) @ turn @ to_middle


def _place(to_frame: np.ndarray, x: float, y: float) -> tuple[int, int]:
    u, v, w = to_frame @ np.array([x, y, 1])
    return round(u / w), round(v / w)


def measured(**how: float) -> Measures:
    measures = measures_of(*drawn(**how))  # type: ignore[arg-type]  # each figure has its own type
    assert measures is not None
    return measures


@pytest.mark.slow
@pytest.mark.parametrize(("pixels", "turned"), [(2.2, 0), (2.2, 90), (3.5, 17)])
def test_modules_of_every_version_are_counted(pixels: float, turned: float) -> None:
    for version, size in enumerate(SIZES, 1):
        if version < 15 or version % 5 == 0:
            told = measured(version=version, pixels=pixels, turned=turned)
            assert told.modules == size
            assert told.pixels_per_module == pytest.approx(pixels, rel=0.05)


def test_modules_are_counted_by_the_corners_that_the_ladder_gives() -> None:
    frame, _ = drawn(version=12, pixels=4.0, blur=0.8, noise=4, turned=8, tilted=20)
    (reading,) = Ladder().read(frame).readings
    told = measures_of(frame, reading.corners)
    assert told is not None
    assert told.modules == 65


def test_modules_of_inverted_and_mirrored_codes_are_counted() -> None:
    frame, corners = drawn()
    inverted, mirrored = measures_of(255 - frame, corners), measures_of(frame[:, ::-1], corners)
    assert inverted is not None
    assert mirrored is not None
    assert inverted.modules == mirrored.modules == 53


def test_modules_within_corners_of_no_code_are_not_counted() -> None:
    frame, corners = drawn(turned=20)
    across, down = sorted(x for x, _ in corners), sorted(y for _, y in corners)
    box = ((across[0], down[0]), (across[3], down[0]), (across[3], down[3]), (across[0], down[3]))
    noise = np.random.default_rng(7).integers(0, 255, frame.shape).astype(np.uint8)
    for told in (measures_of(frame, box), measures_of(noise, corners)):
        assert told is not None
        assert told.modules is told.pixels_per_module is told.blur_modules is None


@pytest.mark.slow
@pytest.mark.parametrize("pixels", [3.5, 6.0, 12.0])
@pytest.mark.parametrize("noise", [0.0, 6.0])
def test_more_blur_is_a_larger_figure(pixels: float, noise: float) -> None:
    told = [
        measured(pixels=pixels, blur=blur, noise=noise).blur_px
        for blur in (0, 0.5, 1, 1.5, 2, 3, 5)
    ]
    assert told == sorted(told)
    assert len(set(told)) == len(told)


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.0, 6.0])
@pytest.mark.parametrize("blur", [1.0, 1.5, 2.0])
def test_blur_is_measured_in_pixels(blur: float, noise: float) -> None:
    for pixels in (6.0, 12.0):
        told = measured(pixels=pixels, blur=blur, noise=noise).blur_px
        assert told == pytest.approx(blur, rel=0.3)


@pytest.mark.slow
def test_contrast_is_that_of_the_modules() -> None:
    for dark, light in ((0, 255), (20, 230), (90, 160), (120, 140)):
        told = measured(dark=dark, light=light, pixels=8)
        assert (told.dark, told.light) == (dark, light)
        assert told.contrast == pytest.approx((light - dark) / 255)


@pytest.mark.slow
def test_burnt_and_black_areas_are_shares() -> None:
    told = measured(dark=0, light=255, pixels=8)
    assert told.burnt == pytest.approx(0.5, abs=0.15)
    assert told.black == pytest.approx(0.5, abs=0.15)
    told = measured(dark=6, light=249, pixels=8)
    assert (told.burnt, told.black) == (0, 0)


def _quarter(corners: Corners) -> tuple[slice, slice]:
    (left, top), _, (right, bottom), _ = corners
    return slice(top, (top + bottom) // 2), slice(left, (left + right) // 2)


def test_glare_and_cover_are_shares_of_the_code() -> None:
    frame, corners = drawn()
    told = measures_of(frame, corners)
    assert told is not None
    assert (told.glare, told.covered) == (0, 0)
    bright, hidden = frame.copy(), frame.copy()
    bright[_quarter(corners)], hidden[_quarter(corners)] = 255, 15
    glary, covered = measures_of(bright, corners), measures_of(hidden, corners)
    assert glary is not None
    assert covered is not None
    assert (glary.glare, glary.covered) == (0.25, 0)
    assert (covered.glare, covered.covered) == (0, 0.25)


@pytest.mark.parametrize("turned", [0, 30, 80])
@pytest.mark.parametrize("tilted", [0, 10, 20, 30, 45, 60])
def test_tilt_is_the_angle_away_from_the_camera(turned: float, tilted: float) -> None:
    told = measured(turned=turned, tilted=tilted)
    assert told.tilt_degrees == pytest.approx(tilted, abs=8 if tilted < 10 else 3)
    assert told.modules == 53


def test_far_side_of_a_tilted_code_counts() -> None:
    assert (measured(tilted=45).pixels_per_module or 0) < 0.75 * 6


def test_code_partly_out_of_the_frame_is_measured_and_half_of_one_is_not() -> None:
    frame, corners = drawn()
    left, right = corners[0][0], corners[1][0]
    for share, is_measured in ((0.3, True), (0.6, False)):
        cut = left + round(share * (right - left))
        moved = tuple((x - cut, y) for x, y in corners)
        first, second, third, fourth = moved
        told = measures_of(frame[:, cut:], (first, second, third, fourth))
        assert (told is not None) == is_measured


@pytest.mark.parametrize(
    "corners",
    [
        ((5, 5), (5, 5), (5, 5), (5, 5)),
        ((0, 0), (50, 50), (100, 100), (150, 150)),
        ((0, 0), (100, 0), (0, 100), (100, 100)),
        ((0, 0), (9, 0), (9, 9), (0, 9)),
        ((-32767, -32767), (-32000, -32767), (-32000, -32000), (-32767, -32000)),
    ],
)
def test_corners_without_an_area_in_the_frame_give_nothing(corners: Corners) -> None:
    assert measures_of(np.full((200, 200), 128, np.uint8), corners) is None


@pytest.mark.parametrize("level", [0, 128, 255])
def test_flat_picture_has_no_modules(level: int) -> None:
    told = measures_of(np.full((200, 200), level, np.uint8), ((9, 9), (99, 9), (99, 99), (9, 99)))
    assert told is not None
    assert (told.modules, told.contrast) == (None, 0)


def test_exposure_is_that_of_the_frame() -> None:
    half = np.full((200, 200), 255, np.uint8)
    half[:, :100] = 0
    told = exposure_of(half)
    assert (told.level, told.spread, told.burnt, told.black) == (128, 255, 0.5, 0.5)
    assert exposure_of(np.full((3, 3), 77, np.uint8)).spread == 0


@pytest.mark.slow
def test_codes_of_public_photographs_have_plausible_figures(shared: Path) -> None:
    """On real pictures nothing is known but that it was read: figures must be such as allow it."""
    ladder, told = Ladder(), []
    for path in sorted((shared / "pictures").rglob("qrcode-1/*.png"))[:20]:
        luma = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        for reading in ladder.read(luma).readings if luma is not None else ():
            one = measures_of(luma, reading.corners)
            if one is not None and reading.engine == "zxing":
                told.append(one)
    counted = [one for one in told if one.modules is not None]
    assert len(counted) >= 0.9 * len(told)
    assert all((one.blur_modules or 0) < 0.6 for one in counted)
