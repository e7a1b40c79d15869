import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# The peers lie beside the tests and are found in whichever way pytest imports test modules.
sys.path.insert(0, str(Path(__file__).parent))

from driver_peers import Inbox, MjpegCamera, PtyPeer


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def pty_peer(tmp_path: Path) -> Iterator[PtyPeer]:
    with PtyPeer(tmp_path / "port") as peer:
        yield peer


@pytest.fixture
def mjpeg_camera() -> Iterator[MjpegCamera]:
    with MjpegCamera() as camera:
        yield camera


@pytest.fixture
def no_fd_leak() -> Iterator[None]:
    """No descriptor is open after the test that was not before."""
    gc.collect()  # what earlier tests left is not closed in this one
    before = _open_fds()
    yield
    assert _open_fds() <= before


def _open_fds() -> set[str]:
    # The listing itself has one open, which is gone when its target is asked for.
    return {fd.name for fd in Path("/proc/self/fd").iterdir() if os.path.lexists(fd)}
