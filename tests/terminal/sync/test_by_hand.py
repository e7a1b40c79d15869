"""The command `sync` and the end of the daemon, with somebody between terminal and centre."""

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from offline_cache.state import StateFolder
from protocol.problems import CONTENT_TYPE, Problem, ProblemCode
from terminal import daemon
from terminal.bootstrap import open_desk
from terminal.settings import load_settings
from tests.support.journals import dynamic
from tests.support.middleman import SLOW_BODY, SLOW_HEAD, Asked, Drip, Middleman, Told, forward
from tests.support.site import Terminal, Town, eventually

pytestmark = [pytest.mark.slow, pytest.mark.journey]

_NUMBERS = count(1)
JOURNAL = "/journal"
# Far below the deadline of a request, far above what an idle machine needs.
STOP_S_MAX = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    status: int
    told: Mapping[str, Any]
    err: str


@dataclass
class Site:
    """A terminal with one entry that the centre lacks, and the man on its line."""

    town: Town
    man: Middleman
    terminal: Terminal

    def honest(self, asked: Asked) -> Told | None:
        return forward(self.town.cable.url, asked)

    def at_journal(self, answer: Callable[[], Told | Drip | None]) -> None:
        self.man.answer = lambda asked: answer() if JOURNAL in asked.path else self.honest(asked)

    def sync(self) -> Done:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "terminal", "sync", "--once", "--json"),
                *("--config", str(self.terminal.config)),
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        told = json.loads(done.stdout) if done.stdout else {}
        return Done(status=done.returncode, told=told, err=done.stderr)


@pytest.fixture
def site(town: Town, tmp_path: Path) -> Iterator[Site]:
    terminal = Terminal(tmp_path, town, name=f"y-{next(_NUMBERS)}")
    with Middleman(lambda _: None) as man:
        text = terminal.config.read_text().replace(town.cable.url, man.url)
        terminal.config.write_text(text.replace("sync_s = 1\n", "sync_s = 3600\n"))
        with StateFolder(terminal.state) as state:
            desk = open_desk(state, load_settings(terminal.config))
            desk.writer.append(dynamic("01")).result(10)
            desk.writer.stop()
        made = Site(town, man, terminal)
        man.answer = made.honest
        yield made
        terminal.close()


def fork() -> Told:
    problem = Problem(code=ProblemCode.FORK, detail="made up", members=(("at", 1),))
    body = json.dumps(problem.document()).encode()
    return Told(status=problem.status, body=body, headers={"Content-Type": CONTENT_TYPE})


def start(site: Site) -> None:
    """Start the daemon; returns once its control socket answers."""
    site.terminal.start()
    eventually(site.terminal.status, "the daemon")


def test_a_daemon_that_is_asked_does_a_round_and_tells_how_it_ended(site: Site) -> None:
    site.at_journal(fork)
    start(site)
    halted = site.sync()
    assert halted.status == 1
    assert halted.told == {"state": "halted", "detail": "fork: made up", "seq": 1, "acked": 0}
    site.at_journal(lambda: None)
    assert site.sync().told == halted.told  # a fault of the network ends no halt
    site.man.answer = site.honest
    done = site.sync()
    assert (done.status, done.err) == (0, "")
    assert done.told == {"state": "working", "detail": "", "seq": 1, "acked": 1}


def test_a_centre_that_is_not_reached_is_told_by_the_daemon(site: Site) -> None:
    site.at_journal(lambda: None)
    start(site)
    done = site.sync()
    assert done.status == 1
    assert done.told["state"] == "backing-off"
    assert "no connection" in done.told["detail"]
    assert (done.told["seq"], done.told["acked"]) == (1, 0)


def test_without_a_daemon_trouble_is_told_once(site: Site) -> None:
    site.man.answer = lambda _: None
    done = site.sync()
    assert (done.status, done.told["state"], done.err) == (1, "backing-off", "")
    site.man.answer = site.honest
    done = site.sync()
    assert (done.status, done.told["acked"], done.err) == (0, 1, "")


def test_a_round_that_is_not_over_in_time_is_busy(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No sync thread runs here, so that no round ever ends."""
    monkeypatch.setattr(daemon, "ROUND_S_MAX", 0.01)
    settings = load_settings(site.terminal.config)
    with StateFolder(settings.state_folder) as state:
        made = daemon.Daemon(state, settings)
        told = asyncio.run(made._sync_now())
        made._close_threads()
    match told["sync"]:
        case {"state": "busy", "detail": str() as detail}:
            assert "no round was over within" in detail
        case _:
            pytest.fail(str(told))


@pytest.mark.parametrize("drip", [SLOW_HEAD, SLOW_BODY], ids=["head", "body"])
def test_a_daemon_ends_at_once_though_an_answer_drips(site: Site, drip: Drip) -> None:
    site.at_journal(lambda: drip)
    start(site)
    assert site.man.drips.wait(20)
    begun_s = time.monotonic()
    assert site.terminal.stop() == 0
    assert time.monotonic() - begun_s < STOP_S_MAX
    assert "Traceback" not in site.terminal.log.read_text()


def test_whoever_waits_for_a_round_holds_up_no_end(site: Site) -> None:
    """More wait than the event loop has threads to lend."""
    site.at_journal(lambda: SLOW_BODY)
    start(site)
    assert site.man.drips.wait(20)
    with ExitStack() as stack:
        for _ in range(40):
            line = stack.enter_context(socket.socket(socket.AF_UNIX))
            line.connect(str(site.terminal.state / "control.sock"))
            line.sendall(b"sync\n")
        assert site.terminal.status()["running"] is True
        begun_s = time.monotonic()
        assert site.terminal.stop() == 0
        assert time.monotonic() - begun_s < STOP_S_MAX
    assert "Traceback" not in site.terminal.log.read_text()
