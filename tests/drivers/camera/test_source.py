from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from drivers.camera.messages import Trouble
from drivers.camera.source import FILE_FPS, Opened, Source


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
