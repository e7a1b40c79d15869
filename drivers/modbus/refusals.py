"""What a unit refused: numbers that it does not have. No clock of its own."""

from collections.abc import Collection, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from drivers.back_off import BackOff

Key = TypeVar("Key", bound=Hashable)


@dataclass(slots=True)
class _Refusal:
    """One that was refused, now or before."""

    back_off: BackOff = field(default_factory=BackOff)
    why: str = ""  # empty: it was taken since
    taken_ms: int = 0  # when
    retry_ms: int = 0


class Refusals(Generic[Key]):
    """Tells which numbers are refused, why, and when each is to be tried again."""

    def __init__(self) -> None:
        self._known: dict[Key, _Refusal] = {}

    def refuse(self, key: Key, why: str, now_ms: int) -> None:
        """Note that it was refused, again maybe: each time it waits longer, up to 5 s."""
        known = self._known.setdefault(key, _Refusal(taken_ms=now_ms))
        lived_ms = 0 if known.why else now_ms - known.taken_ms
        known.why, known.retry_ms = why, now_ms + known.back_off.wait_ms(lived_ms)

    def take(self, key: Key, now_ms: int) -> None:
        """Note that it was taken."""
        known = self._known.get(key)
        if known is not None and known.why:
            known.why, known.taken_ms, known.retry_ms = "", now_ms, 0

    def why(self, key: Key) -> str:
        """Return why it is refused; empty: it is not."""
        known = self._known.get(key)
        return "" if known is None else known.why

    def retry_ms(self, key: Key) -> int:
        """Return when it may be asked for, monotonic; 0: at any time."""
        known = self._known.get(key)
        return 0 if known is None else known.retry_ms

    def keep(self, keys: Collection[Key]) -> None:
        """Forget all others."""
        for key in self._known.keys() - set(keys):
            del self._known[key]
