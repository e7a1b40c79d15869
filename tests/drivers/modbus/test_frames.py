import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.frames import Answer, Request, answer_in, flash, read_inputs, switch, what_came
from simulator.modbus_peer import checksum


def framed(text: str) -> bytes:
    octets = bytes.fromhex(text)
    return octets + checksum(octets)


def test_commands_are_those_of_the_board_makers_map() -> None:
    assert switch(1, 1, is_on=True).frame == bytes.fromhex("01 05 00 00 ff 00 8c 3a")
    assert switch(1, 1, is_on=False).frame == bytes.fromhex("01 05 00 00 00 00 cd ca")
    assert flash(1, 1, 700).frame == bytes.fromhex("01 05 02 00 00 07 8d b0")
    assert read_inputs(1, 8).frame == bytes.fromhex("01 02 00 00 00 08 79 cc")


@pytest.mark.parametrize(
    ("pulse_ms", "tenths"), [(1, 1), (100, 1), (101, 2), (10_000, 100), (10_000_000, 0x7FFF)]
)
def test_pulse_is_rounded_up_to_what_a_board_can_keep(pulse_ms: int, tenths: int) -> None:
    assert flash(1, 2, pulse_ms).frame[:6] == bytes((1, 5, 2, 1)) + tenths.to_bytes(2)


def test_answer_of_a_relay_is_the_request_itself() -> None:
    request = switch(7, 3, is_on=True)
    assert answer_in(request.frame, request) == Answer()
    assert answer_in(request.frame[:-1], request) is None
    assert answer_in(switch(7, 3, is_on=False).frame, request) is None
    assert answer_in(switch(8, 3, is_on=True).frame, request) is None


def test_answer_is_found_behind_noise_and_before_what_follows() -> None:
    request = read_inputs(1, 8)
    answer = framed("01 02 01 05")
    bits = (True, False, True, False, False, False, False, False)
    for octets in (answer, b"\x00\xff\x01" + answer, answer + b"\x01\x02"):
        assert answer_in(octets, request) == Answer(bits=bits)


def test_inputs_beyond_eight_come_in_a_second_octet() -> None:
    answer = answer_in(framed("01 02 02 00 01"), read_inputs(1, 9))
    assert answer is not None
    assert answer.bits.index(True) == 8


@pytest.mark.parametrize("octets", [framed("01 02 02 00 00"), framed("01 01 01 05"), b""])
def test_answer_of_another_size_or_function_is_none(octets: bytes) -> None:
    assert answer_in(octets, read_inputs(1, 8)) is None


def test_refusal_tells_its_code() -> None:
    assert answer_in(framed("01 85 02"), flash(1, 1, 100)) == Answer(refusal=2)
    assert answer_in(framed("01 82 02"), flash(1, 1, 100)) is None  # of another function
    assert answer_in(framed("01 85 00"), flash(1, 1, 100)) == Answer(refusal=0xFF)


def test_board_that_took_the_time_of_a_pulse_for_on_does_not_time_it() -> None:
    pulse = flash(1, 1, 700)
    assert answer_in(framed("01 05 02 00 ff 00"), pulse) == Answer(refusal=3)
    assert answer_in(framed("01 05 02 00 00 08"), pulse) is None  # what was asked before
    assert answer_in(framed("01 05 00 00 ff 00"), switch(1, 1, is_on=False)) is None


def test_what_is_wrong_with_what_came_is_told() -> None:
    request = switch(1, 1, is_on=True)
    assert "does not answer" in what_came(b"", request)
    assert "was not asked" in what_came(switch(1, 2, is_on=True).frame, request)
    assert "unit 2 does" in what_came(switch(2, 1, is_on=True).frame, request)
    assert "checksum" in what_came(request.frame[:-1] + b"\x00", request)


@given(st.binary(max_size=64), st.sampled_from([read_inputs(1, 8), switch(1, 1, is_on=True)]))
def test_noise_is_no_answer_and_is_told_in_words(octets: bytes, request: Request) -> None:
    answer = answer_in(octets, request)
    assert answer is None or answer.refusal or answer.bits or request.frame in octets
    assert what_came(octets, request)
