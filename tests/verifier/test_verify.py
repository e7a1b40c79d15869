from dataclasses import replace

import pytest

from tests.support.cards import (
    HOLDER,
    ISSUER,
    NOW,
    STATUS_INDEX,
    STRANGER,
    holder_part,
    issuer_claims,
    issuer_part,
    kid,
    public,
    text,
)
from tests.support.trust import (
    CARD_KEY,
    CITY,
    GATE,
    LIST_NAME,
    STATUS_KEY,
    answer,
    clock,
    judged,
    status_list,
    with_value,
    world,
)
from verifier.model import (
    CheckName,
    Failed,
    FreshnessLimits,
    Passed,
    Role,
    Skipped,
    Stale,
    UnixSeconds,
    Verdict,
)
from verifier.reasons import Reason
from verifier.verify import LIST_NOT_HELD, NO_LISTS, Circumstances

GRANTED = (Verdict.GRANT, None)
STATIC = text(issuer_part())
DYNAMIC = text(holder_part())
CODES = pytest.mark.parametrize("code", [STATIC, DYNAMIC], ids=["static", "dynamic"])


def denied(reason: Reason) -> tuple[Verdict, Reason]:
    return Verdict.DENY, reason


def referred(reason: Reason) -> tuple[Verdict, Reason]:
    return Verdict.REFER, reason


# Keys and signatures.


@CODES
def test_valid_code_is_granted(code: bytes) -> None:
    assert answer(code) == GRANTED


@CODES
def test_checks_stand_in_order_whatever_fails(code: bytes) -> None:
    for known in (world(), world([]), world(reading=clock(NOW + 10**6))):
        names = [check.name for check in judged(code, known).verification.checks]
        assert names == list(CheckName)


REVOKED = status_list(octets=with_value(STATUS_INDEX, 1))


@pytest.mark.parametrize(
    ("code", "known", "failed"),
    [
        (DYNAMIC, world([]), CheckName.KEY),
        (text(issuer_part(signature=bytes(64))), world(), CheckName.ISSUER_SIGNATURE),
        (text(holder_part(key=STRANGER)), world(), CheckName.HOLDER_SIGNATURE),
        (text(issuer_part(issuer_claims(exp=NOW))), world(), CheckName.WINDOW),
        (text(holder_part(None, {6: NOW - 61})), world(), CheckName.PROOF_TIME),
        (DYNAMIC, world(lists=[REVOKED]), CheckName.STATUS),
    ],
    ids=lambda value: value.name if isinstance(value, CheckName) else "",
)
def test_behind_a_failure_every_check_is_skipped(
    code: bytes, known: Circumstances, failed: CheckName
) -> None:
    """An auditor reads of each what was found: one that was not made says so, and no PASSED."""
    verification = judged(code, known).verification
    place = failed.value - 1
    before, check, behind = (
        verification.checks[:place],
        verification.checks[place],
        verification.checks[place + 1 :],
    )
    assert all(isinstance(each, Passed | Skipped) for each in before)
    assert check == Failed(name=failed, reason=verification.failure or Reason.FORM_MALFORMED)
    names = list(CheckName)[place + 1 :]
    assert behind == tuple(Skipped(name=name, why="an earlier check failed") for name in names)
    assert (verification.capabilities > 0) is (failed.value > CheckName.HOLDER_SIGNATURE.value)


@CODES
def test_proven_code_names_its_issuer_and_an_unproven_one_nobody(code: bytes) -> None:
    assert judged(code).verification.issuer == CITY
    assert judged(code, world([])).verification.issuer is None
    other = replace(CARD_KEY, key=public(STRANGER))
    assert judged(code, world([other])).verification.issuer is None


@CODES
def test_code_of_an_unknown_key_is_refused(code: bytes) -> None:
    stranger = replace(CARD_KEY, kid=kid(STRANGER), key=public(STRANGER))
    assert answer(code, world([stranger])) == denied(Reason.KEY_UNKNOWN)


@pytest.mark.parametrize("role", [Role.STATUS, Role.COMMAND, Role.SEAL])
@CODES
def test_key_of_another_role_signs_no_cards(code: bytes, role: Role) -> None:
    assert answer(code, world([replace(CARD_KEY, role=role)])) == denied(Reason.KEY_UNKNOWN)


