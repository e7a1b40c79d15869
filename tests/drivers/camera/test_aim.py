"""A camera is aimed through the processes of a lane; what they measure comes back."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np
import pytest
from driver_peers import PATIENCE_S, Inbox, MjpegCamera, monotonic_ms, qr_luma

from drivers.base import Condition
from drivers.camera.aim import CameraAim
from drivers.camera.scanner import CameraScanner
from drivers.decode.tally import AimedFrame
from drivers.reading import Sign

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_fd_leak")]


class Frames:
    """Takes frames and waits for those of one sign."""

    def __init__(self) -> None:
        self._frames: queue.Queue[AimedFrame] = queue.Queue()
        self.take = self._frames.put

    def wait_for(self, sign: Sign) -> AimedFrame:
        while True:
            frame = self._frames.get(timeout=PATIENCE_S)
            if frame.sign is sign:
                return frame


@contextmanager
def aiming(address: str, inbox: Inbox, frames: Frames) -> Iterator[CameraAim]:
    scanner = CameraScanner(source=address, monotonic_ms=monotonic_ms)
    aim = CameraAim(scanner, name="the camera", monotonic_ms=monotonic_ms)
    aim.start(frames.take, inbox.report)
    try:
        yield aim
    finally:
        aim.stop()
    assert not [one for one in threading.enumerate() if one.name.startswith("camera")]


def test_code_is_measured_and_kept_as_a_picture(mjpeg_camera: MjpegCamera, inbox: Inbox) -> None:
    frames = Frames()
    with aiming(mjpeg_camera.address, inbox, frames) as aim:
        inbox.wait_for(Condition.UP)
        mjpeg_camera.show(qr_luma(b"HOLDER-0007", scale=7))
        frame = frames.wait_for(Sign.READ)
        mjpeg_camera.show(None)
        frames.wait_for(Sign.NOTHING)
        shot = aim.snapshot
    assert (frame.width, frame.height) == (640, 480)
    assert [reading.payload for reading in frame.readings] == [b"HOLDER-0007"]
    assert frame.code is not None
    assert frame.code.is_read
    assert frame.code.measures.modules == 21
    assert frame.code.measures.pixels_per_module == pytest.approx(7, abs=0.3)
    assert frame.code.measures.contrast > 0.9
    assert shot is not None  # of the code, though the newest frame has none
    assert len(shot.pixels) == shot.width * shot.height
    assert [reading.payload for reading in shot.look.readings] == [b"HOLDER-0007"]


def test_blur_is_seen_to_grow(mjpeg_camera: MjpegCamera, inbox: Inbox) -> None:
    frames, blurs = Frames(), []
    with aiming(mjpeg_camera.address, inbox, frames):
        inbox.wait_for(Condition.UP)
        for number, blur in enumerate((0.1, 1.5, 2.5)):
            payload = b"HOLDER-000%d" % number
            sharp = qr_luma(payload, scale=8)
            luma = np.asarray(cv2.GaussianBlur(sharp, (0, 0), blur), np.uint8)
            mjpeg_camera.show(luma)
            frame = frames.wait_for(Sign.READ)
            while payload not in {reading.payload for reading in frame.readings}:
                frame = frames.wait_for(Sign.READ)
            assert frame.code is not None
            blurs.append(frame.code.measures.blur_px)
    assert blurs == sorted(blurs)
    assert blurs[2] == pytest.approx(2.5, rel=0.4)


def test_dark_frame_has_its_light_and_no_code(mjpeg_camera: MjpegCamera, inbox: Inbox) -> None:
    frames = Frames()
    mjpeg_camera.show(np.full((480, 640), 9, np.uint8))
    with aiming(mjpeg_camera.address, inbox, frames):
        frame = frames.wait_for(Sign.NOTHING)
    assert frame.code is None
    assert frame.exposure.level == pytest.approx(9, abs=2)
    assert frame.exposure.spread <= 2


def test_camera_that_is_not_there_is_told(inbox: Inbox) -> None:
    with aiming("/dev/video-none", inbox, Frames()) as aim:
        assert "is not there" in inbox.wait_for(Condition.DOWN).detail
        assert aim.snapshot is None
