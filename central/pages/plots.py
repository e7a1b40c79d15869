"""What happened by the hour: of all lanes, or of one terminal."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from central.pages.asked import Asked, checked
from central.projectors.entry import HOUR_S
from central.projectors.tallies import REASON, VERDICT
from verifier.model import Verdict
from verifier.profile import EntryType

HOURS_DEFAULT = 24
# A month; what is longer is a report (scan-central report passages --csv).
HOURS_MAX = 744
REASONS_SHOWN = 12

_Counted = Iterable[tuple[int, str, int]]  # hour, name, count


def hours_of_all(asked: Asked) -> Mapping[str, object]:
    """Return what was decided in each hour over all lanes, and why it was refused."""
    hours = _hours(asked)
    tallies = asked.store.tallies
    reasons = tallies.sums_by_name(REASON, hours)
    return _plot(asked, hours, tallies.sums(VERDICT, hours), reasons)


def hours_of_one(asked: Asked) -> Mapping[str, object]:
    """Return what was decided in each hour at one terminal, and why it was refused."""
    hours, name = _hours(asked), checked(asked.path["terminal"])
    counted: dict[str, list[tuple[int, str, int]]] = defaultdict(list)
    for lane in asked.store.tallies.lanes(name):
        for kind in (VERDICT, REASON):
            counted[kind] += asked.store.tallies.of_lane(name, lane, kind, hours)
    reasons = Counter[str]()
    for _, reason, count in counted[REASON]:
        reasons[reason] += count
    return _plot(asked, hours, counted[VERDICT], reasons)


def _hours(asked: Asked) -> range:
    wanted = asked.number("hours", default=HOURS_DEFAULT, largest=HOURS_MAX, smallest=1)
    last = asked.now // HOUR_S
    return range(last - wanted + 1, last + 1)


def _plot(
    asked: Asked, hours: range, verdicts: _Counted, reasons: Mapping[str, int]
) -> Mapping[str, object]:
    by_hour: dict[int, Counter[str]] = {hour: Counter() for hour in hours}
    for hour, name, count in verdicts:
        by_hour[hour][name] += count
    ordered = sorted(reasons.items(), key=lambda each: (-each[1], each[0]))
    return {
        "now": asked.now,
        "hours": [_hour(hour, counts) for hour, counts in by_hour.items()],
        "reasons": [{"reason": name, "count": n} for name, n in ordered[:REASONS_SHOWN]],
    }


def _hour(hour: int, counts: Mapping[str, int]) -> dict[str, int]:
    granted, annulled = counts[Verdict.GRANT.value], counts[EntryType.ANNUL.value]
    return {
        "at": hour * HOUR_S,
        "made": max(0, granted - annulled),
        "annulled": annulled,
        "referred": counts[Verdict.REFER.value],
        "denied": counts[Verdict.DENY.value],
    }
