"""A clock that stands still unless it is moved, in the place of the machine's."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from verifier.model import UnixSeconds

# Behind the build date, and a second that a person can read.
START = 1_800_000_000.0


@dataclass(slots=True)
class VirtualTime:
    """Seconds since 1970; everything in the process goes by it."""

    now_s: float = START

    def unix(self) -> UnixSeconds:
        """Return the whole seconds."""
        return UnixSeconds(int(self.now_s))

    def monotonic_ms(self) -> int:
        """Return milliseconds that never go back."""
        return int(self.now_s * 1_000)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now_s += seconds

    @contextmanager
    def ruling(self) -> Iterator[None]:
        """Have Python's own clocks tell this time; the process must do nothing else meanwhile."""
        with ExitStack() as stack:
            for name in ("time", "monotonic"):
                stack.enter_context(standing_in(time, name, self._told))
            yield

    def _told(self) -> float:
        return self.now_s


@contextmanager
def standing_in(owner: Any, name: str, other: Any) -> Iterator[None]:
    """Let `other` stand for what `owner` has under `name`."""
    own = getattr(owner, name)
    setattr(owner, name, other)
    try:
        yield
    finally:
        setattr(owner, name, own)
