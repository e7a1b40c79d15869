"""How many frames a second a camera lane looks at."""

from drivers.reading import Sign

# Who fumbles with a phone shows something again within this time; then the next one comes.
LIVELY_MS = 3_000


class Pace:
    """Few frames while there is nothing to be seen, more from the first sign of a code on.

    Args:
        fps_idle: frames a second while there is no sign of a code; `fps_max` if that is less.
        fps_max: frames a second from a sign on, and LIVELY_MS longer.

    Raises:
        ValueError: one is not above zero.
    """

    def __init__(self, *, fps_idle: int, fps_max: int, now_ms: int) -> None:
        if min(fps_idle, fps_max) <= 0:
            raise ValueError("fps_idle and fps_max are above zero")
        self._lively_interval_ms = 1000 // fps_max
        self._idle_interval_ms = 1000 // min(fps_idle, fps_max)
        self._interval_ms = self._idle_interval_ms
        self._asked_ms = now_ms - self._idle_interval_ms
        self._lively_until_ms = now_ms

    @property
    def due_ms(self) -> int:
        """When the next frame is to be asked for."""
        return self._asked_ms + self._interval_ms

    def asked(self, now_ms: int) -> None:
        """Take note that a frame was asked for."""
        self._asked_ms = now_ms

    def saw(self, sign: Sign, now_ms: int) -> None:
        """Take note of what was on a frame; the pace changes at once."""
        if sign is not Sign.NOTHING:
            self._lively_until_ms = now_ms + LIVELY_MS
        is_lively = now_ms < self._lively_until_ms
        self._interval_ms = self._lively_interval_ms if is_lively else self._idle_interval_ms
