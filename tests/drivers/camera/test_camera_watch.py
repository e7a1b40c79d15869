"""A camera that works and is of no use, from its stream to the lane's report."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from driver_peers import Inbox, MjpegCamera, monotonic_ms, qr_luma

from drivers.base import Condition
from drivers.camera.scanner import CameraScanner

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_fd_leak")]

CAP = np.full((480, 640), 4, np.uint8)


@contextmanager
def running(source: str, inbox: Inbox, **settings: Any) -> Iterator[CameraScanner]:
    scanner = CameraScanner(source=source, monotonic_ms=monotonic_ms, **settings)
    scanner.start(inbox.deliver, inbox.report)
    try:
        yield scanner
    finally:
        scanner.stop()


def test_covered_lens_is_down_until_it_sees_again(mjpeg_camera: MjpegCamera, inbox: Inbox) -> None:
    mjpeg_camera.show(qr_luma(b"BEFORE"))
    with running(mjpeg_camera.address, inbox) as scanner:
        inbox.wait_for(Condition.UP)
        mjpeg_camera.show(CAP)
        assert "sees nothing: is the lens covered" in inbox.wait_for(Condition.DOWN).detail
        mjpeg_camera.show(qr_luma(b"AFTER"))
        inbox.wait_for(Condition.UP)
        assert [inbox.code().payload for _ in range(2)] == [b"BEFORE", b"AFTER"]
        assert scanner.health.restarts == 0


def test_frozen_camera_is_down_until_its_picture_changes(
    mjpeg_camera: MjpegCamera, inbox: Inbox
) -> None:
    mjpeg_camera.show(qr_luma(b"FROZEN"))
    with running(mjpeg_camera.address, inbox, frozen_after_ms=400) as scanner:
        inbox.wait_for(Condition.UP)
        assert "the same picture again and again" in inbox.wait_for(Condition.DOWN).detail
        mjpeg_camera.show(qr_luma(b"NEXT"))
        inbox.wait_for(Condition.UP)
        assert [inbox.code().payload for _ in range(2)] == [b"FROZEN", b"NEXT"]
        assert scanner.health.restarts == 0


def test_still_picture_is_no_trouble_where_that_is_set(
    mjpeg_camera: MjpegCamera, inbox: Inbox
) -> None:
    mjpeg_camera.show(qr_luma(b"POSTER"))
    with running(mjpeg_camera.address, inbox, frozen_after_ms=0):
        inbox.wait_for(Condition.UP)
        mjpeg_camera.wait_served(40)
    reports = []
    while not inbox.reports.empty():
        reports.append(inbox.reports.get())
    assert [report.condition for report in reports] == []
