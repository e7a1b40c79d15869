"""A REFER that an attendant turns into a grant with his own code, and everybody who can't."""

import json
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from drivers.base import Contact, Shown
from drivers.clock import monotonic_ms
from terminal.desk import Desk
from terminal.lanes.attending import AWAY_MS
from terminal.lanes.lane import Lane
from terminal.lanes.machine import LaneState
from terminal.wording.words import words_for
from tests.support.cards import HOLDER, NOW, holder_part, issuer_claims, issuer_part, public, text
from tests.support.desks import IDENTITY
from tests.support.journals import rows_on_disk
from tests.support.street import PATIENCE_S, Street, change_profile, play, run_out, settled
from tests.support.trust import CARD_KEY
from verifier.model import Verdict
from verifier.profile import AmountFrom, Binding, Capability, ConsumeOn, Fund, Money
from verifier.reasons import Reason

CITIZEN, NEXT, HELPER = b"citizen1", b"citizen2", b"helper-1"
STRANGER = SigningKey(bytes(32))


def printed(subject: bytes = CITIZEN) -> bytes:
    return text(issuer_part(issuer_claims(subject=subject)))


def phone(subject: bytes, iat: int = NOW, key: SigningKey = HOLDER, **claims: int) -> bytes:
    card = issuer_part(issuer_claims(holder=public(HOLDER), subject=subject, **claims))
    return text(holder_part(card, {6: iat}, key=key))


def named(subject: bytes) -> str:
    return IDENTITY.sector.pseudonym(CARD_KEY.issuer, subject)


@pytest.fixture
def street(desk: Desk) -> Street:
    """A lane that refers printed cards, with one attendant."""
    change_profile(desk, static=Verdict.REFER, attendants=(named(HELPER),), same_holder_ms=0)
    return Street()


def entries(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for _, line in rows_on_disk(path)]


async def answered(
    street: Street, payload: bytes, *, in_ms: int = 0, showing: int | None = None
) -> tuple[str, str | None]:
    """Hold a code before the scanner, in a while, and return what the counter is told."""
    before = len(street.program.answers)
    street.scan(payload, seen_ms=monotonic_ms() + in_ms, showing=showing)
    await settled(lambda: len(street.program.answers) > before)
    return street.program.answers[-1]


async def referred(street: Street, lane: Lane) -> None:
    assert await answered(street, printed()) == ("refer", "P.STA")
    await settled(lambda: lane.state is LaneState.REFERRED)


def kept_out(desk: Desk, street: Street, payload: bytes) -> tuple[str, str | None]:
    """Return the answer to `payload` while an attendant is awaited; nothing may be opened by it."""
    told: list[tuple[str, str | None]] = []

    async def story(lane: Lane) -> None:
        await referred(street, lane)
        told.append(await answered(street, payload))

    play(desk, street, story)
    assert street.gate.told == ["stop"]
    return told[0]


def test_an_attendants_printed_card_overrides_nothing(desk: Desk, street: Street) -> None:
    assert kept_out(desk, street, printed(HELPER)) == ("deny", "P.ATT")


def test_an_attendant_whose_card_has_ended_overrides_nothing(desk: Desk, street: Street) -> None:
    assert kept_out(desk, street, phone(HELPER, exp=NOW)) == ("deny", "P.ATT")


def test_an_attendant_without_his_phones_proof_overrides_nothing(
    desk: Desk, street: Street
) -> None:
    assert kept_out(desk, street, phone(HELPER, key=STRANGER)) == ("deny", "S.HLD")


def test_a_code_that_an_attendant_drew_long_ago_overrides_nothing(
    desk: Desk, street: Street
) -> None:
    assert kept_out(desk, street, phone(HELPER, NOW - 61)) == ("deny", "P.ATT")


def test_an_attendant_whose_status_nobody_knows_overrides_nothing(
    desk: Desk, street: Street
) -> None:
    change_profile(desk, status_unknown=Verdict.GRANT)
    elsewhere = 9 << 20  # of a shard that is not held
    assert kept_out(desk, street, phone(HELPER, status=elsewhere)) == ("deny", "P.ATT")


def test_nobody_overrides_his_own_referral(desk: Desk, street: Street) -> None:
    change_profile(desk, attendants=(named(HELPER), named(CITIZEN)))
    assert kept_out(desk, street, phone(CITIZEN)) == ("deny", "P.ATT")


