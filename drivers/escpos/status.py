"""What a printer says of itself (DLE EOT), octet by octet. Pure."""

from dataclasses import dataclass

# DLE EOT n: of the printer (1), why it is offline (2), of the paper (4).
ASK = b"\x10\x04\x01\x10\x04\x02\x10\x04\x04"
ANSWERS = 3

# Every answer has bits 1 and 4 set, 0 and 7 clear: what has not is none (noise, XON, XOFF).
_FIXED, _FIXED_VALUE = 0b1001_0011, 0b0001_0010


@dataclass(frozen=True, slots=True, kw_only=True)
class PrinterState:
    """How a printer does."""

    is_offline: bool = False
    is_cover_open: bool = False
    is_paper_out: bool = False
    is_paper_low: bool = False
    has_error: bool = False  # of the knife or the head, until it is switched off and on

    @property
    def trouble(self) -> str:
        """Return why it does not print, and the remedy; empty: it does."""
        if self.is_paper_out:
            return "is out of paper: put in a new roll"
        if self.is_cover_open:
            return "is open: close its cover"
        if self.has_error:
            return "has an error: clear its knife, switch it off and on"
        return "is offline: press its button FEED or ONLINE" if self.is_offline else ""

    @property
    def remark(self) -> str:
        """Return what is to be done before long; empty: nothing."""
        return "paper is low: have a new roll ready" if self.is_paper_low else ""


def state_of(octets: bytes) -> PrinterState | None:
    """Return what the answers to `ASK` say; None: they are no three answers."""
    answers = [octet for octet in octets if octet & _FIXED == _FIXED_VALUE]
    if len(answers) != ANSWERS or len(octets) != ANSWERS:
        return None
    printer, cause, paper = answers
    return PrinterState(
        is_offline=bool(printer & 0x08),
        is_cover_open=bool(cause & 0x04),
        is_paper_out=bool(cause & 0x20) or paper & 0x60 == 0x60,
        is_paper_low=paper & 0x0C == 0x0C,
        has_error=bool(cause & 0x40),
    )