@CODES
def test_key_of_another_family_signs_no_citizen_codes(code: bytes) -> None:
    other = replace(CARD_KEY, formats=("claim169",))
    assert answer(code, world([other])) == denied(Reason.KEY_UNKNOWN)


def test_algorithm_pinned_by_the_key_is_the_only_one() -> None:
    for pinned, other in ((-19, -8), (-8, -19)):
        known = world([replace(CARD_KEY, algorithms=(pinned,))])
        assert answer(text(issuer_part(alg=pinned)), known) == GRANTED
        refused = answer(text(issuer_part(alg=other)), known)
        assert refused == denied(Reason.ALGORITHM_NOT_THE_KEYS)


@pytest.mark.parametrize("alg", [-19, -8])
def test_unpinned_key_signs_under_both_names_of_the_algorithm(alg: int) -> None:
    assert answer(text(issuer_part(alg=alg))) == GRANTED
    inner = issuer_part(issuer_claims(holder=public(HOLDER)), alg=alg)
    assert answer(text(holder_part(inner, alg=alg))) == GRANTED


def test_every_key_that_shares_an_id_is_tried() -> None:
    impostor = replace(CARD_KEY, key=public(STRANGER), issuer="other.example")
    for keys in ([impostor, CARD_KEY], [CARD_KEY, impostor]):
        verification = judged(STATIC, world(keys)).verification
        assert (verification.failure, verification.issuer) == (None, CITY)


def test_key_that_shares_the_id_does_not_lend_its_capabilities() -> None:
    wide = replace(CARD_KEY, key=public(STRANGER))
    narrow = replace(CARD_KEY, capabilities=1)
    assert answer(STATIC, world([wide, narrow])) == denied(Reason.CAPABILITIES_EXCEED_KEY)


@pytest.mark.parametrize("first", [True, False])
def test_signature_of_a_key_outside_its_window_is_told_by_the_window(*, first: bool) -> None:
    """Another key of its id is within: the code is old or early, and no forgery."""
    ended = replace(CARD_KEY, expires_at=UnixSeconds(NOW))
    other = replace(CARD_KEY, key=public(STRANGER))
    keys = [ended, other] if first else [other, ended]
    assert answer(STATIC, world(keys)) == denied(Reason.KEY_OUTSIDE_WINDOW)
    forged = text(issuer_part(signature=bytes(64)))
    assert answer(forged, world(keys)) == denied(Reason.ISSUER_SIGNATURE_WRONG)


def test_wrong_issuer_signature_is_refused() -> None:
    forged = issuer_part(signature=bytes(64))
    assert answer(text(forged)) == denied(Reason.ISSUER_SIGNATURE_WRONG)
    header = {1: -19, 4: kid(ISSUER)}
    by_stranger = text(issuer_part(header=header, key=STRANGER))
    assert answer(by_stranger) == denied(Reason.ISSUER_SIGNATURE_WRONG)


def test_holder_signature_by_another_phone_is_refused() -> None:
    code = text(holder_part(key=STRANGER))
    assert answer(code) == denied(Reason.HOLDER_SIGNATURE_WRONG)
    assert judged(code).verification.issuer is None


@pytest.mark.parametrize("aad", [b"", b"cc1.issuer", b"cc1.holder\0"])
def test_holder_signature_without_its_domain_is_refused(aad: bytes) -> None:
    """Else a signature the phone made for something else would open the gate."""
    assert answer(text(holder_part(aad=aad))) == denied(Reason.HOLDER_SIGNATURE_WRONG)


def test_issuer_signature_in_the_holders_domain_is_refused() -> None:
    inner = issuer_part(issuer_claims(holder=public(HOLDER)))
    swapped = inner[:-64] + holder_part(inner)[-64:]
    assert answer(text(holder_part(swapped))) == denied(Reason.ISSUER_SIGNATURE_WRONG)


def test_proof_moved_to_another_card_of_the_same_phone_is_refused() -> None:
    first = holder_part(issuer_part(issuer_claims(holder=public(HOLDER), types=1)))
    second = issuer_part(issuer_claims(holder=public(HOLDER), types=2))
    moved = holder_part(second, signature=first[-64:])
    assert answer(text(moved)) == denied(Reason.HOLDER_SIGNATURE_WRONG)


