from dataclasses import replace
from datetime import date

import pytest

from tests.support.cards import NOW, holder_part, issuer_claims, issuer_part, text
from tests.support.trust import GATE, LANE, answer, clock, judged, status_list, world
from verifier.model import Freshness, FreshnessLimits, Verdict
from verifier.policy import decide, standing
from verifier.profile import (
    AmountFrom,
    Capability,
    Direction,
    EntryType,
    Fund,
    Hours,
    Money,
    Passback,
    Profile,
)
from verifier.reasons import Reason

GRANTED = (Verdict.GRANT, None)
STATIC = text(issuer_part())
DYNAMIC = text(holder_part())


def test_profile_refers_where_it_says_nothing() -> None:
    profile = Profile(name="new", entry_type=EntryType.PASSAGE)
    careful = (profile.static, profile.status_unknown, profile.status_expired)
    assert {*careful, profile.keys_expired, profile.clock_untrusted} == {Verdict.REFER}
    assert answer(STATIC, profile=profile) == (Verdict.REFER, Reason.STATIC_CODE)
    assert answer(DYNAMIC, profile=profile) == GRANTED


@pytest.mark.parametrize("verdict", list(Verdict))
def test_static_code_gets_what_the_profile_says(verdict: Verdict) -> None:
    profile = replace(GATE, static=verdict)
    reason = None if verdict is Verdict.GRANT else Reason.STATIC_CODE
    assert answer(STATIC, profile=profile) == (verdict, reason)
    assert answer(DYNAMIC, profile=profile) == GRANTED


@pytest.mark.parametrize("capability", list(Capability))
def test_card_needs_the_lanes_capability(capability: Capability) -> None:
    profile = replace(GATE, capability=capability)
    has = text(issuer_part(issuer_claims(capabilities=int(capability))))
    lacks = text(issuer_part(issuer_claims(capabilities=127 & ~int(capability))))
    assert answer(has, profile=profile) == GRANTED
    assert answer(lacks, profile=profile) == (Verdict.DENY, Reason.CAPABILITY_MISSING)
    none = text(issuer_part(issuer_claims(capabilities=0)))
    assert answer(none, profile=profile) == (Verdict.DENY, Reason.CAPABILITY_MISSING)
    assert answer(none) == GRANTED


def test_capabilities_are_the_documents_bits() -> None:
    assert [member.value for member in Capability] == [1, 2, 4, 8, 16, 32, 64]


def test_code_bound_to_a_lane_opens_that_lane_only() -> None:
    code = text(holder_part(None, {3: LANE, 6: 1_800_000_000}))
    assert answer(code) == GRANTED
    elsewhere = answer(code, lane="gate-2")
    assert elsewhere == (Verdict.DENY, Reason.BOUND_TO_ANOTHER_LANE)
    assert answer(code, lane=LANE.upper())[0] is Verdict.DENY
    assert answer(DYNAMIC, lane="gate-2") == GRANTED


def test_auditor_is_no_lane_and_reads_codes_bound_to_one() -> None:
    code = text(holder_part(None, {3: LANE, 6: 1_800_000_000}))
    assert answer(code, lane=None) == GRANTED


MONEY = Money(currency="CNY", fund=Fund.PURSE, amount_from=AmountFrom.TARIFF, amount_max_minor=200)


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        (replace(GATE, asked=True), Reason.NOTHING_ASKED),
        (replace(GATE, money=replace(MONEY, amount_from=AmountFrom.REQUEST)), Reason.NOTHING_ASKED),
        (replace(GATE, money=MONEY), Reason.FLOOR_LIMIT),
        (replace(GATE, direction=Direction.IN, passback=Passback.DENY), Reason.PASSBACK),
    ],
)
def test_auditor_grants_nothing_that_depends_on_what_only_a_lane_knows(
    profile: Profile, reason: Reason
) -> None:
    assert answer(STATIC, profile=profile, lane=None) == (Verdict.REFER, reason)
    assert answer(STATIC, profile=profile) == GRANTED


def test_family_that_is_not_for_the_lane_is_denied() -> None:
    profile = replace(GATE, formats=("pretix",))
    assert answer(STATIC, profile=profile) == (Verdict.DENY, Reason.FORMAT_NOT_FOR_LANE)


