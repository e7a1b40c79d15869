"""What a presentation moves at a lane: whether it may be asked so, what it costs, what it claims.

Pure. `terminal/selling/till.py` asks journal and centre in between.
"""

import json
from dataclasses import replace

from offline_cache.card_uses import is_within
from offline_cache.ledger import PassbackRule, UseClaim, passed_back
from protocol.sealed import DETAILS_BYTES_MAX, Sealed, seal_details
from protocol.use import Use
from terminal.local.problems import LocalProblem, RequestRefused
from terminal.selling.requests import ScanRequest
from verifier.limits import CardStanding, Ceilings, ceilings
from verifier.model import Freshness, KeyTable, Role, UnixSeconds, Verdict, Verification
from verifier.policy import standing as freshness_of
from verifier.profile import Again, AmountFrom, Binding, Direction, Passback, Profile
from verifier.reasons import Reason
from verifier.tariff import price

_PASSBACK = {
    Passback.OFF: Verdict.GRANT,
    Passback.REFER: Verdict.REFER,
    Passback.DENY: Verdict.DENY,
}


def check_request(request: ScanRequest, profile: Profile, keys: KeyTable, now: UnixSeconds) -> None:
    """Refuse what a lane of `profile` can't do, before anybody shows a card for it.

    Raises:
        RequestRefused: REQUEST_MALFORMED, or SEAL_KEY_MISSING where details can't be kept secret.
    """
    wrong = _amount_trouble(request, profile)
    if not wrong and profile.reference is Binding.REQUIRED and not request.reference:
        wrong = f"profile {profile.name} wants a reference: name what it is for"
    size = len(json.dumps(_details(request), separators=(",", ":"), ensure_ascii=False).encode())
    if not wrong and size > DETAILS_BYTES_MAX:
        wrong = f"reference and details are above {DETAILS_BYTES_MAX} octets as JSON"
    if wrong:
        raise RequestRefused(LocalProblem.REQUEST_MALFORMED, wrong)
    if _details(request) and seal_key(keys, now) is None:
        raise RequestRefused(
            LocalProblem.SEAL_KEY_MISSING,
            "the trust list holds no key of role seal, so reference and details can't be kept"
            f" secret{_needed(profile)}; publish one, or leave them out where the lane allows it",
        )


def _needed(profile: Profile) -> str:
    is_needed = profile.reference is Binding.REQUIRED
    return f", and profile {profile.name} does not sell without" if is_needed else ""


def _amount_trouble(request: ScanRequest, profile: Profile) -> str:
    money, amount = profile.money, request.amount_minor
    if money is None:
        return "" if amount is None else "no money moves at this lane: name no amount"
    if money.amount_from is AmountFrom.TARIFF:
        return "" if amount is None else "this lane's tariff says what is due: name no amount"
    if amount is None or not 0 <= amount <= money.amount_max_minor:
        return f"amount_minor must be 0 to {money.amount_max_minor} at this lane"
    if request.currency != money.currency:
        return f"currency must be {money.currency} at this lane"
    return ""


def _details(request: ScanRequest) -> dict[str, object]:
    told: dict[str, object] = {"reference": request.reference} if request.reference else {}
    return {**told, "details": dict(request.details)} if request.details else told


def seal_key(keys: KeyTable, now: UnixSeconds) -> bytes | None:
    """Return the newest key of role seal that is in its window; None: there is none."""
    held = [
        key
        for (role, _), sharing in keys.items()
        for key in sharing
        if role is Role.SEAL and key.is_within(now)
    ]
    return max(held, key=lambda key: (key.not_before, key.kid)).key if held else None


def sealed_of(request: ScanRequest, keys: KeyTable, now: UnixSeconds) -> Sealed | None:
    """Return what is personal of a request, for the centre alone; None: nothing is.

    Raises:
        RequestRefused: SEAL_KEY_MISSING: the key went since the request was taken.
    """
    details = _details(request)
    if not details:
        return None
    key = seal_key(keys, now)
    if key is None:
        raise RequestRefused(LocalProblem.SEAL_KEY_MISSING, "the key of role seal has ended")
    return seal_details(details, key)


