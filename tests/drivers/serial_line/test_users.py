import os
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.serial_line.users import other_users


@pytest.mark.slow
def test_process_that_has_the_file_open_is_named(tmp_path: Path) -> None:
    path = tmp_path / "port"
    path.touch()
    link = tmp_path / "by-id"
    link.symlink_to(path)
    program = "import sys; file = open(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        said = other_users(str(link))
        other.communicate()
    assert f"(process {other.pid})" in said


@pytest.mark.slow
def test_process_with_a_name_of_any_octets_harms_nobody(tmp_path: Path) -> None:
    """A process chooses its name: no UTF-8 ended the scanner's thread, a line feed the log's line."""
    path = tmp_path / "port"
    path.touch()
    program = (
        "import sys; from pathlib import Path; file = open(sys.argv[1]);"
        " Path('/proc/self/comm').write_bytes(bytes((255, 10, 27)) + b'X');"
        " print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        said = other_users(str(path))
        other.communicate()
    assert said == f"???X (process {other.pid})"


def test_our_own_descriptors_are_no_other_s(tmp_path: Path) -> None:
    path = tmp_path / "port"
    fd = os.open(path, os.O_CREAT | os.O_RDWR)
    try:
        assert other_users(str(path)) == ""
    finally:
        os.close(fd)