def test_holder_key_of_small_order_proves_nothing() -> None:
    """Under the neutral key one signature would fit every message."""
    neutral = b"\x01" + bytes(31)
    inner = issuer_part(issuer_claims(holder=neutral))
    for signature in (neutral + bytes(32), bytes(64)):
        code = text(holder_part(inner, signature=signature))
        assert answer(code) == denied(Reason.HOLDER_SIGNATURE_WRONG)


def test_capabilities_beyond_the_keys_are_refused() -> None:
    known = world([replace(CARD_KEY, capabilities=37)])
    assert answer(STATIC, known) == GRANTED
    wider = text(issuer_part(issuer_claims(capabilities=37 | 2)))
    assert answer(wider, known) == denied(Reason.CAPABILITIES_EXCEED_KEY)


@CODES
def test_key_is_usable_from_its_first_second_to_before_its_last(code: bytes) -> None:
    begins, ends = NOW - 10, NOW + 10
    key = replace(CARD_KEY, not_before=UnixSeconds(begins), expires_at=UnixSeconds(ends))
    outcomes = {
        now: answer(code, world([key], reading=clock(now)))
        for now in (begins - 1, begins, ends - 1, ends)
    }
    refused = denied(Reason.KEY_OUTSIDE_WINDOW)
    assert list(outcomes.values()) == [refused, GRANTED, GRANTED, refused]


# Times, on the second.


def test_card_is_valid_from_nbf_to_before_exp() -> None:
    code = text(issuer_part(issuer_claims(nbf=NOW - 100, exp=NOW + 100)))
    known = {now: world(reading=clock(NOW + now)) for now in (-101, -100, 99, 100)}
    assert [answer(code, each) for each in known.values()] == [
        denied(Reason.NOT_YET_VALID),
        GRANTED,
        GRANTED,
        denied(Reason.CREDENTIAL_EXPIRED),
    ]


def test_uncertainty_of_the_clock_does_not_widen_the_cards_own_window() -> None:
    code = text(issuer_part(issuer_claims(nbf=NOW, exp=NOW + 1)))
    early = world(reading=clock(NOW - 1, uncertainty_s=30))
    late = world(reading=clock(NOW + 1, uncertainty_s=30))
    assert answer(code, early) == denied(Reason.NOT_YET_VALID)
    assert answer(code, late) == denied(Reason.CREDENTIAL_EXPIRED)


@pytest.mark.parametrize("uncertainty_s", [0, 1, 30])
def test_proof_is_taken_on_the_second_of_each_boundary(uncertainty_s: int) -> None:
    known = world(reading=clock(uncertainty_s=uncertainty_s))
    oldest, newest = NOW - 60 - uncertainty_s, NOW + 15 + uncertainty_s
    outcomes = {
        iat: answer(text(holder_part(None, {6: iat})), known)
        for iat in (oldest - 1, oldest, newest, newest + 1)
    }
    assert list(outcomes.values()) == [
        denied(Reason.PROOF_TOO_OLD),
        GRANTED,
        GRANTED,
        denied(Reason.PROOF_FROM_THE_FUTURE),
    ]


def test_card_is_named_before_its_proof_where_both_are_too_old() -> None:
    inner = issuer_part(issuer_claims(exp=NOW, holder=public(HOLDER)))
    code = text(holder_part(inner, {6: NOW - 1_000}))
    assert answer(code) == denied(Reason.CREDENTIAL_EXPIRED)


