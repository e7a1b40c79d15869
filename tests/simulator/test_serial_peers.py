import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import serial

from simulator.serial_peers import (
    BAUD,
    LINE_OCTETS_MAX,
    LINES_MAX,
    AnswerPeer,
    RelayPeer,
    ScannerPeer,
)

DEADLINE_S = 5.0
OPEN = bytes.fromhex("A00101A2")
CLOSE = bytes.fromhex("A00100A1")


def port(path: str) -> serial.Serial:
    return serial.Serial(path, BAUD, timeout=DEADLINE_S, write_timeout=DEADLINE_S)


def test_a_scan_arrives_whole_with_its_carriage_return() -> None:
    text = "CC1:" + "A %$:/0" * 50
    with ScannerPeer() as scanner, port(scanner.path) as line:
        began = time.monotonic()
        scanner.scan(text)
        took = time.monotonic() - began
        assert line.read(len(text) + 1) == text.encode() + b"\r"
    assert took >= (len(text) + 1) * 10 / 115_200


def test_a_scanner_outlives_the_terminal_that_opens_and_closes_it() -> None:
    with ScannerPeer() as scanner:
        for text in ("FIRST", "SECOND"):
            with port(scanner.path) as line:
                scanner.scan(text)
                assert line.read_until(b"\r") == text.encode() + b"\r"


@pytest.mark.slow
def test_octets_that_nobody_takes_are_lost_and_do_not_block() -> None:
    with ScannerPeer() as scanner:
        scanner.scan("0" * 3_000)
        scanner.scan("0" * 3_000)


def test_stop_interrupts_a_scan() -> None:
    scanner = ScannerPeer()
    sender = threading.Thread(target=scanner.scan, args=("0" * 1_000_000,))  # 87 s of line time
    with port(scanner.path) as line:
        sender.start()
        assert line.read(1) == b"0"
        scanner.stop()
        sender.join(DEADLINE_S)
    assert not sender.is_alive()


def test_a_relay_counts_openings_not_repetitions() -> None:
    with RelayPeer() as relay, port(relay.path) as line:
        line.write(OPEN + OPEN)
        assert relay.wait_until(lambda: relay.is_open, timeout_s=DEADLINE_S)
        line.write(CLOSE)
        assert relay.wait_until(lambda: not relay.is_open, timeout_s=DEADLINE_S)
        line.write(OPEN)
        assert relay.wait_until(lambda: relay.openings == 2, timeout_s=DEADLINE_S)
        assert relay.bad_frames == 0


def test_a_frame_may_come_octet_by_octet() -> None:
    with RelayPeer() as relay, port(relay.path) as line:
        for octet in OPEN:
            line.write(bytes([octet]))
            line.flush()
        assert relay.wait_until(lambda: relay.is_open, timeout_s=DEADLINE_S)
        assert relay.bad_frames == 0


@pytest.mark.parametrize(
    ("octets", "bad"),
    [
        ("A00101A3", 1),  # sum
        ("A00901AA", 1),  # channel past the last
        ("A00001A1", 1),  # channel before the first
        ("A00102A3", 1),  # state
        ("0D0A0D0A0D0A", 1),  # a run of something else
        ("A00101A3A00101A3", 2),
        ("A001A00101A2A00100A1", 1),  # a lost half does not eat the whole that follows
    ],
)
def test_a_bad_frame_is_counted_and_the_next_good_one_is_obeyed(octets: str, bad: int) -> None:
    with RelayPeer() as relay, port(relay.path) as line:
        line.write(bytes.fromhex(octets))
        line.write(bytes.fromhex("A00801A9"))
        assert relay.wait_until(lambda: relay.is_open, timeout_s=DEADLINE_S)
        line.write(bytes.fromhex("A00800A8"))
        assert relay.wait_until(lambda: not relay.is_open, timeout_s=DEADLINE_S)
        assert relay.bad_frames == bad


def test_answers_come_line_by_line_in_order() -> None:
    with AnswerPeer() as counter, port(counter.path) as line:
        line.write(b'{"verdict":"grant"}\n\r\nlast')
        assert counter.next(DEADLINE_S) == b'{"verdict":"grant"}'
        assert counter.next(DEADLINE_S) == b"\r"
        with pytest.raises(queue.Empty):
            counter.next(0.01)
        line.write(b" one\n")
        assert counter.next(DEADLINE_S) == b"last one"


@pytest.mark.slow
def test_too_many_answers_push_out_the_oldest() -> None:
    with AnswerPeer() as counter, port(counter.path) as line:
        for number in range(LINES_MAX + 1):
            line.write(b"%d\n" % number)
        newest = b"%d" % LINES_MAX
        assert counter.wait_until(lambda: newest in counter._lines.queue, timeout_s=DEADLINE_S)
        assert counter.waiting == LINES_MAX
        assert counter.next(DEADLINE_S) == b"1"


@pytest.mark.slow
def test_an_endless_line_is_thrown_away() -> None:
    with AnswerPeer() as counter, port(counter.path) as line:
        line.write(b"0" * LINE_OCTETS_MAX + b"\n")
        assert len(counter.next(DEADLINE_S)) == LINE_OCTETS_MAX
        line.write(b"0" * (LINE_OCTETS_MAX + 1) + b"\n" + b"after\n")
        assert counter.next(DEADLINE_S) == b"after"
        line.write(b"0" * 3 * LINE_OCTETS_MAX + b"\n" + b"after\n")
        assert counter.next(DEADLINE_S) == b"after"


@pytest.mark.parametrize("make", [ScannerPeer, RelayPeer, AnswerPeer])
def test_a_peer_leaves_no_thread_and_no_file_behind(
    make: Callable[[], ScannerPeer | RelayPeer | AnswerPeer],
) -> None:
    threads, files = set(threading.enumerate()), set(Path("/proc/self/fd").iterdir())
    with make() as peer:
        peer.stop()
    assert set(threading.enumerate()) == threads
    assert set(Path("/proc/self/fd").iterdir()) == files
