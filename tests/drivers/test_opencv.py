import subprocess
import sys
from pathlib import Path

import pytest
from driver_peers import Inbox, broken_opencv, monotonic_ms

from drivers.base import Condition
from drivers.camera.scanner import CameraScanner
from drivers.opencv import import_trouble
from drivers.pictures import opencv_trouble

ROOT = Path(__file__).parents[2]

REMEDY = (
    "OpenCV can't load libGL.so.1: apt install libgl1 libglib2.0-0 libxcb1"
    " (or opencv-python-headless where there's no screen)"
)

REINSTALL = "OpenCV can't be loaded ({}): pip install --force-reinstall opencv-python"


def test_a_machine_that_has_opencv_has_no_trouble() -> None:
    assert opencv_trouble() == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("libGL.so.1: cannot open shared object file: No such file or directory", REMEDY),
        ("numpy.core\nis too old", REINSTALL.format("numpy.core is too old")),
    ],
)
def test_trouble_is_the_same_line_however_often_it_is_asked_for(
    tmp_path: Path, fault: str, words: str
) -> None:
    """OpenCV's own loader fails in another way, and prints, when it is tried again."""
    program = """
from drivers.base import DriverError
from drivers.pictures import frames_of, opencv_trouble
print(opencv_trouble())
try:
    next(frames_of(__import__("sys").argv[1]))
except DriverError as fault:
    print(fault)
"""
    picture = tmp_path / "code.png"
    picture.write_bytes(b"")
    done = subprocess.run(
        [sys.executable, "-c", program, picture],
        cwd=ROOT, env={"PYTHONPATH": str(broken_opencv(tmp_path, fault))},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == [words, words]


def test_opencv_that_is_not_there_is_said() -> None:
    absent = ModuleNotFoundError("No module named 'cv2'", name="cv2")
    assert import_trouble(absent) == "OpenCV is not installed: pip install opencv-python"


def test_a_library_that_others_lack_is_not_laid_to_opencv() -> None:
    assert import_trouble(ImportError("libzbar.so.0: cannot open shared object file")) == ""


@pytest.mark.slow
def test_camera_reports_the_remedy(
    tmp_path: Path, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(broken_opencv(tmp_path))  # its processes have the same path
    scanner = CameraScanner(source="/dev/video-none", monotonic_ms=monotonic_ms)
    scanner.start(inbox.deliver, inbox.report)
    try:
        assert REMEDY in inbox.wait_for(Condition.DOWN).detail
    finally:
        scanner.stop()