def test_strictest_rule_holds_and_the_first_among_equals_is_named() -> None:
    profile = replace(GATE, static=Verdict.REFER, capability=Capability.SHOP)
    assert answer(STATIC, profile=profile) == (Verdict.DENY, Reason.CAPABILITY_MISSING)
    profile = replace(GATE, static=Verdict.REFER)
    assert answer(STATIC, world(lists=[]), profile=profile) == (Verdict.REFER, Reason.STATIC_CODE)


def test_failed_check_outweighs_every_opinion_of_the_lane() -> None:
    """A forged card at the wrong lane is a forged card: the lane's rules are not told."""
    forged = text(issuer_part(signature=bytes(64)))
    profile = replace(GATE, capability=Capability.SHOP, static=Verdict.DENY)
    assert answer(forged, profile=profile) == (Verdict.DENY, Reason.ISSUER_SIGNATURE_WRONG)


def test_lax_profile_never_grants_what_failed() -> None:
    lax = replace(
        GATE,
        status_unknown=Verdict.GRANT,
        status_expired=Verdict.GRANT,
        keys_expired=Verdict.GRANT,
        clock_untrusted=Verdict.GRANT,
    )
    assert answer(b"CC1:", profile=lax) == (Verdict.DENY, Reason.FORM_MALFORMED)
    assert answer(STATIC, world([]), profile=lax) == (Verdict.DENY, Reason.KEY_UNKNOWN)
    old = world(lists=[status_list(issued_at=0)], reading=clock(trusted=False), issued_at=0)
    assert answer(STATIC, old, profile=lax) == GRANTED


LIMITS = FreshnessLimits(soft_s=10, hard_s=20)
AGED = replace(GATE, status_limits=LIMITS, keys_limits=LIMITS)


@pytest.mark.parametrize(
    ("age_s", "state"),
    [(0, "fresh"), (10, "fresh"), (11, "stale"), (20, "stale"), (21, "expired"), (9**9, "expired")],
)
def test_list_is_fresh_up_to_the_soft_limit_and_stale_up_to_the_hard_one(
    age_s: int, state: str
) -> None:
    assert LIMITS.of(age_s) is Freshness(state)
    facts = judged(STATIC, world(issued_at=NOW - age_s, limits=LIMITS)).verification
    assert standing(facts, AGED) == (Freshness(state), Freshness(state))


def test_list_past_its_own_end_is_expired_at_any_age() -> None:
    ended = world(lists=[status_list(expires_at=NOW)], issued_at=NOW)
    assert standing(judged(STATIC, ended).verification, AGED) == (
        Freshness.FRESH,
        Freshness.EXPIRED,
    )


def test_what_was_not_used_or_has_no_date_has_no_freshness() -> None:
    assert standing(judged(STATIC, world(lists=[])).verification, AGED) == (None, None)


@pytest.mark.parametrize("rule", ["status_expired", "keys_expired"])
@pytest.mark.parametrize("verdict", list(Verdict))
def test_expired_list_does_what_the_profile_says_but_never_grants_value(
    rule: str, verdict: Verdict
) -> None:
    old = world(issued_at=NOW - 21, limits=LIMITS)
    lax = replace(AGED, status_expired=Verdict.GRANT, keys_expired=Verdict.GRANT)
    reason = Reason.STATUS_LIST_EXPIRED if rule == "status_expired" else Reason.KEYS_EXPIRED
    passage = replace(lax, **{rule: verdict})  # type: ignore[arg-type]  # a field by name
    assert answer(STATIC, old, profile=passage) == (
        verdict,
        None if verdict is Verdict.GRANT else reason,
    )
    for kind in (EntryType.SALE, EntryType.PARKING_OUT):
        sale = replace(passage, entry_type=kind)
        assert answer(STATIC, old, profile=sale)[0] is Verdict.DENY
    stale = world(issued_at=NOW - 20, limits=LIMITS)
    assert answer(STATIC, stale, profile=replace(lax, entry_type=EntryType.SALE)) == GRANTED


