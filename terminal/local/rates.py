"""How often somebody may do something. Pure: time comes in."""

from collections import OrderedDict


class Rates:
    """A bucket for each name, filled evenly; the names least used are forgotten first."""

    def __init__(self, *, burst: int, per_s: float, names_max: int) -> None:
        """Let each name do `burst` at once and `per_s` on and on; remember `names_max` of them."""
        self._burst, self._per_s, self._names_max = burst, per_s, names_max
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, name: str, now_s: float) -> float:
        """Return 0 and count it, or in how many seconds `name` may do it again."""
        left, at_s = self._held.pop(name, (float(self._burst), now_s))
        left = min(self._burst, left + (now_s - at_s) * self._per_s)
        is_free = left >= 1
        self._held[name] = (left - is_free, now_s)
        if len(self._held) > self._names_max:
            self._held.popitem(last=False)
        return 0.0 if is_free else (1 - left) / self._per_s
