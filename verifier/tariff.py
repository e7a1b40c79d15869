"""What a use costs by its profile's tariff: pure arithmetic in minor units."""

from verifier.hours import is_open
from verifier.model import UnixSeconds
from verifier.profile import Concession, Tariff

_DAY_S = 86_400


def price(
    tariff: Tariff,
    *,
    types: int,
    entered_at: UnixSeconds | None,
    now: UnixSeconds,
    utc_offset_min: int,
) -> int:
    """Return what a holder owes at `now`, in minor units: the whole price, or a concession's share.

    Fractions of a minor unit fall to the holder. A stay up to `free_s` costs nothing; a longer one
    counts from its first second.

    Args:
        tariff: the profile's.
        types: bit mask of the holder's card, as proven.
        entered_at: when the holder came in; None: not known, and a whole day is owed as for a lost
            ticket. A tariff without time asks for none.
        now: the instant, UTC; before `entered_at` counts as no stay.
        utc_offset_min: minutes that local time is ahead of UTC, for concessions with hours.
    """
    if tariff.unit_s:
        stay_s = _DAY_S if entered_at is None else max(0, now - entered_at)
        whole = 0 if stay_s <= tariff.free_s else _for_stay(tariff, stay_s)
    else:
        whole = tariff.base_minor
    shares = (
        concession.percent
        for concession in tariff.concessions
        if _fits(concession, types, now, utc_offset_min)
    )
    return whole * min(shares, default=100) // 100


def _for_stay(tariff: Tariff, stay_s: int) -> int:
    """Return base and units of a stay, no 24 hours of it above the day's most.

    A unit is owed in the 24 hours in which it begins: one that goes past their end is owed once.
    """
    if tariff.day_max_minor is None:
        return tariff.base_minor + _units(tariff, stay_s) * tariff.unit_minor
    due_minor, base_minor = 0, tariff.base_minor
    for from_s in range(0, stay_s, _DAY_S):
        begun = _units(tariff, min(stay_s, from_s + _DAY_S)) - _units(tariff, from_s)
        due_minor += min(base_minor + begun * tariff.unit_minor, tariff.day_max_minor)
        base_minor = 0
    return due_minor


def _units(tariff: Tariff, stay_s: int) -> int:
    """Return how many units a stay has begun."""
    return -(-stay_s // tariff.unit_s)


def _fits(concession: Concession, types: int, now: UnixSeconds, utc_offset_min: int) -> bool:
    if concession.card_types and not concession.card_types & types:
        return False
    return is_open(concession.hours, at=now, utc_offset_min=utc_offset_min)
