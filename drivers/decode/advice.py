"""What a technician should do about a camera, by the figures it gives."""

from dataclasses import dataclass
from enum import Enum
from math import floor

from drivers.decode.figures import Exposure, Measures
from drivers.reading import Corners, Sign

# From 3.5 pixels a module on, nothing is gained by more; below 3 a third of all presentations is
# not read at a gate, whatever the engine (our own measurements, drawn gate frames).
PIXELS_A_MODULE = 3.5
# Blur in modules: up to the first nothing is lost; at the second zxing-cpp stops to read.
SHARP_MODULES, SOFT_MODULES = 0.25, 0.40
# A tenth of all levels between dark and light is read on a still bench; noise, hands and
# scratched screens take the rest.
CONTRAST_MIN = 0.30
# Levels of a light module: below, noise is near; of a dark one: above, the sensor is flooded.
LIGHT_MIN, DARK_MAX = 70, 140
# Share of a code that error level M can do without is 15 %; what is spoilt anyway leaves none
# for a finger.
SPOILT_MAX = 0.06
# Foreshortened by a quarter; people add their own 20 degrees to it.
TILT_DEGREES_MAX = 40.0
# Between the darkest and the lightest twentieth of a frame: a lens cap gives its noise alone.
SPREAD_MIN = 12


class Sharpness(Enum):
    """The focus in a word."""

    SHARP = "sharp"
    SOFT = "soft"
    BLURRED = "blurred"


class Standing(Enum):
    """Whether a camera does its work where it is."""

    GOOD = "good"  # read, and nothing to be done
    POOR = "poor"  # read, with little to spare
    BAD = "bad"  # seen, and not read
    NOTHING = "nothing"  # no code in view


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing to do, in the technician's words."""

    code: str  # for programs
    english: str
    chinese: str


def sharpness_of(measures: Measures) -> Sharpness | None:
    """Return the focus in a word; None: the modules could not be counted."""
    blur = measures.blur_modules
    if blur is None:
        return None
    if blur <= SHARP_MODULES:
        return Sharpness.SHARP
    return Sharpness.SOFT if blur <= SOFT_MODULES else Sharpness.BLURRED


def standing_of(sign: Sign, advice: tuple[Advice, ...]) -> Standing:
    """Return what is to be said of a frame on which the advice was given."""
    match sign:
        case Sign.NOTHING:
            return Standing.NOTHING
        case Sign.UNREAD:
            return Standing.BAD
        case Sign.READ:
            return Standing.POOR if advice else Standing.GOOD


def advise_nothing(exposure: Exposure) -> tuple[Advice, ...]:
    """Return what to do where no code is in view."""
    if exposure.spread < SPREAD_MIN:
        if exposure.level > 128:
            return (_advice("flooded", "too bright: nothing but white; shade the lens, dim the lamp",
                            "过亮：画面全白，请遮挡镜头或调暗灯光"),)  # fmt: skip
        return (_advice("covered", "nothing to be seen: take the cover off, switch on the light",
                        "看不到画面：请取下镜头盖，打开灯光"),)  # fmt: skip
    return (_advice("no-code", "no code is seen: hold one where people will hold theirs; if one is"
                    " there, bring it closer, set the focus, look to the light",
                    "看不到二维码：请在使用者出示的位置出示一个；若已出示，请靠近、对焦、检查光线"),)  # fmt: skip


def advise(measures: Measures, corners: Corners, *, width: int, height: int) -> tuple[Advice, ...]:
    """Return what to do about a code, the most pressing first; empty: all is well.

    Args:
        measures: of the code.
        corners: where it is.
        width: of the frame, in pixels.
        height: the same.
    """
    told = [*_place(measures, corners, width, height), *_light(measures), *_lens(measures)]
    return tuple(told)


def _place(measures: Measures, corners: Corners, width: int, height: int) -> list[Advice]:
    told = []
    is_cut = any(not (0 <= x <= width and 0 <= y <= height) for x, y in corners)
    if is_cut:
        told.append(_advice("cut", "the code is cut off: move back, or turn the camera to it",
                            "二维码超出画面：请后退，或把镜头转向它"))  # fmt: skip
    pixels = measures.pixels_per_module
    if pixels is not None and pixels < PIXELS_A_MODULE:
        shown = floor(pixels * 10) / 10  # never the figure that is wanted
        told.append(_advice(
            "closer",
            f"move closer: {shown:.1f} pixels per module, {PIXELS_A_MODULE} are wanted",
            f"请靠近：每模块 {shown:.1f} 像素，需要 {PIXELS_A_MODULE}",
        ))  # fmt: skip
    if measures.tilt_degrees > TILT_DEGREES_MAX:
        degrees = round(measures.tilt_degrees)
        told.append(_advice(
            "tilted",
            f"turn the camera to face the code: it is tilted by {degrees} degrees",
            f"请让镜头正对二维码：倾斜 {degrees} 度",
        ))  # fmt: skip
    return told


def _light(measures: Measures) -> list[Advice]:
    told = []
    if measures.light < LIGHT_MIN:
        told.append(_advice(
            "dark",
            f"too dark: light modules are at {measures.light} of 255; add light or exposure",
            f"过暗：浅色模块亮度 {measures.light}/255，请补光或增加曝光",
        ))  # fmt: skip
    elif measures.dark > DARK_MAX and measures.burnt > 0.1:
        told.append(_advice(
            "bright",
            f"too bright: dark modules are at {measures.dark} of 255; shorten the exposure",
            f"过亮：深色模块亮度 {measures.dark}/255，请缩短曝光",
        ))  # fmt: skip
    elif measures.contrast < CONTRAST_MIN:
        told.append(_advice(
            "contrast",
            f"little contrast: {measures.contrast:.0%}; brighten the screen, shade stray light",
            f"对比度低：{measures.contrast:.0%}，请调亮屏幕，遮挡杂光",
        ))  # fmt: skip
    if measures.glare > SPOILT_MAX:
        told.append(_advice(
            "glare",
            f"glare over {measures.glare:.0%} of the code: turn the camera or the lamp",
            f"反光遮住二维码的 {measures.glare:.0%}：请转动镜头或灯",
        ))  # fmt: skip
    if measures.covered > SPOILT_MAX:
        told.append(_advice(
            "hidden",
            f"{measures.covered:.0%} of the code is hidden or in the shade: look for a finger, a rim",
            f"二维码的 {measures.covered:.0%} 被遮挡或在阴影中：请检查手指或边框",
        ))  # fmt: skip
    return told


def _lens(measures: Measures) -> list[Advice]:
    sharpness = sharpness_of(measures)
    if sharpness is None:
        return [_advice("unclear", "too unclear to count modules: set the focus, move closer",
                        "过于模糊，无法计数模块：请对焦或靠近")]  # fmt: skip
    if sharpness is Sharpness.SHARP:
        return []
    return [_advice(
        "focus",
        f"{sharpness.value}: set the focus to where codes are held, mostly 20-30 cm",
        f"{'略虚' if sharpness is Sharpness.SOFT else '模糊'}：请对焦到出示距离，一般 20-30 厘米",
    )]  # fmt: skip


def _advice(code: str, english: str, chinese: str) -> Advice:
    return Advice(code=code, english=english, chinese=chinese)