def test_where_holders_answer_a_challenge_an_attendant_does_too(desk: Desk, street: Street) -> None:
    """A relayed code of his is good at no other moment, and at no other lane."""
    change_profile(
        desk, challenge=Binding.REQUIRED, audience=Binding.REQUIRED, status_unknown=Verdict.REFER
    )
    elsewhere = 9 << 20  # of a shard that is not held, so the lane refers

    def answer(subject: bytes, **claims: int) -> bytes:
        asked = [line["challenge"] for line in street.program.lines if "challenge" in line][-1]
        _, lane, octets = asked.split(":")
        card = issuer_part(issuer_claims(holder=public(HOLDER), subject=subject, **claims))
        return text(holder_part(card, {3: lane, 6: NOW, 39: bytes.fromhex(octets)}))

    async def shown(count: int) -> None:
        await settled(lambda: sum("challenge" in line for line in street.program.lines) == count)

    async def story(lane: Lane) -> None:
        await shown(1)
        assert await answered(street, answer(CITIZEN, status=elsewhere)) == ("refer", "R.UNK")
        await settled(lambda: lane.state is LaneState.REFERRED)
        assert await answered(street, phone(HELPER)) == ("deny", "P.ATT")
        await shown(2)
        assert await answered(street, answer(HELPER)) == ("grant", None)

    play(desk, street, story)


def test_nobody_overrides_by_a_profile_that_is_attended_no_more(desk: Desk, street: Street) -> None:
    async def story(lane: Lane) -> None:
        await referred(street, lane)
        change_profile(desk, attended=False)
        assert await answered(street, phone(HELPER)) == ("deny", "P.ATT")

    play(desk, street, story)
    assert street.gate.told == ["stop"]


def test_an_attendant_who_was_taken_from_the_list_meanwhile_overrides_nothing(
    desk: Desk, street: Street
) -> None:
    async def story(lane: Lane) -> None:
        await referred(street, lane)
        change_profile(desk, attendants=(named(b"helper-2"),), capability=Capability.LIBRARY)
        assert (await answered(street, phone(HELPER)))[0] == "deny"

    play(desk, street, story)
    assert street.gate.told == ["stop"]


def test_a_refused_override_is_noted_and_names_nobody(
    desk: Desk, street: Street, path: Path
) -> None:
    kept_out(desk, street, printed(HELPER))
    desk.flush_refusals()
    desk.writer.call(lambda journal: journal.seq).result(PATIENCE_S)
    told = entries(path)
    assert [entry["type"] for entry in told] == ["passage", "refusals", "note"]
    assert told[2]["what"] == "override-refused"
    assert named(HELPER) not in str(told)


@pytest.mark.parametrize("payload", [b"junk", printed(HELPER), phone(HELPER, key=STRANGER)])
def test_what_is_refused_meanwhile_leaves_the_referral_open(
    desk: Desk, street: Street, payload: bytes
) -> None:
    async def story(lane: Lane) -> None:
        await referred(street, lane)
        ends_ms = lane.machine.deadline_ms
        await answered(street, payload)
        await settled(lambda: lane.state is LaneState.REFERRED)
        assert lane.machine.deadline_ms == ends_ms
        assert await answered(street, phone(HELPER)) == ("grant", None)

    play(desk, street, story)


def test_a_code_that_an_attendant_used_before_overrides_nothing(desk: Desk, street: Street) -> None:
    """Somebody photographed his phone as he passed by another lane."""

    async def story(lane: Lane) -> None:
        assert await answered(street, phone(HELPER)) == ("grant", None)
        await referred(street, lane)
        assert await answered(street, phone(HELPER), in_ms=AWAY_MS) == ("deny", "P.RPL")
        await settled(lambda: lane.state is LaneState.REFERRED)
        assert await answered(street, phone(HELPER, NOW + 1), in_ms=AWAY_MS) == ("grant", None)

    play(desk, street, story)
    assert street.gate.told == [500, 500, "stop"]


def test_an_override_is_good_for_one_referral(desk: Desk, street: Street) -> None:
    """The same picture of his phone, held up for the next one whom the lane refers."""

    async def story(lane: Lane) -> None:
        await referred(street, lane)
        assert await answered(street, phone(HELPER)) == ("grant", None)
        assert await answered(street, printed(NEXT)) == ("refer", "P.STA")
        assert await answered(street, phone(HELPER), in_ms=AWAY_MS) == ("deny", "P.RPL")

    play(desk, street, story)


