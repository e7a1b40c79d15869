"""When the next round begins: each terminal at a moment of its own within the period.

A hundred thousand terminals that were switched on by one outage ask the centre, or its mirror,
evenly all the same: 1,667 a second at a period of a minute, and not all in its first second.
"""

from hashlib import sha256

# Of a period: what two terminals of one moment are spread by, and clocks that tick alike.
JITTER_SHARE = 0.1


def wait_s(now_s: float, *, terminal: str, period_s: float, random_unit: float) -> float:
    """Return the seconds until a terminal's next round, 0.45 to 1.55 periods.

    Args:
        now_s: of any clock that all terminals share, roughly.
        terminal: its id.
        period_s: between two of its rounds.
        random_unit: uniform in [0, 1).
    """
    digest = sha256(terminal.encode()).digest()
    own_s = int.from_bytes(digest[:8], "big") / (1 << 64) * period_s
    ahead_s = (own_s - now_s) % period_s
    if ahead_s < period_s / 2:  # the round that just ended was this moment's
        ahead_s += period_s
    return ahead_s + (random_unit - 0.5) * JITTER_SHARE * period_s
