"""An attendant answers a referral with his own code: who may, what is written, what never is."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drivers.clock import monotonic_ms
from protocol.use import NoteKind, Place
from terminal.overriding import attending, may_attend, may_override
from terminal.presenting import Outcome
from terminal.selling.requests import RequestState, ScanRequest
from tests.support.cards import HOLDER, NOW, issuer_claims, issuer_part, public, text
from tests.support.counter import LANE, SHOP, Counter, asked, card, open_counter
from tests.support.desks import IDENTITY
from tests.support.trust import CITY
from verifier.model import Verdict
from verifier.profile import (
    Binding,
    Capability,
    Direction,
    EntryType,
    Hours,
    Limits,
    Passback,
    Profile,
)
from verifier.reasons import Reason

ATTENDANT, HELPER = 7, 8  # numbers of cards
NAME = IDENTITY.sector.pseudonym(CITY, ATTENDANT.to_bytes(8, "big"))
GATE = Profile(name="gate", entry_type=EntryType.PASSAGE, attendants=(NAME,))
PRINTED = text(issuer_part())


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    with open_counter(tmp_path / "journal.db") as opened:
        opened.profile = GATE
        yield opened


def refer(counter: Counter, request: ScanRequest | None = None, code: bytes = PRINTED) -> Outcome:
    if request is not None:
        counter.desk.requests.arm(request, monotonic_ms())
    outcome = asyncio.run(counter.shown(code, request))
    assert outcome.verdict is Verdict.REFER
    return outcome


def override(
    counter: Counter, referred: Outcome, number: int = ATTENDANT, code: bytes | None = None
) -> Outcome:
    payload = card(number, drawn_at=next(counter.drawn)) if code is None else code
    return asyncio.run(
        counter.desk.override(
            counter.judged(payload, attending(counter.profile)),
            referred=referred,
            lane=LANE,
            profile=counter.profile,
            seen_ms=0,
        )
    )


# Who may.


def test_a_stranger_grants_nothing_and_is_named_nowhere(counter: Counter) -> None:
    referred = refer(counter)
    outcome = override(counter, referred, HELPER)
    assert (outcome.verdict, outcome.reason, outcome.seq) == (
        *(Verdict.DENY, Reason.ATTENDANT_UNKNOWN),
        None,
    )
    assert len(counter.entries()) == 1
    assert override(counter, referred).verdict is Verdict.GRANT, "the attendant may still come"


def test_the_holder_does_not_answer_for_himself(counter: Counter) -> None:
    own = text(
        issuer_part(issuer_claims(subject=ATTENDANT.to_bytes(8, "big")))
    )  # the attendant's own printed card
    referred = refer(counter, code=own)
    assert override(counter, referred).reason is Reason.ATTENDANT_UNKNOWN


@pytest.mark.parametrize(
    "code",
    [
        b"junk",
        text(issuer_part(issuer_claims(subject=ATTENDANT.to_bytes(8, "big")))),
        text(issuer_part(issuer_claims(holder=public(HOLDER)))),
        card(ATTENDANT, exp=NOW),
        card(ATTENDANT, drawn_at=NOW - 61),
    ],
)
def test_only_his_phones_fresh_code_is_his(counter: Counter, code: bytes) -> None:
    referred = refer(counter)
    assert override(counter, referred, code=code).reason is Reason.ATTENDANT_UNKNOWN
    assert len(counter.entries()) == 1


def test_a_photograph_of_his_code_grants_nothing_twice(counter: Counter) -> None:
    first, second = refer(counter), refer(counter, code=text(issuer_part(_other())))
    code = card(ATTENDANT, drawn_at=next(counter.drawn))
    assert override(counter, first, code=code).verdict is Verdict.GRANT
    outcome = override(counter, second, code=code)
    assert (outcome.verdict, outcome.reason) == (Verdict.DENY, Reason.REPLAYED)
    assert override(counter, second).verdict is Verdict.GRANT, "the referral stands still"


def _other() -> Any:
    return issuer_claims(subject=b"another1")


def test_one_referral_is_answered_once(counter: Counter) -> None:
    referred = refer(counter)
    assert override(counter, referred).verdict is Verdict.GRANT
    again = override(counter, referred)
    assert (again.verdict, again.seq) == (Verdict.DENY, None)


@pytest.mark.parametrize(
    "reason", [reason for reason in Reason if reason.value[0] in "DS"] + [None]
)
def test_form_and_signature_are_never_overridden(reason: Reason | None) -> None:
    assert not may_override(reason)


@pytest.mark.parametrize(
    "reason",
    [
        *(Reason.REVOKED, Reason.SUSPENDED, Reason.STATUS_VALUE_UNKNOWN),
        *(Reason.STATUS_INDEX_OUTSIDE, Reason.REPLAYED, Reason.SHOWN_AGAIN),
        *(Reason.CREDENTIAL_EXPIRED, Reason.PROOF_TOO_OLD, Reason.NOT_YET_VALID),
        *(Reason.VALUE_STOPPED, Reason.DECLINED_ONLINE, Reason.CARD_SUM_LIMIT),
        *(Reason.CARD_COUNT_LIMIT, Reason.EXPOSURE_LIMIT, Reason.VELOCITY_LIMIT),
        Reason.CAPABILITY_MISSING,
    ],
)
def test_revocation_replay_and_spent_limits_are_never_overridden(
    counter: Counter, reason: Reason
) -> None:
    assert not may_override(reason)
    referred = refer(counter)
    assert referred.written is not None
    assert referred.record is not None
    changed = replace(referred.written, record=replace(referred.record, reason=reason))
    with pytest.raises(ValueError, match="referral"):
        override(counter, replace(referred, written=changed))


def test_what_names_nobody_is_no_referral(counter: Counter) -> None:
    nobody = Outcome(verdict=Verdict.DENY, reason=Reason.SEVERAL_CARDS, seq=None, ms=0)
    with pytest.raises(ValueError, match="referral"):
        override(counter, nobody)


def test_an_attendant_is_asked_who_he_is_and_nothing_of_the_lanes() -> None:
    strict = Profile(
        name="hall",
        entry_type=EntryType.PASSAGE,
        capability=Capability.LIBRARY,
        audience=Binding.REQUIRED,
        challenge=Binding.REQUIRED,
        static=Verdict.GRANT,
        card_types=4,
        hours=(Hours(days=frozenset({0}), from_min=0, to_min=1),),
        utc_offset_min=0,
        status_unknown=Verdict.GRANT,
        clock_untrusted=Verdict.GRANT,
        asked=True,
        money=SHOP.money,
        limits=SHOP.limits,
    )
    rules = attending(strict)
    assert (rules.capability, rules.card_types, rules.hours) == (None, 0, ())
    assert (rules.is_asked, rules.money) == (False, None)
    assert (rules.static, rules.status_unknown, rules.clock_untrusted) == (Verdict.DENY,) * 3


def test_an_attendants_code_is_drawn_for_the_lane_and_moment_where_a_holders_must_be() -> None:
    """Else a relayed code that may not pass could let others pass."""
    bound = Profile(
        name="vault",
        entry_type=EntryType.PASSAGE,
        audience=Binding.REQUIRED,
        challenge=Binding.REQUIRED,
    )
    rules = attending(bound)
    assert (rules.audience, rules.challenge) == (Binding.REQUIRED, Binding.REQUIRED)
    free = attending(Profile(name="hall", entry_type=EntryType.PASSAGE))
    assert (free.audience, free.challenge) == (Binding.OPTIONAL, Binding.OPTIONAL)


@pytest.mark.parametrize("verdict", [Verdict.REFER, Verdict.DENY])
def test_who_is_not_granted_himself_grants_nobody(verdict: Verdict) -> None:
    assert may_attend(NAME, Verdict.GRANT, holder="x", attendants=(NAME,))
    assert not may_attend(NAME, verdict, holder="x", attendants=(NAME,))


# What is written.


def test_both_are_in_the_journal(counter: Counter) -> None:
    referred = refer(counter)
    outcome = override(counter, referred)
    first, second = counter.entries()
    assert (first["verdict"], first["reason"]) == ("refer", "P.STA")
    assert (second["verdict"], second["reason"]) == ("grant", None)
    assert second["reference"] == {"epoch": 1, "seq": first["seq"]}
    assert second["attendant"] == NAME
    assert (second["pseudonym"], second["presentation"]) == (
        first["pseudonym"],
        first["presentation"],
    )
    assert outcome.place == Place(epoch=1, seq=2)


def test_a_referred_sale_is_paid_when_it_is_granted(counter: Counter) -> None:
    counter.profile = replace(SHOP, attendants=(NAME,))
    request = asked()
    outcome = override(counter, refer(counter, request))
    assert (outcome.verdict, outcome.amount_minor, outcome.key) == (
        *(Verdict.GRANT, 1_250),
        request.key,
    )
    view = counter.desk.requests.get(request.client, request.key, monotonic_ms())
    assert view is not None
    assert (view.state, view.outcome) == (RequestState.COMPLETED, outcome)


def test_a_sale_that_its_program_gave_up_is_granted_by_nobody(counter: Counter) -> None:
    counter.profile = replace(SHOP, attendants=(NAME,))
    request = asked()
    referred = refer(counter, request)
    counter.desk.requests.abort(request.client, request.key, 0)
    outcome = override(counter, referred)
    assert (outcome.reason, outcome.seq) == (Reason.NOTHING_ASKED, None)
    assert len(counter.entries()) == 1


def test_an_attendant_stands_above_the_floor_and_not_above_the_sum(counter: Counter) -> None:
    limits = Limits(floor_minor=100, upper_sum_minor=2_000, unreachable=Verdict.REFER)
    counter.profile = replace(SHOP, attendants=(NAME,), limits=limits)
    verdicts = []
    for amount in (1_500, 600):
        request = asked(amount)
        code = card(1, drawn_at=next(counter.drawn))
        counter.desk.requests.arm(request, monotonic_ms())
        outcome = asyncio.run(counter.shown(code, request))
        if outcome.verdict is Verdict.REFER:
            outcome = override(counter, outcome)
        verdicts.append((outcome.verdict, outcome.reason))
    assert verdicts == [(Verdict.GRANT, None), (Verdict.DENY, Reason.CARD_SUM_LIMIT)]


def test_a_copied_disk_moves_no_money_for_an_attendant_either(counter: Counter) -> None:
    class Parted:
        what = "the journal parted from the centre's"

    counter.profile = replace(SHOP, attendants=(NAME,))
    referred = refer(counter, asked())
    counter.desk.parting = Parted()  # type: ignore[assignment]  # only what is read of it
    outcome = override(counter, referred)
    assert (outcome.verdict, outcome.reason) == (Verdict.DENY, Reason.VALUE_STOPPED)


def test_who_went_in_twice_is_let_in_by_the_attendant(counter: Counter) -> None:
    counter.profile = replace(GATE, direction=Direction.IN, passback=Passback.REFER)
    assert asyncio.run(counter.shown(card(1, drawn_at=NOW))).verdict is Verdict.GRANT
    again = asyncio.run(counter.shown(card(1, drawn_at=NOW + 1)))
    assert (again.verdict, again.reason) == (Verdict.REFER, Reason.PASSBACK)
    assert override(counter, again).verdict is Verdict.GRANT


def test_a_request_waits_while_an_attendant_is_asked_of_a_second_doubt(counter: Counter) -> None:
    """A printed card, and in already: his word on the first leaves the request to the second."""
    counter.profile = replace(GATE, asked=True, direction=Direction.IN, passback=Passback.REFER)
    first, second = asked(None), asked(None)
    counter.desk.requests.arm(first, monotonic_ms())
    assert asyncio.run(counter.shown(card(1, drawn_at=NOW), first)).verdict is Verdict.GRANT
    printed = text(issuer_part(issuer_claims(subject=(1).to_bytes(8, "big"))))
    doubted = override(counter, refer(counter, second, printed))
    assert (doubted.verdict, doubted.reason) == (Verdict.REFER, Reason.PASSBACK)
    view = counter.desk.requests.get(second.client, second.key, monotonic_ms())
    assert view is not None
    assert (view.state, view.outcome) == (RequestState.IN_PROGRESS, doubted)
    granted = override(counter, doubted)
    assert granted.verdict is Verdict.GRANT
    view = counter.desk.requests.get(second.client, second.key, monotonic_ms())
    assert view is not None
    assert (view.state, view.outcome) == (RequestState.COMPLETED, granted)


# Notes.


def test_what_a_lane_saw_is_one_entry_a_kind_and_an_emergency_at_once(counter: Counter) -> None:
    for _ in range(3):
        counter.desk.note(LANE, NoteKind.TAILGATING)
    counter.desk.note(LANE, NoteKind.FORCED)
    counter.desk.note("gate-2", NoteKind.TAILGATING)
    counter.desk.note(LANE, NoteKind.EMERGENCY_BEGAN)
    counter.desk.writer.call(lambda _: None).result(10)
    assert [entry["what"] for entry in counter.entries()] == ["emergency-began"]
    counter.desk.flush_refusals()
    counter.desk.flush_refusals()
    counter.desk.writer.call(lambda _: None).result(10)
    told = [(each["lane"], each["what"], each["count"]) for each in counter.entries()[1:]]
    assert sorted(told) == [
        (LANE, "forced", 1),
        (LANE, "tailgating", 3),
        ("gate-2", "tailgating", 1),
    ]
    assert all("verdict" not in entry for entry in counter.entries())
