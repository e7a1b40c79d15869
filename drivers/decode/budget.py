"""How much CPU time a frame may still take, and how much an idle lane has saved up."""

from collections.abc import Callable
from time import thread_time_ns

# Nanoseconds of this thread's CPU time, by default: what others do on the machine costs no reads.
Nanoseconds = Callable[[], int]

CPU_TIME: Nanoseconds = thread_time_ns


class Stopwatch:
    """Tells how long something has taken so far.

    Args:
        nanoseconds: the time source.
    """

    def __init__(self, nanoseconds: Nanoseconds) -> None:
        self._nanoseconds = nanoseconds
        self._begun_ns = nanoseconds()

    @property
    def spent_ns(self) -> int:
        """Nanoseconds since it was made."""
        return self._nanoseconds() - self._begun_ns


class Credit:
    """What may be spent on frames in which nothing is seen: a share of their first look, saved up.

    Spending may overdraw it by the last rung's cost; what is overdrawn is earned back first.

    Args:
        at_first_ns: what is there at the start.
        most_ns: no more than this is saved.
    """

    def __init__(self, *, at_first_ns: int, most_ns: int) -> None:
        if not 0 <= at_first_ns <= most_ns:
            raise ValueError(f"not 0 <= {at_first_ns} <= {most_ns}")
        self._ns, self._most_ns = at_first_ns, most_ns

    @property
    def left_ns(self) -> int:
        """What may be spent, below zero when overdrawn."""
        return self._ns

    def earn(self, ns: int) -> None:
        """Add `ns`, up to the most that is saved."""
        self._ns = min(self._ns + ns, self._most_ns)

    def spend(self, ns: int) -> None:
        """Take `ns` away, into debt if need be."""
        self._ns -= ns
