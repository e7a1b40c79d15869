"""The machine's steady clock, for drivers whose maker hands none in."""

import time


def monotonic_ms() -> int:
    """Return milliseconds that only grow, the same in every process of this machine."""
    return time.monotonic_ns() // 1_000_000
