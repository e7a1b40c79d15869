"""Modbus RTU boards at the far end of a serial line, well and with faults.

Written from the Modbus specifications and Waveshare's register map alone, without the library
that the driver uses, so that both can't be wrong in the same way.
"""

import time
from collections.abc import Collection
from enum import Enum

from simulator.serial_peers import Listener

REQUEST_OCTETS = 8  # unit, function, address, value or count, checksum
RELAYS = 8
INPUTS = 8
FLASH_COIL = 0x0200  # its value: tenths of a second
READ_INPUTS, WRITE_COIL = 2, 5
ON, OFF = 0xFF00, 0x0000
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3


class Fault(Enum):
    """What is the matter with an answer."""

    SILENT = "silent"
    LATE = "late"
    BAD_SUM = "bad-sum"
    OTHER_UNIT = "other-unit"
    NOISE_BEFORE = "noise-before"
    BUSY = "busy"  # exception 6
    NO_FLASH = "no-flash"  # exception 2 to commands that a board times by itself


class Board:
    """Relays and inputs, eight of each unless told otherwise.

    Attributes:
        relay_count: how many there are; a command to one beyond is refused.
        input_count: as well.
        fault: of each answer from now on.
        told: addresses and values of coils, as they were written.
        inputs: those that are high, from 1.
        reads: how often they were asked for.
        refusals: how often a number was refused that it does not have.
    """

    def __init__(self) -> None:
        self.relay_count, self.input_count = RELAYS, INPUTS
        self.fault: Fault | None = None
        self.told: list[tuple[int, int]] = []
        self.inputs: set[int] = set()
        self.openings = self.reads = self.refusals = 0
        self._on_until_s: dict[int, float] = {}  # monotonic, by relay from 1

    def is_on(self, relay: int) -> bool:
        """Return whether a relay is closed now."""
        return time.monotonic() < self._on_until_s.get(relay, 0.0)

    @property
    def is_open(self) -> bool:
        """Whether any relay is closed now."""
        return any(self.is_on(relay) for relay in range(1, self.relay_count + 1))

    def answer(self, function: int, address: int, value: int) -> bytes:
        """Return the answer's function and what follows, without unit and checksum."""
        if self.fault is Fault.BUSY:
            return bytes((function | 0x80, 6))
        if function == READ_INPUTS:
            return self._read(address, value)
        if function != WRITE_COIL:
            return bytes((function | 0x80, ILLEGAL_FUNCTION))
        return self._write(address, value)

    def _read(self, address: int, count: int) -> bytes:
        if address + count > self.input_count or not count:
            self.refusals += 1
            return bytes((READ_INPUTS | 0x80, ILLEGAL_ADDRESS))
        self.reads += 1
        wanted = range(address + 1, address + count + 1)
        levels = sum(1 << bit for bit, number in enumerate(wanted) if number in self.inputs)
        return bytes((READ_INPUTS, 1, levels))

    def _write(self, address: int, value: int) -> bytes:
        is_flash = address >= FLASH_COIL
        relay = address % FLASH_COIL + 1
        if relay > self.relay_count or (is_flash and self.fault is Fault.NO_FLASH):
            self.refusals += 1
            return bytes((WRITE_COIL | 0x80, ILLEGAL_ADDRESS))
        if not is_flash and value not in {ON, OFF}:
            return bytes((WRITE_COIL | 0x80, ILLEGAL_VALUE))
        self.told.append((address, value))
        self.openings += bool(value) and not self.is_on(relay)
        seconds = value / 10 if is_flash else (float("inf") if value else 0.0)
        self._on_until_s[relay] = time.monotonic() + seconds if value else 0.0
        return bytes((WRITE_COIL,)) + address.to_bytes(2) + value.to_bytes(2)


class ModbusPeer(Listener):
    """A bus with boards on it, each at its address.

    Attributes:
        boards: by address.
        late_s: how late an answer is with Fault.LATE.
        bad_frames: octets that belonged to no request.
    """

    def __init__(self, units: Collection[int] = (1,)) -> None:
        self.boards = {unit: Board() for unit in units}
        self.late_s = 0.2
        self.bad_frames = 0
        self._pending = bytearray()
        super().__init__()

    def _receive(self, octets: bytes) -> None:
        self._pending += octets
        while len(self._pending) >= REQUEST_OCTETS:
            frame = bytes(self._pending[:REQUEST_OCTETS])
            if checksum(frame[:-2]) != frame[-2:]:
                self.bad_frames += 1
                del self._pending[0]
                continue
            del self._pending[:REQUEST_OCTETS]
            self._answer(frame)

    def _answer(self, frame: bytes) -> None:
        unit, function = frame[0], frame[1]
        board = self.boards.get(unit)
        if board is None or board.fault is Fault.SILENT:
            return
        address, value = int.from_bytes(frame[2:4]), int.from_bytes(frame[4:6])
        body = bytes((unit,)) + board.answer(function, address, value)
        self._spoil(board.fault, body)

    def _spoil(self, fault: Fault | None, body: bytes) -> None:
        if fault is Fault.LATE:
            self._stopped.wait(self.late_s)
        if fault is Fault.OTHER_UNIT:
            body = bytes((body[0] + 1,)) + body[1:]
        octets = body + checksum(body)
        if fault is Fault.BAD_SUM:
            octets = octets[:-1] + bytes((octets[-1] ^ 0x01,))
        if fault is Fault.NOISE_BEFORE:
            octets = b"\x00\xff\x01" + octets
        self.send(octets)


def checksum(octets: bytes) -> bytes:
    """Return the CRC of Modbus over serial line (V1.02, section 6.2.2), low octet first."""
    register = 0xFFFF
    for octet in octets:
        register ^= octet
        for _ in range(8):
            register = register >> 1 ^ (0xA001 if register & 1 else 0)
    return register.to_bytes(2, "little")
