"""A day with known cards, accounts and texts; none of it is in any log, metric or error.

The daemon's log is at its most talkative. What a lane is shown is good, used twice, forged, junk
and another system's; what a till types goes right and wrong.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cbor2
import pytest
import requests

from simulator.phone import Phone
from simulator.serial_peers import ScannerPeer
from tests.support.promtool import find_promtool
from tests.support.site import Terminal, Town, eventually, now

pytestmark = [pytest.mark.journey, pytest.mark.slow]

PATIENCE_S = 30.0
ACCOUNT = "6222021604004567893"
RECEIPT = "amoxicillin for bed 14"
JUNK = "WIFI:S:flat-31;T:WPA;P:hunter2-of-the-neighbour;;"
PAYMENT = "https://qr.payment.example/fkx19847hsdf7h2"
SETTINGS = """
[metrics]
textfile = "{folder}/scan-terminal.prom"
textfile_s = 15
[local]
port = 0
metrics_open = true
[[lane]]
name = "gate-1"
profile = "gate"
scanner = {{ kind = "serial", port = "{gate}", hold_off_ms = 0 }}
[[lane]]
name = "pharmacy-1"
profile = "pharmacy"
scanner = {{ kind = "serial", port = "{till}", hold_off_ms = 0 }}
"""


@dataclass
class Day:
    """One terminal's, and everything that anybody was told of it."""

    terminal: Terminal
    town: Town
    gate: ScannerPeer
    till: ScannerPeer
    token: str = ""
    url: str = ""
    secrets: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def know(self, phone: Phone) -> Phone:
        """Note what of a card must be nowhere."""
        payload = cbor2.loads(cbor2.loads(phone.issuer_part)[2])
        subject = payload[-65537][1]
        self.secrets |= {
            f"subject of {phone.status}": subject.hex(),
            f"raw subject of {phone.status}": repr(subject)[2:-1],
            f"issuer part of {phone.status}": phone.issuer_part.hex(),
        }
        return phone

    def show(self, scanner: ScannerPeer, text: str) -> None:
        """Scan a code, and note both its ends."""
        number = len(self.secrets)
        self.secrets |= {f"text {number}": text[:28], f"end of text {number}": text[-24:]}
        before = self.measured()
        scanner.scan(text)
        eventually(lambda: self.measured() > before, f"an end of {text[:12]}")

    def measured(self) -> float:
        """Return how many presentations have ended."""
        return sum(
            float(line.rpartition(" ")[2])
            for line in self.metrics().splitlines()
            if line.startswith("scan_terminal_decisions_total{")
        )

    def metrics(self) -> str:
        return requests.get(f"{self.url}/metrics", timeout=PATIENCE_S).text

    def ask(self, method: str, path: str, *, token: str = "", **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token or self.token}"} | more.pop("headers", {})
        answer = requests.request(
            method, self.url + path, headers=headers, timeout=PATIENCE_S, **more
        )
        if answer.status_code >= 400:
            self.errors.append(answer.text)
        return answer

    def arm(self, key: str, **more: object) -> None:
        body = {
            "amount_minor": 1_250,
            "currency": "CNY",
            "reference": RECEIPT,
            "details": {"account": ACCOUNT},
        }
        self.ask(
            "POST",
            "/v1/lanes/pharmacy-1/requests",
            headers={"Idempotency-Key": key},
            json=body | more,
        )


@pytest.fixture
def day(town: Town, make_terminal: Callable[[str], Terminal], tmp_path: Path) -> Iterator[Day]:
    with ScannerPeer() as gate, ScannerPeer() as till:
        lanes = SETTINGS.format(folder=tmp_path, gate=gate.path, till=till.path)
        terminal = make_terminal(lanes)
        told = terminal.config.read_text(encoding="utf-8")
        talkative = told.replace("[terminal]\n", '[terminal]\nlog_level = "debug"\n')
        terminal.config.write_text(talkative, encoding="utf-8")
        words = ("--scopes", "sale,reverse,status,diagnosis", "--json")
        token = json.loads(terminal.command("client", "add", "till-1", *words))["token"]
        made = Day(terminal, town, gate, till, token)
        terminal.start()
        terminal.wait_for_lanes()
        made.url = terminal.status()["local"]["listeners"][0]["name"]
        yield made


def go_through(day: Day) -> None:
    """Have people come to the gate, with what they hold."""
    first, second = (day.know(phone) for phone in day.town.phones(2))
    code = first.draw(now())
    day.show(day.gate, code)
    day.show(day.gate, second.draw(now()))
    day.show(day.gate, code)
    day.show(day.gate, second.inner_part())
    day.show(day.gate, second.with_forged_card().draw(now()))
    day.show(day.gate, code[:-3])
    day.show(day.gate, JUNK)
    day.show(day.gate, PAYMENT)


def buy(day: Day) -> None:
    """Have a till sell, take back, and get things wrong."""
    paying, other = (day.know(phone) for phone in day.town.phones(2))
    day.arm("till-1-sale-0001")
    day.show(day.till, paying.draw(now()))
    day.ask(
        "POST",
        "/v1/requests/till-1-sale-0001/reverse",
        headers={"Idempotency-Key": "till-1-back-0001"},
    )
    day.show(day.till, other.draw(now()))  # nobody asked for it
    day.arm("till-1-sale-0001", reference=f"{RECEIPT}, again")
    day.arm("till-1-sale-0002", amount_minor=ACCOUNT)
    day.arm("till-1-sale-0003", account=ACCOUNT)
    day.ask("GET", f"/v1/requests/{ACCOUNT}")
    day.ask("GET", f"/v1/lanes?account={ACCOUNT}")
    day.ask("GET", "/v1/lanes", token="scan-client." + "A" * 43)
    assert len(day.errors) >= 6


def test_no_log_no_metric_and_no_error_names_anybody(day: Day, tmp_path: Path) -> None:
    go_through(day)
    buy(day)
    day.terminal.command("sync", "--once")
    told = day.metrics()
    assert 'verdict="grant"' in told
    synced = re.search(
        r"^scan_terminal_sync_last_success_timestamp_seconds (\S+)$", told, re.MULTILINE
    )
    assert synced is not None
    assert float(synced[1]) > 0
    assert find_promtool()("check", "metrics", given=told.encode()) == ""
    assert requests.get(f"{day.url}/health/ready", timeout=PATIENCE_S).text == "ready\n"
    day.secrets |= {"account": ACCOUNT, "receipt": RECEIPT, "token": day.token}
    for entry in day.terminal.journal():
        for name in ("pseudonym", "presentation"):
            if name in entry:
                day.secrets[f"{name} of {entry['seq']}"] = entry[name]
    assert day.terminal.stop() == 0
    places = {
        "the terminal's log": day.terminal.log.read_text(encoding="utf-8"),
        "the centre's log": day.town.log.read_text(encoding="utf-8"),
        "metrics": told,
        "the metrics file": (tmp_path / "scan-terminal.prom").read_text(encoding="utf-8"),
        "errors": "\n".join(day.errors),
    }
    assert "lane gate-1: grant" in places["the terminal's log"]
    found = [
        f"{what} in {where}"
        for where, text in places.items()
        for what, secret in day.secrets.items()
        if secret in text
    ]
    assert found == []
