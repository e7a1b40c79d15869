import gc
import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cards import (
    HOLDER,
    NOW,
    STRANGER,
    holder_part,
    issuer_claims,
    issuer_part,
    public,
    text,
)
from tests.support.trust import CARD_KEY, CITY, GATE, LANE, STATUS_KEY, status_list, world
from tests.support.trust import clock as reading
from verifier.clock import ClockReading
from verifier.issuer_memory import IssuerMemory
from verifier.model import TrustedKey, UnixSeconds, Verdict
from verifier.pipeline import judge, parse
from verifier.reasons import Reason
from verifier.verify import Circumstances, verify

INNER = issuer_part(issuer_claims(holder=public(HOLDER)))
DYNAMIC = text(holder_part(INNER))
FORGED = text(holder_part(issuer_part(issuer_claims(holder=public(HOLDER)), signature=bytes(64))))


def remembering(memory: IssuerMemory, *keys: TrustedKey) -> Circumstances:
    known = world([*(keys or (CARD_KEY,)), STATUS_KEY], lists=[status_list()])
    return replace(known, memory=memory)


def outcome(code: bytes, known: Circumstances) -> tuple[Verdict, Reason | None]:
    decision = judge(code, profile=GATE, lane=LANE, known=known).decision
    return decision.verdict, decision.reason


def test_second_drawing_of_a_phone_meets_its_issuers_part_again() -> None:
    memory = IssuerMemory()
    known = remembering(memory)
    later = text(holder_part(INNER, {6: NOW + 1}))
    assert outcome(DYNAMIC, known) == outcome(later, known) == (Verdict.GRANT, None)
    assert len(memory) == 1


def test_what_is_remembered_is_not_proven_again() -> None:
    """Else the memory would be there for nothing: a part noted by hand passes unproven."""
    memory = IssuerMemory()
    known = remembering(memory)
    assert outcome(FORGED, known) == (Verdict.DENY, Reason.ISSUER_SIGNATURE_WRONG)
    memory.remember(memory.digest(parse(FORGED), known.trusted), CARD_KEY)
    assert outcome(FORGED, known) == (Verdict.GRANT, None)


def test_failures_leave_nothing_behind() -> None:
    memory = IssuerMemory()
    known = remembering(memory)
    unknown = text(issuer_part(key=STRANGER))
    for code in (FORGED, unknown, DYNAMIC[:-1], b"CC1:", b""):
        assert outcome(code, known)[0] is Verdict.DENY
    assert len(memory) == 0


def test_part_with_another_signature_is_another_part() -> None:
    """A forger who copies a remembered part's claims must not profit from it."""
    known = remembering(IssuerMemory())
    assert outcome(DYNAMIC, known) == (Verdict.GRANT, None)
    assert outcome(FORGED, known) == (Verdict.DENY, Reason.ISSUER_SIGNATURE_WRONG)


def test_holders_proof_is_never_remembered() -> None:
    known = remembering(IssuerMemory())
    assert outcome(DYNAMIC, known) == (Verdict.GRANT, None)
    stolen = text(holder_part(INNER, key=STRANGER))
    assert outcome(stolen, known) == (Verdict.DENY, Reason.HOLDER_SIGNATURE_WRONG)


@pytest.mark.parametrize(
    ("now", "reason"),
    [(NOW + 9, None), (NOW + 10, Reason.KEY_OUTSIDE_WINDOW)],
)
def test_window_of_the_key_is_judged_each_time(now: int, reason: Reason | None) -> None:
    memory = IssuerMemory()
    known = remembering(memory, replace(CARD_KEY, expires_at=UnixSeconds(NOW + 10)))
    assert outcome(DYNAMIC, known) == (Verdict.GRANT, None)
    clock: ClockReading = replace(known.clock, now=UnixSeconds(now))
    assert outcome(DYNAMIC, replace(known, clock=clock))[1] is reason


def test_key_that_is_listed_again_goes_on_where_its_first_entry_ends() -> None:
    """The memory kept the first entry, and refused from its end on what a fresh look let through."""
    first = replace(CARD_KEY, expires_at=UnixSeconds(NOW + 10))
    known = remembering(IssuerMemory(), first, CARD_KEY)
    for now in (NOW, NOW + 10, NOW + 11):
        later = replace(known, clock=replace(known.clock, now=UnixSeconds(now)))
        assert outcome(DYNAMIC, later) == (Verdict.GRANT, None)


def test_wider_entry_of_a_key_counts_from_the_second_it_begins() -> None:
    """The memory kept the narrow entry that was alone when the part was proven."""
    narrow = replace(CARD_KEY, capabilities=1)
    wide = replace(CARD_KEY, not_before=UnixSeconds(NOW + 10))
    for memory in (IssuerMemory(), None):
        known = replace(remembering(IssuerMemory(), narrow, wide), memory=memory)
        told = [
            outcome(DYNAMIC, replace(known, clock=replace(known.clock, now=UnixSeconds(now))))[1]
            for now in (NOW, NOW + 9, NOW + 10)
        ]
        exceeds = Reason.CAPABILITIES_EXCEED_KEY
        assert told == [exceeds, exceeds, None]


