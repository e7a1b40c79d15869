"""The machine's steady clock: of the daemon, and of the processes it starts."""

import time


def monotonic_ms() -> int:
    """Return milliseconds that only grow, the same in every process of this machine."""
    return time.monotonic_ns() // 1_000_000
