"""What a scanner may do to a code, as the doctor names it."""

from dataclasses import dataclass
from enum import Enum


class FaultKind(Enum):
    """One way of changing a code; each is a code of docs/doctor.md."""

    SILENT = "scanner.silent"  # nothing came at all
    NOISE = "scanner.noise"  # what came is no text: baud rate, or no such line
    OTHER_CODE = "scanner.other-code"  # a text, and none of the samples
    BAUD = "scanner.baud"  # the rate is another than is set
    PARITY = "scanner.parity"
    TERMINATOR_MISSING = "scanner.terminator-missing"
    TERMINATOR_DOUBLED = "scanner.terminator-doubled"
    TERMINATOR_OTHER = "scanner.terminator-other"
    AIM = "scanner.aim"
    ECI = "scanner.eci"
    LEAD = "scanner.lead"  # something stands before the code
    TRAIL = "scanner.trail"  # something stands behind it
    UPPER = "scanner.upper"  # small letters became capitals
    LOWER = "scanner.lower"  # capitals became small letters
    SWAPPED = "scanner.swapped"  # each became the other: CapsLock
    LAYOUT = "scanner.layout"
    REPLACED = "scanner.replaced"  # some characters always become others
    CODE_PAGE = "scanner.code-page"
    CUT_NUL = "scanner.cut-nul"
    CUT = "scanner.cut"
    STRIPPED = "scanner.stripped"  # the beginning is missing
    DOUBLED = "scanner.doubled"
    LOST = "scanner.lost"  # some characters in the middle are missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault that was found."""

    kind: FaultKind
    detail: str = ""  # names and numbers: a layout, a length, a parity
    octets: bytes = b""  # what was added, where something was


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one scan comes to."""

    sample: str  # name of the sample it is; empty: of none
    faults: tuple[Fault, ...]
    suffix: bytes = b""  # what ended the code

    @property
    def is_known(self) -> bool:
        """Return whether it is one of the samples."""
        return bool(self.sample)
