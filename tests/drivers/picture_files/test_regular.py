import os
from pathlib import Path

import pytest

from drivers.base import DriverError
from drivers.picture_files import regular
from drivers.picture_files.regular import opened

pytestmark = pytest.mark.usefixtures("no_fd_leak")


def test_file_and_a_link_to_it_are_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"octets")
    (tmp_path / "link").symlink_to("file")
    for name in ("file", "link"):
        with opened(str(tmp_path / name)) as fd:
            assert os.pread(fd, 9, 0) == b"octets"
            assert not os.get_inheritable(fd)


def test_what_is_no_file_is_told_with_what_to_give(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (str(tmp_path), str(tmp_path / "fifo"), "/dev/null", "", "\0", "x" * 5_000):
        with pytest.raises(DriverError, match="is no file: give the path"), opened(path):
            pass


def test_fifo_put_there_at_the_last_moment_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(FileNotFoundError):
        regular._open_regular(str(tmp_path / "fifo"))


def test_name_that_is_no_utf8_is_told(tmp_path: Path) -> None:
    path = tmp_path / "caf\udce9"
    path.touch()
    with pytest.raises(DriverError, match="no UTF-8: rename it"), opened(str(path)):
        pass
