import numpy as np
import pytest
import zxingcpp

from simulator.hard_videos import hard_video, idle_video, presentation_frames
from simulator.hardships import Kind, some_text
from simulator.surfaces import Surface

QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)


@pytest.mark.slow
def test_same_seed_gives_the_same_video() -> None:
    once, again = (
        [frame.luma.tobytes() for frame in hard_video(Kind.GLARE, seed=4, number=1, frames=4)]
        for _ in range(2)
    )
    assert once == again
    assert len(set(once)) == 4


@pytest.mark.slow
def test_reflections_wander_over_the_code() -> None:
    frames = list(hard_video(Kind.GLARE, seed=1, number=0, frames=4))
    assert len({frame.shown.scene.lamps for frame in frames}) == 4
    assert len({frame.shown.text for frame in frames}) == 1


@pytest.mark.slow
def test_finger_wanders_and_never_off_backwards() -> None:
    frames = list(hard_video(Kind.FINGER, seed=1, number=0, frames=6))
    fingers = [frame.shown.scene.finger for frame in frames]
    assert len(set(fingers)) == 6
    assert all(finger is not None and finger.reach >= 0 for finger in fingers)


@pytest.mark.slow
def test_small_code_comes_near_until_it_can_be_read() -> None:
    frames = list(hard_video(Kind.SMALL, seed=1, number=0))
    widths = [frame.shown.module_px for frame in frames]
    assert widths[-1] > 1.4 * widths[0]
    found = zxingcpp.read_barcodes(frames[-1].luma, formats=QR)
    assert [code.text for code in found] == [frames[-1].shown.text]


@pytest.mark.slow
@pytest.mark.parametrize(("surface", "characters"), [(Surface.PHONE, 375), (Surface.CARD, 187)])
def test_presentation_ends_well_however_it_begins(surface: Surface, characters: int) -> None:
    for seed in range(6):
        rng = np.random.default_rng(seed)
        text = some_text(rng, characters)
        *_, last = presentation_frames(text, rng=rng, frames=6, surface=surface)
        assert last.shape == (720, 1280, 3)
        assert [code.text for code in zxingcpp.read_barcodes(last, formats=QR)] == [text]


@pytest.mark.slow
def test_presentation_of_one_frame_is_begun_only() -> None:
    rng = np.random.default_rng(0)
    assert len(list(presentation_frames("CC1:A", rng=rng, frames=1, surface=Surface.PHONE))) == 1


@pytest.mark.slow
def test_someone_walks_by_an_idle_lane_and_shows_no_code() -> None:
    frames = list(idle_video(seed=1, number=0, frames=5))
    assert [zxingcpp.read_barcodes(frame, formats=QR) for frame in frames] == [[]] * 5
    middle = [np.abs(frame[:, 600:680].astype(int) - frames[0][:, 600:680]) for frame in frames]
    assert middle[2].mean() > 3 * middle[1].mean()
    again = idle_video(seed=1, number=0, frames=5)
    assert [frame.tobytes() for frame in again] == [frame.tobytes() for frame in frames]
