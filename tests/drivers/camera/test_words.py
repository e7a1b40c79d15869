import pytest

from drivers.camera.controls import Control, Deviation
from drivers.camera.messages import Trouble
from drivers.camera.words import deviation_words, trouble_words


def words(*refused: Control) -> str:
    return deviation_words(Deviation(refused=frozenset(refused), width=640, height=480))


@pytest.mark.parametrize("trouble", Trouble)
def test_every_trouble_names_the_camera(trouble: Trouble) -> None:
    assert "camera gate-7" in trouble_words(trouble, "gate-7")


def test_what_a_camera_does_not_take_is_named_in_one_order() -> None:
    assert words() == ""
    assert words(Control.SIZE) == "gives pictures of 640 x 480"
    assert words(Control.FOCUS, Control.EXPOSURE) == "does not take the settings' exposure, focus"
    assert words(*Control) == (
        "gives pictures of 640 x 480"
        " and does not take the settings' exposure, gain, focus, brightness"
    )
