"""What the settings of a scanner must say, by what became of the samples. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from drivers.serial_line.octet_text import text_of
from terminal.diagnosis.scanner.comparing import carries_eci
from terminal.diagnosis.scanner.faults import Fault, FaultKind, Reading

_STX = b"\x02"
_ENDS = {b"\r": "enter", b"\t": "tab"}
# Of the serial table, what this decides; the rest of it stays as it is.
SERIAL_KEYS = ("baud", "data_bits", "parity", "framing", "preambles", "aim", "eci", "upper")
WEDGE_KEYS = ("layout", "ends", "upper")


def serial_table(
    readings: Sequence[Reading], *, baud: int, usual_baud: int, is_stx: bool
) -> dict[str, Any]:
    """Return what a serial scanner's table must say for these codes to come out right.

    Args:
        readings: of the samples that were recognised, one at least.
        baud: at which they came.
        usual_baud: what the table means where it names none.
        is_stx: each began with STX.
    """
    faults = _all(readings)
    table: dict[str, Any] = {}
    if baud != usual_baud:
        table["baud"] = baud
    if parity := _detail(faults, FaultKind.PARITY):
        table |= {"data_bits": 7, "parity": parity}
    table |= _framing(readings, is_stx=is_stx)
    leads = {each.octets for each in faults if each.kind is FaultKind.LEAD}
    if leads and all(_has(reading, FaultKind.LEAD) for reading in readings):
        table["preambles"] = sorted(text_of(lead) for lead in leads)
    aims = {each.octets for each in faults if each.kind is FaultKind.AIM}
    if aims:
        table["aim"] = "strip"
    is_told = bool(aims) and all(carries_eci(aim) for aim in aims)
    if any(each.kind is FaultKind.ECI for each in faults) and not is_told:
        table["eci"] = True
    return table | _upper(faults)


def wedge_table(readings: Sequence[Reading], *, layout: str) -> dict[str, Any]:
    """Return what the table of a scanner that types must say.

    Args:
        readings: of the samples that were recognised, one at least.
        layout: by which its keys were read.
    """
    faults = _all(readings)
    ends = sorted({_ENDS[bytes([octet])] for each in readings for octet in each.suffix})
    table: dict[str, Any] = {"layout": _detail(faults, FaultKind.LAYOUT) or layout, "ends": ends}
    return table | _upper(faults)


def _framing(readings: Sequence[Reading], *, is_stx: bool) -> dict[str, Any]:
    """Return the table of the framing; none where CR and LF, the usual ones, do."""
    if is_stx and all(each.suffix[:1] == b"\x03" for each in readings):
        return {"framing": {"kind": "stx-etx"}}
    suffixes = Counter(each.suffix for each in readings)
    if b"" in suffixes:
        return {"framing": {"kind": "idle-gap"}}
    if all(not suffix.strip(b"\r\n") for suffix in suffixes):
        return {}
    first = sorted({text_of(suffix[:1]) for suffix in suffixes})
    return {"framing": {"kind": "delimited", "suffixes": first}}


def _upper(faults: Iterable[Fault]) -> dict[str, Any]:
    """Return that letters are to be made capitals, which citizen codes alone consist of."""
    turned = {FaultKind.LOWER, FaultKind.SWAPPED}
    return {"upper": True} if any(each.kind in turned for each in faults) else {}


def _all(readings: Sequence[Reading]) -> list[Fault]:
    return [fault for reading in readings for fault in reading.faults]


def _has(reading: Reading, kind: FaultKind) -> bool:
    return any(fault.kind is kind for fault in reading.faults)


def _detail(faults: Iterable[Fault], kind: FaultKind) -> str:
    return next((each.detail for each in faults if each.kind is kind), "")
