import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from capture_peers import PeerCv2, V4l2Camera, V4l2Capture
from driver_peers import qr_luma

from drivers.camera.controls import CameraControls
from drivers.camera.messages import Trouble
from drivers.camera.packets import Form, luma_of_frame
from drivers.camera.source import FILE_FPS, Opened, OtherNodeError, Source


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """What FFmpeg may use is forgotten after the test."""
    monkeypatch.setenv("OPENCV_FFMPEG_CAPTURE_OPTIONS", "")


@pytest.mark.parametrize("text", ["99", "/dev/video99", "/nowhere/video.mp4"])
def test_missing_source_is_said(text: str) -> None:
    assert Source(text).open(cv2) is Trouble.MISSING


def test_file_that_is_no_video_cannot_be_opened(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("no video")
    assert Source(str(path)).open(cv2) is Trouble.UNOPENED


def test_address_where_nobody_answers_cannot_be_opened() -> None:
    assert Source("http://127.0.0.1:9/stream").open(cv2) is Trouble.UNOPENED


@pytest.mark.parametrize(
    ("fps", "interval_s"), [(10.0, 0.1), (0.0, 1 / FILE_FPS), (1e6, 1 / FILE_FPS)]
)
def test_file_plays_at_its_own_speed(fps: float, interval_s: float) -> None:
    capture = SimpleNamespace(get=lambda _: fps)
    assert Source("video.mp4").interval_s(cv2, capture) == interval_s
    assert Source("0").interval_s(cv2, capture) == 0


def test_video_opens(tmp_path: Path) -> None:
    path = tmp_path / "video.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (64, 48))
    writer.write(np.zeros((48, 64, 3), np.uint8))
    writer.release()
    opened = Source(str(path)).open(cv2)
    assert isinstance(opened, Opened)
    assert opened.capture.grab()
    opened.capture.release()


def test_colour_video_is_luma_without_a_conversion(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25, (640, 480))
    for _ in range(3):
        writer.write(cv2.cvtColor(qr_luma(b"A"), cv2.COLOR_GRAY2BGR))
    writer.release()
    for as_packets, form in ((True, Form.PLANAR), (False, Form.DECODED)):
        opened = Source(str(path)).open(cv2, as_packets=as_packets)
        assert isinstance(opened, Opened)
        assert (opened.form, opened.height) == (form, 480)
        assert opened.capture.grab()
        luma = luma_of_frame(cv2, opened.capture.retrieve()[1], opened.form, opened.height)
        opened.capture.release()
        assert isinstance(luma, np.ndarray)
        assert luma.shape == (480, 640)
        assert np.abs(luma.astype(int) - qr_luma(b"A")).mean() < 20  # 16..235 for 0..255


@pytest.fixture
def by_id() -> Iterator[Path]:
    """A camera's name that stays, and behind it a node that can be made anew."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        os.mkfifo(Path(folder) / "video0")
        link = Path(folder) / "usb-camera"
        link.symlink_to("video0")
        yield link


def opened_on(camera: V4l2Camera, by_id: Path, *, as_packets: bool = True) -> Opened:
    opened = Source(str(by_id)).open(PeerCv2(camera.open), as_packets=as_packets)
    assert isinstance(opened, Opened)
    return opened


@pytest.mark.parametrize(
    ("formats", "form"),
    [
        (("MJPG",), Form.JPEG),
        (("YUYV", "MJPG"), Form.JPEG),  # it is asked for MJPG, which fits through USB 2
        (("YUYV",), Form.YUYV),
        (("NV12",), Form.PLANAR),
        (("BA81",), Form.DECODED),  # a raw sensor: left to OpenCV
    ],
)
def test_frames_are_taken_as_the_camera_sends_them(
    by_id: Path, formats: tuple[str, ...], form: Form
) -> None:
    camera = V4l2Camera(formats=formats)
    opened = opened_on(camera, by_id)
    assert opened.form is form
    assert opened.capture.grab()
    luma = luma_of_frame(cv2, opened.capture.retrieve()[1], opened.form, opened.height)
    assert isinstance(luma, np.ndarray)
    assert luma.shape == (720, 1280)
    assert opened_on(camera, by_id, as_packets=False).form is Form.DECODED


def test_camera_is_set_to_its_controls(by_id: Path) -> None:
    camera = V4l2Camera(sizes=((1280, 720), (1920, 1080)), ranges={cv2.CAP_PROP_GAIN: (0, 100)})
    controls = CameraControls(width=1920, height=1080, gain=12)
    opened = Source(str(by_id), controls).open(PeerCv2(camera.open))
    assert isinstance(opened, Opened)
    assert opened.height == 1080
    assert camera.values == {cv2.CAP_PROP_GAIN: 12}


def test_camera_is_gone_when_its_name_leads_elsewhere_or_nowhere(by_id: Path) -> None:
    source = Source(str(by_id))
    assert not source.is_gone()  # before it is opened
    assert isinstance(source.open(PeerCv2(V4l2Camera().open)), Opened)
    assert not source.is_gone()
    (by_id.parent / "video0").unlink()
    assert source.is_gone()
    assert source.open(PeerCv2(V4l2Camera().open)) is Trouble.MISSING
    os.mkfifo(by_id.parent / "video4")  # plugged in again, under another number
    by_id.unlink()
    by_id.symlink_to("video4")
    assert isinstance(source.open(PeerCv2(V4l2Camera().open)), Opened)
    assert not source.is_gone()


def test_node_made_anew_under_the_same_number_is_another(by_id: Path) -> None:
    source = Source(str(by_id))
    assert isinstance(source.open(PeerCv2(V4l2Camera().open)), Opened)
    node = by_id.parent / "video0"
    node.rename(by_id.parent / "old")
    os.mkfifo(node)
    assert source.is_gone()


def test_address_is_never_gone() -> None:
    source = Source("http://127.0.0.1:9/stream")
    source.open(cv2)
    assert not source.is_gone()


@pytest.mark.parametrize("name", ["file:///etc/passwd", "concat://x", "udp://127.0.0.1:9"])
def test_address_that_no_camera_has_is_not_opened(name: str) -> None:
    assert Source(name).open(cv2) is Trouble.UNOPENED


def test_stream_of_too_many_pixels_is_closed_again() -> None:
    class Huge(V4l2Capture):
        released = False

        def get(self, prop: int) -> float:
            sides = {cv2.CAP_PROP_FRAME_WIDTH: 4000, cv2.CAP_PROP_FRAME_HEIGHT: 4001}
            return sides.get(prop, -1.0)

        def release(self) -> None:
            Huge.released = True

    peer = PeerCv2(lambda *_: Huge(V4l2Camera()))
    assert Source("rtsp://camera.example/1").open(peer) is Trouble.TOO_LARGE
    assert Huge.released


def test_held_source_opens_no_node_but_the_one_it_had(by_id: Path) -> None:
    source = Source(str(by_id))
    source.hold()
    assert isinstance(source.open(PeerCv2(V4l2Camera().open)), Opened)
    node = by_id.parent / "video0"
    node.rename(by_id.parent / "old")
    assert source.open(PeerCv2(V4l2Camera().open)) is Trouble.MISSING
    os.mkfifo(node)
    with pytest.raises(OtherNodeError):
        source.open(PeerCv2(V4l2Camera().open))


def test_source_held_while_its_camera_is_missing_opens_none(by_id: Path) -> None:
    (by_id.parent / "video0").unlink()
    source = Source(str(by_id))
    source.hold()
    assert source.open(PeerCv2(V4l2Camera().open)) is Trouble.MISSING
    os.mkfifo(by_id.parent / "video0")
    with pytest.raises(OtherNodeError):
        source.open(PeerCv2(V4l2Camera().open))
