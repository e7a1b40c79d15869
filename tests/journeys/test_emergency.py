"""An alarm, a power cut in the middle of it, and what the terminal says afterwards."""

import json
from collections.abc import Callable

import pytest

from simulator.serial_peers import RelayPeer
from tests.support.site import Terminal, eventually

pytestmark = [pytest.mark.journey, pytest.mark.slow]


def test_a_gate_stands_open_until_the_power_is_cut_and_the_terminal_says_so_afterwards(
    make_terminal: Callable[[str], Terminal], gate: str, relay: RelayPeer
) -> None:
    terminal = make_terminal(gate)
    terminal.start()
    terminal.wait_for_lanes()
    told = json.loads(terminal.command("emergency", "open", "--lane", "gate-1", "--json"))
    assert (told["name"], told["state"], told["held_open"]) == ("gate-1", "held-open", True)
    eventually(lambda: relay.is_open, "the gate open")
    eventually(lambda: terminal.status()["journal"]["seq"] == 1, "the beginning on the disk")
    terminal.kill()
    terminal.start()
    terminal.wait_for_lanes()
    eventually(lambda: not relay.is_open, "the gate closed after the power cut")
    assert terminal.stop() == 0
    told_by_journal = [entry["what"] for entry in terminal.journal()]
    assert told_by_journal == ["emergency-began", "emergency-ended"]
