"""The one door of python-escpos: a receipt as the octets that print it.

Its transports are not used: they wait for the device, and some of them ask it things by
themselves. Imported where a lane has a printer, and never before.
"""

import os
import shutil
from dataclasses import dataclass
from typing import Any

from drivers.base import DriverError, Receipt, ReceiptCode, ReceiptLine
from drivers.escpos.text import Encoding, preamble, text_octets, wrapped

# Dots a module. The codes that we print have 25 modules or so: 20 mm on paper, read by any phone.
CODE_DOTS = 6
# Below the last line to the edge that paper is torn at.
FEED_LINES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What a printer can take."""

    encoding: Encoding = Encoding.GB18030
    width: int = 32  # columns: 32 on 58 mm, 48 on 80 mm


def load_escpos() -> Any:
    """Return a maker of printers that collect octets.

    Raises:
        DriverError: python-escpos is not installed.
    """
    try:
        from escpos import capabilities  # noqa: PLC0415  # an extra, and only where a lane names it
        from escpos.printer import Dummy  # noqa: PLC0415  # as above
    except ImportError as fault:
        raise DriverError(
            "python-escpos is not installed: pip install 'scan-terminal[receipts]' in the"
            " terminal's environment"
        ) from fault
    if "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:
        # It makes a folder anew at every start, for a cache that nobody finds again.
        shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)
    return Dummy


def receipt_octets(receipt: Receipt, paper: Paper, dummy: Any) -> bytes:
    """Return what prints a receipt.

    Args:
        receipt: lines and codes, from the top.
        paper: the printer's.
        dummy: what `load_escpos` returned.
    """
    printer = dummy()
    printer.hw("INIT")
    _raw(printer, preamble(paper.encoding))
    for part in receipt.parts:
        if isinstance(part, ReceiptCode):
            _code(printer, part)
        else:
            _line(printer, part, paper)
    if receipt.is_cut:
        printer.cut()
    else:
        printer.print_and_feed(FEED_LINES)
    return bytes(printer.output)


def _line(printer: Any, line: ReceiptLine, paper: Paper) -> None:
    size: dict[str, bool] = {"normal_textsize": True}
    if line.is_large:
        size = {"double_width": True, "double_height": True}
    printer.set(align="center" if line.is_centred else "left", **size)
    for text in wrapped(line.text, paper.width // 2 if line.is_large else paper.width):
        _raw(printer, text_octets(text, paper.encoding) + b"\n")


def _code(printer: Any, code: ReceiptCode) -> None:
    printer.set(align="center", normal_textsize=True)
    printer.qr(code.text, native=True, size=CODE_DOTS, ec=1)  # M: paper is folded and fades
    _raw(printer, b"\n")


def _raw(printer: Any, octets: bytes) -> None:
    printer._raw(octets)  # noqa: SLF001  # the library's documented way for octets of one's own