class TestUntrustedClock:
    """The floor proves that this much time has passed, and nothing about the present."""

    def known(self, now: int = NOW) -> Circumstances:
        return world(reading=clock(now, trusted=False, uncertainty_s=30))

    @CODES
    def test_valid_code_is_referred(self, code: bytes) -> None:
        assert answer(code, self.known()) == referred(Reason.TERMINAL_CLOCK_UNTRUSTED)

    def test_profile_may_deny_or_grant_instead(self) -> None:
        for verdict in (Verdict.DENY, Verdict.GRANT):
            profile = replace(GATE, clock_untrusted=verdict)
            reason = None if verdict is Verdict.GRANT else Reason.TERMINAL_CLOCK_UNTRUSTED
            assert answer(STATIC, self.known(), profile=profile) == (verdict, reason)

    def test_window_and_proof_time_are_skipped(self) -> None:
        code = text(holder_part(None, {6: NOW + 5_000}))
        checks = judged(code, self.known()).verification.checks
        names = {check.name for check in checks if isinstance(check, Skipped)}
        assert names == {CheckName.WINDOW, CheckName.PROOF_TIME, CheckName.REPLAY}

    def test_card_that_ended_before_the_floor_is_refused(self) -> None:
        code = text(issuer_part(issuer_claims(exp=NOW)))
        assert answer(code, self.known()) == denied(Reason.CREDENTIAL_EXPIRED)
        assert answer(code, self.known(NOW - 1))[0] is Verdict.REFER

    def test_key_that_ended_before_the_floor_is_refused(self) -> None:
        key = replace(CARD_KEY, expires_at=UnixSeconds(NOW))
        known = world([key], reading=clock(trusted=False))
        assert answer(STATIC, known) == denied(Reason.KEY_OUTSIDE_WINDOW)

    def test_key_that_begins_after_the_floor_is_used(self) -> None:
        key = replace(CARD_KEY, not_before=UnixSeconds(NOW + 1))
        known = world([key], reading=clock(trusted=False))
        assert answer(STATIC, known)[0] is Verdict.REFER

    def test_wrong_signature_is_still_a_wrong_signature(self) -> None:
        code = text(issuer_part(signature=bytes(64)))
        assert answer(code, self.known()) == denied(Reason.ISSUER_SIGNATURE_WRONG)


# Status.

STATUSES = [(1, Reason.REVOKED), (2, Reason.SUSPENDED), (3, Reason.STATUS_VALUE_UNKNOWN)]


@pytest.mark.parametrize(("value", "reason"), STATUSES)
@pytest.mark.parametrize("age_s", [0, 10**7])
@CODES
def test_card_with_a_status_is_denied_at_any_age_of_the_list(
    code: bytes, value: int, reason: Reason, age_s: int
) -> None:
    octets = with_value(STATUS_INDEX, value)
    told = status_list(octets=octets, issued_at=NOW - age_s, expires_at=NOW - 1)
    assert answer(code, world(lists=[told])) == denied(reason)


@CODES
def test_revoked_card_is_denied_while_the_clock_is_untrusted(code: bytes) -> None:
    told = status_list(octets=with_value(STATUS_INDEX, 1))
    known = world(lists=[told], reading=clock(trusted=False))
    assert answer(code, known) == denied(Reason.REVOKED)


def test_neighbours_of_a_revoked_card_are_granted() -> None:
    for bits in (1, 2, 4, 8):
        told = status_list(octets=with_value(STATUS_INDEX, 1, bits=bits), bits=bits)
        for step, expected in ((-1, GRANTED), (0, denied(Reason.REVOKED)), (1, GRANTED)):
            code = text(issuer_part(issuer_claims(status=STATUS_INDEX + step)))
            assert answer(code, world(lists=[told])) == expected


