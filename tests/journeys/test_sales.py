"""The power goes while a sale is made; the till asks by its key, and everything is sold once."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from simulator.phone import Phone
from simulator.serial_peers import ScannerPeer
from tests.support.site import Terminal, Town, eventually, now

pytestmark = [pytest.mark.journey, pytest.mark.slow]

PATIENCE_S = 30.0
LANE = "pharmacy-1"
SETTINGS = """
[local]
port = 0
[[lane]]
name = "pharmacy-1"
profile = "pharmacy"
scanner = {{ kind = "serial", port = "{port}", hold_off_ms = 0 }}
"""


@dataclass
class Till:
    """A till's program that writes its keys down before it asks."""

    terminal: Terminal
    token: str
    url: str = ""

    def start(self) -> None:
        """Start the terminal; its interface may be elsewhere now."""
        self.terminal.start()
        self.terminal.wait_for_lanes()
        self.url = self.terminal.status()["local"]["listeners"][0]["name"]

    def send(self, method: str, path: str, key: str = "", body: object = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        if key:
            headers["Idempotency-Key"] = key
        return requests.request(
            method, self.url + path, headers=headers, json=body, timeout=PATIENCE_S
        )

    def arm(self, key: str) -> dict[str, Any]:
        body = {"amount_minor": 1_250, "currency": "CNY"}
        told = self.send("POST", f"/v1/lanes/{LANE}/requests", key, body)
        assert told.status_code in (200, 201), told.text
        return dict(told.json())

    def ask(self, key: str) -> requests.Response:
        return self.send("GET", f"/v1/requests/{key}")

    def ends(self, key: str) -> dict[str, Any]:
        """Return how a request ended, as soon as it has."""
        told: dict[str, Any] = {}

        def has_ended() -> bool:
            told.update(self.ask(key).json())
            return told["state"] == "completed"

        eventually(has_ended, f"the end of {key}")
        return told


@pytest.fixture
def till(make_terminal: Callable[[str], Terminal], scanner: ScannerPeer) -> Till:
    terminal = make_terminal(SETTINGS.format(port=scanner.path))
    words = ("--scopes", "sale,reverse,status", "--lanes", LANE, "--json")
    token = json.loads(terminal.command("client", "add", "till-1", *words))["token"]
    made = Till(terminal, token)
    made.start()
    return made


def sales_on_disk(terminal: Terminal) -> list[dict[str, Any]]:
    """Return every sale that is durable, whether the daemon lives or not."""
    path = f"file:{terminal.state / 'journal.db'}?mode=ro"
    with closing(sqlite3.connect(path, uri=True)) as connection:
        lines = connection.execute("SELECT line FROM journal ORDER BY seq").fetchall()
    entries = [json.loads(line) for (line,) in lines]
    return [entry for entry in entries if entry["type"] == "sale" and entry["verdict"] == "grant"]


def test_whenever_the_power_goes_each_key_is_sold_once(
    town: Town, till: Till, scanner: ScannerPeer
) -> None:
    phones = iter(town.phones(8))
    for number, is_committed in enumerate((True, False)):
        key = f"till-1-sale-{number:08}"
        sold_before = len(sales_on_disk(till.terminal))
        till.arm(key)
        scanner.scan(next(phones).draw(now()))
        if is_committed:  # and nobody has heard of it
            eventually(
                lambda before=sold_before: len(sales_on_disk(till.terminal)) > before,  # type: ignore[misc]  # bound
                "the sale on the disk",
            )
        till.terminal.kill()
        till.start()
        told = recovered(till, key, next(phones), scanner)
        assert told["outcome"]["verdict"] == "grant"
        assert till.arm(key)["outcome"] == told["outcome"], "and so it stays"
    keys = [entry["key"] for entry in sales_on_disk(till.terminal)]
    assert keys == ["till-1-sale-00000000", "till-1-sale-00000001"]
    assert till.terminal.stop() == 0


def recovered(till: Till, key: str, phone: Phone, scanner: ScannerPeer) -> dict[str, Any]:
    """Do what a till does that lost the answer: ask, and send again what never happened."""
    told = till.ask(key)
    if told.status_code == 404:
        assert told.json()["type"].endswith(":request-unknown")
        till.arm(key)
        scanner.scan(phone.draw(now()))
    return till.ends(key)
