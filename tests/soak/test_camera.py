"""The camera's soak in short; `make soak-drivers` is long."""

import threading

import pytest

from tests.soak.camera import soak_camera


@pytest.mark.slow
def test_a_round_of_frames_of_every_kind_leaves_nothing_behind() -> None:
    before = set(threading.enumerate())
    assert soak_camera(2_600).wrong == ""
    assert set(threading.enumerate()) <= before
