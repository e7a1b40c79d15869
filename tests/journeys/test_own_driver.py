"""A lane behind a driver that somebody else brought, in a real daemon beside a lane that fails."""

from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.serial_peers import ScannerPeer
from tests.support.acme import SOURCE, acme
from tests.support.packages import install
from tests.support.site import Terminal, Town, eventually, now

pytestmark = [pytest.mark.journey, pytest.mark.slow]

GROUP = "scan_terminal.scanners"
WILD = """
from acme import Acme
class Wild(Acme):
    def make(self, settings, *, monotonic_ms):
        raise RuntimeError("wild")
SCANNER = Wild()
"""

FRAIL = """
from acme import Acme, AcmeScanner
class FrailScanner(AcmeScanner):
    def _hand_over(self, line, deliver):
        if line == b"deadly":
            raise KeyError("no such field")
        super()._hand_over(line, deliver)
class Frail(Acme):
    def make(self, settings, *, monotonic_ms):
        return FrailScanner(settings["host"], settings["port"], monotonic_ms)
SCANNER = Frail()
"""


def lane(name: str, scanner: str) -> str:
    return f'[[lane]]\nname = "{name}"\nprofile = "gate"\nscanner = {{ {scanner} }}\n'


def test_driver_of_others_serves_its_lane_and_a_wild_one_harms_no_other(
    make_terminal: Callable[[str], Terminal],
    town: Town,
    scanner: ScannerPeer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = tmp_path / "site"
    acme_named = {"module": "acme", "package": "acme-scan", "family": "acme", "names": "SCANNER"}
    wild_named = {"module": "wild", "package": "wild-scan", "family": "wild", "names": "SCANNER"}
    install(site, source=SOURCE, group=GROUP, **acme_named)
    install(site, source=WILD, group=GROUP, **wild_named)
    monkeypatch.setenv("PYTHONPATH", str(site))
    first, second = town.phones(2)
    with acme().SCANNER.simulate() as device:
        where = f'host = "127.0.0.1", port = {device.settings["port"]}'
        terminal = make_terminal(
            lane("acme-1", f'kind = "driver", name = "acme", settings = {{ {where} }}')
            + lane("wild-1", 'kind = "driver", name = "wild"')
            + lane("serial-1", f'kind = "serial", port = "{scanner.path}"')
        )
        terminal.start()
        eventually(lambda: terminal.lane(0).get("state") == "idle", "the driver's lane in service")
        eventually(lambda: terminal.lane(2).get("state") == "idle", "our lane in service")
        told = terminal.lane(1)
        assert told["state"] == "out-of-service"
        assert "driver wild failed in make (RuntimeError: wild)" in told["trouble"]
        device.show(first.draw(now()).encode())
        scanner.scan(second.draw(now()))
        eventually(lambda: terminal.status()["journal"]["seq"] >= 2, "both passages")
        device.unplug()
        eventually(
            lambda: "check its power and cable" in terminal.lane(0)["trouble"], "the cable is out"
        )
        device.plug()
        eventually(lambda: terminal.lane(0)["trouble"] == "", "the cable is in again")
        assert terminal.stop() == 0
    passages = [entry for entry in terminal.journal() if entry["type"] == "passage"]
    assert {entry["lane"] for entry in passages} == {"acme-1", "serial-1"}
    assert {entry["verdict"] for entry in passages} == {"grant"}


def test_driver_that_a_thread_of_its_own_dies_of_ends_neither_daemon_nor_lane(
    make_terminal: Callable[[str], Terminal],
    town: Town,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = tmp_path / "site"
    acme_named = {"module": "acme", "package": "acme-scan", "family": "acme", "names": "SCANNER"}
    frail_named = {"module": "frail", "package": "frail", "family": "frail", "names": "SCANNER"}
    install(site, source=SOURCE, group=GROUP, **acme_named)
    install(site, source=FRAIL, group=GROUP, **frail_named)
    monkeypatch.setenv("PYTHONPATH", str(site))
    (phone,) = town.phones(1)
    with acme().SCANNER.simulate() as device:
        where = f'host = "127.0.0.1", port = {device.settings["port"]}'
        terminal = make_terminal(
            lane("frail-1", f'kind = "driver", name = "frail", settings = {{ {where} }}')
        )
        terminal.start()
        eventually(lambda: terminal.lane(0).get("state") == "idle", "the driver's lane in service")
        device.show(b"deadly")
        eventually(lambda: "lost its thread acme" in terminal.lane(0)["trouble"], "its death")
        device.hide()
        eventually(lambda: terminal.lane(0)["trouble"] == "", "another driver in its place")
        device.show(phone.draw(now()).encode())
        eventually(lambda: terminal.status()["journal"]["seq"] >= 1, "the passage")
        device.hide()
        assert terminal.stop() == 0
    assert {entry["verdict"] for entry in terminal.journal()} >= {"grant"}
