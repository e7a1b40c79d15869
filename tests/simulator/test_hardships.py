from dataclasses import replace

import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray

from simulator.hardeners import CODE_PX_MAX
from simulator.hardships import (
    HardFrame,
    Kind,
    Shown,
    empty_frame,
    hard_frame,
    hard_scene,
    hardened,
    some_text,
)
from simulator.scenes import Scene, draw
from simulator.surfaces import Ink, Surface, modules_in

SCENES = 12
QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)


def scenes_of(kind: Kind) -> list[Shown]:
    return [hard_scene(kind, np.random.default_rng(seed)) for seed in range(SCENES)]


def texts_in(frame: NDArray[np.uint8]) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(frame, formats=QR)]


def code_of(shown: Shown, *, without: Scene | None = None) -> NDArray[np.uint8]:
    """Return the square of a noiseless frame that the code fills when it is held upright."""
    scene = without or shown.scene
    upright = replace(scene, tilt=0, turn=0, roll=0, noise=0, x=0.5, y=0.5, code_px=300)
    frame = draw(shown.text, scene=upright, rng=np.random.default_rng(0))
    return frame[360 - 150 : 360 + 150, 640 - 150 : 640 + 150]


@pytest.mark.slow
def test_same_seed_and_number_give_the_same_octets_whatever_came_before() -> None:
    first = [hard_frame(kind, seed=3, number=2) for kind in Kind]
    again = [hard_frame(kind, seed=3, number=2) for kind in reversed(Kind)]
    for one, other in zip(first, reversed(again), strict=True):
        assert one.shown == other.shown
        assert one.luma.tobytes() == other.luma.tobytes()


@pytest.mark.slow
def test_other_seeds_numbers_and_kinds_give_other_frames() -> None:
    frames = [
        hard_frame(Kind.CLEAN, seed=1, number=0),
        hard_frame(Kind.CLEAN, seed=1, number=1),
        hard_frame(Kind.CLEAN, seed=2, number=0),
        hard_frame(Kind.ROLL, seed=1, number=0),
    ]
    assert len({frame.shown.text for frame in frames}) == len(frames)


@pytest.mark.slow
def test_clean_frames_are_read() -> None:
    for number in range(8):
        frame: HardFrame = hard_frame(Kind.CLEAN, seed=1, number=number)
        assert frame.luma.shape == (720, 1280)
        assert texts_in(frame.luma) == [frame.shown.text]


@pytest.mark.slow
def test_nothing_is_read_where_nothing_is_shown() -> None:
    for number in range(8):
        assert texts_in(empty_frame(seed=1, number=number)) == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", Kind)
def test_codes_are_as_long_as_ours_and_fit_into_the_frame(kind: Kind) -> None:
    for shown in scenes_of(kind):
        assert len(shown.text) == 187 or 250 <= len(shown.text) <= 500
        assert shown.scene.code_px <= CODE_PX_MAX
        assert shown.module_px == shown.scene.code_px / modules_in(shown.text)


@pytest.mark.slow
def test_small_codes_are_smaller_than_all_clean_ones() -> None:
    largest = max(shown.module_px for shown in scenes_of(Kind.SMALL))
    assert largest < min(shown.module_px for shown in scenes_of(Kind.CLEAN))


@pytest.mark.slow
def test_tilted_codes_lean_and_rolled_ones_stand_every_way() -> None:
    leans = [np.hypot(one.scene.tilt, one.scene.turn) for one in scenes_of(Kind.TILT)]
    rolls = [shown.scene.roll for shown in scenes_of(Kind.ROLL)]
    assert min(leans) >= 35
    assert {int(roll // 90) for roll in rolls} == {0, 1, 2, 3}


@pytest.mark.slow
def test_glare_saturates_part_of_some_codes_and_never_all_of_one() -> None:
    def saturated(shown: Shown) -> float:
        lit = code_of(shown, without=replace(shown.scene, lamps=()))
        return float(np.mean(code_of(shown) == 255) - np.mean(lit == 255))

    shares = [saturated(shown) for shown in scenes_of(Kind.GLARE)]
    assert min(shares) >= 0
    assert max(shares) < 0.6
    assert np.mean([share > 0.01 for share in shares]) > 0.4


@pytest.mark.slow
def test_finger_covers_its_share_of_the_code() -> None:
    shares = []
    for shown in scenes_of(Kind.FINGER):
        bare = code_of(shown, without=replace(shown.scene, finger=None))
        shares.append(float(np.mean(np.any(code_of(shown) != bare, axis=2))))
    # Level M restores 15 % of the codewords; a fingertip stays about there.
    assert 0.02 < float(np.median(shares)) < 0.12
    assert max(shares) < 0.2


@pytest.mark.slow
def test_inverted_codes_are_dark_with_light_modules() -> None:
    for shown in scenes_of(Kind.INVERTED)[:8]:
        upright = replace(shown.scene, ink=Ink(), glare=0)
        dark = replace(shown.scene, glare=0)
        corner = slice(1, 4), slice(1, 4)  # within the outer ring of a finder pattern
        assert code_of(shown, without=dark)[corner].mean() > 128
        assert code_of(shown, without=upright)[corner].mean() < 64


@pytest.mark.slow
def test_faint_codes_have_a_quarter_of_the_usual_contrast_at_most() -> None:
    def contrast(shown: Shown) -> float:
        plain = replace(shown.scene, brightness=1, unevenness=0, glare=0)
        low, high = np.percentile(code_of(shown, without=plain), [5, 95])
        return float(high - low)

    usual = min(contrast(shown) for shown in scenes_of(Kind.CLEAN)[:3])
    assert max(contrast(shown) for shown in scenes_of(Kind.LOW_CONTRAST)[:6]) <= usual / 3


@pytest.mark.slow
def test_low_light_leaves_little_of_the_white() -> None:
    for shown in scenes_of(Kind.LOW_LIGHT)[:8]:
        assert np.percentile(code_of(shown), 95) < 160


@pytest.mark.slow
def test_screens_pixels_are_seen_in_moire_alone() -> None:
    assert all(shown.scene.display is not None for shown in scenes_of(Kind.MOIRE))
    assert all(shown.scene.display is None for shown in scenes_of(Kind.GATE_MIX))


@pytest.mark.slow
def test_dark_mode_is_of_phones() -> None:
    text = some_text(np.random.default_rng(0), 187)
    for seed in range(SCENES):
        rng = np.random.default_rng(seed)
        mixed = hardened(Kind.GATE_MIX, text=text, surface=Surface.CARD, rng=rng)
        assert not mixed.scene.ink.inverted