def test_expired_list_grants_no_ticket_that_costs_money() -> None:
    """Whatever its entries are called: what takes money is worth money."""
    old = world(issued_at=NOW - 21, limits=LIMITS)
    lax = replace(AGED, status_expired=Verdict.GRANT, keys_expired=Verdict.GRANT)
    assert answer(STATIC, old, profile=lax) == GRANTED
    assert answer(STATIC, old, profile=replace(lax, money=MONEY))[0] is Verdict.DENY


SENIOR, DISABLED, STUDENT = 1, 2, 8


@pytest.mark.parametrize(
    ("types", "is_for"), [(0, False), (SENIOR, True), (STUDENT, False), (DISABLED | STUDENT, True)]
)
def test_lane_for_some_types_takes_cards_of_any_of_them(types: int, *, is_for: bool) -> None:
    profile = replace(GATE, card_types=SENIOR | DISABLED)
    card = text(issuer_part(issuer_claims(types=types)))
    expected = GRANTED if is_for else (Verdict.DENY, Reason.TYPE_NOT_FOR_LANE)
    assert answer(card, profile=profile) == expected
    assert answer(card) == GRANTED


# The hour and minute at NOW, in UTC; the lane stands 8 hours ahead.
DAY, MINUTE = divmod(NOW // 60 + 480, 1_440)


def lane_open(from_min: int, to_min: int, verdict: Verdict = Verdict.DENY) -> Profile:
    span = Hours(days=frozenset(range(7)), from_min=from_min, to_min=to_min)
    return replace(GATE, hours=(span,), utc_offset_min=480, outside_hours=verdict)


def test_lane_serves_within_its_hours_both_ends_exact() -> None:
    closed = (Verdict.DENY, Reason.OUTSIDE_HOURS)
    assert answer(STATIC, profile=lane_open(MINUTE, MINUTE + 1)) == GRANTED
    assert answer(STATIC, profile=lane_open(MINUTE + 1, MINUTE + 2)) == closed
    assert answer(STATIC, profile=lane_open(MINUTE - 1, MINUTE)) == closed


@pytest.mark.parametrize("verdict", list(Verdict))
def test_outside_its_hours_a_lane_does_what_the_profile_says(verdict: Verdict) -> None:
    reason = None if verdict is Verdict.GRANT else Reason.OUTSIDE_HOURS
    profile = lane_open(MINUTE + 1, MINUTE + 2, verdict)
    assert answer(STATIC, profile=profile) == (verdict, reason)


def test_a_clock_that_is_not_trusted_sends_nobody_home_for_the_hour() -> None:
    """At noon it may take itself for three in the morning: then an attendant looks at his own."""
    shut = lane_open(MINUTE + 1, MINUTE + 2)
    for said, told in (
        (Verdict.REFER, (Verdict.REFER, Reason.TERMINAL_CLOCK_UNTRUSTED)),
        (Verdict.DENY, (Verdict.DENY, Reason.TERMINAL_CLOCK_UNTRUSTED)),
        (Verdict.GRANT, (Verdict.REFER, Reason.OUTSIDE_HOURS)),
    ):
        profile = replace(shut, clock_untrusted=said)
        assert answer(STATIC, world(reading=clock(trusted=False)), profile=profile) == told
    lax = replace(shut, clock_untrusted=Verdict.GRANT, outside_hours=Verdict.GRANT)
    assert answer(STATIC, world(reading=clock(trusted=False)), profile=lax) == GRANTED


def test_lane_is_closed_on_its_days_whatever_its_hours() -> None:
    today = date.fromordinal(date(1970, 1, 1).toordinal() + DAY).isoformat()
    profile = replace(GATE, closed_on=(today,), utc_offset_min=480)
    assert answer(STATIC, profile=profile) == (Verdict.DENY, Reason.OUTSIDE_HOURS)
    assert answer(STATIC, profile=replace(profile, closed_on=("2001-01-01",))) == GRANTED


def test_decision_carries_the_instant_of_its_reading() -> None:
    verification = judged(STATIC).verification
    assert decide(verification, GATE, lane=LANE, clock=clock(77)).decided_at == 77
