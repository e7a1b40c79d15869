"""The one door of pymodbus: frames of the few requests that relay boards know, and their answers.

Octets are laid out by pymodbus; which answer belongs to which request is decided here, for a bus
has others on it, and noise.
"""

import struct
from dataclasses import dataclass

from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.bit_message import ReadDiscreteInputsRequest, WriteSingleCoilRequest

# Unit 0 is everybody, who answers nothing; from 248 on is reserved (Modbus over serial line V1.02,
# section 2.2). Some boards can be set that high all the same, and are not to be.
UNIT_MAX = 247
# What Waveshare sells; a coil more is one of the next kind of command.
CHANNEL_MAX = 32
# Boards have eight inputs, sixteen at most.
INPUT_MAX = 16
# Waveshare's boards time a pulse by themselves: written to this coil and above, the value is how
# long in tenths of a second ("flash on", 1 to 7FFF).
_FLASH_COIL = 0x0200
_FLASH_TENTHS_MAX = 0x7FFF

_READ_INPUTS, _WRITE_COIL = 2, 5
# What a board says to a pulse that it can't time (exception code 3).
ILLEGAL_VALUE = 3
_REFUSED = 0x80
_REFUSAL_OCTETS = 5  # unit, function, code, checksum
_WRITE_OCTETS = 8  # unit, function, address, value, checksum

_FRAMER = FramerRTU(DecodePDU(is_server=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of one unit."""

    unit: int
    function: int
    frame: bytes
    answer_octets: int  # of an answer that is no refusal, from unit to checksum
    # Of a pulse: the answer of a board that took its time for a mere "on".
    untimed: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a unit said to a request."""

    refusal: int = 0  # exception code (Modbus application protocol V1.1b3, section 7); 0: none
    bits: tuple[bool, ...] = ()  # of inputs, from the first on


def switch(unit: int, channel: int, *, is_on: bool) -> Request:
    """Return the request that a relay be on or off; `channel` counts from 1."""
    pdu = WriteSingleCoilRequest(address=channel - 1, bits=[is_on])
    return _write(unit, pdu.encode())


def flash(unit: int, channel: int, pulse_ms: int) -> Request:
    """Return the request that a relay be on for a time that the board keeps by itself.

    Args:
        unit: the board's.
        channel: counts from 1.
        pulse_ms: rounded up to tenths of a second.
    """
    tenths = min(max(1, -(-pulse_ms // 100)), _FLASH_TENTHS_MAX)
    coil = _FLASH_COIL + channel - 1
    untimed = _write(unit, WriteSingleCoilRequest(address=coil, bits=[True]).encode())
    return _write(unit, struct.pack(">HH", coil, tenths), untimed.frame)


def read_inputs(unit: int, count: int) -> Request:
    """Return the request for the first `count` inputs."""
    payload = ReadDiscreteInputsRequest(address=0, count=count).encode()
    return Request(
        unit=unit,
        function=_READ_INPUTS,
        frame=_FRAMER.encode(bytes((_READ_INPUTS,)) + payload, unit, 0),
        answer_octets=5 + -(-count // 8),
    )


def answer_in(octets: bytes, request: Request) -> Answer | None:
    """Return the answer to `request` among `octets`, wherever it begins; None: none yet.

    A relay's answer must be the request's own octets, so one that comes too late is not taken
    for that of another command.
    """
    for start in range(len(octets) - _REFUSAL_OCTETS + 1):
        candidate = octets[start:]
        if candidate[0] != request.unit:
            continue
        if candidate[1] == request.function | _REFUSED and _is_whole(candidate[:_REFUSAL_OCTETS]):
            return Answer(refusal=candidate[2] or 0xFF)
        if request.function == _WRITE_COIL and candidate.startswith(request.frame):
            return Answer()
        if request.untimed and candidate.startswith(request.untimed):
            return Answer(refusal=ILLEGAL_VALUE)
        if (bits := _bits(candidate[: request.answer_octets], request)) is not None:
            return Answer(bits=bits)
    return None


def what_came(octets: bytes, request: Request) -> str:
    """Return what is the matter with octets in which no answer is, and what to do about it."""
    if not octets:
        return "does not answer: check its power, its address, A and B of the bus"
    for start in range(len(octets) - _REFUSAL_OCTETS + 1):
        for size in (_REFUSAL_OCTETS, request.answer_octets):
            frame = octets[start : start + size]
            if len(frame) == size and _is_whole(frame):
                return _stranger(frame[0], request.unit)
    return "answers with a wrong checksum: check baud and parity, cable, and the bus's ends"


def _stranger(unit: int, asked: int) -> str:
    if unit == asked:
        return "answers what it was not asked: it is too slow, or another master is on the bus"
    return f"is not who answers: unit {unit} does; give each unit its own address"


def _write(unit: int, payload: bytes, untimed: bytes = b"") -> Request:
    frame = _FRAMER.encode(bytes((_WRITE_COIL,)) + payload, unit, 0)
    return Request(
        unit=unit,
        function=_WRITE_COIL,
        frame=frame,
        answer_octets=_WRITE_OCTETS,
        untimed=untimed,
    )


def _bits(frame: bytes, request: Request) -> tuple[bool, ...] | None:
    if request.function != _READ_INPUTS or len(frame) < request.answer_octets:
        return None
    unit, function, size, *values = frame[:-2]
    if (unit, function, size) != (request.unit, request.function, request.answer_octets - 5):
        return None
    if not _is_whole(frame):
        return None
    return tuple(bool(value >> bit & 1) for value in values for bit in range(8))


def _is_whole(frame: bytes) -> bool:
    return FramerRTU.check_CRC(frame[:-2], int.from_bytes(frame[-2:], "big"))
