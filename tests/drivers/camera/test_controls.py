import cv2
import pytest
from capture_peers import PeerCv2, V4l2Camera

from drivers.camera.controls import (
    TENDED_EVERY,
    TENDED_FIRST,
    TENDED_SECOND,
    CameraControls,
    Control,
    ControlKeeper,
    Deviation,
)

MANUAL, AUTOMATIC = 1, 3
RANGES = {
    cv2.CAP_PROP_AUTO_EXPOSURE: (0, 3),
    cv2.CAP_PROP_EXPOSURE: (1, 5000),
    cv2.CAP_PROP_AUTOFOCUS: (0, 1),
    cv2.CAP_PROP_FOCUS: (0, 250),
    cv2.CAP_PROP_GAIN: (0, 100),
    cv2.CAP_PROP_BRIGHTNESS: (-64, 64),
}
WISHES = CameraControls(exposure_us=5_000, gain=12, focus=40, brightness=-10)


def camera(**quirks: int) -> V4l2Camera:
    return V4l2Camera(ranges=RANGES, **quirks)


def kept(peer: V4l2Camera, controls: CameraControls, frames: int) -> list[Deviation]:
    """Return what the keeper of a newly opened camera says over its first frames."""
    capture = PeerCv2(peer.open).VideoCapture("/dev/video0", cv2.CAP_V4L2)
    keeper = ControlKeeper(cv2, capture, controls)
    keeper.prepare()
    told = []
    for count in range(1, frames + 1):
        assert capture.grab()
        deviation = keeper.tend(count)
        if deviation is not None:
            told.append(deviation)
    return told


def refused(peer: V4l2Camera, controls: CameraControls) -> frozenset[Control]:
    (deviation,) = kept(peer, controls, TENDED_SECOND)
    return deviation.refused


def test_camera_is_set_to_what_is_wished() -> None:
    peer = camera()
    assert refused(peer, WISHES) == frozenset()
    assert peer.values == {
        cv2.CAP_PROP_AUTO_EXPOSURE: MANUAL,
        cv2.CAP_PROP_EXPOSURE: 50,  # of 100 microseconds
        cv2.CAP_PROP_AUTOFOCUS: 0,
        cv2.CAP_PROP_FOCUS: 40,
        cv2.CAP_PROP_GAIN: 12,
        cv2.CAP_PROP_BRIGHTNESS: -10,
    }


def test_what_an_earlier_program_left_manual_is_automatic_again() -> None:
    peer = camera()
    peer.values = {cv2.CAP_PROP_AUTO_EXPOSURE: MANUAL, cv2.CAP_PROP_AUTOFOCUS: 0}
    assert refused(peer, CameraControls()) == frozenset()
    assert peer.values[cv2.CAP_PROP_AUTO_EXPOSURE] == AUTOMATIC
    assert peer.values[cv2.CAP_PROP_AUTOFOCUS] == 1


def test_camera_without_any_control_is_as_wished_if_nothing_is() -> None:
    assert refused(V4l2Camera(), CameraControls()) == frozenset()
    assert refused(V4l2Camera(), WISHES) == set(Control) - {Control.SIZE}


def test_setting_order_is_the_mode_first() -> None:
    """A camera in its automatic mode refuses or ignores a number."""
    peer = camera()
    kept(peer, CameraControls(exposure_us=5_000), TENDED_SECOND)
    properties = [prop for prop, _ in peer.settings_changed]
    assert properties.index(cv2.CAP_PROP_AUTO_EXPOSURE) < properties.index(cv2.CAP_PROP_EXPOSURE)


@pytest.mark.parametrize("deaf_until", [TENDED_FIRST, TENDED_SECOND])
def test_camera_that_is_deaf_before_it_streams_is_set_after_its_first_frames(
    deaf_until: int,
) -> None:
    peer = camera(deaf_until=deaf_until)
    assert refused(peer, WISHES) == frozenset()
    assert peer.values[cv2.CAP_PROP_FOCUS] == 40


def test_camera_that_forgets_is_set_again_for_ever() -> None:
    peer = camera(forgets_at=TENDED_EVERY - 1)
    told = kept(peer, WISHES, TENDED_EVERY)
    assert {deviation.refused for deviation in told} == {frozenset()}
    assert peer.values[cv2.CAP_PROP_EXPOSURE] == 50


def test_camera_that_keeps_what_it_took_is_looked_at_and_not_set_again() -> None:
    peer = camera()
    assert len(kept(peer, WISHES, 4 * TENDED_EVERY)) == 5
    assert len(peer.settings_changed) == 6  # exposure and focus, the mode of each, and the rest


@pytest.mark.parametrize(
    ("wishes", "control"),
    [
        (CameraControls(exposure_us=900_000), Control.EXPOSURE),
        (CameraControls(focus=300), Control.FOCUS),
        (CameraControls(gain=101 + 10), Control.GAIN),
        (CameraControls(brightness=-90), Control.BRIGHTNESS),
    ],
)
def test_value_that_the_camera_clamps_is_told(wishes: CameraControls, control: Control) -> None:
    assert refused(camera(), wishes) == {control}


@pytest.mark.parametrize(
    ("held", "is_refused"), [(208, True), (209, False), (231, False), (232, True)]
)
def test_step_of_the_cameras_own_is_what_was_wished(held: int, *, is_refused: bool) -> None:
    peer = V4l2Camera(ranges={cv2.CAP_PROP_GAIN: (held, held)})
    assert bool(refused(peer, CameraControls(gain=220))) is is_refused


def test_size_that_the_camera_lacks_is_told_with_the_one_it_gives() -> None:
    peer = V4l2Camera(sizes=((640, 480),))
    (deviation,) = kept(peer, CameraControls(), TENDED_SECOND)
    assert deviation == Deviation(refused=frozenset((Control.SIZE,)), width=640, height=480)


@pytest.mark.parametrize(
    "wrong",
    [{"width": 0}, {"height": 65_536}, {"exposure_us": 0}, {"exposure_us": 10_000_001}],
)
def test_controls_out_of_any_cameras_range_are_our_own_fault(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"width|exposure"):
        CameraControls(**wrong)
