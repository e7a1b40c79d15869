from dataclasses import replace
from typing import Any

import pytest

from offline_cache.ledger import PassbackRule
from protocol.keys import OpeningKey
from protocol.sealed import DETAILS_BYTES_MAX, open_details
from protocol.use import Use
from terminal.local.problems import LocalProblem, RequestRefused
from terminal.selling.requests import ScanRequest
from terminal.selling.terms import (
    amount_of,
    carries_asked,
    check_request,
    claim_of,
    is_stale,
    is_tapped_again,
    limits_of,
    misplaced,
    remaining_of,
    seal_key,
    sealed_of,
    use_of,
)
from tests.support.cards import NOW, holder_part, issuer_claims, issuer_part, text
from tests.support.trust import CARD_KEY, clock, judged, table, world
from verifier.limits import CardStanding, Ceilings
from verifier.model import KeyKind, KeyTable, Role, UnixSeconds, Verdict, Verification
from verifier.profile import (
    Again,
    AmountFrom,
    Binding,
    Capability,
    Concession,
    Direction,
    EntryType,
    Fund,
    Limits,
    Money,
    Passback,
    Profile,
    Tariff,
)
from verifier.reasons import Reason

AT = UnixSeconds(NOW)
OPENING = OpeningKey(bytes(range(32)))
SEAL = replace(CARD_KEY, role=Role.SEAL, key=OPENING.public, kind=KeyKind.X25519, kid=b"s" * 8)
KEYS = table(CARD_KEY, SEAL)
NO_SEAL = table(CARD_KEY)
LIMITS = Limits(floor_minor=2_000, upper_sum_minor=5_000, upper_count=4)
SHOP = Profile(
    name="counter",
    entry_type=EntryType.SALE,
    money=Money(
        currency="CNY",
        fund=Fund.INSURED_ACCOUNT,
        amount_from=AmountFrom.REQUEST,
        amount_max_minor=10_000,
    ),
    limits=LIMITS,
)
RIDE = replace(
    SHOP,
    name="ride",
    money=Money(
        currency="CNY", fund=Fund.PURSE, amount_from=AmountFrom.TARIFF, amount_max_minor=10_000
    ),
    tariff=Tariff(base_minor=200, concessions=(Concession(card_types=1, percent=50),)),
)
DOOR = Profile(name="door", entry_type=EntryType.PASSAGE)
ASKED = ScanRequest(
    client="till-1",
    key="sale-000000000001",
    lane="counter-1",
    deadline_ms=60_000,
    amount_minor=1_250,
    currency="CNY",
)


def facts(**claims: Any) -> Verification:
    return judged(text(issuer_part(issuer_claims(**claims)))).verification


@pytest.mark.parametrize(
    ("profile", "changes", "word"),
    [
        (SHOP, {"amount_minor": None, "currency": ""}, "amount_minor"),
        (SHOP, {"amount_minor": 10_001}, "amount_minor"),
        (SHOP, {"amount_minor": -1}, "amount_minor"),
        (SHOP, {"currency": "EUR"}, "CNY"),
        (SHOP, {"currency": ""}, "CNY"),
        (RIDE, {}, "tariff"),
        (DOOR, {}, "no money"),
        (replace(SHOP, reference=Binding.REQUIRED), {}, "reference"),
        (SHOP, {"details": {"x": "y" * DETAILS_BYTES_MAX}}, "octets"),
    ],
)
def test_what_a_lane_can_not_do_is_refused_before_anybody_shows_a_card(
    profile: Profile, changes: dict[str, Any], word: str
) -> None:
    with pytest.raises(RequestRefused, match=word) as refused:
        check_request(replace(ASKED, **changes), profile, KEYS, AT)
    assert refused.value.problem is LocalProblem.REQUEST_MALFORMED


@pytest.mark.parametrize(
    ("profile", "changes"),
    [
        (SHOP, {}),
        (SHOP, {"amount_minor": 10_000}),
        (SHOP, {"amount_minor": 0}),
        (SHOP, {"reference": "receipt 1", "details": {"item": "x"}}),
        (RIDE, {"amount_minor": None, "currency": ""}),
        (DOOR, {"amount_minor": None, "currency": ""}),
        (replace(SHOP, reference=Binding.REQUIRED), {"reference": "receipt 1"}),
    ],
)
def test_what_it_can_do_is_taken(profile: Profile, changes: dict[str, Any]) -> None:
    check_request(replace(ASKED, **changes), profile, KEYS, AT)