def test_index_outside_the_list_is_refused() -> None:
    place = STATUS_INDEX % (1 << 20)
    exact, short = bytes(place // 4 + 1), bytes(place // 4)
    assert answer(STATIC, world(lists=[status_list(octets=exact)])) == GRANTED
    outside = answer(STATIC, world(lists=[status_list(octets=short)]))
    assert outside == denied(Reason.STATUS_INDEX_OUTSIDE)


@pytest.mark.parametrize(
    "changes",
    [{"name": "status/city.example/0.cwt"}, {"issuer": "other.example"}],
    ids=["shard", "issuer"],
)
def test_list_of_another_shard_or_issuer_says_nothing(changes: dict[str, object]) -> None:
    told = status_list(octets=with_value(STATUS_INDEX, 1), **changes)
    assert answer(STATIC, world(lists=[told])) == referred(Reason.STATUS_LIST_UNKNOWN)


def test_list_that_is_not_held_refers_or_does_what_the_profile_says() -> None:
    assert answer(STATIC, world(lists=[])) == referred(Reason.STATUS_LIST_UNKNOWN)
    strict = replace(GATE, status_unknown=Verdict.DENY)
    assert answer(STATIC, world(lists=[]), profile=strict) == denied(Reason.STATUS_LIST_UNKNOWN)
    lax = replace(GATE, status_unknown=Verdict.GRANT)
    assert answer(STATIC, world(lists=[]), profile=lax) == GRANTED


def test_issuer_without_lists_is_treated_as_one_whose_list_is_not_held() -> None:
    known = world([replace(CARD_KEY, status_lists=None)])
    assert answer(STATIC, known) == referred(Reason.STATUS_LIST_UNKNOWN)
    for circumstances, why in ((known, NO_LISTS), (world(lists=[]), LIST_NOT_HELD)):
        told = judged(STATIC, circumstances).verification.checks[6]
        assert told == Skipped(name=CheckName.STATUS, why=why), "an auditor is told which"


LIMITS = FreshnessLimits(soft_s=100, hard_s=1_000)


@pytest.mark.parametrize(("age_s", "stale"), [(0, False), (100, False), (101, True)])
def test_list_is_stale_one_second_past_the_soft_limit(age_s: int, *, stale: bool) -> None:
    told = status_list(issued_at=NOW - age_s)
    known = world(lists=[told], limits=LIMITS)
    verification = judged(STATIC, known, profile=replace(GATE, status_limits=LIMITS)).verification
    expected = Stale(name=CheckName.STATUS, age_s=age_s) if stale else Passed(name=CheckName.STATUS)
    assert verification.checks[6] == expected
    assert verification.ages.status_s == age_s


def test_list_is_expired_one_second_past_the_hard_limit() -> None:
    profile = replace(GATE, status_limits=LIMITS)
    for age_s, expected in ((1_000, GRANTED), (1_001, referred(Reason.STATUS_LIST_EXPIRED))):
        known = world(lists=[status_list(issued_at=NOW - age_s)], limits=LIMITS)
        assert answer(STATIC, known, profile=profile) == expected


def test_list_past_its_own_exp_is_expired_however_young() -> None:
    """Its exp was read and then forgotten: an ended list went on granting."""
    for left_s, expected in ((1, GRANTED), (0, referred(Reason.STATUS_LIST_EXPIRED))):
        known = world(lists=[status_list(expires_at=NOW + left_s)])
        assert answer(STATIC, known) == expected
        strict = replace(GATE, status_expired=Verdict.DENY)
        assert (answer(STATIC, known, profile=strict)[0] is Verdict.DENY) is (left_s == 0)


def test_newer_date_over_the_whole_set_makes_an_unchanged_list_younger() -> None:
    told = status_list(issued_at=NOW - 5_000)
    for issued_at, age_s in ((None, 5_000), (NOW - 50, 50), (NOW + 50, 0)):
        verification = judged(STATIC, world(lists=[told], issued_at=issued_at)).verification
        assert verification.ages.status_s == age_s


@pytest.mark.parametrize("is_behind", [False, True])
def test_no_list_is_younger_than_the_set_that_names_it(*, is_behind: bool) -> None:
    """A list dated a year ahead would be called fresh for a year, however long we are alone."""
    told = status_list(issued_at=NOW + 365 * 86_400, is_behind=is_behind)
    verification = judged(STATIC, world(lists=[told], issued_at=NOW - 9_000)).verification
    assert verification.ages.status_s == 9_000


def test_keys_are_expired_one_second_past_the_hard_limit() -> None:
    profile = replace(GATE, keys_limits=LIMITS)
    for age_s, expected in ((1_000, GRANTED), (1_001, referred(Reason.KEYS_EXPIRED))):
        known = world(issued_at=NOW - age_s)
        assert answer(STATIC, known, profile=profile) == expected
        assert judged(STATIC, known).verification.ages.keys_s == age_s


def test_list_name_is_what_the_template_and_the_index_say() -> None:
    for index, name in (((1 << 20) - 1, "0"), (1 << 20, "1"), (2**32 - 1, "4095")):
        code = text(issuer_part(issuer_claims(status=index)))
        held = [status_list(name=LIST_NAME.replace("1", name))]
        assert answer(code, world(lists=held)) == GRANTED
        assert answer(code, world(lists=[])) == referred(Reason.STATUS_LIST_UNKNOWN)


def test_status_key_in_the_table_changes_nothing() -> None:
    assert answer(STATIC, world([CARD_KEY, STATUS_KEY])) == GRANTED
