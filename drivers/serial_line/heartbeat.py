"""Tells a scanner that has nothing to say from one that is dead."""

# A scanner answers within milliseconds; one that is just decoding may take longer.
ANSWER_MS_MAX = 1_000
# Once may be noise, or a code that was being sent; twice is nobody there.
MISSED_MAX = 2


class Heartbeat:
    """Asks every `every_ms` for a sign of life.

    Args:
        query: what the scanner answers.
        every_ms: how long a scanner may be silent before it is asked.
    """

    def __init__(self, query: bytes, every_ms: int) -> None:
        if not query or every_ms < ANSWER_MS_MAX:
            raise ValueError(f"a query, and at most one in {ANSWER_MS_MAX} ms")
        self._query, self._every_ms = query, every_ms
        self._missed = 0
        self._is_asked = False
        self.due_ms = 0

    @property
    def is_dead(self) -> bool:
        """Whether it was asked often enough in vain."""
        return self._missed >= MISSED_MAX

    def begin(self, now_ms: int) -> None:
        """Begin with a port just opened: nothing is known, so it is asked at once."""
        self._missed, self._is_asked, self.due_ms = 0, False, now_ms

    def heard(self, now_ms: int) -> None:
        """Note a sign of life: an answer, or a code."""
        self._missed, self._is_asked, self.due_ms = 0, False, now_ms + self._every_ms

    def tick(self, now_ms: int) -> bytes:
        """Return the query when it is to be sent now, else nothing."""
        if now_ms < self.due_ms:
            return b""
        if self._is_asked:
            self._missed += 1
            self._is_asked = False
            if self.is_dead:
                self.due_ms = now_ms + self._every_ms
                return b""
        self._is_asked, self.due_ms = True, now_ms + ANSWER_MS_MAX
        return self._query
