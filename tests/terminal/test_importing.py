"""Trust on a stick: what the centre published, carried to a terminal that has no line to it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from offline_cache.state import StateFolder
from terminal.control import ask
from tests.support.site import Terminal, Town, eventually

pytestmark = [pytest.mark.slow, pytest.mark.journey]

_NUMBERS = count(1)


def stick(town: Town, folder: Path) -> Path:
    """Return a copy of all that is published now."""
    shutil.copytree(town.centre._folder / "folder" / "tuf", folder)
    return folder


def imported(terminal: Terminal, folder: Path) -> tuple[int, Mapping[str, Any], str]:
    """Return exit status, what was told, and what was complained of."""
    command = [sys.executable, "-m", "terminal", "import", str(folder), "--json"]
    done = subprocess.run(
        [*command, "--config", str(terminal.config)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, json.loads(done.stdout or "{}"), done.stderr


@pytest.fixture
def terminal(town: Town, tmp_path: Path) -> Terminal:
    """A terminal whose centre is out of reach from now on."""
    terminal = Terminal(tmp_path, town, name=f"i-{next(_NUMBERS)}")
    text = terminal.config.read_text().replace(town.cable.url, "http://127.0.0.1:9")
    terminal.config.write_text(text.replace("sync_s = 1\n", "sync_s = 3600\n"))
    return terminal


def test_a_stick_brings_what_was_published_since_and_an_old_one_nothing(
    town: Town, terminal: Terminal, tmp_path: Path
) -> None:
    old = stick(town, tmp_path / "old")
    town.centre.publish()
    new = stick(town, tmp_path / "new")
    status, told, _ = imported(terminal, new)
    assert (status, told["is_new"], told["fault"], told["expired"]) == (0, True, "", [])
    status, again, _ = imported(terminal, new)
    assert (status, again["is_new"], again["version"]) == (0, False, told["version"])
    status, refused, _ = imported(terminal, old)
    assert status == 1
    assert "an old timestamp came" in refused["fault"]


def test_a_running_daemon_takes_a_stick_and_says_in_its_status_where_trust_is_from(
    town: Town, terminal: Terminal, tmp_path: Path
) -> None:
    town.centre.publish()
    folder = stick(town, tmp_path / "stick" / "tuf").parent
    terminal.start()
    try:
        eventually(lambda: terminal.status().get("running"), "the daemon")
        status, told, _ = imported(terminal, folder)
        assert (status, told["is_new"]) == (0, True)
        trust = terminal.status()["trust"]
        assert (trust["version"], trust["source"]) == (told["version"], str(folder / "tuf"))
        assert trust["expired"] == []
        control = StateFolder(terminal.state).control
        for about in ('"\\u0000"', "7", "junk", "[" * 9_999):
            assert ask(control, "import", about) == {"error": "no folder is named"}
        gone = ask(control, "import", json.dumps(str(tmp_path / "gone")))
        assert gone is not None
        assert "nothing was published" in str(gone["import"])
    finally:
        assert terminal.stop() == 0


def test_a_folder_that_nobody_published_is_told(terminal: Terminal, tmp_path: Path) -> None:
    status, _, complaint = imported(terminal, tmp_path)
    assert status == 2
    assert "no published folder" in complaint
    assert complaint.count("\n") == 1
