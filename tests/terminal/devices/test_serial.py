import tomllib
from typing import Any

import pytest
from pydantic import ValidationError

from drivers.framing.length import Layout
from drivers.framing.ssi import Ssi
from drivers.framing.stx_etx import Cover, StxEtx
from drivers.serial_line.answers import Answer
from drivers.serial_line.commands import Action, Commands
from drivers.serial_line.content import Aim, Content, Encoding
from drivers.serial_line.scanner import Acknowledge, SerialScanner
from drivers.serial_port import Line
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
        rts = false
        bytes_min = 8
        bytes_max = 7089
        acknowledge = "ack"
        preambles = ["'QR:'"]
        code_id_bytes = 1
        aim = "require"
        eci = true
        content = "hex"
        upper = true
        hold_off_ms = 7
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
    scanner = full.make()
    assert isinstance(scanner, SerialScanner)
    scanner.stop()
    assert isinstance(full._framing(), StxEtx)
    assert full._line() == Line(
        baud=57_600, data_bits=7, parity="even", stop_bits=2, flow="rts-cts", dtr=False, rts=False
    )
    assert scanner._content == Content(
        preambles=(b"QR:",),
        code_id_bytes=1,
        aim=Aim.REQUIRE,
        is_eci=True,
        encoding=Encoding.HEX,
        is_upper=True,
        bytes_min=8,
    )
    assert scanner._commands == Commands(
        actions={Action.TRIGGER_ON: b"\x16T\r", Action.TRIGGER_OFF: b"\x16U\r"},
        init=(b"\x16M\rPAPHHF!",),
        at_start=(Action.TRIGGER_ON,),
        at_stop=(Action.TRIGGER_OFF,),
        trigger_ms=5_000,
        has_signal=True,
        octet_pause_ms=10,
        query=b"?",
        query_ms=30_000,
        answers=(
            Answer(begin=b"\x06"),
            Answer(begin=b"\x02", end=b"\x03"),
            Answer(begin=b"\x02", size=7),
        ),
    )
    assert scanner._acknowledge is Acknowledge.OCTET
    assert scanner._steady._hold_off_ms == 7


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


def test_what_is_set_of_a_framing_reaches_it() -> None:
    def made(table: str) -> Any:
        return settings(f"bytes_max = 99\n[framing]\ngap_ms_max = 55\n{table}")._framing()

    delimited = made('kind = "delimited"\nsuffixes = ["TAB"]')
    assert delimited._suffixes == (b"\t",)
    stx_etx = made('kind = "stx-etx"\nstart = "SOH"\nend = "EOT"\ncheck = "all"')
    assert (stx_etx._begin, stx_etx._end, stx_etx._cover) == (b"\x01", b"\x04", Cover.ALL)
    length = made(
        'kind = "length"\nstart = "5A"\ntag_bytes = 1\nlength_bytes = 3\nlength_order = "big"\n'
        'check = "body"\nend = "A5"\ncode_tags = ["30"]'
    )
    assert length._layout == Layout(
        start=b"\x5a",
        tag_bytes=1,
        length_bytes=3,
        length_order="big",
        check="body",
        end=b"\xa5",
        code_tags=(b"0",),
    )
    ssi = made('kind = "ssi"')
    idle_gap = settings('bytes_max = 99\n[framing]\nkind = "idle-gap"\ngap_ms = 55')._framing()
    for framing in (delimited, stx_etx, length, ssi, idle_gap):
        assert (framing._line_bytes_max, framing._gap_ms_max) == (99, 55)


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
