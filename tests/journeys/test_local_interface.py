"""A till's program of forty lines, and a real terminal with a real card."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

from simulator.serial_peers import ScannerPeer
from tests.support.raw_http import connected, head
from tests.support.site import Terminal, Town, eventually, now

pytestmark = [pytest.mark.journey, pytest.mark.slow]

PATIENCE_S = 30.0
SETTINGS = """
[local]
port = 0
[[lane]]
name = "pharmacy-1"
profile = "pharmacy"
scanner = {{ kind = "serial", port = "{port}", hold_off_ms = 0 }}
"""


class Till:
    """The shop's side: the terminal's interface, and a token."""

    def __init__(self, terminal: Terminal) -> None:
        words = ("--scopes", "sale,reverse,status,diagnosis", "--lanes", "pharmacy-1", "--json")
        self.token = json.loads(terminal.command("client", "add", "till-1", *words))["token"]
        self.url: str = terminal.status()["local"]["listeners"][0]["name"]

    def get(self, path: str) -> Any:
        bearer = {"Authorization": f"Bearer {self.token}"}
        return requests.get(self.url + path, headers=bearer, timeout=PATIENCE_S).json()

    def sell(self, docs: Path, shown: Callable[[], None], *options: str) -> dict[str, Any]:
        """Run the example; `shown` is called as soon as the lane waits for a card."""
        program = [sys.executable, str(docs / "examples" / "till.py"), self.url, self.token]
        with subprocess.Popen(
            [*program, "pharmacy-1", "1250", *options], stdout=subprocess.PIPE
        ) as process:
            eventually(lambda: self.get("/v1/lanes/pharmacy-1")["asked"], "the lane is armed")
            shown()
            said, _ = process.communicate(timeout=PATIENCE_S)
        told: dict[str, Any] = json.loads(said)
        return told


@pytest.fixture
def terminal(make_terminal: Callable[[str], Terminal], scanner: ScannerPeer) -> Iterator[Terminal]:
    made = make_terminal(SETTINGS.format(port=scanner.path))
    made.start()
    made.wait_for_lanes()
    yield made
    assert made.stop() == 0, made.log.read_text()


def test_till_sells_and_takes_back_and_the_journal_says_the_same(
    town: Town, terminal: Terminal, scanner: ScannerPeer, docs: Path
) -> None:
    (phone,) = town.phones(1)
    till = Till(terminal)
    told = till.sell(docs, lambda: scanner.scan(phone.draw(now())), "--reverse")
    outcome = told["outcome"]
    assert (told["state"], outcome["verdict"]) == ("completed", "grant"), told
    assert (outcome["amount_minor"], outcome["currency"]) == (1_250, "CNY")
    by_seq = {entry["seq"]: entry for entry in terminal.journal()}
    sale, back = by_seq[outcome["entry"]["seq"]], by_seq[outcome["annulled"]["seq"]]
    assert (sale["type"], sale["client"], sale["key"]) == ("sale", "till-1", told["key"])
    assert (back["type"], back["reference"]) == ("annul", outcome["entry"])


def test_card_that_nobody_asked_for_pays_nothing_and_a_flood_of_streams_slows_no_lane(
    town: Town, terminal: Terminal, scanner: ScannerPeer, docs: Path
) -> None:
    """Hundreds of streams that nobody reads are opened, and a till beside them sells."""
    (phone,) = town.phones(1)
    till = Till(terminal)
    token = json.loads(terminal.command("client", "add", "greedy", "--json"))["token"]
    port = int(till.url.rpartition(":")[2])
    stream = head("GET", "/v1/events", f"Authorization: Bearer {token}")
    with ExitStack() as flood:
        for _ in range(200):
            flood.enter_context(connected(port, stream))
        scanner.scan(phone.draw(now()))
        till.sell(docs, lambda: scanner.scan(phone.draw(now())))
    grants = [entry for entry in terminal.journal() if entry.get("verdict") == "grant"]
    assert [entry["amount_minor"] for entry in grants] == [1_250]
    assert till.get("/v1/diagnosis")["local"]["streams"] in range(5)
