import tomllib
from typing import Any

import pytest
from pydantic import ValidationError

from drivers.framing.ssi import Ssi
from drivers.framing.stx_etx import StxEtx
from drivers.serial_line.scanner import SerialScanner
from terminal.devices.serial import SerialSettings


def settings(toml: str = "") -> SerialSettings:
    table: dict[str, Any] = tomllib.loads(toml)
    return SerialSettings.model_validate({"kind": "serial", "port": "/dev/scanner", **table})


def test_nothing_but_a_port_is_needed() -> None:
    plain = settings()
    scanner = plain.make()
    assert isinstance(scanner, SerialScanner)
    scanner.stop()
    assert plain._line().baud == 115_200


def test_preset_gives_what_is_not_set() -> None:
    zebra = settings('preset = "zebra-ssi"\nheartbeat_s = 30')
    assert isinstance(zebra._framing(), Ssi)
    assert zebra._line().baud == 9_600
    assert zebra._commands().query == bytes.fromhex("04 A3 04 00 FF 55")
    assert zebra._commands().query_ms == 30_000
    faster = settings('preset = "zebra-ssi"\nbaud = 115200\nframing = { kind = "idle-gap" }')
    assert faster._line().baud == 115_200
    assert not isinstance(faster._framing(), Ssi)


def test_everything_can_be_set() -> None:
    full = settings(
        """
        baud = 57600
        data_bits = 7
        parity = "even"
        stop_bits = 2
        flow = "rts-cts"
        dtr = false
        bytes_min = 8
        bytes_max = 7089
        acknowledge = "ack"
        preambles = ["'QR:'"]
        code_id_bytes = 1
        aim = "require"
        eci = true
        content = "hex"
        upper = true
        init = ["SYN 'M' CR 'PAPHHF!'"]
        actions = { trigger_on = "SYN 'T' CR", trigger_off = "SYN 'U' CR" }
        at_start = ["trigger_on"]
        at_stop = ["trigger_off"]
        trigger_ms = 5000
        signal = true
        octet_pause_ms = 10
        heartbeat_s = 30
        query = "'?'"
        answers = [{ begin = "ACK" }, { begin = "STX", end = "ETX" }, { begin = "02", bytes = 7 }]

        [framing]
        kind = "stx-etx"
        check = "text"
        """
    )
    assert isinstance(full._framing(), StxEtx)
    assert full._commands().starting() == (b"\x16M\rPAPHHF!", b"\x16T\r")
    assert full._commands().stopping() == b"\x16U\r"
    full.make().stop()


@pytest.mark.parametrize(
    "framing",
    [
        'kind = "delimited"\nsuffixes = ["CRLF", "ETX EOT"]\ngap_ms_max = 100',
        'kind = "stx-etx"\nend = "ETX EOT"\ncheck = "to-end"',
        'kind = "length"\nstart = "5A"\ntag_bytes = 1\nlength_order = "big"\ncheck = "body"\nend = "A5"',
        'kind = "length"\ncode_tags = ["30"]',
        'kind = "ssi"',
        'kind = "idle-gap"\ngap_ms = 20',
    ],
)
def test_every_framing_can_be_named(framing: str) -> None:
    settings(f"[framing]\n{framing}").make().stop()


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ('init = ["hello"]', "is not understood"),
        ("init = [7]", "write octets as a text"),
        ('init = ["7E 00 09 01 00 00 00 DE C8"]', "saves a GM65's zone in flash"),
        ("init = [\"SYN 'M' CR 'PAPHHF.'\"]", "end it in '!'"),
        ('at_start = ["light_on"]', "no command for light_on"),
        ("heartbeat_s = 30", "needs a query"),
        ("bytes_min = 9\nbytes_max = 8", "bytes_min is above bytes_max"),
        ('framing = { kind = "stx-etx", end = "STX" }', "share none"),
        ('framing = { kind = "morse" }', "framing"),
        ('preset = "unheard-of"', "preset"),
        ('answers = [{ begin = "02 03", bytes = 1 }]', "not shorter than its begin"),
        ("parity = 1", "parity"),
        ('framing = { kind = "length" }\nflow = "xon-xoff"', "take away"),
        ('preset = "zebra-ssi"\ndata_bits = 7', "take away"),
        ('preset = "zebra-ssi"\nacknowledge = "ack"', "acknowledges by itself"),
        ('preset = "honeywell"\nheartbeat_s = 30\nquery = "\'?\'"', "taken for codes"),
        ('preset = "vbar"\nheartbeat_s = 30\nquery = "\'?\'"', "taken for codes"),
    ],
)
def test_what_the_driver_would_refuse_is_refused_in_the_settings(toml: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        settings(toml)


@pytest.mark.parametrize(
    ("toml", "key"),
    [
        ('init = ["CR", "7E 00 09 01 00 00 00 DE C8"]', ("init", 1)),
        ("actions = { beep_ok = \"SYN 'M' CR 'PAPHHF.'\" }", ("actions", "beep_ok")),
        ("query = \"ESC 'Z2'\"", ("query",)),
        ('answers = [{ begin = "ACK" }, { begin = "02 03", bytes = 1 }]', ("answers", 1)),
        ('framing = { kind = "stx-etx", end = "STX" }', ("framing", "stx-etx")),
        ('framing = { kind = "length", tag_bytes = 0, code_tags = ["30"] }', ("framing", "length")),
    ],
)
def test_refusal_names_the_key(toml: str, key: tuple[str | int, ...]) -> None:
    with pytest.raises(ValidationError) as refusal:
        settings(toml)
    assert refusal.value.errors()[0]["loc"] == key


def test_heartbeat_is_taken_where_answers_are_known_from_codes() -> None:
    asks = "heartbeat_s = 30\nquery = \"'?'\"\n"
    settings(asks + 'answers = [{ begin = "ACK" }]').make().stop()
    settings(asks + 'framing = { kind = "length", code_tags = ["30"] }').make().stop()
    settings('preset = "gm65"\nheartbeat_s = 30').make().stop()


def test_doctor_asks_for_a_name_that_stays() -> None:
    findings = list(settings().findings("lane gate-1"))
    assert [finding.level for finding in findings] == ["fail"]
    numbered = SerialSettings(kind="serial", port="/dev/ttyUSB77")
    assert [finding.level for finding in numbered.findings("lane gate-1")] == ["fail", "warn"]
