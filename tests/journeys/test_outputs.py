"""A till that only knows a scanner, its receipts, and a door of somebody else's controller."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
import serial

from simulator.access_controller import AccessController
from simulator.receipt_printer import SerialPrinter
from simulator.serial_peers import ScannerPeer
from tests.support.site import Terminal, Town, eventually, now

pytestmark = [pytest.mark.journey, pytest.mark.slow]

PATIENCE_S = 30.0
KEY = bytes.fromhex("00112233445566778899aabbccddeeff")
SETTINGS = """
[local]
port = 0
[[lane]]
name = "pharmacy-1"
profile = "pharmacy"
scanner = {{ kind = "serial", port = "{till_scanner}", hold_off_ms = 0 }}
answers = {{ kind = "virtual-serial", link = "{link}", form = "text", ending = "cr" }}
printer = {{ kind = "escpos", node = "{printer}", header = ["示例药房 Example Pharmacy"] }}
[[lane]]
name = "gate-1"
profile = "gate"
scanner = {{ kind = "serial", port = "{door_scanner}", hold_off_ms = 0 }}
answers = {{ kind = "osdp", port = "{line}", address = 1, baud = 115200, key_file = "{key}" }}
"""


def test_legacy_programs_printers_and_controllers_hear_of_grants(
    town: Town, make_terminal: Callable[[str], Terminal], tmp_path: Path
) -> None:
    key_file, link = tmp_path / "scbk", tmp_path / "till"
    key_file.touch(mode=0o600)
    key_file.write_text(KEY.hex())
    with (
        ScannerPeer() as till_scanner,
        ScannerPeer() as door_scanner,
        SerialPrinter() as printer,
        AccessController(KEY) as controller,
    ):
        terminal = make_terminal(
            SETTINGS.format(
                till_scanner=till_scanner.path,
                door_scanner=door_scanner.path,
                printer=printer.path,
                line=controller.path,
                key=key_file,
                link=link,
            )
        )
        scopes = ("--scopes", "sale,reverse,status", "--lanes", "pharmacy-1", "--json")
        token = json.loads(terminal.command("client", "add", "till-1", *scopes))["token"]
        terminal.start()
        eventually(link.exists, "the virtual port")
        with serial.Serial(str(link), 9_600, timeout=PATIENCE_S) as port:
            terminal.wait_for_lanes()
            buyer, visitor = town.phones(2)
            url = terminal.status()["local"]["listeners"][0]["name"]
            sell(url, token)
            till_scanner.scan(buyer.draw(now()))
            verdict, reason, card, amount = port.read_until(b"\r").decode().rstrip("\r").split(";")
            assert (verdict, reason, amount) == ("grant", "", "1250")
            assert len(card) == 32
            eventually(lambda: len(printer.receipts) == 1, "the receipt")
            lines = printer.receipts[0].lines
            assert lines[0] == "示例药房 Example Pharmacy"
            assert any("12.50 CNY" in line for line in lines)
            reverse(url, token)
            eventually(lambda: len(printer.receipts) == 2, "the reversal's receipt")
            assert any("-12.50 CNY" in line for line in printer.receipts[1].lines)
            door_scanner.scan(visitor.draw(now()))
            assert len(controller.cards.get(timeout=PATIENCE_S)) == 8
        assert printer.unknown == []
        assert terminal.stop() == 0
    assert not link.is_symlink()


def sell(url: str, token: str) -> None:
    asked = requests.post(
        f"{url}/v1/lanes/pharmacy-1/requests",
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "till-1-sale-00000001"},
        json={"amount_minor": 1_250, "currency": "CNY"},
        timeout=PATIENCE_S,
    )
    assert asked.status_code in (200, 201), asked.text


def reverse(url: str, token: str) -> None:
    asked = requests.post(
        f"{url}/v1/requests/till-1-sale-00000001/reverse",
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "till-1-back-00000001"},
        json={},
        timeout=PATIENCE_S,
    )
    assert asked.status_code in (200, 201), asked.text
