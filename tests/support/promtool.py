"""Prometheus' own checker, as `scripts/setup dev` or Debian brought it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Promtool = Callable[..., str]


def find_promtool() -> Promtool:
    """Return what runs promtool, and fails where it finds fault; without it the test is skipped.

    In CI nothing is skipped: there it is a fault of the machine.
    """
    beside = Path(sys.executable).parent
    program = shutil.which("promtool", path=f"{beside}{os.pathsep}{os.environ.get('PATH', '')}")
    if program is None:
        assert not os.environ.get("CI"), "CI has no promtool: scripts/setup dev brings it"
        pytest.skip("no promtool here: scripts/setup dev brings it")

    def run(*arguments: str, given: bytes = b"") -> str:
        done = subprocess.run([program, *arguments], input=given, capture_output=True, check=False)
        told = (done.stdout + done.stderr).decode()
        assert done.returncode == 0, told
        return told

    return run
