"""What a terminal may believe of its own clock (docs/protocol.md, "Time")."""

from dataclasses import dataclass
from enum import Enum

from verifier.model import UnixSeconds

# A crystal drifts by up to 50 ppm: 4.3 s a day; past 30 s the window would admit old photographs.
DRIFT_PPM = 50
UNCERTAINTY_S_MAX = 30


class ClockQuality(Enum):
    """How far a decision may lean on the time."""

    TRUSTED = "trusted"
    UNTRUSTED = "untrusted"  # the system clock stands below what signed documents prove


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockReading:
    """One `now` for one presentation."""

    now: UnixSeconds
    quality: ClockQuality
    uncertainty_s: int


def read_clock(
    system_now: UnixSeconds, *, floor: UnixSeconds, synchronised_age_s: int
) -> ClockReading:
    """Return the time that decisions use.

    Args:
        system_now: the machine's clock.
        floor: the latest moment that is proven to have passed, by a signed document and the
            monotonic seconds since it was learnt; it replaces a wrong clock.
        synchronised_age_s: seconds since the clock was last known to be right.
    """
    if system_now < floor - UNCERTAINTY_S_MAX:  # the signer's clock and ours may differ a little
        return ClockReading(
            now=floor,
            quality=ClockQuality.UNTRUSTED,
            uncertainty_s=UNCERTAINTY_S_MAX,
        )
    drift_s = -(-synchronised_age_s * DRIFT_PPM // 1_000_000)
    return ClockReading(
        now=system_now,
        quality=ClockQuality.TRUSTED,
        uncertainty_s=min(drift_s, UNCERTAINTY_S_MAX),
    )
