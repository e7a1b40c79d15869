"""Scanned codes out of the reports of a HID point-of-sale scanner.

HID Point of Sale Usage Tables 1.02, section 3: usage page 8C, bar code scanner.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from drivers.base import PAYLOAD_BYTES_MAX
from drivers.framing.base import LineFault
from drivers.hid.report_descriptor import DescriptorError, Run, read_descriptor
from drivers.serial_line.content import Aim, Content

_SCANNER_PAGE = 0x8C
_SYMBOLOGY_IDENTIFIERS = (0x8C00FB, 0x8C00FC, 0x8C00FD)
_DECODED_DATA = 0x8C00FE
_DATA_CONTINUED = 0x8C00FF
_BYTE_COUNT = 0x01003B  # Generic Desktop

# The reports of one code follow each other by milliseconds; one that comes later than this is of
# another code, and the end of the first was lost.
PIECE_GAP_MS_MAX = 1_000

# ISO/IEC 15424: `]`, the kind of code, a modifier. What a modifier makes of the octets is known
# where serial scanners send it before them.
_AIM_OCTETS = 3
_AIM = re.compile(rb"\][A-Za-z][0-9A-Za-z]")
_AIM_SENT = Content(aim=Aim.STRIP)
_QR_SENT = Content(aim=Aim.REQUIRE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataReport:
    """Where the parts of a scanned-data report stand, in octets from the report's first."""

    data: slice
    octets_min: int  # a shorter report lacks a part
    count: slice | None = None  # None: the device pads with NUL, and tells no length
    aim: slice | None = None  # the three characters of the AIM identifier
    continued: Run | None = None  # not zero: more follows; None: a code is one report


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerLayout:
    """What a point-of-sale scanner sends."""

    reports: Mapping[int, DataReport]  # by report number; 0 alone: none has one
    report_octets: int  # of the longest input report


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedCode:
    """One whole code."""

    payload: bytes  # as it stood on the code, 1 to PAYLOAD_BYTES_MAX octets
    aim: bytes  # its AIM identifier, "]Q1"; empty where the device tells none
    began_ms: int  # monotonic: its first report came


class DataFault(Enum):
    """Why a code or a report was dropped."""

    TOO_LONG = "longer than any code"
    CUT_OFF = "its end never came"
    BROKEN = "a report that is not as the device described it"
    NO_QR = "a code of another kind"
    BAD_ECI = "escapes that its AIM identifier announces, and that are none"


def scanner_layout(descriptor: bytes) -> ScannerLayout:
    """Return what the descriptor of a point-of-sale scanner says of its scanned data.

    Raises:
        DescriptorError: it can't be understood, or is no such scanner's.
    """
    said = read_descriptor(descriptor)
    if all(usage >> 16 != _SCANNER_PAGE for usage in said.applications):
        raise DescriptorError("it is no point-of-sale scanner's (usage page 8C)")
    with_data = {run.report_id for run in said.runs if run.usage == _DECODED_DATA}
    if not with_data:
        raise DescriptorError("it has no report with scanned data")
    reports = {
        number: _data_report([run for run in said.runs if run.report_id == number])
        for number in with_data
    }
    return ScannerLayout(reports=reports, report_octets=said.report_octets)


