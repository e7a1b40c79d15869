"""What goes out to a scanner, in order and not faster than it can take it."""

from collections import deque

# Sixteen commands at the start, an acknowledgement and a signal: more is a scanner that takes
# nothing, and then the oldest matter least.
COMMANDS_MAX = 32
# A scanner that is given its next command before it has done the last may drop it.
COMMAND_PAUSE_MS = 20
# The longest command leaves in a third of a second at 9600 baud.
STUCK_MS_MAX = 2_000


class Sending:
    """Commands that wait; an acknowledgement goes before them.

    Args:
        octet_pause_ms: between two octets of a command; 0: none.
    """

    def __init__(self, octet_pause_ms: int = 0) -> None:
        self._octet_pause_ms = octet_pause_ms
        self._waiting: deque[bytes] = deque()
        self._begun = b""  # what is left of the one that has begun to leave
        self._next_ms = 0
        self._moved_ms = 0  # the last octet left, or the first of them came
        self.dropped = 0

    def put(self, octets: bytes, now_ms: int, *, is_urgent: bool = False) -> None:
        """Have octets sent, after what waits already or, if urgent, before it."""
        if not self.is_waiting:
            self._moved_ms = now_ms
        if is_urgent:
            self._waiting.appendleft(octets)
            self._next_ms = min(self._next_ms, now_ms)
        else:
            self._waiting.append(octets)
        if len(self._waiting) > COMMANDS_MAX:
            self._waiting.popleft()
            self.dropped += 1

    @property
    def is_waiting(self) -> bool:
        """Whether anything is left to send."""
        return bool(self._begun or self._waiting)

    def due_ms(self, now_ms: int) -> int | None:
        """Return when to look again: at the end of a pause, or whether it is stuck."""
        if not self.is_waiting:
            return None
        if now_ms < self._next_ms:
            return self._next_ms
        stuck_ms = max(self._moved_ms, self._next_ms) + STUCK_MS_MAX
        return stuck_ms if now_ms < stuck_ms else now_ms + STUCK_MS_MAX

    def ready(self, now_ms: int) -> bytes:
        """Return what may be written now; tell `wrote` how much of it was."""
        if not self.is_waiting or now_ms < self._next_ms:
            return b""
        if not self._begun:
            self._begun = self._waiting.popleft()
        return self._begun[:1] if self._octet_pause_ms else self._begun

    def wrote(self, count: int, now_ms: int) -> None:
        """Note how many octets of `ready` left."""
        if not count:
            return
        self._begun, self._moved_ms = self._begun[count:], now_ms
        self._next_ms = now_ms + (self._octet_pause_ms if self._begun else COMMAND_PAUSE_MS)

    def is_stuck(self, now_ms: int) -> bool:
        """Return whether the scanner takes nothing though it should."""
        return self.is_waiting and now_ms - max(self._moved_ms, self._next_ms) >= STUCK_MS_MAX

    def clear(self) -> None:
        """Forget what waits."""
        self._waiting.clear()
        self._begun, self._next_ms = b"", 0
