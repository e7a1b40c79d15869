import cv2
import numpy as np
from decode_peers import code_luma

from drivers.decode.regions import whole
from drivers.decode.rungs import PART_RUNGS
from drivers.decode.trail import COMBINED, COMBINED_AT, ROUNDS_MAX, Trail, trail_of
from drivers.luma import Luma

CODE = code_luma("A CODE OF SOME LENGTH")


def first_of(luma: Luma) -> str:
    return trail_of(luma, whole(luma)).order[0].name


def a_trail() -> Trail:
    return trail_of(CODE, whole(CODE))


def test_code_in_focus_is_enlarged_first() -> None:
    assert first_of(CODE // 2 + 40) == "enlarged"


def test_blurred_code_is_sharpened_first() -> None:
    assert first_of(cv2.GaussianBlur(CODE, (0, 0), 3.0)) == "sharpened"


def test_code_in_glare_is_thresholded_first() -> None:
    assert first_of(CODE) == "thresholded"


def test_dim_code_is_softened_first() -> None:
    assert first_of(CODE // 6) == "softened"


def test_every_rung_comes_once_a_round_and_frames_are_combined_twice() -> None:
    order = a_trail().order
    assert set(order) == {*PART_RUNGS, COMBINED}
    assert len(order) == len(PART_RUNGS) + 2
    still = trail_of(CODE, whole(CODE), combined_at=COMBINED_AT[:1]).order
    assert len(still) == len(PART_RUNGS) + 1


def test_what_read_something_of_late_comes_first() -> None:
    order = trail_of(CODE, whole(CODE), ("tripled", "combined", "plain", "zbar")).order
    assert [rung.name for rung in order[:2]] == ["tripled", "zbar"]


def test_trail_goes_on_with_the_rung_that_was_not_tried() -> None:
    trail = a_trail()
    rungs = trail.rungs()
    first, second, _ = next(rungs), next(rungs), next(rungs)
    assert (first, second) == trail.order[:2]
    # The third was handed out and there was no time for it.
    assert next(trail.rungs()) is trail.order[2]


def test_each_frame_gets_each_rung_once_and_a_trail_ends() -> None:
    trail = a_trail()
    for _ in range(ROUNDS_MAX):
        assert not trail.is_at_end
        assert len(list(trail.rungs())) == len(trail.order)
    assert trail.is_at_end
    assert list(trail.rungs()) == []


def test_crop_without_any_contrast_has_an_order() -> None:
    assert len(trail_of(np.zeros((30, 30), np.uint8), whole(np.zeros((30, 30)))).order) > 1
