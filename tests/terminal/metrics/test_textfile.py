"""The file for a collector: written whole, where something happened, and not too often."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from terminal.metrics import names
from terminal.metrics.metric import Family, single
from terminal.metrics.textfile import UNCHANGED_S_MAX, Textfile


class Terminal:
    """Something to measure."""

    def __init__(self) -> None:
        self.entries, self.free = 0, 1_000

    async def families(self) -> Sequence[Family]:
        return [single(names.JOURNAL_LAST, self.entries), single(names.DISK_FREE, self.free)]


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


@pytest.fixture
def file(terminal: Terminal, tmp_path: Path) -> Textfile:
    return Textfile(tmp_path / "scan.prom", period_s=60, gather=terminal.families)


def look(file: Textfile, now_s: float) -> int:
    """Have it looked at, and return how often it was written so far."""
    asyncio.run(file.look(now_s))
    return file.writes


def test_file_says_everything_and_whoever_collects_may_read_it(
    file: Textfile, tmp_path: Path
) -> None:
    look(file, 0)
    path = tmp_path / "scan.prom"
    text = path.read_text(encoding="utf-8")
    assert "scan_terminal_journal_last_entry 0.0" in text
    assert "scan_terminal_disk_free_bytes 1000.0" in text
    assert "scan_terminal_process_open_fds" in text
    assert path.stat().st_mode & 0o777 == 0o644
    assert [each.name for each in tmp_path.iterdir()] == ["scan.prom"]


def test_link_that_waits_in_the_folder_is_not_followed(file: Textfile, tmp_path: Path) -> None:
    """The folder is another user's: its owner could have a file of the daemon's written over."""
    secret = tmp_path / "identity.json"
    secret.write_text("secret")
    secret.chmod(0o600)
    (tmp_path / f".scan.prom.{os.getpid()}").symlink_to(secret)
    assert look(file, 0) == 1
    assert (secret.read_text(), secret.stat().st_mode & 0o777) == ("secret", 0o600)
    assert (tmp_path / "scan.prom").is_file()
    assert not (tmp_path / "scan.prom").is_symlink()


def test_what_moves_by_itself_is_no_reason_to_write(file: Textfile, terminal: Terminal) -> None:
    assert look(file, 0) == 1
    terminal.free = 900
    assert look(file, 60) == 1
    terminal.entries = 1
    assert look(file, 120) == 2


def test_file_is_never_older_than_a_quarter_of_an_hour(file: Textfile) -> None:
    look(file, 0)
    assert look(file, UNCHANGED_S_MAX - 0.1) == 1
    assert look(file, UNCHANGED_S_MAX) == 2
    assert look(file, UNCHANGED_S_MAX + 60) == 2


def test_folder_that_is_not_there_is_told_once_and_tried_again(
    terminal: Terminal, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = Textfile(tmp_path / "away" / "scan.prom", period_s=60, gather=terminal.families)
    assert look(file, 0) == look(file, 60) == 0
    assert [record.message for record in caplog.records] == [
        f"metrics: {tmp_path}/away/scan.prom can't be written: No such file or directory"
    ]
    (tmp_path / "away").mkdir()
    assert look(file, 120) == 1