@pytest.mark.parametrize("changes", [{"reference": "receipt 1"}, {"details": {"item": "x"}}])
def test_without_a_key_to_seal_to_what_is_personal_is_refused(changes: dict[str, Any]) -> None:
    asked = replace(ASKED, **changes)
    with pytest.raises(RequestRefused, match="seal") as refused:
        check_request(asked, SHOP, NO_SEAL, AT)
    assert refused.value.problem is LocalProblem.SEAL_KEY_MISSING
    with pytest.raises(RequestRefused, match="seal"):
        sealed_of(asked, NO_SEAL, AT)
    check_request(ASKED, SHOP, NO_SEAL, AT)


def test_the_refusal_names_the_profile_that_does_not_sell_without() -> None:
    with pytest.raises(RequestRefused, match="profile counter does not sell without"):
        check_request(
            replace(ASKED, reference="r"),
            replace(SHOP, reference=Binding.REQUIRED),
            NO_SEAL,
            AT,
        )


def test_what_is_personal_is_read_by_the_centre_alone() -> None:
    asked = replace(ASKED, reference="receipt 1", details={"item": "x"})
    sealed = sealed_of(asked, KEYS, AT)
    assert sealed is not None
    assert open_details(sealed, OPENING) == {"reference": "receipt 1", "details": {"item": "x"}}
    assert sealed_of(ASKED, KEYS, AT) is None


def with_seal(*keys: object) -> KeyTable:
    return table(CARD_KEY, *keys)  # type: ignore[arg-type]  # trusted keys


def test_details_are_sealed_to_the_newest_key_that_may_be_used() -> None:
    older = replace(SEAL, key=b"o" * 32, kid=b"o" * 8, not_before=UnixSeconds(NOW - 2_000_000))
    ended = replace(SEAL, key=b"e" * 32, kid=b"e" * 8, expires_at=AT)
    early = replace(SEAL, key=b"f" * 32, kid=b"f" * 8, not_before=UnixSeconds(NOW + 1))
    assert seal_key(with_seal(older, SEAL, ended, early), AT) == SEAL.key
    assert seal_key(with_seal(ended, early), AT) is None


def test_a_plain_passage_moves_nothing() -> None:
    assert use_of(DOOR, None) is None


def test_a_use_names_what_it_moves() -> None:
    assert use_of(SHOP, ASKED) == Use(
        amount_minor=1_250,
        currency="CNY",
        fund="insured-account",
        client="till-1",
        key="sale-000000000001",
        asked=ASKED.asked,
    )
    assert use_of(replace(DOOR, direction=Direction.IN), None) == Use(zone="door", direction="in")
    assert use_of(replace(DOOR, zone="yard", direction=Direction.OUT), None) == Use(
        zone="yard", direction="out"
    )
    assert use_of(replace(DOOR, again_s=60), None) == Use(zone="door")


def due(profile: Profile, standing: CardStanding, request: ScanRequest | None = None) -> int:
    return amount_of(profile, request, facts(types=1), standing, AT)


def test_a_request_says_what_is_due_or_the_tariff_does() -> None:
    assert due(SHOP, CardStanding(), ASKED) == 1_250
    assert due(RIDE, CardStanding()) == 100, "a concession by the card's type"
    stay = Tariff(base_minor=0, unit_s=3_600, unit_minor=300)
    standing = CardStanding(entered_at=UnixSeconds(NOW - 3_601))
    assert due(replace(RIDE, tariff=stay), standing) == 600


def test_a_lane_that_sells_and_is_told_no_amount_is_a_bug() -> None:
    with pytest.raises(ValueError, match="due"):
        due(SHOP, CardStanding())


@pytest.mark.parametrize(("ago_s", "amount"), [(0, 0), (59, 0), (60, 100), (-60, 0), (-61, 100)])
def test_a_second_tap_is_free_until_the_time_is_over(ago_s: int, amount: int) -> None:
    profile = replace(RIDE, again_s=60, again=Again.FREE)
    paid = CardStanding(last_paid_at=UnixSeconds(NOW - ago_s))
    assert due(profile, paid) == amount
    assert due(replace(profile, again=Again.DENY), paid) == 100


