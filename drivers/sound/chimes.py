"""Short tones of our own making: rising for yes, falling for no, even for wait. Pure."""

import functools
import io
import math
import wave
from array import array
from collections.abc import Mapping

from drivers.base import Shown

RATE = 16_000  # samples a second, 16 bits, one channel
_PEAK = 12_000  # of 32,767: loud enough in a hall, and no clipping on small speakers
_FADE_S = 0.01  # without it each tone begins and ends with a click

# Each tone: hertz and seconds. A fifth up, a fifth down, twice the same: told apart by the
# half-deaf too, and far from what traffic and scanners beep.
TONES: Mapping[Shown, tuple[tuple[int, float], ...]] = {
    Shown.OK: ((660, 0.09), (990, 0.16)),
    Shown.DENY: ((440, 0.14), (294, 0.26)),
    Shown.REFER: ((523, 0.12), (0, 0.06), (523, 0.12)),
    Shown.HELD_OPEN: ((880, 0.2), (0, 0.1), (880, 0.2), (0, 0.1), (880, 0.2)),
}


@functools.cache  # some milliseconds each
def chime(shown: Shown) -> bytes | None:
    """Return a WAV file; None: this is shown without a sound."""
    tones = TONES.get(shown)
    return None if tones is None else wav([each for tone in tones for each in _samples(*tone)])


def silence() -> bytes:
    """Return a WAV file of a hundredth of a second, to see whether anything can be played."""
    return wav([0] * (RATE // 100))


def wav(samples: list[int]) -> bytes:
    """Return samples as a WAV file."""
    octets = io.BytesIO()
    with wave.open(octets, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(array("h", samples).tobytes())
    return octets.getvalue()


def _samples(hertz: int, seconds: float) -> list[int]:
    count, fade = round(RATE * seconds), RATE * _FADE_S
    return [
        round(
            _PEAK
            * min(1.0, place / fade, (count - place) / fade)
            * math.sin(2 * math.pi * hertz * place / RATE)
        )
        for place in range(count)
    ]


def louder(file: bytes, volume: int) -> bytes:
    """Return a WAV file of 16 bits at `volume` percent; what is no such file is returned as it is.

    Args:
        file: as recorded.
        volume: 0 to 100.
    """
    try:
        with wave.open(io.BytesIO(file)) as source:
            how, frames = source.getparams(), source.readframes(source.getnframes())
    except (wave.Error, EOFError):
        return file  # the player says what it thinks of it
    if volume >= 100 or how.sampwidth != 2:
        return file
    samples = array("h", frames)
    octets = io.BytesIO()
    with wave.open(octets, "wb") as target:
        target.setparams(how)
        scaled = array("h", [sample * volume // 100 for sample in samples])
        target.writeframes(scaled.tobytes())
    return octets.getvalue()
