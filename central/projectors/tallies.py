"""Counting entries, verdicts, reasons and the intervals between presentations."""

from collections import Counter
from collections.abc import Sequence

from central.projectors.entry import HOUR_S, Entry
from central.store.tallies import Tallies
from verifier.model import Verdict
from verifier.profile import EntryType

# A terminal has sixteen lanes at most; whoever writes other names gets one row for them.
LANES_MAX = 64
OTHER_LANE = "(other)"

# Behind a longer one nobody stood in line: the next came later.
INTERVAL_S_MAX = 60
# Upper ends of the steps in which intervals are counted, about as far apart as they matter.
INTERVAL_STEPS = (1, 2, 3, 5, 8, 13, 21, 34, INTERVAL_S_MAX)

ENTRY, VERDICT, REASON, INTERVAL = "entry", "verdict", "reason", "interval"
NOTED = "noted"


class TallyProjector:
    """Counts by lane and hour.

    `entry` by type; `verdict` of what was shown, also of what was refused unproven, and `annul` for
    what was taken back; `reason` of all that was not granted; `interval` by the upper end of its
    step, in seconds; `noted` what a lane saw that was no presentation.
    """

    def __init__(self, tallies: Tallies) -> None:
        self._tallies = tallies

    def take(self, entries: Sequence[Entry]) -> None:
        """Add entries of one terminal's epoch, in order; inside a transaction."""
        terminal = entries[0].terminal
        lanes, counts = self._tallies.lanes(terminal), Counter[tuple[str, int, str, str]]()
        for entry in entries:
            lane = _lane(entry, lanes)
            hour = entry.at // HOUR_S
            for kind, name, count in _counts(entry):
                counts[lane, hour, kind, name] += count
            interval_s = _interval_s(entry, lane, lanes)
            if interval_s is not None:
                counts[lane, hour, INTERVAL, str(_step(interval_s))] += 1
        self._tallies.add(terminal, counts)
        self._tallies.keep_lanes(terminal, lanes)

    def clear(self) -> None:
        """Forget all of it; inside a transaction."""
        self._tallies.clear()


def _lane(entry: Entry, lanes: dict[str, int]) -> str:
    if entry.lane in lanes:
        return entry.lane
    lane = entry.lane if len(lanes) < LANES_MAX else OTHER_LANE
    lanes.setdefault(lane, 0)
    return lane


def _counts(entry: Entry) -> list[tuple[str, str, int]]:
    counts = [(ENTRY, entry.type, 1)]
    if entry.type == EntryType.ANNUL.value:
        counts.append((VERDICT, entry.type, 1))
    elif entry.verdict is not None:
        counts.append((VERDICT, entry.verdict, 1))
    if entry.reason is not None:
        counts.append((REASON, entry.reason, 1))
    for reason, count in entry.refused.items():
        counts.append((VERDICT, Verdict.DENY.value, count))
        counts.append((REASON, reason, count))
    counts += [(NOTED, what, count) for what, count in entry.noted.items()]
    return counts


def _interval_s(entry: Entry, lane: str, lanes: dict[str, int]) -> int | None:
    """Return the seconds since the lane's last presentation, where somebody may have waited."""
    if not entry.is_presented or entry.is_override or not entry.is_clock_trusted:
        return None  # who is let in by the attendant has stood there already
    before, lanes[lane] = lanes[lane], entry.at
    interval_s = entry.at - before
    return interval_s if before > 0 and 0 <= interval_s <= INTERVAL_S_MAX else None


def _step(interval_s: int) -> int:
    return next(step for step in INTERVAL_STEPS if interval_s <= step)