@pytest.mark.parametrize("showing", [None, 7])
def test_an_attendants_phone_that_lies_before_the_scanner_overrides_nothing(
    desk: Desk, street: Street, showing: int | None
) -> None:
    """He went through by it and left it there; it redraws while somebody is referred."""

    async def story(lane: Lane) -> None:
        assert await answered(street, phone(HELPER), showing=showing) == ("grant", None)
        await referred(street, lane)
        for in_ms in (0, 20_000, 20_000 + AWAY_MS - 5_000):
            redrawn = phone(HELPER, NOW + 1 + in_ms // 10_000)
            told = await answered(street, redrawn, in_ms=in_ms, showing=showing)
            assert told == ("deny", "P.ATT")
            await settled(lambda: lane.state is LaneState.REFERRED)

    play(desk, street, story)
    assert street.gate.told == [500, "stop"]


def test_an_attendants_phone_left_after_an_override_does_not_override_the_next(
    desk: Desk, street: Street
) -> None:
    async def story(lane: Lane) -> None:
        await referred(street, lane)
        assert await answered(street, phone(HELPER)) == ("grant", None)
        assert await answered(street, printed(NEXT)) == ("refer", "P.STA")
        assert await answered(street, phone(HELPER, NOW + 1)) == ("deny", "P.ATT")

    play(desk, street, story)
    assert street.gate.told == [500, "stop"]


def test_an_attendant_who_took_his_phone_away_overrides_the_next(
    desk: Desk, street: Street
) -> None:
    async def story(lane: Lane) -> None:
        await referred(street, lane)
        assert await answered(street, phone(HELPER)) == ("grant", None)
        assert await answered(street, printed(NEXT)) == ("refer", "P.STA")
        assert await answered(street, phone(HELPER, NOW + 1), in_ms=AWAY_MS) == ("grant", None)

    play(desk, street, story)


def test_a_denial_can_not_be_overridden(desk: Desk, street: Street, path: Path) -> None:
    """His phone's code was used before; an attendant's code is then that of a holder like any."""
    used = phone(CITIZEN)

    async def story(lane: Lane) -> None:
        assert await answered(street, used) == ("grant", None)
        assert await answered(street, used) == ("deny", "P.RPL")
        await settled(lambda: lane.state is LaneState.SHOWING)
        assert await answered(street, phone(HELPER)) == ("grant", None)

    play(desk, street, story)
    last = entries(path)[-1]
    assert last["pseudonym"] == named(HELPER)
    assert "reference" not in last


def test_an_override_that_comes_too_late_is_none(desk: Desk, street: Street, path: Path) -> None:
    async def story(lane: Lane) -> None:
        await referred(street, lane)
        run_out(lane)
        await settled(lambda: lane.state is LaneState.IDLE)
        await answered(street, phone(HELPER))

    play(desk, street, story)
    assert "reference" not in entries(path)[-1]


def test_an_override_that_comes_too_late_buys_nothing_for_the_attendant(
    desk: Desk, street: Street, path: Path
) -> None:
    money = Money(
        currency="CNY",
        fund=Fund.INSURED_ACCOUNT,
        amount_from=AmountFrom.REQUEST,
        amount_max_minor=10_000,
    )
    change_profile(desk, money=money)

    async def story(_: Lane) -> None:
        assert await answered(street, phone(HELPER)) == ("deny", "P.ATT")
        assert await answered(street, phone(CITIZEN)) == ("deny", "P.ARM")

    play(desk, street, story)
    assert entries(path) == []


def test_the_next_holder_ends_the_waiting(desk: Desk, street: Street, path: Path) -> None:
    async def story(lane: Lane) -> None:
        await referred(street, lane)
        assert await answered(street, phone(NEXT)) == ("grant", None)
        await settled(lambda: lane.state is LaneState.OPEN)
        assert lane.machine.pending is None

    play(desk, street, story)
    assert "reference" not in entries(path)[-1]


def test_no_more_is_overridden_in_an_hour_than_the_profile_allows(
    desk: Desk, street: Street
) -> None:
    change_profile(desk, overrides_per_hour_max=1)

    async def story(lane: Lane) -> None:
        await referred(street, lane)
        assert await answered(street, phone(HELPER)) == ("grant", None)
        assert await answered(street, printed(NEXT)) == ("refer", "P.STA")
        assert await answered(street, phone(HELPER, NOW + 1)) == ("deny", "P.ATT")

    play(desk, street, story)


@pytest.mark.parametrize("changes", [{"attended": False}, {"attendants": ()}, {"override_s": 0}])
def test_where_nobody_may_override_nobody_is_waited_for(
    desk: Desk, street: Street, changes: dict[str, object]
) -> None:
    change_profile(desk, **changes)

    async def story(lane: Lane) -> None:
        await answered(street, printed())
        await settled(lambda: lane.state is LaneState.SHOWING)

    play(desk, street, story)
    assert not any("attendant" in line for line in street.program.lines)


def test_an_attendant_grants_what_was_referred_and_both_are_in_the_journal(
    desk: Desk, street: Street, path: Path
) -> None:
    async def story(lane: Lane) -> None:
        await referred(street, lane)
        assert await answered(street, phone(HELPER)) == ("grant", None)
        await settled(lambda: lane.state is LaneState.OPEN)

    play(desk, street, story)
    refer, grant = entries(path)
    assert grant["reference"] == {"epoch": 1, "seq": refer["seq"]}
    assert grant["attendant"] == named(HELPER)
    assert grant["pseudonym"] == refer["pseudonym"] == named(CITIZEN)
    assert grant["presentation"] == refer["presentation"]
    assert street.gate.told == [500, "stop"]
    assert street.lamp.shown[-2:] == [Shown.REFER, Shown.OK]
    asked = street.program.lines[1]
    assert (asked["attendant"], asked["reason"], asked["ends_in_s"]) == ("asked", "P.STA", 30)
    assert asked["entry"] == {"epoch": 1, "seq": 1}
    assert asked["words"]["en"] == words_for(Reason.STATIC_CODE).attendant_en


def test_an_attendant_whose_own_card_is_not_for_this_lane_may_override(
    desk: Desk, street: Street
) -> None:
    async def story(lane: Lane) -> None:
        await referred(street, lane)
        assert await answered(street, phone(HELPER, capabilities=0)) == ("grant", None)

    play(desk, street, story)


def test_an_overridden_grant_waits_for_its_passage_too(
    desk: Desk, street: Street, path: Path
) -> None:
    change_profile(desk, consume_on=ConsumeOn.PASSAGE)

    async def story(lane: Lane) -> None:
        await referred(street, lane)
        await answered(street, phone(HELPER))
        await settled(lambda: lane.state is LaneState.AWAITING)
        run_out(lane)
        await settled(lambda: len(entries(path)) == 3)
        assert await answered(street, printed(NEXT)) == ("refer", "P.STA")
        await answered(street, phone(HELPER, NOW + 1), in_ms=AWAY_MS)
        street.touch(Contact.PASSAGE)
        await settled(lambda: lane.state is LaneState.IDLE)

    play(desk, street, story)
    types = [entry["type"] for entry in entries(path)]
    assert types == ["passage", "passage", "annul", "passage", "passage"]


def test_the_phones_of_both_may_stay_in_view(desk: Desk, street: Street, path: Path) -> None:
    """Neither the referred holder's redrawn code nor the attendant's is a presentation of its own."""
    change_profile(desk, same_holder_ms=60_000)

    async def story(lane: Lane) -> None:
        await referred(street, lane)
        street.scan(printed())
        await settled(lambda: lane._intake.is_empty)
        assert lane.state is LaneState.REFERRED
        assert await answered(street, phone(HELPER)) == ("grant", None)
        street.scan(phone(HELPER, NOW + 1))
        street.scan(printed())
        street.scan(b"junk")
        await settled(lambda: len(street.program.answers) == 3)

    play(desk, street, story)
    assert street.program.answers[-1] == ("deny", "D.UNK")
    assert len(entries(path)) == 2


def test_a_holder_who_was_helped_is_not_referred_again_by_his_phone(
    desk: Desk, street: Street, path: Path
) -> None:
    """It took the attendant longer to come than a holder is taken for the same one."""
    change_profile(desk, static=Verdict.REFER, same_holder_ms=200)

    async def story(lane: Lane) -> None:
        await referred(street, lane)
        await settled(lambda: monotonic_ms() >= lane._serving._held._until_ms)
        assert await answered(street, phone(HELPER)) == ("grant", None)
        street.scan(printed())
        assert await answered(street, b"junk") == ("deny", "D.UNK")

    play(desk, street, story)
    assert street.program.answers == [("refer", "P.STA"), ("grant", None), ("deny", "D.UNK")]
    assert len(entries(path)) == 2
