"""What a lane shows to be answered, so that a code drawn for it is good here and now alone. Pure.

A phone that reads `CC1Q:<lane>:<hex>` signs both into its next code (docs/protocol.md,
"Challenge"). Octets and time are handed in; what was used or has ended is never good again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from protocol.journal import compact
from verifier.model import Verification

PREFIX = "CC1Q:"
# The longest cnonce a code may carry (docs/cc1.md): nobody guesses or meets one twice.
CHALLENGE_BYTES = 16
# A person reads it with his phone, and turns the phone round: 10 s, and as much again for the slow.
LIFE_MS = 30_000
# Renewed before it ends: whoever begins to read finds at least 10 s left on it.
RENEWED_AFTER_MS = 20_000
# The one that is shown, and the one before, which a phone may be answering.
OPEN_MAX = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What a lane has shown to be answered."""

    octets: bytes  # CHALLENGE_BYTES
    ends_ms: int  # monotonic; from then on no answer is taken

    def line(self, lane: str, now_ms: int) -> bytes:
        """Return what the counter's program is told: it shows or speaks the text."""
        text = f"{PREFIX}{lane}:{self.octets.hex()}"
        ends_in_s = (self.ends_ms - now_ms) // 1_000
        return compact({"lane": lane, "challenge": text, "ends_in_s": ends_in_s})


class Challenges:
    """One lane's challenges; two lanes share none."""

    def __init__(self) -> None:
        self._open: Mapping[bytes, Challenge] = {}
        self._shown: Challenge | None = None  # the newest; None: it was used, or none was shown

    def is_due(self, now_ms: int) -> bool:
        """Return whether another is to be shown now."""
        if self._shown is None:
            return True
        return now_ms >= self._shown.ends_ms - LIFE_MS + RENEWED_AFTER_MS

    def show(self, octets: bytes, now_ms: int) -> Challenge:
        """Return the challenge that is shown from now on; the one before stays open until its end.

        Args:
            octets: CHALLENGE_BYTES random ones, never handed in before.
            now_ms: monotonic.

        Raises:
            ValueError: they are not so many, or are open already: our bug.
        """
        if len(octets) != CHALLENGE_BYTES or octets in self._open:
            raise ValueError(f"a challenge is {CHALLENGE_BYTES} new octets")
        self._shown = Challenge(octets=octets, ends_ms=now_ms + LIFE_MS)
        newest = [*self._open.values(), self._shown][-OPEN_MAX:]
        self._open = {each.octets: each for each in newest}
        return self._shown

    def open_at(self, now_ms: int) -> Collection[bytes]:
        """Return what may be answered at `now_ms`."""
        return tuple(each.octets for each in self._open.values() if now_ms < each.ends_ms)

    def use(self, facts: Verification) -> None:
        """Let the challenge that `facts` answer be answered no more, whatever is decided.

        Only a code whose signatures passed uses one up: else junk, or a code made from what
        everybody can read on the screen, would take it from him for whom it is shown.
        """
        proof = None if facts.credential is None else facts.credential.proof
        if facts.issuer is None or proof is None or proof.challenge is None:
            return
        octets = proof.challenge
        self._open = {key: each for key, each in self._open.items() if key != octets}
        if self._shown is not None and self._shown.octets == octets:
            self._shown = None

    def close(self) -> None:
        """Forget all: the lane is out of service, or its profile asks for none."""
        self._open, self._shown = {}, None
