import numpy as np
import pytest
from decode_peers import code_luma, hall, noisy, square, with_code

from drivers.decode.regions import (
    SIDE_PX_MIN,
    Box,
    Glance,
    box_around,
    corners_of,
    texture,
    textured,
    whole,
)
from drivers.luma import Luma

SCENE = hall()


def parts(luma: Luma) -> list[Box]:
    return textured(texture(Glance.of(luma)), luma, most=2)


def test_box_of_a_code_takes_in_its_quiet_zone() -> None:
    box = box_around(square(200, 100, 100), SCENE)
    assert box == Box(left=180, top=80, right=320, bottom=220)


def test_box_ends_at_the_edges_of_the_frame() -> None:
    box = box_around(square(-50, -50, 100), SCENE)
    assert box == Box(left=0, top=0, right=70, bottom=70)
    assert box.crop(SCENE).shape == (70, 70)


@pytest.mark.parametrize("corners", [square(0, 0, 0), square(-400, 0, 100), square(9_000, 0, 99)])
def test_what_is_out_of_sight_or_a_point_has_no_box(corners: object) -> None:
    assert box_around(corners, SCENE) is None


def test_smallest_box_is_the_least_side() -> None:
    assert box_around(square(100, 100, SIDE_PX_MIN), SCENE) is not None
    assert box_around(square(-SIDE_PX_MIN, 100, SIDE_PX_MIN), SCENE) is None


def test_code_is_near_itself_a_frame_later_and_not_at_the_other_end() -> None:
    box = Box(left=100, top=100, right=200, bottom=200)
    assert box.is_near(Box(left=130, top=90, right=220, bottom=190))
    assert not box.is_near(Box(left=300, top=100, right=400, bottom=200))
    assert not box.is_near(Box(left=0, top=0, right=300, bottom=300))


@pytest.mark.parametrize("sigma", [0.0, 4.0, 12.0])
def test_code_is_found_by_its_texture(sigma: float) -> None:
    luma = noisy(with_code(SCENE, "A CODE OF SOME LENGTH", at=(150, 330)), 1, sigma=sigma)
    box = parts(luma)[0]
    side = len(code_luma("A CODE OF SOME LENGTH"))
    assert abs(box.left + box.right - (2 * 330 + side)) < 64
    assert abs(box.top + box.bottom - (2 * 150 + side)) < 64
    assert box.side < 2.5 * side


def test_stripes_and_noise_and_soft_shapes_are_no_codes() -> None:
    stripes = SCENE.copy()
    stripes[100:300, 100:300] = np.tile([0, 0, 0, 255, 255, 255, 255, 0], 25).astype(np.uint8)
    for luma in (SCENE, stripes, stripes.T.copy(), noisy(SCENE, 3, sigma=12)):
        assert parts(luma) == []


@pytest.mark.parametrize("shape", [(1, 1), (31, 900), (32, 32), (63, 65), (1, 64)])
def test_small_frames_have_no_parts(shape: tuple[int, int]) -> None:
    assert parts(np.random.default_rng(1).integers(0, 256, shape, np.uint8)) in (
        [],
        [whole(np.zeros(shape))],
    )


def test_whole_frame_is_a_box_whose_corners_are_the_frames() -> None:
    assert corners_of(whole(SCENE)) == ((0, 0), (640, 0), (640, 480), (0, 480))
