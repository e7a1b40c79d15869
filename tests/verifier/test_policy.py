from dataclasses import replace

import pytest

from tests.support.cards import holder_part, issuer_claims, issuer_part, text
from tests.support.trust import GATE, LANE, answer, clock, judged, status_list, world
from verifier.model import Verdict
from verifier.policy import Capability, EntryType, Profile, decide
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


def test_decision_carries_the_instant_of_its_reading() -> None:
    verification = judged(STATIC).verification
    assert decide(verification, GATE, lane=LANE, clock=clock(77)).decided_at == 77
