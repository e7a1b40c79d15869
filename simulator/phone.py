"""What citizens hold in their hands: phones that draw, and printed cards."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from central.cards import code_text, dynamic_code
from protocol.keys import SigningKey
from verifier.model import UnixSeconds
from verifier.trust import base64url


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone with one dynamic card; it signs the time whenever it draws."""

    issuer_part: bytes
    key: SigningKey
    status: int

    def draw(self, now: UnixSeconds) -> str:
        """Return the code that the phone shows at `now`."""
        return dynamic_code(self.issuer_part, holder=self.key, drawn_at=now)

    def answer(self, challenge: str, now: UnixSeconds) -> str:
        """Return the code that the phone shows once it has read a lane's challenge.

        Raises:
            ValueError: it is no challenge ("CC1Q:<lane>:<hex>", docs/protocol.md).
        """
        prefix, lane, cnonce = challenge.split(":")
        if prefix != "CC1Q":
            raise ValueError("no challenge of a lane")
        return dynamic_code(
            self.issuer_part,
            holder=self.key,
            drawn_at=now,
            audience=lane,
            challenge=bytes.fromhex(cnonce),
        )

    def inner_part(self) -> str:
        """Return the issuer's part alone, dressed up as a printed card."""
        return code_text(self.issuer_part)

    def with_forged_card(self) -> "Phone":
        """Return a phone whose issuer's signature is off by one bit."""
        octets = bytearray(self.issuer_part)
        octets[-1] ^= 1
        return Phone(bytes(octets), self.key, self.status)


def phone_of(members: Mapping[str, object]) -> Phone:
    """Return the phone that carries a card as `scan-central issue` printed it."""
    return Phone(
        base64url(str(members["issuer_part"])),
        SigningKey(base64url(str(members["holder_key"]))),
        int(str(members["status"])),
    )


def cards_in(printed: str) -> list[dict[str, object]]:
    """Return the cards in the output of `scan-central issue`, one object a line."""
    return [json.loads(line) for line in printed.splitlines()]
