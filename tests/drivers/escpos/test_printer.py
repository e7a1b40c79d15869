import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from driver_peers import PATIENCE_S, Inbox, monotonic_ms

from drivers.base import Condition, DriverError, Receipt, ReceiptCode, ReceiptLine
from drivers.escpos.octets import Paper, load_escpos, receipt_octets
from drivers.escpos.ports import PrinterPort, network_printer, node_printer, serial_printer
from drivers.escpos.printer import RECEIPT_AGE_MS_MAX, RECEIPTS_MAX, EscposPrinter
from drivers.escpos.text import Encoding
from simulator.receipt_printer import COVER_OPEN, OUT_OF_PAPER, NetworkPrinter, SerialPrinter

pytestmark = pytest.mark.usefixtures("no_fd_leak")

RECEIPT = Receipt(
    parts=(
        ReceiptLine(text="收据 Receipt", is_large=True, is_centred=True),
        ReceiptLine(text="金额 Amount: 12.50 CNY"),
        ReceiptCode(text="1-2345"),
    )
)


def numbered(number: int) -> Receipt:
    return Receipt(parts=(ReceiptLine(text=f"no. {number}"),))


class LeapClock:
    """The machine's clock, and what a test adds to it."""

    def __init__(self) -> None:
        self.ms = 0

    def __call__(self) -> int:
        return monotonic_ms() + self.ms


@contextmanager
def printing(
    open_port: Callable[[], PrinterPort],
    inbox: Inbox,
    *,
    paper: Paper | None = None,
    clock: Callable[[], int] = monotonic_ms,
) -> Iterator[EscposPrinter]:
    printer = EscposPrinter(
        name="printer", open_port=open_port, paper=paper or Paper(), monotonic_ms=clock
    )
    printer.start(inbox.report)
    try:
        yield printer
    finally:
        printer.stop()


def until(holds: Callable[[], bool]) -> None:
    end_ms = monotonic_ms() + int(PATIENCE_S * 1_000)
    while not holds():
        assert monotonic_ms() < end_ms


@pytest.mark.slow  # python-escpos takes half a second to load
@pytest.mark.parametrize("encoding", list(Encoding))
def test_a_receipt_is_on_the_paper_as_it_was_laid_out(encoding: Encoding, inbox: Inbox) -> None:
    with SerialPrinter() as peer:
        opened = serial_printer(peer.path, 9_600, is_rts_cts=False)
        with printing(opened, inbox, paper=Paper(encoding=encoding)) as printer:
            assert inbox.wait_for(Condition.UP).detail == ""
            printer.print_lines(RECEIPT)
            until(lambda: len(peer.receipts) == 1)
        (printed,) = peer.receipts
        title = "?? Receipt" if encoding is Encoding.CP437 else "收据 Receipt"
        assert printed.lines[0] == title
        assert printed.large == [title]
        assert title in printed.centred
        assert "12.50 CNY" in printed.lines[1]
        assert printed.codes == ["1-2345"]
        assert peer.unknown == []


def test_a_printer_behind_its_node_prints(inbox: Inbox) -> None:
    with SerialPrinter() as peer, printing(node_printer(peer.path), inbox) as printer:
        inbox.wait_for(Condition.UP)
        printer.print_lines(RECEIPT)
        until(lambda: len(peer.receipts) == 1)


def test_a_printer_on_the_network_is_found_again_after_it_hung_up(inbox: Inbox) -> None:
    peer = NetworkPrinter()
    try:
        with printing(network_printer("127.0.0.1", peer.port), inbox) as printer:
            inbox.wait_for(Condition.UP)
            printer.print_lines(numbered(1))
            until(lambda: len(peer.receipts) == 1)
            peer.hang_up()
            assert "went away" in inbox.wait_for(Condition.DOWN).detail
            inbox.wait_for(Condition.UP)
            printer.print_lines(numbered(2))
            until(lambda: len(peer.receipts) == 2)
    finally:
        peer.stop()


@pytest.mark.parametrize(
    ("trouble", "told"), [(OUT_OF_PAPER, "out of paper"), (COVER_OPEN, "close its cover")]
)
def test_what_keeps_it_from_printing_is_told_and_the_receipt_waits(
    inbox: Inbox, trouble: int, told: str
) -> None:
    clock = LeapClock()
    with SerialPrinter() as peer:
        peer.trouble = trouble
        with printing(node_printer(peer.path), inbox, clock=clock) as printer:
            assert told in inbox.wait_for(Condition.DOWN).detail
            printer.print_lines(numbered(1))
            assert peer.receipts == []
            peer.trouble = 0
            clock.ms += 5_000
            printer.print_lines(numbered(2))
            inbox.wait_for(Condition.UP)
            until(lambda: len(peer.receipts) == 2)
            assert [each.lines for each in peer.receipts] == [["no. 1"], ["no. 2"]]


