"""What one relay or line shall be: those it serves say it, its board's thread asks."""

import threading
from dataclasses import dataclass
from enum import Enum

# A gate that stands open longer lets a second person through: what asks for more is a bug, and
# must not hold the gate open all day.
PULSE_MS_MAX = 10_000

# Lit and dark for half a second each: seen as blinking by everybody, and by nobody as flicker.
BLINK_HALF_MS = 500
# Relays wear out by switching: a lane that is out of service all night would use up a tenth of a
# relay's life. After this it is steadily lit.
BLINKS_MAX = 10


class Light(Enum):
    """What a lamp does."""

    OFF = "off"
    STEADY = "steady"
    BLINK = "blink"  # BLINKS_MAX times, then steady


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an output shall be now, and until when that holds by itself."""

    is_on: bool
    until_ms: int | None = None  # monotonic; None: until somebody says otherwise
    # Of what is held: how often that was said again. A board whose supply gave way, behind an
    # adapter that did not, is off meanwhile, and hears it anew.
    said: int = 0


OFF = Wanted(is_on=False)


class Output:
    """What one output shall be; safe to call from any thread. It starts off.

    There is no queue: what counts is until when it shall be on, so a board that comes back late
    does not open for somebody who has gone.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until_ms: int | None = None  # of a pulse
        self._is_held, self._said = False, 0
        self._light, self._lit_ms = Light.OFF, 0
        self._is_over = False

    def pulse(self, pulse_ms: int, now_ms: int) -> None:
        """Be on for `pulse_ms`, at most PULSE_MS_MAX; a running pulse is prolonged, never cut.

        Raises:
            ValueError: the pulse is not above zero.
        """
        if pulse_ms <= 0:
            raise ValueError(f"pulse_ms is not above zero: {pulse_ms}")
        until_ms = now_ms + min(pulse_ms, PULSE_MS_MAX)
        with self._lock:
            self._until_ms = max(self._until_ms or until_ms, until_ms)

    def hold(self, *, is_on: bool) -> None:
        """Be on until told otherwise; or off, whatever pulse is running.

        Said again while it is held, the board is told again.
        """
        with self._lock:
            self._said = self._said + 1 if is_on and self._is_held else 0
            self._is_held, self._until_ms = is_on, None

    def shine(self, light: Light, now_ms: int) -> None:
        """Light up as told; the same light again goes on as it is."""
        with self._lock:
            if light is not self._light:
                self._light, self._lit_ms = light, now_ms

    def end(self) -> None:
        """Be off for good."""
        with self._lock:
            self._is_over = True

    def wanted(self, now_ms: int) -> Wanted:
        """Return what it shall be at `now_ms`."""
        with self._lock:
            if self._is_over:
                return OFF
            if self._is_held:
                return Wanted(is_on=True, said=self._said)
            if self._until_ms is not None and now_ms < self._until_ms:
                return Wanted(is_on=True, until_ms=self._until_ms)
            return self._shining(now_ms)

    def _shining(self, now_ms: int) -> Wanted:
        if self._light is Light.OFF:
            return OFF
        phase = (now_ms - self._lit_ms) // BLINK_HALF_MS
        if self._light is Light.STEADY or phase >= 2 * BLINKS_MAX:
            return Wanted(is_on=True)
        until_ms = self._lit_ms + (phase + 1) * BLINK_HALF_MS
        return Wanted(is_on=phase % 2 == 0, until_ms=until_ms)
