"""Scanners that talk back: they answer queries, wait for acknowledgements and send again.

Written from the makers' descriptions, apart from the drivers, so that neither's mistake hides
the other's.
"""

from collections.abc import Mapping
from threading import Event

from simulator.serial_peers import Listener

COMMANDS_OCTETS_MAX = 65_536  # what a test looks at is far below

SSI_HEADER_OCTETS = 4
SSI_PART_OCTETS_MAX = 250  # of a code, in one packet, behind its kind
SSI_TRIES = 3  # two resends, then it gives up
SSI_RETRANSMITTED, SSI_CONTINUED = 1, 2
SSI_QR = 0x1C

GM65_COMMAND_OCTETS = 9
GM65_ZONES = 256


class TalkingScanner(Listener):
    """A scanner that answers commands it knows, until it dies.

    Args:
        answers: what it says to what.
    """

    def __init__(self, answers: Mapping[bytes, bytes] | None = None) -> None:
        self.heard = bytearray()  # all that came
        self.is_dead = False  # it hears, and says nothing more
        self._answers = dict(answers or {})
        self._pending = bytearray()
        super().__init__()

    def _receive(self, octets: bytes) -> None:
        self.heard += octets
        del self.heard[:-COMMANDS_OCTETS_MAX]
        self._pending += octets
        for command, answer in self._answers.items():
            while command in self._pending:
                self._pending = self._pending.replace(command, b"", 1)
                if not self.is_dead:
                    self.send(answer)
        del self._pending[:-COMMANDS_OCTETS_MAX]


class SsiScanner(Listener):
    """A Zebra in packeted SSI: each packet waits for its ACK and is sent again without one.

    Args:
        patience_s: how long it waits.
    """

    def __init__(self, patience_s: float = 2.0) -> None:
        self.commands: list[int] = []  # opcodes, in their order
        self.resent = 0
        self.given_up = 0
        self.acks_to_lose = 0  # so many that come are not noticed
        self.is_garbling = False  # the next packet leaves with one octet changed
        self._patience_s = patience_s
        self._pending = bytearray()
        self._answered = Event()
        self._is_acked = False
        super().__init__()

    def scan(self, payload: bytes) -> bool:
        """Send a code, part by part; return whether every part was acknowledged."""
        parts = [
            payload[at : at + SSI_PART_OCTETS_MAX]
            for at in range(0, len(payload), SSI_PART_OCTETS_MAX)
        ]
        return all(
            self._deliver(part, SSI_CONTINUED if number < len(parts) else 0)
            for number, part in enumerate(parts, 1)
        )

    def _deliver(self, part: bytes, status: int) -> bool:
        for attempt in range(SSI_TRIES):
            again = SSI_RETRANSMITTED if attempt else 0
            octets = bytearray(ssi_packet(0xF3, bytes((SSI_QR,)) + part, status | again))
            if self.is_garbling:
                self.is_garbling = False
                octets[5] ^= 0x40
            self._answered.clear()
            self.resent += bool(attempt)
            self.send(bytes(octets))
            if self._answered.wait(self._patience_s) and self._is_acked:
                return True
        self.given_up += 1
        return False

    def _receive(self, octets: bytes) -> None:
        self._pending += octets
        while self._pending and len(self._pending) >= self._pending[0] + 2:
            size = self._pending[0]
            self._hear(opcode=self._pending[1])
            del self._pending[: size + 2]

    def _hear(self, opcode: int) -> None:
        if opcode in {0xD0, 0xD1}:
            if opcode == 0xD0 and self.acks_to_lose:
                self.acks_to_lose -= 1
                return
            self._is_acked = opcode == 0xD0
            self._answered.set()
            return
        self.commands.append(opcode)
        if opcode == 0xA3:
            self.send(ssi_packet(0xA4, b"SIMULATED  1.0", 0))
        else:
            self.send(ssi_packet(0xD0, b"", 0))


class Gm65Scanner(Listener):
    """A Grow GM65: zones that are read and written, codes with a carriage return."""

    def __init__(self) -> None:
        self.zones = bytearray(GM65_ZONES)
        self.saves = 0  # writes of the flash
        self._pending = bytearray()
        super().__init__()

    def scan(self, payload: bytes) -> None:
        """Send a code."""
        self.send(payload + b"\r")

    def _receive(self, octets: bytes) -> None:
        self._pending += octets
        while len(self._pending) >= GM65_COMMAND_OCTETS:
            if not self._pending.startswith(b"\x7e\x00"):
                del self._pending[0]
                continue
            command, place, value = self._pending[2], self._pending[5], self._pending[6]
            self.send(b"\x02\x00\x00\x01" + self._done(command, place, value) + b"\x33\x31")
            del self._pending[:GM65_COMMAND_OCTETS]

    def _done(self, command: int, place: int, value: int) -> bytes:
        if command == 7:
            return bytes(self.zones[place : place + 1])
        if command == 8:
            self.zones[place] = value
        self.saves += command == 9
        return b"\x00"


def ssi_packet(opcode: int, content: bytes, status: int) -> bytes:
    """Return what a decoder sends."""
    body = bytes((SSI_HEADER_OCTETS + len(content), opcode, 0, status)) + content
    return body + (0x1_0000 - sum(body)).to_bytes(2, "big")