def _data_report(runs: Sequence[Run]) -> DataReport:
    data, count = _octets(runs, _DECODED_DATA), _octets(runs, _BYTE_COUNT)
    if data is None:
        raise ValueError("asked of a report without scanned data")
    continued = _only(runs, _DATA_CONTINUED)
    ends = [(run.offset_bits + run.size_bits * run.count + 7) // 8 for run in runs]
    return DataReport(
        data=data,
        count=count,
        aim=_aim(runs),
        continued=continued,
        octets_min=max(ends),
    )


def _only(runs: Sequence[Run], usage: int) -> Run | None:
    found = [run for run in runs if run.usage == usage]
    if len(found) > 1:
        raise DescriptorError(f"a report has usage {usage:06X} in two places")
    return found[0] if found else None


def _octets(runs: Sequence[Run], usage: int) -> slice | None:
    """Return where a field of whole octets stands, or None: there is none."""
    run = _only(runs, usage)
    if run is None:
        return None
    if run.offset_bits % 8 or run.size_bits % 8:
        raise DescriptorError(f"usage {usage:06X} does not lie on whole octets")
    start = run.offset_bits // 8
    return slice(start, start + run.size_bits * run.count // 8)


def _aim(runs: Sequence[Run]) -> slice | None:
    """Return where the identifier stands, told as one field or as three neighbours."""
    places = [_octets(runs, usage) for usage in _SYMBOLOGY_IDENTIFIERS]
    found = [place for place in places if place is not None]
    are_neighbours = all(one.stop == next_.start for one, next_ in pairwise(found))
    if not found or not are_neighbours or found[-1].stop - found[0].start != _AIM_OCTETS:
        return None
    return slice(found[0].start, found[-1].stop)


class ScannedData:
    """Puts codes together from reports.

    Args:
        layout: of the scanner.
        qr_only: drop what the scanner does not call a QR code.
    """

    def __init__(self, layout: ScannerLayout, *, qr_only: bool) -> None:
        self._layout = layout
        self._qr_only = qr_only
        self._pieces = bytearray()
        self._aim = b""
        self._is_open = False  # a piece came, and more are to follow
        self._is_too_long = False
        self._began_ms = 0
        self._last_ms = 0

    def receive(self, report: bytes, now_ms: int) -> tuple[ReportedCode | DataFault, ...]:
        """Return what one report completed or spoiled; reports of other kinds are ignored."""
        number = report[0] if report and 0 not in self._layout.reports else 0
        where = self._layout.reports.get(number)
        if where is None:
            return ()
        piece = _piece(report, where)
        if piece is None:
            return (*self._cut_off(), DataFault.BROKEN)
        aim = b"" if where.aim is None else report[where.aim]
        late = now_ms - self._last_ms > PIECE_GAP_MS_MAX
        cut_off = self._cut_off() if late or aim != self._aim else ()
        if not self._is_open:
            self._began_ms = now_ms
        self._aim, self._last_ms, self._is_open = aim, now_ms, True
        self._add(piece)
        if _is_continued(report, where):
            return cut_off
        return (*cut_off, *self._ended())

    def _add(self, piece: bytes) -> None:
        # What is too long is dropped whole, up to its end.
        self._is_too_long |= len(self._pieces) + len(piece) > PAYLOAD_BYTES_MAX
        if self._is_too_long:
            self._pieces.clear()
        else:
            self._pieces += piece

    def _cut_off(self) -> tuple[DataFault, ...]:
        was_open = self._is_open
        self._reset()
        return (DataFault.CUT_OFF,) if was_open else ()

    def _ended(self) -> tuple[ReportedCode | DataFault, ...]:
        payload, aim, was_too_long = bytes(self._pieces), self._aim, self._is_too_long
        self._reset()
        if was_too_long:
            return (DataFault.TOO_LONG,)
        if not payload:  # some scanners tell that they read nothing
            return ()
        # Some makers put a code of their own there, or nothing.
        return (self._read(payload, aim if _AIM.fullmatch(aim) else b""),)

    def _read(self, payload: bytes, aim: bytes) -> ReportedCode | DataFault:
        """Return the code without what its AIM identifier says was put into it."""
        if not aim and not self._qr_only:
            return ReportedCode(payload=payload, aim=aim, began_ms=self._began_ms)
        if not aim:
            return DataFault.NO_QR
        octets = (_QR_SENT if self._qr_only else _AIM_SENT).read(aim + payload)
        if isinstance(octets, LineFault):
            return DataFault.NO_QR if octets is LineFault.NO_QR else DataFault.BAD_ECI
        return ReportedCode(payload=octets, aim=aim, began_ms=self._began_ms)

    def _reset(self) -> None:
        self._pieces.clear()
        self._aim = b""
        self._is_open = self._is_too_long = False


def _piece(report: bytes, where: DataReport) -> bytes | None:
    """Return the part of a code that a report carries, or None: it says what can't be."""
    if len(report) < where.octets_min:
        return None
    data = report[where.data]
    if where.count is None:
        # The padding's octet may be the code's as well, so that only texts without it are sure.
        piece = data.rstrip(b"\0")
        return None if b"\0" in piece else piece
    count = int.from_bytes(report[where.count], "little")
    return data[:count] if count <= len(data) else None


def _is_continued(report: bytes, where: DataReport) -> bool:
    flag = where.continued
    if flag is None:
        return False
    bits = int.from_bytes(report, "little") >> flag.offset_bits
    return bool(bits & (1 << flag.size_bits * flag.count) - 1)
