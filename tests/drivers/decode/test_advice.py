"""What a technician is told to do, on both sides of every limit."""

from dataclasses import replace

import pytest

from drivers.decode.advice import (
    CONTRAST_MIN,
    LIGHT_MIN,
    PIXELS_A_MODULE,
    SHARP_MODULES,
    SOFT_MODULES,
    SPOILT_MAX,
    SPREAD_MIN,
    TILT_DEGREES_MAX,
    Sharpness,
    Standing,
    advise,
    advise_nothing,
    sharpness_of,
    standing_of,
)
from drivers.decode.figures import Exposure, Measures
from drivers.reading import Corners, Sign

SQUARE: Corners = ((100, 100), (400, 100), (400, 400), (100, 400))
WELL = Measures(
    modules=65, pixels_per_module=4.6, blur_px=0.6, dark=30, light=220, burnt=0.0, black=0.0,
    glare=0.0, covered=0.0, tilt_degrees=5.0,
)  # fmt: skip


def told(measures: Measures, corners: Corners = SQUARE) -> list[str]:
    return [each.code for each in advise(measures, corners, width=1280, height=720)]


def test_nothing_is_to_be_done_about_a_camera_that_sees_well() -> None:
    assert told(WELL) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"pixels_per_module": PIXELS_A_MODULE - 0.01}, "closer"),
        ({"tilt_degrees": TILT_DEGREES_MAX + 0.1}, "tilted"),
        ({"dark": 0, "light": LIGHT_MIN - 1}, "dark"),
        ({"dark": 180, "light": 255, "burnt": 0.3}, "bright"),
        ({"dark": 120, "light": 120 + round(255 * CONTRAST_MIN) - 1}, "contrast"),
        ({"glare": SPOILT_MAX + 0.01}, "glare"),
        ({"covered": SPOILT_MAX + 0.01}, "hidden"),
        ({"blur_px": 4.6 * SHARP_MODULES + 0.01}, "focus"),
        ({"modules": None, "pixels_per_module": None}, "unclear"),
    ],
)
def test_each_thing_that_is_wrong_has_its_advice(change: dict[str, float], code: str) -> None:
    assert told(replace(WELL, **change)) == [code]


@pytest.mark.parametrize(
    "change",
    [
        {"pixels_per_module": PIXELS_A_MODULE},
        {"tilt_degrees": TILT_DEGREES_MAX},
        {"dark": 0, "light": 77},
        {"dark": 140, "light": 255, "burnt": 0.4},
        {"glare": SPOILT_MAX, "covered": SPOILT_MAX},
        {"blur_px": 4.6 * SHARP_MODULES},
    ],
)
def test_what_is_just_within_its_limit_is_well(change: dict[str, float]) -> None:
    assert told(replace(WELL, **change)) == []


@pytest.mark.parametrize(("x", "is_cut"), [(0, False), (-1, True), (980, False), (981, True)])
def test_code_beyond_the_edge_is_cut_off(x: int, *, is_cut: bool) -> None:
    corners = ((x, 0), (x + 300, 0), (x + 300, 300), (x, 300))
    assert told(WELL, corners) == (["cut"] if is_cut else [])


def test_figures_stand_in_both_languages() -> None:
    (advice,) = advise(replace(WELL, pixels_per_module=2.44), SQUARE, width=1280, height=720)
    assert advice.english == "move closer: 2.4 pixels per module, 3.5 are wanted"
    assert advice.chinese == "请靠近：每模块 2.4 像素，需要 3.5"


def test_what_is_too_little_is_never_told_as_what_is_wanted() -> None:
    just_below = replace(WELL, pixels_per_module=PIXELS_A_MODULE - 0.01)
    (advice,) = advise(just_below, SQUARE, width=1280, height=720)
    assert advice.english == "move closer: 3.4 pixels per module, 3.5 are wanted"


def test_everything_at_once_is_told_nearest_first() -> None:
    worst = replace(WELL, pixels_per_module=2.0, light=60, glare=0.5, covered=0.5, blur_px=2.0)
    assert told(worst) == ["closer", "dark", "glare", "hidden", "focus"]


def test_focus_is_a_word_by_the_blur_in_modules() -> None:
    for blur, word in (
        (0.1, Sharpness.SHARP),
        (SHARP_MODULES, Sharpness.SHARP),
        (SHARP_MODULES + 0.01, Sharpness.SOFT),
        (SOFT_MODULES, Sharpness.SOFT),
        (SOFT_MODULES + 0.01, Sharpness.BLURRED),
    ):
        assert sharpness_of(replace(WELL, blur_px=blur, pixels_per_module=1.0)) is word
    assert sharpness_of(replace(WELL, pixels_per_module=None)) is None


def test_frame_without_a_code_is_told_by_its_light() -> None:
    lit = Exposure(level=100, spread=SPREAD_MIN, burnt=0, black=0)
    for exposure, code in (
        (lit, "no-code"),
        (replace(lit, spread=SPREAD_MIN - 1), "covered"),
        (replace(lit, spread=SPREAD_MIN - 1, level=250), "flooded"),
    ):
        assert [each.code for each in advise_nothing(exposure)] == [code]


def test_standing_is_good_only_without_advice() -> None:
    advice = advise_nothing(Exposure(level=0, spread=0, burnt=0, black=1))
    assert standing_of(Sign.READ, ()) is Standing.GOOD
    assert standing_of(Sign.READ, advice) is Standing.POOR
    assert standing_of(Sign.UNREAD, ()) is Standing.BAD
    assert standing_of(Sign.NOTHING, advice) is Standing.NOTHING
