import shutil
import subprocess
from collections.abc import Callable

import pytest


@pytest.fixture
def promtool() -> Callable[..., str]:
    """Run promtool; what it finds fault with fails the test."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("no promtool here: apt install prometheus")

    def run(*arguments: str, given: bytes = b"") -> str:
        done = subprocess.run([program, *arguments], input=given, capture_output=True, check=False)
        told = (done.stdout + done.stderr).decode()
        assert done.returncode == 0, told
        return told

    return run
