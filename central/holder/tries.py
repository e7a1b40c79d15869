"""How often anybody may try an invitation: guessing is hopeless, and costs others nothing."""

from collections.abc import Callable

from central.errors import Overloaded

# Of the whole centre: a crew of ten, each twice; a flood waits for nobody's upload.
TRIES_MAX = 20
TRIES_S = 60.0


class Tries:
    """A bucket that fills again; used in the event loop's thread alone.

    Args:
        ticks: seconds of a clock that never goes back.
    """

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks, self._left, self._at_s = ticks, float(TRIES_MAX), ticks()

    def take(self) -> None:
        """Count one try.

        Raises:
            Overloaded: there were too many of late.
        """
        now_s = self._ticks()
        filled = self._left + (now_s - self._at_s) * TRIES_MAX / TRIES_S
        self._left, self._at_s = min(float(TRIES_MAX), filled), now_s
        if self._left < 1:
            raise Overloaded("too many invitations were tried of late", is_its_own=True)
        self._left -= 1
