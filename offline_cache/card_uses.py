"""How a card stands by what it used: sums over its rows, the newest first. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from offline_cache.replay import CLOCK_STEP_S_MIN
from protocol.snapshot import UseMark
from verifier.limits import CardStanding
from verifier.model import UnixSeconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Of what a standing is asked for."""

    currency: str
    zone: str
    profile: str
    at: UnixSeconds
    velocity_window_s: int


def standing_of(rows: Sequence[UseMark], asked: Asked, *, exposure_minor: int) -> CardStanding:
    """Return how a card stands.

    Args:
        rows: all that it used within the horizon, the newest first.
        asked: for which currency, zone and profile, and when.
        exposure_minor: the terminal's own, in that currency.
    """
    sales = [row for row in rows if row.currency == asked.currency and row.amount_minor]
    alone = _before_online(sales)
    moves = [row for row in rows if row.direction and row.zone == asked.zone]
    taps = [row for row in rows if (row.zone, row.profile) == (asked.zone, asked.profile)]
    paid = [row for row in taps if row.amount_minor]
    since = asked.at - asked.velocity_window_s
    return CardStanding(
        count=len(alone),
        sum_minor=sum(row.amount_minor for row in alone),
        velocity_count=sum(row.at > since for row in sales),
        exposure_minor=exposure_minor,
        last_direction=moves[0].direction if moves else "",
        last_moved_at=moves[0].at if moves else None,
        entered_at=moves[0].at if moves and moves[0].direction == "in" else None,
        last_tapped_at=taps[0].at if taps else None,
        last_paid_at=paid[0].at if paid else None,
    )


def _before_online(sales: Sequence[UseMark]) -> list[UseMark]:
    """Return the newest sales down to the last that the centre approved, which is not among them."""
    alone = list[UseMark]()
    for row in sales:
        if row.is_online:
            break
        alone.append(row)
    return alone


def is_within(last: UnixSeconds | None, at: UnixSeconds, within_s: int) -> bool:
    """Return whether `last` is less than `within_s` before `at`.

    What was noted far in the future was noted by a wrong clock, and counts for nothing.
    """
    return last is not None and -CLOCK_STEP_S_MIN <= at - last < within_s
