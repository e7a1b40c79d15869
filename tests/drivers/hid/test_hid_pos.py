import errno
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from driver_peers import Inbox, monotonic_ms
from hid_peers import COUNTED, HidPeer, NodePeer, counted, reports_of

from drivers.base import Condition
from drivers.hid.hid_pos import HidPosScanner
from drivers.hid.scanned_data import DataFault

pytestmark = pytest.mark.usefixtures("no_fd_leak")

DEVICE = "/dev/scan-terminal/usb-scanner-hid-pos"


@pytest.fixture
def peer() -> Iterator[HidPeer]:
    peer = HidPeer(COUNTED)
    peer.plug()
    yield peer
    peer.unplug()


@contextmanager
def running(peer: NodePeer, inbox: Inbox, **settings: Any) -> Iterator[HidPosScanner]:
    scanner = HidPosScanner(
        device=DEVICE, kernel=peer.kernel, monotonic_ms=monotonic_ms, **settings
    )
    scanner.start(inbox.deliver, inbox.report)
    try:
        yield scanner
    finally:
        scanner.stop()
    assert not [one for one in threading.enumerate() if one.name.startswith("hid")]


def send(peer: NodePeer, *reports: bytes) -> None:
    for report in reports:
        peer.send(report)


def test_reports_become_a_code(peer: HidPeer, inbox: Inbox) -> None:
    payload = bytes(range(256))
    with running(peer, inbox):
        inbox.wait_for(Condition.UP)
        before_ms = monotonic_ms()
        send(peer, *reports_of(payload))
        code = inbox.code()
    assert (code.payload, code.engine) == (payload, "hid-pos")
    assert before_ms <= code.seen_ms <= code.read_ms <= monotonic_ms()
    assert code.showing is not None


def test_repeated_code_is_delivered_once(peer: HidPeer, inbox: Inbox) -> None:
    with running(peer, inbox, hold_off_ms=60_000) as scanner:
        inbox.wait_for(Condition.UP)
        send(peer, counted(b"A"), counted(b"A"), counted(b"B"))
        assert [inbox.code().payload for _ in range(2)] == [b"A", b"B"]
        scanner.forget()
        send(peer, counted(b"A"))
        assert inbox.code().payload == b"A"
    assert inbox.codes.empty()


def test_codes_of_other_kinds_are_dropped_when_asked(peer: HidPeer, inbox: Inbox) -> None:
    with running(peer, inbox, qr_only=True) as scanner:
        inbox.wait_for(Condition.UP)
        send(peer, counted(b"4006381333931", aim=b"]E0"), counted(b"A"))
        assert inbox.code().payload == b"A"
        assert scanner.faults[DataFault.NO_QR] == 1


def test_unplugging_drops_half_a_code(peer: HidPeer, inbox: Inbox) -> None:
    with running(peer, inbox):
        inbox.wait_for(Condition.UP)
        send(peer, counted(b"WHOLE"), reports_of(b"x" * 60)[0])
        assert inbox.code().payload == b"WHOLE"
        peer.unplug()
        assert "went away" in inbox.wait_for(Condition.DOWN).detail
        peer.plug()
        inbox.wait_for(Condition.UP)
        send(peer, counted(b"NEXT"))
        assert inbox.code().payload == b"NEXT"
    assert inbox.codes.empty()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (errno.ENOENT, "is not there: check the cable"),
        (errno.EPERM, "let udev give it to group scan-terminal"),
    ],
)
def test_opening_that_fails_is_told_with_the_remedy(
    peer: HidPeer, inbox: Inbox, fault: int, words: str
) -> None:
    peer.opening_fails_with = fault
    with running(peer, inbox):
        assert words in inbox.wait_for(Condition.DOWN).detail


def test_keyboard_is_no_scanner_and_the_remedy_is_told(peer: HidPeer, inbox: Inbox) -> None:
    peer.descriptor = bytes.fromhex("0501 0906 a101 c0")
    peer.size = len(peer.descriptor)
    with running(peer, inbox):
        detail = inbox.wait_for(Condition.DOWN).detail
        assert "no point-of-sale scanner" in detail
        assert "set the scanner to HID-POS" in detail


def test_descriptor_of_a_size_no_kernel_tells_is_refused(peer: HidPeer, inbox: Inbox) -> None:
    peer.size = 4097
    with running(peer, inbox):
        assert "longer than 4096 octets" in inbox.wait_for(Condition.DOWN).detail


def test_node_of_another_kind_is_told(inbox: Inbox) -> None:
    peer = NodePeer()
    peer.plug()
    with running(peer, inbox):
        assert "is no hidraw node" in inbox.wait_for(Condition.DOWN).detail
    peer.unplug()


def test_stop_without_start_frees_everything() -> None:
    HidPosScanner(device=DEVICE, monotonic_ms=monotonic_ms).stop()
