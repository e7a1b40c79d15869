import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from driver_peers import Inbox, PtyPeer, monotonic_ms

from drivers.base import Condition, ScannedCode
from drivers.serial_line.scanner import SerialScanner
from drivers.serial_port import Line, SerialPort

pytestmark = pytest.mark.usefixtures("no_fd_leak")


@contextmanager
def running(path: Path, inbox: Inbox, **settings: Any) -> Iterator[SerialScanner]:
    scanner = SerialScanner(port=str(path), monotonic_ms=monotonic_ms, **settings)
    scanner.start(inbox.deliver, inbox.report)
    try:
        yield scanner
    finally:
        scanner.stop()
    assert not [one for one in threading.enumerate() if one.name.startswith("serial")]


def test_line_becomes_a_code(pty_peer: PtyPeer, inbox: Inbox) -> None:
    with running(pty_peer.path, inbox):
        inbox.wait_for(Condition.UP)
        before_ms = monotonic_ms()
        pty_peer.write(b"HELLO\r\n")
        code = inbox.code()
    assert (code.payload, code.engine) == (b"HELLO", "serial")
    assert before_ms <= code.seen_ms <= code.read_ms <= monotonic_ms()


def test_code_is_seen_when_its_first_octet_came(inbox: Inbox) -> None:
    scanner = SerialScanner(port="unused", monotonic_ms=monotonic_ms)
    scanner._deliver = inbox.deliver
    for octets, now_ms in ((b"HAL", 100), (b"F\r\nNE", 250), (b"XT\rLAST\r", 300)):
        scanner._receive(octets, now_ms)
    scanner.stop()
    codes = [inbox.code() for _ in range(3)]
    assert [(code.payload, code.seen_ms, code.read_ms) for code in codes] == [
        (b"HALF", 100, 250),
        (b"NEXT", 250, 300),
        (b"LAST", 300, 300),
    ]


def test_repeated_code_is_delivered_once(pty_peer: PtyPeer, inbox: Inbox) -> None:
    with running(pty_peer.path, inbox, hold_off_ms=60_000):
        inbox.wait_for(Condition.UP)
        pty_peer.write(b"A\rA\rA\rB\r")
        assert [inbox.code().payload for _ in range(2)] == [b"A", b"B"]
    assert inbox.codes.empty()


def test_code_held_in_view_comes_again_when_it_could_not_be_used(
    pty_peer: PtyPeer, inbox: Inbox
) -> None:
    with running(pty_peer.path, inbox, hold_off_ms=60_000) as scanner:
        inbox.wait_for(Condition.UP)
        for seen in (b"1", b"2"):
            # What comes after it tells that the repetitions were read.
            pty_peer.write(b"A\rA\r" + seen + b"\r")
            assert [inbox.code().payload for _ in range(2)] == [b"A", seen]
            scanner.forget()
        pty_peer.write(b"A\rA\r3\r")
        assert [inbox.code().payload for _ in range(2)] == [b"A", b"3"]
    assert inbox.codes.empty()


def test_code_may_be_forgotten_while_it_is_delivered(inbox: Inbox) -> None:
    """A lane whose queue is full says so at once, in the driver's own thread."""
    scanner = SerialScanner(port="unused", hold_off_ms=60_000, monotonic_ms=monotonic_ms)

    def take(code: ScannedCode) -> None:
        inbox.deliver(code)
        if inbox.codes.qsize() < 3:
            scanner.forget()

    scanner._deliver = take
    scanner._receive(b"A\rA\rA\rA\rA\r", 0)
    scanner.stop()
    assert inbox.codes.qsize() == 3


def test_no_hold_off_delivers_every_line(pty_peer: PtyPeer, inbox: Inbox) -> None:
    with running(pty_peer.path, inbox, hold_off_ms=0):
        inbox.wait_for(Condition.UP)
        pty_peer.write(b"A\rA\r")
        assert [inbox.code().payload for _ in range(2)] == [b"A", b"A"]


def test_missing_port_is_reported_and_read_once_plugged(tmp_path: Path, inbox: Inbox) -> None:
    path = tmp_path / "late"
    with running(path, inbox):
        assert "is not there" in inbox.wait_for(Condition.DOWN).detail
        with PtyPeer(path) as peer:
            inbox.wait_for(Condition.UP)
            peer.write(b"HELLO\r")
            assert inbox.code().payload == b"HELLO"


def test_busy_port_is_reported_and_read_once_free(pty_peer: PtyPeer, inbox: Inbox) -> None:
    other = SerialPort(str(pty_peer.path), Line())
    with running(pty_peer.path, inbox):
        assert "held by another program" in inbox.wait_for(Condition.DOWN).detail
        other.close()
        inbox.wait_for(Condition.UP)


def test_unplugging_drops_half_a_line(pty_peer: PtyPeer, inbox: Inbox) -> None:
    with running(pty_peer.path, inbox):
        inbox.wait_for(Condition.UP)
        pty_peer.write(b"WHOLE\rHALF OF A")
        assert inbox.code().payload == b"WHOLE"
        pty_peer.unplug()
        assert inbox.wait_for(Condition.DOWN).detail
        pty_peer.plug()
        inbox.wait_for(Condition.UP)
        pty_peer.write(b"NEXT\r")
        assert inbox.code().payload == b"NEXT"
    assert inbox.codes.empty()


def test_stop_without_start_frees_everything() -> None:
    SerialScanner(port="unused", monotonic_ms=monotonic_ms).stop()


def test_second_start_is_a_bug(pty_peer: PtyPeer, inbox: Inbox) -> None:
    with (
        running(pty_peer.path, inbox) as scanner,
        pytest.raises(ValueError, match="started already"),
    ):
        scanner.start(inbox.deliver, inbox.report)
