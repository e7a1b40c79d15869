import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import serial

from simulator.scanner_peers import Gm65Scanner, SsiScanner, TalkingScanner, ssi_packet
from simulator.serial_peers import BAUD, Listener

DEADLINE_S = 5.0
ACK = bytes.fromhex("04 D0 04 00 FF 28")
NAK = bytes.fromhex("05 D1 04 00 01 FF 25")


def port(path: str) -> serial.Serial:
    return serial.Serial(path, BAUD, timeout=DEADLINE_S, write_timeout=DEADLINE_S)


def test_scanner_answers_what_it_knows_until_it_dies() -> None:
    with TalkingScanner({b"?": b"V1\r"}) as peer, port(peer.path) as line:
        line.write(b"!?")
        assert line.read(3) == b"V1\r"
        peer.is_dead = True
        line.write(b"?")
        assert peer.wait_until(lambda: peer.heard == b"!??", timeout_s=DEADLINE_S)
        line.timeout = 0
        assert line.read(1) == b""


def test_zebra_sends_a_packet_three_times_and_gives_up() -> None:
    with SsiScanner(patience_s=0.01) as peer, port(peer.path) as line:
        assert not peer.scan(b"CODE")
        first, second, third = (line.read(len(ssi_packet(0xF3, b"\x1cCODE", 0))) for _ in range(3))
        assert first == ssi_packet(0xF3, b"\x1cCODE", 0)
        assert second == third == ssi_packet(0xF3, b"\x1cCODE", 1)
        assert (peer.resent, peer.given_up) == (2, 1)


def test_zebra_sends_again_what_was_not_understood_and_goes_on_with_the_next_part() -> None:
    with SsiScanner(patience_s=DEADLINE_S) as peer, port(peer.path) as line:
        done = threading.Event()
        sender = threading.Thread(target=lambda: peer.scan(b"x" * 251) and done.set())
        sender.start()
        part = len(ssi_packet(0xF3, b"\x1c" + b"x" * 250, 2))
        for answer in (NAK, ACK):
            assert line.read(part)[3] == (2 if answer == NAK else 3)
            line.write(answer)
        assert line.read(8)[3] == 0
        line.write(ACK)
        sender.join(DEADLINE_S)
        assert done.is_set()


def test_gm65_keeps_what_is_written_and_answers_in_seven_octets() -> None:
    with Gm65Scanner() as peer, port(peer.path) as line:
        line.write(bytes.fromhex("7E 00 08 01 00 D0 80 AB CD"))
        assert line.read(7) == bytes.fromhex("02 00 00 01 00 33 31")
        line.write(bytes.fromhex("FF 7E 00 07 01 00 D0 01 AB CD"))
        assert line.read(7)[4] == 0x80
        line.write(bytes.fromhex("7E 00 09 01 00 00 00 DE C8"))
        line.read(7)
        assert peer.saves == 1


@pytest.mark.parametrize("make", [TalkingScanner, SsiScanner, Gm65Scanner])
def test_a_peer_leaves_no_thread_and_no_file_behind(make: Callable[[], Listener]) -> None:
    threads, files = set(threading.enumerate()), set(Path("/proc/self/fd").iterdir())
    with make() as peer:
        peer.stop()
    assert set(threading.enumerate()) == threads
    assert set(Path("/proc/self/fd").iterdir()) == files
