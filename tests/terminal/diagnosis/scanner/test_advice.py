"""What is advised makes the very octets that came right, wherever settings can."""

from collections.abc import Callable
from typing import Any

import pytest

from terminal.diagnosis.finding import Finding
from terminal.diagnosis.scanner.analysis import analyse
from terminal.diagnosis.scanner.faults import FaultKind
from terminal.diagnosis.scanner.report import findings_of
from terminal.diagnosis.scanner.samples import SAMPLES
from terminal.diagnosis.scanner.subject import Heard, is_proven, subject_of
from terminal.diagnosis.words import words_for

Spoil = Callable[[bytes], bytes]
PORT = {"kind": "serial", "port": "/dev/serial/by-id/usb-scanner-if00"}


def even(octets: bytes) -> bytes:
    return bytes(each | 0x80 if each.bit_count() % 2 else each for each in octets)


def heard_of(spoil: Spoil, *names: str, baud: int = 115_200) -> list[Heard]:
    bursts = [spoil(sample.octets) for sample in SAMPLES if sample.name in names or not names]
    return [Heard(burst=each, readings=analyse(each), baud=baud) for each in bursts]


MENDED: list[tuple[Spoil, dict[str, Any]]] = [
    (lambda code: code + b"\r", {}),
    (lambda code: code + b"\r\n", {}),
    (lambda code: code + b"\r\n\r\n", {}),
    (lambda code: code + b"\t", {"framing": {"kind": "delimited", "suffixes": ["TAB"]}}),
    (lambda code: code + b"\x03", {"framing": {"kind": "delimited", "suffixes": ["ETX"]}}),
    (lambda code: code + b"\x00", {"framing": {"kind": "delimited", "suffixes": ["NUL"]}}),
    (lambda code: code, {"framing": {"kind": "idle-gap"}}),
    (lambda code: b"\x02" + code + b"\x03", {"framing": {"kind": "stx-etx"}}),
    (lambda code: b"]Q1" + code + b"\r", {"aim": "strip"}),
    (lambda code: b"]Q2\\000026" + code + b"\r", {"aim": "strip"}),
    (lambda code: b"\\000026" + code + b"\r", {"eci": True}),
    (lambda code: b"]Q1\\000026" + code + b"\r", {"aim": "strip", "eci": True}),
    (lambda code: b"GATE 7:" + code + b"\r", {"preambles": ["'GATE 7:'"]}),
    (lambda code: b"\x1dq" + code + b"\r", {"preambles": ["GS 'q'"]}),
    (lambda code: even(code + b"\r"), {"data_bits": 7, "parity": "even"}),
    (lambda code: code.lower() + b"\r", {"upper": True}),
    (lambda code: code.swapcase() + b"\r", {"upper": True}),
]


@pytest.mark.parametrize(("spoil", "wanted"), MENDED)
def test_table_is_the_least_that_makes_it_right(spoil: Spoil, wanted: dict[str, Any]) -> None:
    names = ("text", "long")  # whoever has no NUL, which one of the endings is
    heard = heard_of(spoil, *names)
    advised = subject_of(PORT).advised(heard)
    assert advised == {**PORT, **wanted}
    assert is_proven(advised, heard)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda code: code[:60] + b"\r",
        lambda code: code[1:] + b"\r",
        lambda code: code[:9] + code[8:] + b"\r",
        lambda code: code.replace(b"$", b"#").replace(b"/", b"-") + b"\r",
    ],
)
def test_what_no_setting_mends_is_not_said_to_be_proven(spoil: Spoil) -> None:
    heard = heard_of(spoil, "text", "long")
    assert not is_proven(subject_of(PORT).advised(heard), heard)


def test_settings_that_decide_nothing_here_stay_and_those_that_were_wrong_go() -> None:
    table = {**PORT, "hold_off_ms": 700, "aim": "require", "baud": 9_600, "upper": True}
    heard = heard_of(lambda code: code + b"\r", "text")
    assert subject_of(table).advised(heard) == {**PORT, "hold_off_ms": 700}


def test_preset_that_has_a_rate_of_its_own_needs_none() -> None:
    table = {**PORT, "preset": "gm65"}
    heard = heard_of(lambda code: code + b"\r", "text", baud=9_600)
    assert subject_of(table).advised(heard) == table
    other = heard_of(lambda code: code + b"\r", "text", baud=115_200)
    assert subject_of(table).advised(other)["baud"] == 115_200


def test_nothing_that_is_known_leaves_the_table_as_it_was() -> None:
    heard = heard_of(lambda code: bytes(each ^ 0xA5 for each in code), "text")
    subject = subject_of({**PORT, "aim": "strip"})
    assert subject.advised(heard) == subject.table
    assert not is_proven(subject.table, heard)


def findings(spoil: Spoil) -> list[Finding]:
    readings = [reading for each in heard_of(spoil) for reading in each.readings]
    return list(findings_of("lane gate-1", readings))


def test_each_fault_is_one_finding_with_the_scans_that_show_it() -> None:
    (found,) = findings(lambda code: b"]Q1" + code + b"\r")
    assert (found.code, found.level) == ("scanner.aim", "fail")
    assert found.what == "in 3 of 3 scans: ]Q1"
    (found,) = findings(lambda code: code.replace(b"\0", b"\0") + b"\r")
    assert (found.code, found.level) == ("scanner.well", "ok")


@pytest.mark.parametrize("kind", list(FaultKind))
def test_every_fault_has_its_words(kind: FaultKind) -> None:
    assert words_for(kind.value).remedy_en
