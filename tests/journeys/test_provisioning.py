"""A machine out of its box: it says that it is none, is armed, shown a code, and lets people in."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from central.enrolments import allow_enrolment
from central.qr import write_qr
from central.site import open_site
from central.slips import slip_text
from simulator.serial_peers import AnswerPeer, ScannerPeer
from terminal.errors import ControlError
from tests.support.site import Terminal, Town, eventually, now

pytestmark = [pytest.mark.journey, pytest.mark.slow]


class Box(Terminal):
    """A terminal that nobody has enrolled, whose root came with its image."""

    def __init__(self, folder: Path, town: Town, *, name: str, lanes: str) -> None:
        folder.mkdir()
        self.name, self.state = name, folder / "s"
        self.config, self.log = folder / "t.toml", folder / "run.log"
        self._program = None
        (folder / "trust-root").write_text(town.centre.trust_root + "\n")
        self.config.write_text(
            f'[terminal]\nstate = "{self.state}"\n[centre]\nsync_s = 1\n'
            f'trust_root_file = "{folder / "trust-root"}"\n{lanes}'
        )

    def status(self) -> Mapping[str, Any]:
        """Return the report; empty for the instant in which the machine becomes a terminal."""
        try:
            return super().status()
        except ControlError:  # who waited at the first socket while it was closed
            return {}


@pytest.fixture
def box(town: Town, tmp_path: Path, gate: str) -> Iterator[Box]:
    made = Box(tmp_path / "box", town, name="box-1", lanes=gate)
    yield made
    made.close()


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Where systemd hears how a service does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield heard


def last_status(systemd: socket.socket) -> str:
    """Return what `systemctl status` shows of all that was told."""
    lines: list[str] = []
    while True:
        try:
            lines += systemd.recv(1 << 16).decode().splitlines()
        except BlockingIOError:
            return [line for line in lines if line.startswith("STATUS=")][-1]


def slip(town: Town, name: str) -> str:
    site = open_site(town.centre._folder)
    with closing(site.open_store()) as store:
        code, ends = allow_enrolment(store, name, now=now())
    return slip_text(site, code, ends, url=town.cable.url, place="Library, hall 2")


def test_a_machine_on_the_wall_is_enrolled_by_its_scanner_and_goes_to_work(
    town: Town, box: Box, scanner: ScannerPeer, answers: AnswerPeer, systemd: socket.socket
) -> None:
    (phone,) = town.phones(1)
    town.centre.publish()
    code = slip(town, box.name)
    box.start()
    eventually(box.status, "the daemon")
    assert box.status()["enrolled"] is False
    told = json.loads(box.command("status", "--json", accept=(1,)))
    assert told["enrolment"]["state"] == "unarmed"
    findings = box.command("doctor", accept=(1,))
    assert "scan-terminal enrol --arm" in findings
    assert "nobody has named it yet" in findings  # the centre: the slip will
    armed = json.loads(box.command("enrol", "--arm", "--json"))
    assert 880 < armed["ends_in_s"] <= 900
    eventually(
        lambda: [d["condition"] for d in box.lane()["devices"]] == ["up"], "the scanner alone"
    )
    scanner.scan(code)
    box.wait_for_lanes()
    assert (box.status()["terminal"], box.status()["epoch"]) == (box.name, 1)
    assert last_status(systemd) == f"STATUS=serving 1 lanes as {box.name}"
    scanner.scan(phone.draw(now()))
    assert json.loads(answers.next(20))["verdict"] == "grant"
    scanner.scan(code)  # to a terminal it is a code like any other that it does not know
    refused = json.loads(answers.next(20))
    assert (refused["verdict"], refused["reason"]) == ("deny", "D.UNK")
    assert code not in box.log.read_text()
    assert "enrolled already" in _refused(box, "enrol", code)
    assert box.stop() == 0
    box.start()
    box.wait_for_lanes()
    assert box.stop() == 0


def test_a_picture_of_the_slip_enrols_where_no_daemon_runs(
    town: Town, box: Box, tmp_path: Path
) -> None:
    write_qr(slip(town, "box-2"), tmp_path / "slip.png")
    assert "no daemon runs" in _refused(box, "enrol", "--arm")
    told = box.command("enrol", str(tmp_path / "slip.png"))
    assert told == "this machine is terminal box-2, epoch 1\n"


def _refused(box: Box, *words: str) -> str:
    """Return why a command is refused."""
    done = subprocess.run(
        [sys.executable, "-m", "terminal", *words, "--config", str(box.config)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    return done.stderr
