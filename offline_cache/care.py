"""How a journal is looked after: what signs for it, how long it keeps entries, what room it has."""

from dataclasses import dataclass

from protocol.keys import SigningKey

# Whoever asks what happened a month ago finds it.
KEEP_DAYS = 45
# 2.5 million entries: five days of the busiest station, months of a gate.
SIZE_MB_MAX = 1_000
# SQLite works its log off after 1,000 pages at the latest, and begins it anew.
LOG_OCTETS = 1_001 * (4_096 + 24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """What the daemon gives its journal; a journal without it is only written and read."""

    key: SigningKey | None = None  # signs checkpoints; without it nothing is ever erased
    keep_s: int = KEEP_DAYS * 86_400  # acknowledged entries stay so long
    octets_max: int = SIZE_MB_MAX * 1_000_000  # of all entries and memories together
    ballast_octets: int = 0  # held in a file beside it, for a full disk
    log_octets: int = 0  # the write-ahead log is made so long at once
