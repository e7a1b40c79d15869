"""Each bound is tried in a process of its own, which it may end."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.camera.health import EXIT_MEMORY

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.slow


def status(act: str) -> int:
    program = f"""
import cv2, signal
from drivers.base import DriverError
from drivers.camera.cost import bounded
with bounded(100):
    {act}
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, timeout=60, check=False
    )
    return done.returncode


def test_what_costs_little_goes_on() -> None:
    assert status("pass") == 0


def test_what_computes_without_end_is_ended() -> None:
    assert status("while True: pass") == -signal.SIGPROF


@pytest.mark.parametrize(
    "act", ["raise MemoryError", "fault = cv2.error(); fault.code = -4; raise fault"]
)
def test_what_gets_no_memory_ends_and_says_so(act: str) -> None:
    assert status(act) == EXIT_MEMORY


def test_other_faults_go_their_way_and_leave_no_timer() -> None:
    assert status("raise cv2.error") == 1
    program = """
import cv2, signal
from drivers.camera.cost import bounded
try:
    with bounded(100):
        raise KeyError
except KeyError:
    print(signal.getitimer(signal.ITIMER_PROF))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "(0.0, 0.0)\n"
