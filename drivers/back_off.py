"""How long to wait before a thing that failed is tried again."""

# A technician who plugs a scanner back in should see it live at once.
WAIT_FIRST_MS = 200
# A missing device is looked for twelve times a minute: quick enough for a person who waits
# beside it, and next to no load for one that is gone for good.
WAIT_MAX_MS = 5_000
# Whatever lived this long had really started; its end is news, not the same fault again.
SETTLED_MS = 1_000


class BackOff:
    """Doubles the wait with each short life, and forgets all about it after a long one."""

    def __init__(self) -> None:
        self._failures = 0

    def wait_ms(self, lived_ms: int) -> int:
        """Return how long to wait, in 0..WAIT_MAX_MS, after a life of `lived_ms`."""
        if lived_ms >= SETTLED_MS:
            self._failures = 0
            return 0
        # 2 ** 5 * 200 is over the cap already: the exponent needs to go no further.
        wait_ms = WAIT_FIRST_MS << min(self._failures, 5)
        self._failures += 1
        return min(wait_ms, WAIT_MAX_MS)