@pytest.mark.parametrize(("ago_s", "is_again"), [(0, True), (59, True), (60, False)])
def test_who_taps_twice_is_refused_before_anybody_is_asked(ago_s: int, *, is_again: bool) -> None:
    standing = CardStanding(last_tapped_at=UnixSeconds(NOW - ago_s))
    assert is_tapped_again(replace(RIDE, again_s=60), standing, AT) is is_again
    assert not is_tapped_again(replace(RIDE, again_s=60, again=Again.FREE), standing, AT)
    assert not is_tapped_again(RIDE, standing, UnixSeconds(AT - 1)), "a lane that does not mind"
    assert not is_tapped_again(replace(RIDE, again_s=60), CardStanding(), AT)


def test_who_leaves_without_having_come_in_is_as_the_profile_says() -> None:
    stay = Tariff(base_minor=0, unit_s=3_600, unit_minor=300)
    leaving = replace(RIDE, tariff=stay, direction=Direction.OUT)
    inside = CardStanding(last_direction="in", last_moved_at=AT, entered_at=AT)
    unknown = Reason.ENTRY_UNKNOWN
    assert misplaced(leaving, CardStanding(), AT) == (Verdict.REFER, unknown)
    strict = replace(leaving, entry_unknown=Verdict.DENY)
    assert misplaced(strict, CardStanding(), AT) == (Verdict.DENY, unknown)
    for profile, standing in (
        (leaving, inside),
        (replace(leaving, direction=Direction.IN), CardStanding()),
        (replace(DOOR, direction=Direction.OUT), CardStanding()),
        (RIDE, CardStanding()),
    ):
        assert misplaced(profile, standing, AT) is None


def test_a_request_may_ask_for_a_capability_of_its_own() -> None:
    card = facts(capabilities=int(Capability.SHOP | Capability.DOOR))
    assert carries_asked(card, None)
    assert carries_asked(card, ASKED)
    assert carries_asked(card, replace(ASKED, capability=Capability.SHOP))
    assert not carries_asked(card, replace(ASKED, capability=Capability.LIBRARY))


@pytest.mark.parametrize(
    ("passback", "verdict"),
    [
        (Passback.OFF, Verdict.GRANT),
        (Passback.REFER, Verdict.REFER),
        (Passback.DENY, Verdict.DENY),
    ],
)
def test_a_way_is_claimed_as_the_profile_minds_it(passback: Passback, verdict: Verdict) -> None:
    profile = replace(DOOR, direction=Direction.OUT, passback=passback, passback_s=9)
    unknown = Verdict.GRANT if passback is Passback.OFF else profile.entry_unknown
    assert claim_of(profile, Ceilings()).passback == PassbackRule(
        zone="door", direction="out", within_s=9, verdict=verdict, unknown=unknown
    )


def test_who_pays_by_time_must_be_known_to_have_come_in() -> None:
    stay = Tariff(base_minor=0, unit_s=3_600, unit_minor=300)
    profile = replace(RIDE, tariff=stay, direction=Direction.OUT)
    rule = claim_of(profile, Ceilings()).passback
    assert rule is not None
    assert (rule.verdict, rule.unknown) == (Verdict.GRANT, Verdict.REFER)


def test_a_lane_that_leads_both_ways_claims_none() -> None:
    claim = claim_of(replace(SHOP, again_s=5), Ceilings(count_max=2))
    assert (claim.passback, claim.again_s, claim.ceilings.count_max) == (None, 5, 2)


def test_limits_shrink_while_a_list_is_stale() -> None:
    assert limits_of(SHOP, is_stale=False).sum_minor_max == 5_000
    assert limits_of(SHOP, is_stale=True).sum_minor_max == 2_500
    assert limits_of(DOOR, is_stale=True) == Ceilings()


@pytest.mark.parametrize(("age_s", "stale"), [(3_600, False), (3_601, True)])
def test_a_list_is_stale_past_its_soft_limit(age_s: int, *, stale: bool) -> None:
    reading = clock(NOW + age_s)
    card = text(holder_part(None, {6: NOW + age_s}))
    assert is_stale(judged(card, world(reading=reading)).verification, SHOP) is stale


@pytest.mark.parametrize(
    ("sum_minor", "amount", "is_online", "left"),
    [(0, 1_000, False, 4_000), (4_500, 500, False, 0), (4_500, 9_000, True, 5_000)],
)
def test_what_is_left_without_the_centre_is_told(
    sum_minor: int, amount: int, left: int, *, is_online: bool
) -> None:
    most = limits_of(SHOP, is_stale=False)
    standing = CardStanding(sum_minor=sum_minor)
    assert remaining_of(most, standing, amount, is_online=is_online) == left
    assert remaining_of(Ceilings(), standing, amount, is_online=is_online) is None