def test_a_receipt_that_nobody_waits_for_any_more_is_dropped(inbox: Inbox) -> None:
    clock = LeapClock()
    with SerialPrinter() as peer:
        peer.trouble = OUT_OF_PAPER
        with printing(node_printer(peer.path), inbox, clock=clock) as printer:
            inbox.wait_for(Condition.DOWN)
            printer.print_lines(numbered(1))
            peer.trouble = 0
            clock.ms += RECEIPT_AGE_MS_MAX + 1
            printer.print_lines(numbered(2))
            until(lambda: len(peer.receipts) == 1)
            assert peer.receipts[0].lines == ["no. 2"]
            assert printer.dropped == 1


def test_paper_that_is_low_is_told_beside_up(inbox: Inbox) -> None:
    with SerialPrinter() as peer:
        peer.is_paper_low = True
        with printing(node_printer(peer.path), inbox):
            assert "new roll" in inbox.wait_for(Condition.UP).detail


@pytest.mark.slow  # a second without an answer
def test_a_printer_of_a_one_way_line_prints_all_the_same(inbox: Inbox) -> None:
    with SerialPrinter(is_two_way=False) as peer:
        with printing(node_printer(peer.path), inbox) as printer:
            assert "tells nothing" in inbox.wait_for(Condition.UP).detail
            printer.print_lines(RECEIPT)
            until(lambda: len(peer.receipts) == 1)
        assert peer.unknown == []


def test_a_printer_that_takes_nothing_holds_up_nobody(inbox: Inbox) -> None:
    with SerialPrinter() as peer:
        with printing(node_printer(peer.path), inbox) as printer:
            inbox.wait_for(Condition.UP)
            peer.is_blocked = True
            began_ms = monotonic_ms()
            for number in range(50):
                printer.print_lines(Receipt(parts=(ReceiptLine(text=f"{number} " + "x" * 4_000),)))
            assert monotonic_ms() - began_ms < 1_000
            assert printer.dropped >= 50 - RECEIPTS_MAX - 2
        assert monotonic_ms() - began_ms < 5_000


def test_a_printer_that_is_not_there_is_told(inbox: Inbox, tmp_path: Path) -> None:
    with printing(node_printer(str(tmp_path / "lp0")), inbox):
        assert "is not there" in inbox.wait_for(Condition.DOWN).detail
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with printing(network_printer("127.0.0.1", port), inbox):
        assert "does not answer" in inbox.wait_for(Condition.DOWN).detail


def test_what_is_no_printer_is_not_written_to(tmp_path: Path) -> None:
    plain = tmp_path / "lp0"
    plain.write_bytes(b"")
    with pytest.raises(DriverError, match="no printer's node"):
        node_printer(str(plain))()
    assert plain.stat().st_size == 0


def test_a_library_that_is_missing_is_told_with_its_extra(inbox: Inbox) -> None:
    def missing() -> object:
        raise DriverError("python-escpos is not installed: scan-terminal[receipts]")

    with SerialPrinter() as peer:
        printer = EscposPrinter(
            name="printer", open_port=node_printer(peer.path), paper=Paper(), load=missing
        )
        printer.start(inbox.report)
        assert "scan-terminal[receipts]" in inbox.wait_for(Condition.DOWN).detail
        printer.stop()


def test_no_text_can_press_a_button_of_the_printer() -> None:
    drawer = ReceiptLine(text="\x1bp\x00\x19\xfa\x10\x04\x01\x1dV\x00")
    octets = receipt_octets(Receipt(parts=(drawer,), is_cut=False), Paper(), load_escpos())
    assert b"\x1bp" not in octets
    assert b"\x1dV" not in octets
    assert b"\x10\x04" not in octets


def test_lines_are_wrapped_to_the_paper_and_large_ones_to_half_of_it() -> None:
    lines = (ReceiptLine(text="x" * 40), ReceiptLine(text="y" * 40, is_large=True))
    octets = receipt_octets(Receipt(parts=lines), Paper(width=32), load_escpos())
    assert b"x" * 32 + b"\n" + b"x" * 8 + b"\n" in octets
    assert b"y" * 16 + b"\n" + b"y" * 16 + b"\n" + b"y" * 8 + b"\n" in octets