def use_of(profile: Profile, request: ScanRequest | None) -> Use | None:
    """Return what a presentation here moves, but for a tariff's price; None: nothing."""
    has_way, money = profile.direction is not Direction.BOTH, profile.money
    has_place = has_way or profile.zone != "" or profile.again_s > 0
    if money is None and request is None and not has_place:
        return None  # as at most gates, where somebody waits for it to open
    use = Use(
        zone=profile.zone_name if has_place else "",
        direction=profile.direction.value if has_way else "",
        currency="" if money is None else money.currency,
        fund="" if money is None else money.fund.value,
    )
    if request is not None:
        use = replace(
            use,
            amount_minor=request.amount_minor,
            client=request.client,
            key=request.key,
            asked=request.asked,
        )
    return use


def carries_asked(facts: Verification, request: ScanRequest | None) -> bool:
    """Return whether the card may be used for what a program asks besides the lane's own."""
    asked = None if request is None else request.capability
    return asked is None or bool(asked.value & facts.capabilities)


def amount_of(
    profile: Profile,
    request: ScanRequest | None,
    facts: Verification,
    standing: CardStanding,
    now: UnixSeconds,
) -> int:
    """Return what is due, in minor units.

    Raises:
        ValueError: neither tariff nor request says: the lane was to ask for one, or is no lane
            that sells: our bug.
    """
    if profile.again is Again.FREE and _is_again(profile, standing.last_paid_at, now):
        return 0
    if profile.tariff is not None and facts.credential is not None:
        return price(
            profile.tariff,
            types=facts.credential.types,
            entered_at=standing.entered_at,
            now=now,
            utc_offset_min=profile.utc_offset_min or 0,
        )
    if request is None or request.amount_minor is None:
        raise ValueError("nobody says what is due")
    return request.amount_minor


def is_tapped_again(profile: Profile, standing: CardStanding, now: UnixSeconds) -> bool:
    """Return whether the card was served here a moment ago, and is not served twice."""
    return profile.again is Again.DENY and _is_again(profile, standing.last_tapped_at, now)


def _is_again(profile: Profile, last: UnixSeconds | None, now: UnixSeconds) -> bool:
    return profile.again_s > 0 and is_within(last, now, profile.again_s)


def misplaced(
    profile: Profile, standing: CardStanding, now: UnixSeconds
) -> tuple[Verdict, Reason] | None:
    """Return what becomes of a card by the way that it went last; None: nothing."""
    rule = claim_of(profile, Ceilings()).passback
    return None if rule is None else passed_back(rule, standing, now)


def is_stale(facts: Verification, profile: Profile) -> bool:
    """Return whether a list that was used is past its soft limit, so that limits shrink."""
    return any(each not in (None, Freshness.FRESH) for each in freshness_of(facts, profile))


def claim_of(profile: Profile, most: Ceilings) -> UseClaim:
    """Return what the ledger must hold when a use of this lane is granted.

    Args:
        profile: the lane's.
        most: what the sale may lead to; no ceilings for what the centre approved.
    """
    way, rule = profile.direction, None
    if way is not Direction.BOTH:
        is_asked = profile.passback is not Passback.OFF or _charges_time(profile)
        rule = PassbackRule(
            zone=profile.zone_name,
            direction=way.value,
            within_s=profile.passback_s,
            verdict=_PASSBACK[profile.passback],
            unknown=profile.entry_unknown if is_asked else Verdict.GRANT,
        )
    return UseClaim(ceilings=most, passback=rule, again_s=profile.again_s, again=profile.again)


def _charges_time(profile: Profile) -> bool:
    return profile.tariff is not None and profile.tariff.unit_s > 0


def offline_ceilings(profile: Profile, facts: Verification) -> Ceilings:
    """Return what a card may come to without the centre's word."""
    return limits_of(profile, is_stale=is_stale(facts, profile))


def limits_of(profile: Profile, *, is_stale: bool) -> Ceilings:
    """Return the same where it is known whether a list was past its soft limit."""
    return Ceilings() if profile.limits is None else ceilings(profile.limits, is_stale=is_stale)


def remaining_of(
    most: Ceilings, standing: CardStanding, amount_minor: int, *, is_online: bool
) -> int | None:
    """Return what a card may still spend here without the centre; None: as much as it likes.

    Args:
        most: what it may come to without the centre's word.
        standing: before the sale.
        amount_minor: of the sale that was granted.
        is_online: the centre approved it, and what was before counts no more.
    """
    if most.sum_minor_max is None:
        return None
    spent = 0 if is_online else standing.sum_minor + amount_minor
    return max(0, most.sum_minor_max - spent)
