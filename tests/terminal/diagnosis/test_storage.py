import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from offline_cache.ballast import BALLAST_OCTETS
from terminal.diagnosis.ground import Ground
from terminal.diagnosis.storage import look_at_disk, look_at_mode
from tests.terminal.diagnosis.conftest import Laid

Make = Callable[..., Ground]


def levels(ground: Ground) -> dict[str, str]:
    return {found.code: found.level for found in look_at_disk(ground)}


def mounts(folder: Path, kind: str, options: str) -> str:
    return f"/dev/sda1 / ext4 rw,relatime 0 0\n/dev/sdb1 {folder} {kind} {options} 0 0\n"


@pytest.mark.parametrize(
    ("kind", "options", "level"),
    [
        ("ext4", "rw,noatime", "ok"),
        ("btrfs", "rw,compress=no", "ok"),
        ("ext4", "ro,noatime", "fail"),
        ("nfs4", "rw", "fail"),
        ("tmpfs", "rw", "warn"),
    ],
)
def test_disk_that_is_none_is_told(
    laid: Laid, ground: Make, tmp_path: Path, kind: str, options: str, level: str
) -> None:
    laid.put("/proc/mounts", mounts(tmp_path, kind, options))
    assert levels(ground())["disk.kind"] == level


def test_mount_that_lies_deeper_is_the_one_that_counts(
    laid: Laid, ground: Make, tmp_path: Path
) -> None:
    text = mounts(tmp_path / "elsewhere", "tmpfs", "ro")
    laid.put("/proc/mounts", text)
    (found,) = [each for each in look_at_disk(ground()) if each.code == "disk.kind"]
    assert found.what.endswith("lies on ext4")


def test_spent_ballast_is_told_once_there_is_a_journal(ground: Make) -> None:
    here = ground()
    assert "disk.ballast" not in levels(here)
    here.settings.state_folder.mkdir()
    here.state.journal.touch()
    assert levels(here)["disk.ballast"] == "warn"
    with (here.settings.state_folder / "ballast").open("wb") as file:
        os.ftruncate(file.fileno(), BALLAST_OCTETS)
    assert "disk.ballast" not in levels(here)


def test_machine_that_never_ran_has_no_journal_to_be_in_a_mode(ground: Make) -> None:
    here = ground()
    assert list(look_at_mode(here)) == []
    here.settings.state_folder.mkdir()
    here.state.journal.write_bytes(b"no database" * 100)
    (found,) = look_at_mode(here)
    assert (found.code, found.level) == ("journal.mode", "fail")


def test_journal_that_writes_ahead_is_well(ground: Make) -> None:
    """Text comes from the journal's connection as octets: its own mode did not look like WAL."""
    here = ground()
    here.settings.state_folder.mkdir()
    connection = sqlite3.connect(here.state.journal)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA user_version = 1")
    (found,) = look_at_mode(here)
    assert (found.code, found.level) == ("journal.mode", "ok")
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    (found,) = look_at_mode(here)
    assert found.level == "warn"
    assert "mode delete," in found.what
