"""What may be granted without the centre, as EMV terminals manage their risk. Pure.

A card's counts and sums are kept by the terminal's ledger (offline_cache/ledger.py), which holds
the ceilings once more in the transaction of the entry: two lanes can't both have the last one.
"""

from dataclasses import dataclass, replace
from enum import Enum

from verifier.model import UnixSeconds, Verdict
from verifier.profile import Limits, Online
from verifier.reasons import Reason

_WHOLE = 100  # per cent


@dataclass(frozen=True, slots=True, kw_only=True)
class CardStanding:
    """What a terminal knows of a card in one currency, one zone and one profile at an instant."""

    count: int = 0  # of sales granted offline since its last that the centre approved
    sum_minor: int = 0  # of those
    velocity_count: int = 0  # of sales within the window that was asked for
    exposure_minor: int = 0  # the terminal's: granted offline, and not acknowledged
    last_direction: str = ""  # `in` or `out` of the zone; empty: not known
    last_moved_at: UnixSeconds | None = None
    entered_at: UnixSeconds | None = None  # None: is not known to be inside
    last_tapped_at: UnixSeconds | None = None  # granted in this zone by this profile
    last_paid_at: UnixSeconds | None = None  # of those the last that cost something


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceilings:
    """The most that a sale granted offline may lead to; None: no such limit."""

    count_max: int | None = None
    sum_minor_max: int | None = None
    velocity_count_max: int | None = None
    velocity_window_s: int = 0
    exposure_minor_max: int | None = None


class Way(Enum):
    """How a sale comes to its decision."""

    OFFLINE = "offline"  # granted here
    ONLINE = "online"  # the centre is asked first
    REFER = "refer"  # to the attendant
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A way and why; OFFLINE has no reason, nor has ONLINE where chance or the profile asks."""

    way: Way
    reason: Reason | None = None


_OFFLINE = Weighed(way=Way.OFFLINE)
_ONLINE = Weighed(way=Way.ONLINE)


def weigh(
    amount_minor: int,
    standing: CardStanding,
    limits: Limits,
    *,
    is_stale: bool,
    drawn_per_mille: int,
) -> Weighed:
    """Return how a sale is decided, before anybody is asked.

    Args:
        amount_minor: of the sale; 0 costs nothing and is never asked about.
        standing: the card's, in the sale's currency and within `limits.velocity_window_s`.
        limits: the profile's.
        is_stale: a list that was used is past its soft limit, so the limits shrink.
        drawn_per_mille: a number drawn for this sale, 0 to 999, each as likely.
    """
    if amount_minor == 0:
        return _OFFLINE
    if limits.online is Online.ALWAYS:
        return _ONLINE
    alone = weigh_unreachable(amount_minor, standing, limits, is_stale=is_stale)
    if limits.online is Online.NEVER:
        return alone
    if alone.way is not Way.OFFLINE:
        return Weighed(way=Way.ONLINE, reason=alone.reason)
    return _asked(amount_minor, standing, _shrunk(limits, is_stale=is_stale), drawn_per_mille)


def weigh_unreachable(
    amount_minor: int, standing: CardStanding, limits: Limits, *, is_stale: bool
) -> Weighed:
    """Return how a sale is decided where the centre gave no word, or is never asked.

    Where it is always asked nothing is granted without its word: such a profile need name no
    ceiling.

    Args:
        amount_minor: of the sale; 0 costs nothing and is within every limit.
        standing: as `weigh` has it.
        limits: the profile's.
        is_stale: as `weigh` has it.
    """
    if amount_minor == 0:
        return _OFFLINE
    held = _shrunk(limits, is_stale=is_stale)
    if (
        reason := exceeded(amount_minor, standing, ceilings(limits, is_stale=is_stale))
    ) is not None:
        return Weighed(way=Way.REFUSE, reason=reason)
    if amount_minor > held.floor_minor or limits.online is Online.ALWAYS:
        way = Way.REFER if limits.unreachable is Verdict.REFER else Way.REFUSE
        return Weighed(way=way, reason=Reason.FLOOR_LIMIT)
    return _OFFLINE


def ceilings(limits: Limits, *, is_stale: bool) -> Ceilings:
    """Return what the ledger must hold when a sale is granted offline."""
    held = _shrunk(limits, is_stale=is_stale)
    return Ceilings(
        count_max=held.upper_count,
        sum_minor_max=held.upper_sum_minor,
        velocity_count_max=held.velocity_count,
        velocity_window_s=limits.velocity_window_s,
        exposure_minor_max=held.exposure_minor,
    )


def exceeded(amount_minor: int, standing: CardStanding, most: Ceilings) -> Reason | None:
    """Return which ceiling a sale would break, the card's own first; None: none.

    A ceiling belongs to what it allows: a sale may lead to it exactly.
    """
    led_to = (
        (standing.count + 1, most.count_max, Reason.CARD_COUNT_LIMIT),
        (standing.sum_minor + amount_minor, most.sum_minor_max, Reason.CARD_SUM_LIMIT),
        (standing.velocity_count + 1, most.velocity_count_max, Reason.VELOCITY_LIMIT),
        (standing.exposure_minor + amount_minor, most.exposure_minor_max, Reason.EXPOSURE_LIMIT),
    )
    for value, ceiling, reason in led_to:
        if ceiling is not None and value > ceiling:
            return reason
    return None


def _asked(
    amount_minor: int, standing: CardStanding, held: Limits, drawn_per_mille: int
) -> Weighed:
    """Return whether a sale that may be granted offline is asked about all the same."""
    lower = Ceilings(count_max=held.lower_count, sum_minor_max=held.lower_sum_minor)
    if (reason := exceeded(amount_minor, standing, lower)) is not None:
        return Weighed(way=Way.ONLINE, reason=reason)
    return _ONLINE if drawn_per_mille < held.random_per_mille else _OFFLINE


def _shrunk(limits: Limits, *, is_stale: bool) -> Limits:
    """Return the limits as they count now."""
    if not is_stale:
        return limits

    def part(limit: int | None) -> int | None:
        return None if limit is None else limit * limits.stale_percent // _WHOLE

    return replace(
        limits,
        floor_minor=limits.floor_minor * limits.stale_percent // _WHOLE,
        lower_count=part(limits.lower_count),
        upper_count=part(limits.upper_count),
        lower_sum_minor=part(limits.lower_sum_minor),
        upper_sum_minor=part(limits.upper_sum_minor),
        velocity_count=part(limits.velocity_count),
        exposure_minor=part(limits.exposure_minor),
    )
