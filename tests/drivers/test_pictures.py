import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from driver_peers import png_of_zeros, qr_luma

from drivers.base import DriverError
from drivers.pictures import PICTURE_PIXELS_MAX, frames_of

ROOT = Path(__file__).parents[2]


def test_image_is_one_frame(tmp_path: Path) -> None:
    luma = qr_luma(b"HELLO")
    path = tmp_path / "code.png"
    cv2.imwrite(str(path), luma)
    ((number, frame),) = frames_of(str(path))
    assert number == 0
    assert np.array_equal(frame, luma)


def test_video_is_all_its_frames(tmp_path: Path) -> None:
    path = tmp_path / "video.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (64, 48))
    for level in (0, 100, 200):
        writer.write(np.full((48, 64, 3), level, np.uint8))
    writer.release()
    frames = list(frames_of(str(path)))
    assert [number for number, _ in frames] == [0, 1, 2]
    assert [frame.shape for _, frame in frames] == [(48, 64)] * 3
    assert [round(float(frame.mean()), -1) for _, frame in frames] == [0, 100, 200]


@pytest.mark.parametrize("name", ["missing.png", "."])
def test_missing_file_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(DriverError, match="no file"):
        next(frames_of(str(tmp_path / name)))


@pytest.mark.parametrize("name", ["text.png", "text.mp4", "text"])
def test_file_without_pictures_is_said(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("no picture at all")
    with pytest.raises(DriverError, match="no image and no video"):
        next(frames_of(str(path)))


def test_image_cut_short_is_said(tmp_path: Path) -> None:
    path = tmp_path / "code.png"
    cv2.imwrite(str(path), qr_luma(b"HELLO"))
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(DriverError, match="cannot be read"):
        next(frames_of(str(path)))


@pytest.mark.slow
def test_image_over_the_limit_is_refused_after_decoding(tmp_path: Path) -> None:
    """OpenCV is loaded already, so its own limit is not ours."""
    path = tmp_path / "large.png"
    png_of_zeros(path, PICTURE_PIXELS_MAX // 5000 + 1, 5000)
    with pytest.raises(DriverError, match="50 megapixels"):
        next(frames_of(str(path)))


@pytest.mark.slow
def test_image_over_the_limit_is_refused_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    png_of_zeros(path, 30_000, 30_000)
    program = """
import re, sys
from pathlib import Path
from drivers.base import DriverError
from drivers.pictures import frames_of, _load_cv2
_load_cv2()
try:
    next(frames_of(sys.argv[1]))
except DriverError as fault:
    # Not ru_maxrss, which begins at what the starting process had.
    print(fault, re.search(r"VmHWM:\\s*([0-9]+)", Path("/proc/self/status").read_text())[1])
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "50 megapixels" in done.stdout
    kilobytes = int(done.stdout.split()[-1])  # with all libraries
    assert kilobytes < 600_000  # the pixels alone would be 900 MB
