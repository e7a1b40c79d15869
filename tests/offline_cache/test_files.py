import subprocess
import sys
from pathlib import Path

import pytest

from offline_cache import files
from offline_cache.files import FileCalls, make_folders, remove, rename_durably, write_durably


class CallsByName(FileCalls):
    """Tells which calls were made, in order."""

    def __init__(self) -> None:
        self.made = list[str]()

    def sync(self, descriptor: int, path: Path) -> None:
        self.made.append(f"sync {path.name}")
        super().sync(descriptor, path)

    def replace(self, source: Path, target: Path) -> None:
        self.made.append(f"{source.name} becomes {target.name}")
        super().replace(source, target)

    def make_folder(self, path: Path, mode: int) -> None:
        self.made.append(f"make {path.name}")
        super().make_folder(path, mode)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> CallsByName:
    made = CallsByName()
    monkeypatch.setattr(files, "calls", made)
    return made


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_a_file_is_replaced_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a" / "file"
    write_durably(path, b"old")
    write_durably(path, b"new and longer", mode=0o600)
    assert path.read_bytes() == b"new and longer"
    assert path.stat().st_mode & 0o777 == 0o600
    assert names(path.parent) == ["file"]


def test_a_reader_sees_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    """The name is moved: whoever opened the old file goes on reading it."""
    path = tmp_path / "file"
    write_durably(path, b"old")
    with path.open("rb") as reader:
        write_durably(path, b"new")
        assert reader.read() == b"old"


def test_where_the_name_can_not_be_replaced_the_fresh_file_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.mkdir()
    with pytest.raises(OSError, match="irectory"):
        write_durably(path, b"new")
    assert names(tmp_path) == ["file"]


_CHILD = """
import resource, signal, sys
from pathlib import Path
from offline_cache.files import write_durably
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_durably(Path(sys.argv[1]), bytes(100_000))
except OSError as error:
    sys.exit(error.errno)
"""


@pytest.mark.slow
def test_a_write_that_fails_in_its_middle_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_durably(path, b"old")
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(path)],
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert done.returncode == 27  # EFBIG
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_a_leftover_of_a_power_cut_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / ".file.new").write_bytes(bytes(100))
    write_durably(tmp_path / "file", b"new")
    assert names(tmp_path) == ["file"]
    assert (tmp_path / "file").read_bytes() == b"new"


def test_octets_are_durable_before_the_name_and_the_name_before_it_is_told(
    tmp_path: Path, calls: CallsByName
) -> None:
    write_durably(tmp_path / "file", b"new")
    assert calls.made == ["sync .file.new", ".file.new becomes file", f"sync {tmp_path.name}"]


def test_the_name_of_a_folder_that_was_made_is_durable_too(
    tmp_path: Path, calls: CallsByName
) -> None:
    make_folders(tmp_path / "a" / "b", mode=0o700)
    assert calls.made == ["make a", f"sync {tmp_path.name}", "make b", "sync a"]
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_a_file_that_another_wrote_is_durable_before_it_gets_its_name(
    tmp_path: Path, calls: CallsByName
) -> None:
    (tmp_path / "fresh").write_bytes(b"new")
    rename_durably(tmp_path / "fresh", tmp_path / "file")
    assert calls.made == ["sync fresh", "fresh becomes file", f"sync {tmp_path.name}"]
    assert names(tmp_path) == ["file"]


def test_a_name_that_is_gone_is_taken_away_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    for _ in range(2):
        remove(tmp_path / "file")
    assert names(tmp_path) == []


def test_link_in_the_way_of_a_file_is_not_followed_and_gone_the_next_time(tmp_path: Path) -> None:
    """A stick that somebody hands a technician may hold one that leads to the machine's files."""
    own, stick = tmp_path / "identity", tmp_path / "stick"
    own.write_bytes(b"own")
    stick.mkdir()
    (stick / ".request.json.new").symlink_to(own)
    with pytest.raises(OSError, match="symbolic links"):
        write_durably(stick / "request.json", b"{}")
    assert own.read_bytes() == b"own"
    write_durably(stick / "request.json", b"{}")
    assert names(stick) == ["request.json"]
