"""Cards to which the centre said no: it is asked anew before they are granted anything."""

from verifier.model import UnixSeconds

# The longest reason ends with its day (`day-limit`), and by then lists have told the others.
HOLDS_S = 86_400
# What one terminal is told no about in a day, many times over; the oldest goes first.
KEPT_MAX = 4_096


class Declines:
    """In the daemon's loop, and in memory alone: a restart forgets it."""

    def __init__(self, *, kept_max: int = KEPT_MAX) -> None:
        self._at: dict[str, UnixSeconds] = {}  # by pseudonym, the oldest first
        self._kept_max = kept_max

    def note(self, pseudonym: str, at: UnixSeconds) -> None:
        """Remember that the centre said no to a card."""
        self._at.pop(pseudonym, None)
        self._at[pseudonym] = at
        if len(self._at) > self._kept_max:
            del self._at[next(iter(self._at))]

    def forget(self, pseudonym: str) -> None:
        """Let a card be as any other: the centre said yes."""
        self._at.pop(pseudonym, None)

    def stands(self, pseudonym: str, now: UnixSeconds) -> bool:
        """Return whether the centre said no to a card, for a day, and nothing else since."""
        at = self._at.get(pseudonym)
        return at is not None and abs(now - at) < HOLDS_S
