from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.camera.messages import Trouble
from drivers.camera.source import FILE_FPS, Source, SourceKind, device_name


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("0", SourceKind.DEVICE),
        ("/dev/v4l/by-id/usb-camera", SourceKind.DEVICE),
        ("http://camera.example/stream", SourceKind.STREAM),
        ("rtsp://camera.example/1", SourceKind.STREAM),
        ("/srv/video.mp4", SourceKind.FILE),
        ("video.mp4", SourceKind.FILE),
    ],
)
def test_source_is_known_by_its_text(text: str, kind: SourceKind) -> None:
    assert Source(text).kind is kind


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
    capture = Source(str(path)).open(cv2)
    assert capture.grab()
    capture.release()


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("rtsp://user:secret@camera.example/1", "rtsp://camera.example/…"),
        ("rtsp://user:s@cret@camera.example:554/1", "rtsp://camera.example:554/…"),
        ("rtsp://user:secret@[2001:db8::7]:554/1", "rtsp://[2001:db8::7]:554/…"),
        ("rtsp://10.0.0.7:554/live?user=admin&pwd=secret", "rtsp://10.0.0.7:554/…"),
        ("http://10.0.0.7?pwd=secret", "http://10.0.0.7/…"),
        ("http://10.0.0.7#secret", "http://10.0.0.7/…"),
        ("http://10.0.0.7/", "http://10.0.0.7/…"),
        ("http://10.0.0.7:8080", "http://10.0.0.7:8080"),
        # Which of these is the host?
        ("rtsp://admin:s/cret@10.0.0.7:554/1", "rtsp://…"),
        ("rtsp://admin:1234/cret@10.0.0.7:554/1", "rtsp://…"),
        ("rtsp://10.0.0.7/live@secret", "rtsp://…"),
        ("rtsp://admin#secret@10.0.0.7/1", "rtsp://…"),
        ("rtsp://admin?secret@10.0.0.7/1", "rtsp://…"),
        ("rtsp://admin\\secret@10.0.0.7/1", "rtsp://…"),
        ("rtsp://admin:secret", "rtsp://…"),
        ("rtsp://admin:secret@", "rtsp://…"),
        ("rtsp://", "rtsp://…"),
        ("admin:secret@rtsp://10.0.0.7", "…"),
        ("://secret", "…"),
        ("/dev/video0", "/dev/video0"),
        ("0", "0"),
        ("videos/a@b?c.mp4", "videos/a@b?c.mp4"),
    ],
)
def test_reports_show_scheme_host_and_port_alone(source: str, name: str) -> None:
    assert device_name(source) == name


@given(
    place=st.sampled_from(
        [
            "rtsp://{}@10.0.0.7:554/live",
            "rtsp://admin:{}@10.0.0.7:554/live",
            "rtsp://10.0.0.7:554/{}",
            "rtsp://10.0.0.7:554/live?user=admin&pwd={}",
            "rtsp://10.0.0.7:554?{}",
            "rtsp://10.0.0.7:554/live#{}",
        ]
    ),
    secret=st.text(st.sampled_from("sS7@/?#:[].-&=%\\ \n…é") | st.characters(), max_size=12),
)
def test_no_secret_ever_shows(place: str, secret: str) -> None:
    """Told are these words and no others, whatever the secret is."""
    assert device_name(place.format(secret)) in ("rtsp://10.0.0.7:554/…", "rtsp://…")
