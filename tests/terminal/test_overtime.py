"""A command comes to an end though a native library does not."""

import subprocess
import sys
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from terminal.commands.overtime import bounded
from tests.drivers.driver_peers import finder_lattice

PATIENCE_S = 20.0


def test_what_goes_on_or_is_over_is_not_ended() -> None:
    told: list[str] = []
    with bounded("a.png", seconds=0.5, ending=told.append) as goes_on:
        for _ in range(20):
            threading.Event().wait(0.05)
            goes_on()
    assert told == []


def test_what_does_not_go_on_is_ended_with_its_words() -> None:
    told = threading.Event()
    with bounded("a.png", seconds=0.01, ending=lambda words: told.set() if words else None):
        assert told.wait(PATIENCE_S)


def test_what_fails_is_not_ended_afterwards() -> None:
    told: list[str] = []
    with pytest.raises(KeyError), bounded("a.png", seconds=0.05, ending=told.append):
        raise KeyError
    assert not [one for one in threading.enumerate() if one.name == "overtime"]
    assert told == []


@pytest.mark.slow
def test_picture_made_to_hang_an_engine_ends_decode_with_a_word(tmp_path: Path) -> None:
    path = tmp_path / "lattice.png"
    cv2.imwrite(str(path), np.tile(finder_lattice(), (3, 2)))  # minutes
    code = (
        "import sys; from terminal.commands import overtime; overtime.FRAME_S_MAX = 1.0;"
        " from terminal.commands.pictures import decode; sys.exit(decode(sys.argv[1:]))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"scan-terminal: {path} keeps a decoder busy without end")
