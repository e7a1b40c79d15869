import select
from collections.abc import Iterator

import pytest

from drivers.serial_port import Line, SerialPort
from simulator.modbus_peer import Fault, ModbusPeer, checksum

PATIENCE_MS = 20_000

ON = bytes.fromhex("01 05 00 00 ff 00 8c 3a")
FLASH = bytes.fromhex("01 05 02 00 00 07 8d b0")
READ = bytes.fromhex("01 02 00 00 00 08 79 cc")


@pytest.fixture
def peer() -> Iterator[ModbusPeer]:
    with ModbusPeer() as peer:
        yield peer


def asked(peer: ModbusPeer, request: bytes, octets: int) -> bytes:
    """Return so many octets of what comes back."""
    answer = b""
    with SerialPort(peer.path, Line(baud=9_600)) as port:
        port.write_some(request)
        poller = select.poll()
        poller.register(port, select.POLLIN)
        while len(answer) < octets and poller.poll(PATIENCE_MS):
            answer += port.read()
    return answer


def test_checksum_is_that_of_the_specification() -> None:
    assert checksum(ON[:-2]) == ON[-2:]
    assert checksum(FLASH[:-2]) == FLASH[-2:]
    assert checksum(READ[:-2]) == READ[-2:]


def test_relay_is_switched_and_answered_by_the_request_itself(peer: ModbusPeer) -> None:
    assert asked(peer, ON, 8) == ON
    assert peer.boards[1].is_on(1)
    assert peer.boards[1].openings == 1


def test_pulse_is_timed_by_the_board(peer: ModbusPeer) -> None:
    short = bytes.fromhex("01 05 02 00 00 01")
    request = short + checksum(short)
    assert asked(peer, request, 8) == request
    assert peer.wait_until(lambda: peer.boards[1].openings == 1, timeout_s=20)
    while peer.boards[1].is_on(1):
        peer.wait_until(lambda: not peer.boards[1].is_on(1), timeout_s=0.05)
    assert not peer.boards[1].is_open


def test_inputs_are_told_from_the_first_bit_on(peer: ModbusPeer) -> None:
    peer.boards[1].inputs = {1, 3}
    answer = asked(peer, READ, 6)
    assert answer == bytes.fromhex("01 02 01 05") + checksum(bytes.fromhex("01 02 01 05"))


@pytest.mark.parametrize(
    ("request_hex", "exception"),
    [
        ("01 05 00 08 ff 00", "85 02"),
        ("01 05 00 00 12 34", "85 03"),
        ("01 0f 00 00 00 00", "8f 01"),
    ],
)
def test_what_the_board_does_not_know_is_refused(
    peer: ModbusPeer, request_hex: str, exception: str
) -> None:
    request = bytes.fromhex(request_hex)
    body = b"\x01" + bytes.fromhex(exception)
    assert asked(peer, request + checksum(request), 5) == body + checksum(body)


@pytest.mark.parametrize(
    ("request_hex", "function"),
    [
        ("01 05 00 03 ff 00", 0x05),
        ("01 05 00 04 ff 00", 0x85),
        ("01 02 00 00 00 04", 0x02),
        ("01 02 00 00 00 05", 0x82),
    ],
)
def test_smaller_board_has_its_own_numbers_and_no_more(
    peer: ModbusPeer, request_hex: str, function: int
) -> None:
    peer.boards[1].relay_count = peer.boards[1].input_count = 4
    request = bytes.fromhex(request_hex)
    assert asked(peer, request + checksum(request), 5)[1] == function


def test_noise_before_a_request_is_passed_over_and_other_units_are_left_to_answer(
    peer: ModbusPeer,
) -> None:
    other = b"\x02" + ON[1:-2]
    assert asked(peer, b"\x00\xff" + other + checksum(other) + ON, 8) == ON
    assert peer.bad_frames == 2


def test_spoilt_answers_are_spoilt(peer: ModbusPeer) -> None:
    peer.boards[1].fault = Fault.BAD_SUM
    answer = asked(peer, ON, 8)
    assert answer[:-1] == ON[:-1]
    assert answer != ON
    peer.boards[1].fault = Fault.OTHER_UNIT
    assert asked(peer, ON, 8)[0] == 2
