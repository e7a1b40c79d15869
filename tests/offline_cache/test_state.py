import subprocess
import sys
from pathlib import Path

import pytest

from offline_cache.errors import CacheBusy, CacheError
from offline_cache.state import StateFolder

_HOLDER = """
import sys
from pathlib import Path
from offline_cache.state import StateFolder
with StateFolder(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    with StateFolder(tmp_path / "a" / "state") as state:
        assert state.folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_taken_is_told_and_free_again_afterwards(tmp_path: Path) -> None:
    with StateFolder(tmp_path), pytest.raises(CacheBusy, match="stop it first"):
        StateFolder(tmp_path).__enter__()
    with StateFolder(tmp_path):
        pass


@pytest.mark.slow
def test_another_process_holds_the_folder_until_it_dies_however_it_dies(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(CacheBusy, match=str(tmp_path)):
            StateFolder(tmp_path).__enter__()
        holder.kill()
        holder.wait()
        with StateFolder(tmp_path):
            pass


def test_a_file_in_its_place_is_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_bytes(b"")
    with pytest.raises(CacheError, match=f"{path}: can't be used as state folder"):
        StateFolder(path).__enter__()


def test_leaving_gives_the_descriptor_back(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with StateFolder(tmp_path):
        pass
    assert len(list(Path("/proc/self/fd").iterdir())) == before
