"""The camera's soak in short; `make soak-drivers` is long."""

import threading

import pytest

from tests.soak.camera import soak_camera


@pytest.mark.slow
def test_five_thousand_frames_of_every_kind_leave_nothing_behind() -> None:
    before = set(threading.enumerate())
    assert soak_camera(5_000).wrong == ""
    assert set(threading.enumerate()) <= before
