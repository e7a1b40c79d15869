"""What this process takes of the machine, and whether it takes more and more."""

import gc
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Of the runs' measurements the first fifth is warm-up: caches fill, the allocator takes its arenas.
WARM_UP_SHARE = 0.2
# What the allocator may take and give back between two looks. A leak of one octet in a hundred
# lines is above it after a million lines of a hundred octets; in a short run, one of 200 a line.
GROWTH_KB_MAX = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """Memory, descriptors and threads at one moment."""

    rss_kb: int
    descriptors: int
    threads: int


def footprint() -> Footprint:
    """Return what this process takes now."""
    gc.collect()
    status = Path("/proc/self/status").read_text(encoding="ascii")
    rss_kb = next(int(line.split()[1]) for line in status.splitlines() if "VmRSS" in line)
    return Footprint(
        rss_kb=rss_kb,
        descriptors=len(os.listdir("/proc/self/fd")),  # noqa: PTH208  # its own is one each time
        threads=threading.active_count(),
    )


def growth(taken: Sequence[Footprint]) -> str:
    """Return what grew after the warm-up, in words; empty when nothing did."""
    warm = taken[int(len(taken) * WARM_UP_SHARE) :]
    first, last = warm[0], warm[-1]
    grown = []
    # The smaller half of the looks on either side, so that no single look decides.
    middle = len(warm) // 2
    before = min(each.rss_kb for each in warm[: max(1, middle)])
    after = min(each.rss_kb for each in warm[middle:])
    if after - before > GROWTH_KB_MAX:
        grown.append(f"memory by {after - before} kB")
    if last.descriptors > first.descriptors:
        grown.append(f"descriptors from {first.descriptors} to {last.descriptors}")
    if last.threads > first.threads:
        grown.append(f"threads from {first.threads} to {last.threads}")
    return ", ".join(grown)
