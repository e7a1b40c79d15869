"""The installed programs, started and driven from outside."""

import json
import os
import pty
import signal
import subprocess
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.packaging.installation import PATIENCE_S, Installation

pytestmark = [pytest.mark.slow, pytest.mark.journey]


def test_demo_loses_doubles_and_misjudges_nothing(demo: Installation) -> None:
    done = demo.run("scan-terminal", "demo", "--seconds", "10", "--json")
    assert done.returncode == 0, done.stderr
    sums = json.loads(done.stdout.splitlines()[-1])
    assert sums["presentations"] > 0
    assert (sums["lost"], sums["doubled"], sums["wrong_verdicts"]) == (0, 0, 0), sums


def test_base_install_enrols_decides_uploads_and_stops(
    base: Installation, demo: Installation, tmp_path: Path
) -> None:
    """The centre has its extra, as on another machine; the terminal has the wheel alone."""
    scanner, port = _scanner()
    made = _central(demo, "init")
    card = _central(demo, "issue", "--static", "--capabilities", "health-pass")
    _central(demo, "publish")
    code = _central(demo, "enrolment", "--terminal", "base-1")["code"]
    with _running(
        demo, "scan-central", "serve", "--dir", "centre", "--port", "0", "--json"
    ) as centre:
        url = json.loads(_first_line(centre))["url"]
        (tmp_path / "terminal.toml").write_text(
            '[terminal]\nstate = "state"\n'
            f'[centre]\nurl = "{url}"\ntrust_root = "{made["trust_root"]}"\nsync_s = 1\n'
            '[[lane]]\nname = "gate-1"\nprofile = "gate"\n'
            f'scanner = {{ kind = "serial", port = "{port}" }}\n',
            encoding="utf-8",
        )
        config = ("--config", "terminal.toml")
        enrolled = base.run("scan-terminal", "enrol", code, *config)
        assert enrolled.returncode == 0, enrolled.stderr
        with _running(base, "scan-terminal", "run", *config) as terminal:
            _wait_for(lambda: _lane_state(base, *config) == "idle", terminal)
            os.write(scanner, card["code"].encode() + b"\r")
            _wait_for(lambda: _central(demo, "report")["entries"] > 0, terminal)
            terminal.send_signal(signal.SIGTERM)
            assert terminal.wait(PATIENCE_S) == 0
    # The gate's profile lets an attendant look at a printed card.
    assert _central(demo, "report")["verdicts"] == {"refer": 1}


def _scanner() -> tuple[int, str]:
    """Return the end that a scanner writes to, and the port that a terminal opens."""
    scanner, port = pty.openpty()
    tty.setraw(port)
    return scanner, os.ttyname(port)


def _central(demo: Installation, command: str, *arguments: str) -> dict[str, Any]:
    """Return the last line of a command on the centre."""
    done = demo.run("scan-central", command, "--dir", "centre", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    line: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return line


def _lane_state(base: Installation, *config: str) -> str | None:
    """Return the state of the terminal's lane; None while the daemon does not answer."""
    done = base.run("scan-terminal", "status", "--json", *config)
    state = json.loads(done.stdout) if done.stdout else {"running": False}
    return str(state["lanes"][0]["state"]) if state["running"] else None


@contextmanager
def _running(
    installation: Installation, program: str, *arguments: str
) -> Iterator[subprocess.Popen[str]]:
    """Run a program; what is still there at the end is killed, and its last words are shown."""
    log = installation.cwd / f"{program}.log"
    with installation.start(program, *arguments, log=log) as process:
        try:
            yield process
        finally:
            process.kill()
            print(f"{program} said:\n{log.read_text()[-2000:]}")  # noqa: T201  # pytest shows it on failure


def _first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def _wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait until `condition` holds, which is asked of real programs: time is real here."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert process.poll() is None, "it ended"
        assert time.monotonic() < deadline_s
        threading.Event().wait(0.2)
