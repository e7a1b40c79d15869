import http.client
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest
import zxingcpp

from simulator.mjpeg import FRAMES_MAX, MjpegServer
from simulator.scenes import Scene, draw

DEADLINE_S = 20.0
QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)

pytestmark = pytest.mark.slow


def shown(text: str) -> list[np.typing.NDArray[np.uint8]]:
    rng = np.random.default_rng(1)
    return [draw(text, scene=Scene(code_px=300), rng=rng) for _ in range(2)]


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> Iterator[MjpegServer]:
    # The viewers here are anybody's: what a source opened in this process before may use is not
    # what they may.
    monkeypatch.delenv("OPENCV_FFMPEG_CAPTURE_OPTIONS", raising=False)
    with MjpegServer(fps=25) as server:
        yield server


def read_until(viewer: cv2.VideoCapture, wanted: list[str]) -> bool:
    """Take frames until one holds exactly the `wanted` texts; return whether one came in time."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        taken, frame = viewer.read()
        assert taken
        found = zxingcpp.read_barcodes(frame, formats=QR)
        if [code.text for code in found] == wanted:
            return True
    return False


def test_opencv_opens_it_like_any_network_camera(camera: MjpegServer) -> None:
    viewer = cv2.VideoCapture(camera.url, cv2.CAP_FFMPEG)
    try:
        assert viewer.isOpened()
        assert read_until(viewer, [])
        camera.show(shown("CC1:A"))
        assert read_until(viewer, ["CC1:A"])
        camera.show(shown("CC1:B"), cycle=False)
        assert read_until(viewer, ["CC1:B"])
        camera.show_nothing()
        assert read_until(viewer, [])
    finally:
        viewer.release()


def test_two_viewers_are_served_and_one_may_leave(camera: MjpegServer) -> None:
    camera.show(shown("CC1:A"))
    stays = cv2.VideoCapture(camera.url, cv2.CAP_FFMPEG)
    leaves = cv2.VideoCapture(camera.url, cv2.CAP_FFMPEG)
    try:
        assert read_until(leaves, ["CC1:A"])
        leaves.release()
        assert read_until(stays, ["CC1:A"])
    finally:
        leaves.release()
        stays.release()


def asked(camera: MjpegServer, path: str) -> http.client.HTTPResponse:
    caller = http.client.HTTPConnection(urlsplit(camera.url).netloc, timeout=DEADLINE_S)
    caller.request("GET", path, headers={"Connection": "close"})
    return caller.getresponse()


def test_stop_ends_the_stream_and_every_thread() -> None:
    before = set(threading.enumerate())
    with MjpegServer() as camera:
        answer = asked(camera, "/stream")
        assert answer.read(9) == b"--frame\r\n"
    with answer:
        while answer.read(65_536):
            pass
    assert set(threading.enumerate()) <= before


def test_a_viewer_that_takes_nothing_does_not_hold_up_the_stop() -> None:
    with MjpegServer(fps=1_000) as camera, asked(camera, "/stream"):
        began = time.monotonic()
        camera.stop()
        assert time.monotonic() - began < DEADLINE_S


def test_any_other_path_is_not_found(camera: MjpegServer) -> None:
    with asked(camera, "/other") as answer:
        assert answer.status == 404


@pytest.mark.parametrize("count", [0, FRAMES_MAX + 1])
def test_a_reel_has_a_first_and_a_last_length(camera: MjpegServer, count: int) -> None:
    with pytest.raises(ValueError, match="can be shown"):
        camera.show([np.zeros((8, 8, 3), np.uint8)] * count)


def test_a_held_reel_ends_on_its_last_picture() -> None:
    camera = MjpegServer(fps=1_000_000)
    black, white = (np.full((8, 8, 3), grey, np.uint8) for grey in (0, 255))
    camera.show([black, white], cycle=False)
    picture = cv2.imdecode(np.frombuffer(camera.picture(), np.uint8), cv2.IMREAD_COLOR)
    camera.stop()
    assert picture is not None
    assert picture.min() > 250
