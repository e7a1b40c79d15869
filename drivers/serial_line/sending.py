"""What goes out to a scanner, in order and not faster than it can take it."""

from collections import deque

# Sixteen commands at the start, a query and a signal: more is a scanner that takes nothing, and
# then the oldest matter least. As many acknowledgements may wait beside them.
COMMANDS_MAX = 32
# By then a beep would be taken for the next person's, and a scanner that waits for its
# acknowledgement has sent again.
LATE_MS_MAX = 2_000
# A scanner that is given its next command before it has done the last may drop it.
COMMAND_PAUSE_MS = 20
# The longest command leaves in a third of a second at 9600 baud.
STUCK_MS_MAX = 2_000


class Sending:
    """Commands that wait; acknowledgements go before them, in their own order.

    Whatever did not begin to leave within LATE_MS_MAX is dropped, but for settings.

    Args:
        octet_pause_ms: between two octets of a command; 0: none.
    """

    def __init__(self, octet_pause_ms: int = 0) -> None:
        self._octet_pause_ms = octet_pause_ms
        # Each with the moment from which on it is too late; None: never.
        self._urgent: deque[tuple[bytes, int | None]] = deque()
        self._waiting: deque[tuple[bytes, int | None]] = deque()
        self._begun = b""  # what is left of the one that has begun to leave
        self._next_ms = 0
        self._moved_ms = 0  # the last octet left, or the first of them came
        self.dropped = 0

    def put(
        self, octets: bytes, now_ms: int, *, is_urgent: bool = False, is_setting: bool = False
    ) -> None:
        """Have octets sent, after what waits already or, if urgent, before it."""
        if not self.is_waiting:
            self._moved_ms = now_ms
        if is_urgent and not self._begun:
            self._next_ms = min(self._next_ms, now_ms)
        queue = self._urgent if is_urgent else self._waiting
        queue.append((octets, None if is_setting else now_ms + LATE_MS_MAX))
        if len(queue) > COMMANDS_MAX:
            queue.popleft()
            self.dropped += 1

    @property
    def is_waiting(self) -> bool:
        """Whether anything is left to send."""
        return bool(self._begun or self._urgent or self._waiting)

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
            self._begun = self._next(now_ms)
        return self._begun[:1] if self._octet_pause_ms else self._begun

    def wrote(self, count: int, now_ms: int) -> None:
        """Note how many octets of `ready` left."""
        if not count:
            return
        self._begun, self._moved_ms = self._begun[count:], now_ms
        pause_ms = self._octet_pause_ms if self._begun else COMMAND_PAUSE_MS
        self._next_ms = now_ms + (0 if self._urgent and not self._begun else pause_ms)

    def is_stuck(self, now_ms: int) -> bool:
        """Return whether the scanner takes nothing though it should."""
        return self.is_waiting and now_ms - max(self._moved_ms, self._next_ms) >= STUCK_MS_MAX

    def clear(self) -> None:
        """Forget what waits."""
        self._urgent.clear()
        self.clear_commands()
        self._begun, self._next_ms = b"", 0

    def clear_commands(self) -> None:
        """Forget the commands that wait, but for the rest of one that has begun to leave."""
        self._waiting.clear()

    def _next(self, now_ms: int) -> bytes:
        for queue in (self._urgent, self._waiting):
            while queue:
                octets, late_ms = queue.popleft()
                if late_ms is None or now_ms < late_ms:
                    return octets
                self.dropped += 1
        return b""
