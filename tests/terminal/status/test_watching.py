"""`status --watch` beside a daemon that comes and goes: a real socket, a real console."""

import asyncio
import json
import os
import pty
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from terminal.cli import app
from terminal.control import serve_control
from tests.terminal.status.test_rows import WELL

pytestmark = pytest.mark.slow


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    path = tmp_path / "terminal.toml"
    path.write_text(
        f'terminal = {{ state = "{tmp_path}/state" }}\n'
        f'centre = {{ url = "http://127.0.0.1:9", trust_root = "{"A" * 43}" }}\n'
    )
    return path


@contextmanager
def daemon(config: Path) -> Iterator[None]:
    """Answer as a daemon does, until the end."""
    ready, stop = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def told() -> dict[str, object]:
        return WELL

    async def serve() -> None:
        server = await serve_control(config.parent / "state" / "control.sock", {"status": told})
        loops.append(asyncio.get_running_loop())
        ready.set()
        await stop.wait()
        server.close()
        await server.wait_closed()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    ready.wait()
    try:
        yield
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join()
        (config.parent / "state" / "control.sock").unlink(missing_ok=True)


def run(config: Path, *more: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["status", "--config", str(config), *more])
    return done.exit_code, done.stdout


def test_each_look_is_one_object_for_programs(config: Path) -> None:
    with daemon(config):
        status, out = run(config, "--watch", "--every", "0.2", "--seconds", "0.3", "--json")
    assert status == 0
    told = [json.loads(line) for line in out.splitlines()]
    assert len(told) >= 2
    assert all(each == WELL for each in told)


def test_watch_begins_without_a_daemon_and_says_why_there_is_nothing(config: Path) -> None:
    status, out = run(config, "--watch", "--seconds", "0")
    assert status == 1
    assert "scan-terminal enrol" in out


LANE = """
[local]
[[lane]]
name = "kiosk-1"
profile = "kiosk"
scanner = { kind = "camera", source = "/dev/video0" }
screen = { kind = "kiosk" }
"""


def test_screens_are_told_by_their_address_where_the_interface_serves_them(config: Path) -> None:
    text = config.read_text()
    config.write_text(text + LANE)
    with daemon(config):
        status, out = run(config)
        assert status == 0
        assert "  screen kiosk-1: http://127.0.0.1:7070/screen/kiosk-1" in out.splitlines()
        config.write_text(text + LANE.replace("[local]", "[local]\nscreens = false"))
        assert "screen kiosk-1" not in run(config)[1]
        config.write_text(text + LANE.replace("[local]", '[local]\nloopback = ["::1"]'))
        assert "http://[::1]:7070/screen/kiosk-1" in run(config)[1]


class Watched:
    """The command before a console of its own; what it shows is gathered as it comes."""

    def __init__(self, config: Path) -> None:
        self._master, slave = pty.openpty()
        environment = os.environ | {"TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
        command = ["status", "--config", str(config), "--watch", "--every", "0.2"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "terminal", *command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
        )
        os.close(slave)
        self._text = ""

    def until(self, says: str) -> None:
        """Read until it is shown, and forget what was before."""
        while says not in self._text:
            ready, _, _ = select.select([self._master], [], [], 20)
            assert ready, f"{says!r} was not shown, but {self._text!r}"
            self._text += os.read(self._master, 4_096).decode("utf-8", "replace")
        self._text = ""

    def interrupt(self) -> int:
        self._process.send_signal(signal.SIGINT)
        status = self._process.wait(20)
        os.close(self._master)
        return status


def test_watch_survives_the_daemons_restart_and_ends_by_ctrl_c(config: Path) -> None:
    with daemon(config):
        watched = Watched(config)
        watched.until("library-7")
    watched.until("no answer")
    with daemon(config):
        watched.until("running")
        assert watched.interrupt() == 0
