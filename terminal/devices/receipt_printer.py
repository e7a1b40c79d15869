"""`printer.kind = "escpos"`: a receipt printer."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from drivers.base import Printer
from drivers.clock import monotonic_ms
from terminal.devices.extras import extra_findings
from terminal.devices.ports import port_findings
from terminal.devices.table import Baud, Table, Text
from terminal.diagnosis.finding import Finding, fail, ok
from terminal.receipts import HEADER_LINES_MAX, Language, ReceiptWriter

_PORT = 9100  # of printers that take octets as they are (JetDirect)


class ReceiptTable(Table):
    """What stands on the receipts of a lane, whichever printer it has."""

    header: tuple[Text, ...] = Field(default=(), strict=False, max_length=HEADER_LINES_MAX)
    languages: tuple[Language, ...] = Field(
        default=("zh", "en"), strict=False, min_length=1, max_length=2
    )
    utc_offset_min: int = Field(default=480, ge=-720, le=840)

    def receipt_writer(self, terminal: str) -> ReceiptWriter:
        """Return what lays out the receipts of a terminal."""
        return ReceiptWriter(
            terminal=terminal,
            header=self.header,
            languages=self.languages,
            utc_offset_min=self.utc_offset_min,
        )


class EscposSettings(ReceiptTable):
    """A receipt printer that speaks ESC/POS."""

    kind: Literal["escpos"]
    port: Text | None = None  # tty
    node: Text | None = None  # /dev/usb/lp0
    # A name or IPv4 address, and perhaps a port.
    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?$")] | None = None
    baud: Baud = 9_600
    flow: Literal["none", "rts-cts"] = "none"
    encoding: Literal["gb18030", "gbk", "utf-8", "cp437"] = "gb18030"
    width: Literal[32, 42, 48] = 32

    @model_validator(mode="after")
    def _check(self) -> Self:
        if sum(each is not None for each in (self.port, self.node, self.host)) != 1:
            raise ValueError("name one of port, node and host")
        if self.encoding == "cp437" and "zh" in self.languages:
            raise ValueError('cp437 has no Chinese: set languages = ["en"], or another encoding')
        if not 1 <= self._address[1] <= 65_535:
            raise ValueError("host has a port outside 1 to 65535")
        return self

    @property
    def _address(self) -> tuple[str, int]:
        name, _, port = (self.host or "").partition(":")
        return name, int(port or _PORT)

    def make(self) -> Printer:
        """Return the driver, not yet started; python-escpos is loaded by its thread."""
        from drivers.escpos.octets import Paper  # noqa: PLC0415  # as the next
        from drivers.escpos.ports import network_printer, node_printer, serial_printer  # noqa: PLC0415  # as the next
        from drivers.escpos.printer import EscposPrinter  # noqa: PLC0415  # as the next
        from drivers.escpos.text import Encoding  # noqa: PLC0415  # when there is one

        if self.port is not None:
            opened = serial_printer(self.port, self.baud, is_rts_cts=self.flow == "rts-cts")
        elif self.node is not None:
            opened = node_printer(self.node)
        else:
            opened = network_printer(*self._address)
        return EscposPrinter(
            name=self.port or self.node or self.host or "",
            open_port=opened,
            paper=Paper(encoding=Encoding(self.encoding), width=self.width),
            monotonic_ms=monotonic_ms,
        )

    def findings(self, check: str) -> Iterator[Finding]:
        """Yield what the doctor finds about it."""
        yield from extra_findings(check, "escpos", "receipts")
        if self.port is not None:
            yield from port_findings(check, self.port)
        elif self.node is not None:
            yield node_finding(check, Path(self.node))
        else:
            yield ok(
                "device.node", check, f"{self.host} is on the network; `status` tells how it does"
            )


def node_finding(check: str, node: Path) -> Finding:
    """Return whether a printer's node is there, and may be written."""
    if not node.is_char_device():
        return fail(
            "device.node", check, f"{node} is not there", "switch the printer on; ls /dev/usb/lp*"
        )
    if not os.access(node, os.R_OK | os.W_OK):
        return fail(
            "device.access",
            check,
            f"{node} may not be opened by who asks",
            "add the user to group lp",
        )
    return ok("device.node", check, f"{node} is there")
