"""The findings of the doctor's look at a scanner, out of what each scan came to. Pure."""

from collections.abc import Iterator, Sequence

from terminal.diagnosis.finding import Finding, Level, ok
from terminal.diagnosis.scanner.faults import FaultKind, Reading

_CODE = "scanner.well"
# What keeps citizen codes from being read; the rest the settings or the scanner can bear.
_FATAL = frozenset(
    {
        FaultKind.SILENT,
        FaultKind.NOISE,
        FaultKind.BAUD,
        FaultKind.PARITY,
        FaultKind.ECI,
        FaultKind.LEAD,
        FaultKind.TRAIL,
        FaultKind.LOWER,
        FaultKind.SWAPPED,
        FaultKind.LAYOUT,
        FaultKind.REPLACED,
        FaultKind.CUT,
        FaultKind.STRIPPED,
        FaultKind.DOUBLED,
        FaultKind.LOST,
        FaultKind.AIM,
        FaultKind.TERMINATOR_MISSING,
        FaultKind.TERMINATOR_OTHER,
    }
)


def findings_of(check: str, readings: Sequence[Reading]) -> Iterator[Finding]:
    """Yield each fault once, with the number of scans that show it; or that all is well.

    Args:
        check: what was looked at, "lane gate-1".
        readings: of every scan that came.
    """
    kinds = dict.fromkeys(fault.kind for reading in readings for fault in reading.faults)
    for kind in kinds:
        yield _finding(check, kind, readings)
    if readings and not kinds:
        names = ", ".join(dict.fromkeys(reading.sample for reading in readings))
        yield ok(_CODE, check, f"{len(readings)} scans came as they were shown ({names})")
    if not readings:
        yield _bad(check, FaultKind.SILENT, "nothing came")


def _finding(check: str, kind: FaultKind, readings: Sequence[Reading]) -> Finding:
    shown = [fault for reading in readings for fault in reading.faults if fault.kind is kind]
    details = ", ".join(dict.fromkeys(fault.detail or fault.octets.hex(" ") for fault in shown))
    what = f"in {len(shown)} of {len(readings)} scans"
    return _bad(check, kind, f"{what}: {details}" if details else what)


def _bad(check: str, kind: FaultKind, what: str) -> Finding:
    level: Level = "fail" if kind in _FATAL else "warn"
    return Finding(code=kind.value, check=check, level=level, what=what, remedy="")