ENTRIES = st.builds(
    lambda key, begins, lasts, capabilities, lists: replace(
        CARD_KEY,
        key=key,
        not_before=UnixSeconds(NOW + begins),
        expires_at=UnixSeconds(NOW + begins + lasts),
        capabilities=capabilities,
        status_lists=lists,
    ),
    key=st.sampled_from([CARD_KEY.key, public(STRANGER)]),
    begins=st.integers(-6, 6),
    lasts=st.integers(1, 9),
    capabilities=st.sampled_from([1, 37, 127]),
    lists=st.sampled_from([CARD_KEY.status_lists, "status/other/{shard}.cwt", None]),
)


@given(
    entries=st.lists(ENTRIES, min_size=1, max_size=4),
    times=st.lists(st.tuples(st.integers(-8, 8), st.booleans()), min_size=2, max_size=6),
)
def test_memory_changes_no_verdict_whatever_is_listed_and_whenever_it_is_asked(
    entries: list[TrustedKey], times: list[tuple[int, bool]]
) -> None:
    """A key may be listed twice, and which entry counts changes with the time."""
    known = remembering(IssuerMemory(), *entries)
    code = text(issuer_part())
    for at, is_trusted in times:
        asked = replace(known, clock=reading(NOW + at, trusted=is_trusted))
        fresh = replace(asked, memory=None)
        told, anew = (judge(code, profile=GATE, lane=LANE, known=each) for each in (asked, fresh))
        assert told == anew


def test_window_of_the_card_is_judged_each_time() -> None:
    known = remembering(IssuerMemory())
    inner = issuer_part(issuer_claims(exp=NOW + 1, holder=public(HOLDER)))
    code = text(holder_part(inner))
    assert outcome(code, known) == (Verdict.GRANT, None)
    clock = replace(known.clock, now=UnixSeconds(NOW + 1))
    assert outcome(code, replace(known, clock=clock))[1] is Reason.CREDENTIAL_EXPIRED


def test_another_trusted_set_empties_the_memory() -> None:
    """A key that was taken out must not go on granting."""
    memory = IssuerMemory()
    assert outcome(DYNAMIC, remembering(memory)) == (Verdict.GRANT, None)
    without = remembering(memory, replace(CARD_KEY, key=public(STRANGER)))
    assert outcome(DYNAMIC, without) == (Verdict.DENY, Reason.ISSUER_SIGNATURE_WRONG)
    assert len(memory) == 0


def test_one_family_does_not_profit_from_another() -> None:
    """The same signed octets in another family's wrapping are tried against that family's keys."""
    memory, trusted = IssuerMemory(), object()
    credential = parse(DYNAMIC)
    memory.remember(memory.digest(credential, trusted), CARD_KEY)
    for other in (
        replace(credential, format="claim169"),
        replace(credential, kid=b""),
        replace(credential, issued=replace(credential.issued, algorithm=-8)),
    ):
        assert memory.signer(memory.digest(other, trusted)) is None
    assert memory.signer(memory.digest(credential, trusted)) is CARD_KEY


def test_issuer_whom_a_code_names_is_asked_for_each_time() -> None:
    """A family that others bring may read the name from octets that nobody signed."""
    known = remembering(IssuerMemory())
    credential = parse(DYNAMIC)
    for named, failure in ((None, None), (CITY, None), ("other.example", Reason.KEY_UNKNOWN)):
        told = verify(replace(credential, issuer=named), known, replay="not here")
        assert told.failure is failure


def test_octets_can_not_move_between_signature_and_message() -> None:
    memory, trusted = IssuerMemory(), object()
    credential = parse(DYNAMIC)
    issued = credential.issued
    moved = replace(
        issued, signature=issued.signature + issued.message[:1], message=issued.message[1:]
    )
    digests = {
        memory.digest(each, trusted) for each in (credential, replace(credential, issued=moved))
    }
    assert len(digests) == 2


def test_memory_is_bounded_and_forgets_the_longest_unseen() -> None:
    memory, trusted = IssuerMemory(size_max=2), object()
    parts = [
        memory.digest(parse(text(issuer_part(issuer_claims(types=types)))), trusted)
        for types in range(3)
    ]
    memory.remember(parts[0], CARD_KEY)
    memory.remember(parts[1], CARD_KEY)
    assert memory.signer(parts[0]) is CARD_KEY
    memory.remember(parts[2], CARD_KEY)
    assert [memory.signer(part) for part in parts] == [CARD_KEY, None, CARD_KEY]
    assert len(memory) == 2


@pytest.mark.slow
def test_what_a_verifier_keeps_does_not_grow_with_the_cards_it_has_seen() -> None:
    known = remembering(IssuerMemory(size_max=50))
    codes = [text(issuer_part(issuer_claims(types=types))) for types in range(600)]
    grown, kept = [], 0
    tracemalloc.start()
    try:
        for part in (codes[:200], codes[200:400], codes[400:]):
            assert {outcome(code, known)[0] for code in part} == {Verdict.GRANT}
            gc.collect()
            before, kept = kept, tracemalloc.get_traced_memory()[0]
            grown.append(kept - before)
    finally:
        tracemalloc.stop()
    # A remembered part alone is 200 octets, a credential 2,000: 200 cards kept would be 40 kB.
    assert max(grown[1:]) < 20_000, grown
