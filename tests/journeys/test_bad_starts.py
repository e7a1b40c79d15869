"""What the daemon can't start with: one line on standard error, exit status 2, no traceback."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.site import Terminal, eventually

pytestmark = [pytest.mark.journey, pytest.mark.slow]


def refused(config: Path) -> str:
    """Return the one line in which `run` says why it does not."""
    done = subprocess.run(
        [sys.executable, "-m", "terminal", "run", "--config", str(config)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("scan-terminal: ")
    assert done.stdout == ""
    return line


def test_a_second_daemon_on_the_same_state_is_refused_and_disturbs_nobody(
    make_terminal: Callable[[str], Terminal],
) -> None:
    terminal = make_terminal("")
    terminal.start()
    eventually(terminal.status, "the first daemon")
    assert "another scan-terminal runs on this state folder" in refused(terminal.config)
    assert terminal.status()["running"] is True
    assert terminal.stop() == 0


def _noise(state: Path) -> None:
    (state / "journal.db").write_bytes(b"\x5a" * 9_000)


def _emptied(state: Path) -> None:
    (state / "journal.db").write_bytes(b"")


def _gone(state: Path) -> None:
    (state / "journal.db").unlink()


def _directory(state: Path) -> None:
    _gone(state)
    (state / "journal.db").mkdir()


def _identity(state: Path) -> None:
    (state / "identity.json").write_bytes(b"{}")


def _identity_is_a_folder(state: Path) -> None:
    (state / "identity.json").unlink()
    (state / "identity.json").mkdir()


def _no_identity(state: Path) -> None:
    (state / "identity.json").unlink()


def _control(state: Path) -> None:
    (state / "control.sock").mkdir()


def test_damage_to_the_state_is_one_line_that_says_where(
    make_terminal: Callable[[str], Terminal],
) -> None:
    damages: dict[str, Callable[[Path], None]] = {
        "journal.db": _noise,
        "journal.db: ": _directory,
        "the journal of this terminal is gone": _gone,
        "journal.db: the journal of this terminal is gone": _emptied,
        "identity.json: the identity is damaged": _identity,
        "identity.json: Is a directory": _identity_is_a_folder,
        "identity.json: this machine is not enrolled": _no_identity,
        "control.sock: can't be used as socket": _control,
    }
    terminal = make_terminal("")
    kept = {path: path.read_bytes() for path in terminal.state.rglob("*") if path.is_file()}
    for says, damage in damages.items():
        damage(terminal.state)
        assert says in refused(terminal.config)
        for path in sorted(terminal.state.rglob("*"), reverse=True):
            if path.is_dir() and path not in {each.parent for each in kept}:
                path.rmdir()
            elif path.is_file():
                path.unlink()
        for path, octets in kept.items():
            path.write_bytes(octets)


def test_a_state_folder_too_deep_for_a_socket_is_told(
    make_terminal: Callable[[str], Terminal],
) -> None:
    terminal = make_terminal("")
    deep = terminal.state.parent / ("d" * 100)
    terminal.state.rename(deep)
    text = terminal.config.read_text().replace(str(terminal.state), str(deep))
    terminal.config.write_text(text)
    assert "terminal.state must be a short path" in refused(terminal.config)
