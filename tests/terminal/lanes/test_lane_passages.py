"""Who went through, and what becomes of a grant when nobody did."""

import asyncio
import json
from pathlib import Path

import pytest

from drivers.base import Condition, Contact, DeviceReport, Shown
from drivers.clock import monotonic_ms
from terminal.desk import Desk
from terminal.lane_devices import Part
from terminal.lanes.intake import CODE_AGE_MS_MAX, STOP_MS_MAX
from terminal.lanes.lane import Lane
from terminal.lanes.machine import LaneState
from terminal.wording.words import holder_words
from tests.support.cards import HOLDER, NOW, holder_part, issuer_claims, issuer_part, public, text
from tests.support.journals import remembered, rows_on_disk
from tests.support.street import (
    PATIENCE_S,
    Paper,
    PulsedGate,
    Street,
    change_profile,
    play,
    run_out,
    settled,
)
from verifier.model import Verdict
from verifier.profile import AmountFrom, ConsumeOn, Fund, Limits, Money, Phrase, Tariff, Texts
from verifier.reasons import Reason

PRINTED = text(issuer_part())


PRICED = {
    "money": Money(
        currency="CNY", fund=Fund.PURSE, amount_from=AmountFrom.TARIFF, amount_max_minor=1_000
    ),
    "tariff": Tariff(base_minor=1_000),
    "limits": Limits(floor_minor=9_000),
}


def phone(iat: int = NOW, subject: bytes = b"12345678") -> bytes:
    card = issuer_part(issuer_claims(holder=public(HOLDER), subject=subject))
    return text(holder_part(card, {6: iat}))


@pytest.fixture
def street() -> Street:
    return Street()


def entries(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for _, line in rows_on_disk(path)]


def types(path: Path) -> list[object]:
    return [entry["type"] for entry in entries(path)]


def test_a_grant_without_a_passage_is_taken_back(desk: Desk, street: Street, path: Path) -> None:
    """A printed card is free again at once; so it may be shown a second time."""
    change_profile(desk, consume_on=ConsumeOn.PASSAGE, same_holder_ms=0)

    async def story(lane: Lane) -> None:
        for count in (1, 2):
            street.scan(PRINTED)
            await settled(lambda: lane.state is LaneState.AWAITING)
            run_out(lane)
            await settled(lambda: types(path).count("annul") == count)  # noqa: B023  # awaited at once
            await settled(lambda: lane.state is LaneState.IDLE)

    play(desk, street, story)
    assert types(path) == ["passage", "annul", "passage", "annul"]
    annulled = entries(path)[1]
    assert (annulled["cause"], annulled["reference"]) == ("not-passed", {"epoch": 1, "seq": 1})
    assert street.program.answers == [("grant", None)] * 2
    assert {"lane": "gate-1", "what": "not-passed"} in street.told("passage")


def test_a_phone_that_did_not_pass_shows_its_next_code(desk: Desk, street: Street) -> None:
    """Its first code stays used up: whoever photographed it gains nothing by the annulment."""
    change_profile(desk, consume_on=ConsumeOn.PASSAGE, same_holder_ms=0, open_ms=30)

    async def story(lane: Lane) -> None:
        street.scan(phone())
        await settled(lambda: lane.state is LaneState.AWAITING)
        run_out(lane)
        await settled(lambda: lane.state is LaneState.IDLE)
        for count, iat in ((2, NOW), (3, NOW + 1)):
            street.scan(phone(iat))
            await settled(lambda: len(street.program.answers) == count)  # noqa: B023  # awaited at once

    play(desk, street, story)
    assert street.program.answers == [("grant", None), ("deny", "P.RPL"), ("grant", None)]


def test_the_next_code_waits_until_the_one_before_went_through(
    desk: Desk, street: Street, path: Path
) -> None:
    change_profile(desk, consume_on=ConsumeOn.PASSAGE)

    async def story(lane: Lane) -> None:
        street.scan(phone())
        await settled(lambda: lane.state is LaneState.AWAITING)
        street.scan(phone(subject=b"87654321"))
        await settled(lambda: not lane._intake.is_empty)
        assert len(street.program.answers) == 1
        street.touch(Contact.PASSAGE)
        await settled(lambda: len(street.program.answers) == 2)
        street.touch(Contact.PASSAGE)
        await settled(lambda: lane.state is LaneState.IDLE)

    play(desk, street, story)
    assert types(path) == ["passage", "passage"]
    assert street.gate.told[:4] == [500, "close", 500, "close"]
    assert [told["what"] for told in street.told("passage")] == ["made", "made"]


def test_a_phone_that_redraws_while_its_holder_goes_through_is_not_shown_again(
    desk: Desk, street: Street, path: Path
) -> None:
    """A car needs longer to pass than a holder is taken for the same one."""
    change_profile(desk, consume_on=ConsumeOn.PASSAGE, same_holder_ms=200)

    async def story(lane: Lane) -> None:
        street.scan(phone())
        await settled(lambda: lane.state is LaneState.AWAITING)
        await settled(lambda: monotonic_ms() >= lane._serving._held._until_ms)
        street.scan(phone(NOW + 1))
        await settled(lambda: not lane._intake.is_empty)
        street.touch(Contact.PASSAGE)
        await settled(lambda: lane._intake.is_empty)

    play(desk, street, story)
    assert types(path) == ["passage"]


def test_who_waited_too_long_behind_somebody_slow_is_asked_anew(desk: Desk, street: Street) -> None:
    """A car takes its time; the phone behind it is still held up, and is no flood."""
    change_profile(desk, consume_on=ConsumeOn.PASSAGE)

    async def story(lane: Lane) -> None:
        street.scan(phone())
        await settled(lambda: lane.state is LaneState.AWAITING)
        street.scan(phone(subject=b"87654321"), seen_ms=monotonic_ms() - CODE_AGE_MS_MAX - 1)
        await settled(lambda: not lane._intake.is_empty)
        before = street.scanner.forgotten
        street.touch(Contact.PASSAGE)
        await settled(lambda: lane.state is LaneState.IDLE)
        assert street.scanner.forgotten == before + 1
        assert (lane.dropped, lane._intake.is_empty) == (0, True)

    play(desk, street, story)
    assert len(street.program.answers) == 1


def test_a_grant_that_counts_by_itself_is_never_taken_back(
    desk: Desk, street: Street, path: Path
) -> None:
    async def story(lane: Lane) -> None:
        street.scan(phone())
        await settled(lambda: lane.state is LaneState.OPEN)
        run_out(lane)
        await settled(lambda: lane.state is LaneState.IDLE)

    play(desk, street, story)
    assert types(path) == ["passage"]


def test_the_gate_stays_open_for_the_second_of_two_who_were_granted(
    desk: Desk, street: Street
) -> None:
    async def story(lane: Lane) -> None:
        street.scan(phone())
        street.scan(phone(subject=b"87654321"))
        await settled(lambda: len(street.program.answers) == 2)
        await settled(lambda: lane.state is LaneState.OPEN)
        street.touch(Contact.PASSAGE)
        await settled(lambda: len(street.told("passage")) == 1)
        assert street.gate.told == [500, 500]
        street.touch(Contact.PASSAGE)
        await settled(lambda: lane.state is LaneState.IDLE)

    play(desk, street, story)
    assert street.gate.told == [500, 500, "close", "stop"]


def test_a_gate_that_can_only_be_pulsed_closes_by_itself(desk: Desk) -> None:
    street = Street(gate=PulsedGate())

    async def story(lane: Lane) -> None:
        street.scan(phone())
        await settled(lambda: lane.state is LaneState.OPEN)
        street.touch(Contact.PASSAGE)
        await settled(lambda: lane.state is LaneState.IDLE)

    play(desk, street, story)
    assert street.gate.told == [500, "stop"]


def test_the_gate_does_not_close_upon_what_stands_in_it(desk: Desk, street: Street) -> None:
    async def story(lane: Lane) -> None:
        street.scan(phone())
        await settled(lambda: lane.state is LaneState.OPEN)
        street.touch(Contact.OBSTRUCTED)
        street.touch(Contact.PASSAGE)
        await settled(lambda: lane.state is LaneState.IDLE)
        assert street.gate.told == [500]
        street.touch(Contact.OBSTRUCTED, is_active=False)
        await settled(lambda: street.gate.told == [500, "close"])

    play(desk, street, story)


def test_a_gate_that_was_opened_for_the_next_is_not_closed_for_the_one_before(
    desk: Desk, street: Street
) -> None:
    async def story(lane: Lane) -> None:
        street.scan(phone())
        await settled(lambda: lane.state is LaneState.OPEN)
        street.touch(Contact.OBSTRUCTED)
        street.touch(Contact.PASSAGE)
        await settled(lambda: lane.state is LaneState.IDLE)
        street.scan(phone(subject=b"87654321"))
        await settled(lambda: lane.state is LaneState.OPEN)
        street.touch(Contact.OBSTRUCTED, is_active=False)
        street.touch(Contact.PASSAGE_BACK)
        await settled(lambda: len(street.told("passage")) == 2)
        assert street.gate.told == [500, 500]

    play(desk, street, story)


def test_who_goes_through_without_a_grant_is_noted_and_named_by_nobody(
    desk: Desk, street: Street, path: Path
) -> None:
    async def story(_: Lane) -> None:
        street.touch(Contact.PASSAGE)
        street.touch(Contact.PASSAGE, is_active=False)
        street.touch(Contact.PASSAGE_BACK)
        await settled(lambda: len(street.told("passage")) == 2)
        street.scan(phone())
        await settled(lambda: bool(street.program.answers))
        for _again in range(3):
            street.touch(Contact.PASSAGE)
        await settled(lambda: len(street.told("passage")) == 5)

    play(desk, street, story)
    desk.flush_refusals()
    desk.writer.call(lambda journal: journal.seq).result(PATIENCE_S)
    notes = {entry["what"]: entry for entry in entries(path) if entry["type"] == "note"}
    counts = {what: entry["count"] for what, entry in notes.items()}
    assert counts == {"forced": 1, "wrong-way": 1, "tailgating": 2}
    assert not any("pseudonym" in entry for entry in notes.values())


def test_a_lane_without_a_passage_contact_can_not_wait_for_passages(desk: Desk) -> None:
    street = Street(has_contacts=False)
    change_profile(desk, consume_on=ConsumeOn.PASSAGE)

    async def story(lane: Lane) -> None:
        await settled(lambda: len(lane.conditions) == 4)
        lane.restore()
        assert "has no passage contact" in lane.trouble

    play(desk, street, story, begins_in=LaneState.OUT_OF_SERVICE)


def test_who_paid_and_turned_back_is_given_a_reversal_for_his_receipt(
    desk: Desk, path: Path
) -> None:
    """Else he holds a paper that says he paid what the books say he did not."""
    street = Street(paper=Paper())
    change_profile(desk, consume_on=ConsumeOn.PASSAGE, **PRICED)

    async def story(lane: Lane) -> None:
        street.scan(phone())
        await settled(lambda: lane.state is LaneState.AWAITING)
        run_out(lane)
        await settled(lambda: lane.state is LaneState.IDLE)

    play(desk, street, story)
    assert types(path) == ["passage", "annul"]
    assert street.paper is not None
    sold, reversed_ = street.paper.printed
    assert {"Receipt", "Receipt no.: 1-1", "Amount: 10.00 CNY"} <= set(sold)
    assert {"Reversal", "Reversed receipt: 1-1", "Amount: -10.00 CNY"} <= set(reversed_)


def test_contacts_of_which_none_tells_a_passage_are_as_good_as_none(desk: Desk) -> None:
    """Else every grant would be annulled, with the holder behind the gate."""
    street = Street(connected=frozenset({Contact.PASSAGE_BACK, Contact.RELEASE}))
    change_profile(desk, consume_on=ConsumeOn.PASSAGE)

    async def story(lane: Lane) -> None:
        await settled(lambda: len(lane.conditions) == 5)
        lane.restore()
        assert "an input for `passage`" in lane.trouble

    play(desk, street, story, begins_in=LaneState.OUT_OF_SERVICE)


def test_a_profile_that_the_lane_is_not_fit_for_is_followed_by_no_decision(
    desk: Desk, path: Path
) -> None:
    """It was published between two codes; before the lane looked after itself again."""
    street = Street(has_contacts=False)

    async def story(lane: Lane) -> None:
        change_profile(desk, consume_on=ConsumeOn.PASSAGE)
        street.scan(phone())
        await settled(lambda: lane.state is LaneState.OUT_OF_SERVICE)

    play(desk, street, story)
    assert types(path) == []
    assert street.gate.told == ["stop"]


def test_a_published_profiles_timings_count_for_the_next_code(desk: Desk, street: Street) -> None:
    async def story(lane: Lane) -> None:
        change_profile(desk, gate_pulse_ms=700, open_ms=20_000)
        street.scan(phone())
        await settled(lambda: lane.state is LaneState.OPEN)
        assert (lane.machine.deadline_ms or 0) > monotonic_ms() + 10_000

    play(desk, street, story)
    assert street.gate.told == [700, "stop"]


def test_a_board_that_is_gate_and_contacts_is_complained_of_once(
    desk: Desk, street: Street
) -> None:
    async def story(lane: Lane) -> None:
        street.switches.go_down()
        await settled(lambda: lane.health.is_down(Part.CONTACTS))
        board = DeviceReport(device="b", condition=Condition.DOWN, detail="the cable is out")
        lane.health.note(Part.GATE, board)
        assert lane.trouble == "the cable is out"

    play(desk, street, story)


def test_what_nobody_could_see_is_not_taken_back(desk: Desk, street: Street, path: Path) -> None:
    """The contact went away while somebody was on his way: he may have gone through."""
    change_profile(desk, consume_on=ConsumeOn.PASSAGE)

    async def story(lane: Lane) -> None:
        street.scan(phone())
        await settled(lambda: lane.state is LaneState.AWAITING)
        street.switches.go_down()
        await settled(lambda: lane.state is LaneState.OUT_OF_SERVICE)
        assert "the cable is out" in lane.trouble

    play(desk, street, story)
    assert types(path) == ["passage"]


def test_whoever_covers_the_passage_contact_goes_through_once_and_not_for_nothing(
    desk: Desk, street: Street, path: Path
) -> None:
    """He passes unseen: his grant stands, and nobody is served until it is free again."""
    change_profile(desk, consume_on=ConsumeOn.PASSAGE, same_holder_ms=0)

    async def story(lane: Lane) -> None:
        street.touch(Contact.PASSAGE)
        await settled(lambda: len(street.told("passage")) == 1)
        street.scan(PRINTED)
        await settled(lambda: lane.state is LaneState.AWAITING)
        run_out(lane)
        await settled(lambda: lane.state is LaneState.OUT_OF_SERVICE)
        lane.restore()
        assert "covers it" in lane.trouble
        street.touch(Contact.PASSAGE, is_active=False)
        await settled(lambda: lane.state is LaneState.IDLE)
        assert not lane.trouble

    play(desk, street, story)
    assert types(path) == ["passage"]


def test_somebody_in_the_passage_who_leaves_it_is_no_stuck_contact(
    desk: Desk, street: Street, path: Path
) -> None:
    """The one before still stands in it when the next is granted, who then does not come."""
    change_profile(desk, consume_on=ConsumeOn.PASSAGE)

    async def story(lane: Lane) -> None:
        street.touch(Contact.PASSAGE)
        await settled(lambda: len(street.told("passage")) == 1)
        street.scan(phone())
        await settled(lambda: lane.state is LaneState.AWAITING)
        street.touch(Contact.PASSAGE, is_active=False)
        await settled(lambda: not lane.health.is_occupied)
        run_out(lane)
        await settled(lambda: lane.state is LaneState.IDLE)

    play(desk, street, story)
    assert types(path) == ["passage", "annul"]


def test_a_passage_that_may_be_of_either_of_two_takes_back_neither(
    desk: Desk, street: Street, path: Path
) -> None:
    """The profile was published anew while one was on his way, and only one of the two went."""

    async def story(lane: Lane) -> None:
        street.scan(phone())
        await settled(lambda: lane.state is LaneState.OPEN)
        change_profile(desk, consume_on=ConsumeOn.PASSAGE)
        street.scan(phone(subject=b"87654321"))
        await settled(lambda: lane.state is LaneState.AWAITING)
        street.touch(Contact.PASSAGE)
        street.touch(Contact.PASSAGE, is_active=False)
        await settled(lambda: len(street.told("passage")) == 1 and not lane.health.is_occupied)
        assert lane.state is LaneState.AWAITING
        run_out(lane)
        await settled(lambda: lane.state is LaneState.IDLE)

    play(desk, street, story)
    assert types(path) == ["passage", "passage"]


def test_a_lane_that_is_stopped_waits_for_who_is_on_his_way(
    desk: Desk, street: Street, path: Path
) -> None:
    change_profile(desk, consume_on=ConsumeOn.PASSAGE, open_ms=30)

    async def story(lane: Lane) -> None:
        street.scan(phone())
        await settled(lambda: lane.state is LaneState.AWAITING)

    play(desk, street, story)  # nobody comes
    assert types(path) == ["passage", "annul"]
    assert street.gate.told[-2:] == ["close", "stop"]


def test_a_lane_that_is_stopped_waits_for_nobody_for_ever(
    desk: Desk, street: Street, path: Path
) -> None:
    """Systemd would end the whole terminal by force: his grant stands, for he may still pass."""
    change_profile(desk, consume_on=ConsumeOn.PASSAGE, open_ms=86_400_000)

    async def story(lane: Lane) -> None:
        street.scan(phone())
        await settled(lambda: lane.state is LaneState.AWAITING)
        await lane.stop()
        assert not lane._intake.is_over(monotonic_ms() + STOP_MS_MAX - 1_000)
        assert lane._intake.is_over(monotonic_ms() + STOP_MS_MAX)
        lane._intake.ends_ms = 0
        lane._intake.wake()

    play(desk, street, story)
    assert types(path) == ["passage"]


def test_after_a_restart_nothing_is_awaited_and_nothing_taken_back(
    desk: Desk, street: Street, path: Path
) -> None:
    """The terminal was cut off: whether he went through nobody knows, and his grant stands."""
    change_profile(desk, consume_on=ConsumeOn.PASSAGE)

    async def cut_off() -> None:
        lane = street.lane(desk)
        task = asyncio.create_task(lane.run())
        async with asyncio.timeout(PATIENCE_S):
            await settled(lambda: lane.state is LaneState.IDLE)
            street.scan(phone())
            await settled(lambda: lane.state is LaneState.AWAITING)
            task.cancel()
            await asyncio.wait({task})

    asyncio.run(cut_off())

    async def story(lane: Lane) -> None:
        assert lane.machine.pending is None
        street.touch(Contact.PASSAGE)
        await settled(lambda: {"lane": "gate-1", "what": "forced"} in street.told("passage"))

    play(desk, street, story)
    assert types(path) == ["passage"]
    assert remembered(path)[0]


def test_lights_say_what_the_lane_does(desk: Desk, street: Street) -> None:
    async def story(lane: Lane) -> None:
        street.scan(phone())
        await settled(lambda: lane.state is LaneState.OPEN)
        street.touch(Contact.PASSAGE)
        await settled(lambda: lane.state is LaneState.IDLE)
        street.scan(b"junk")
        await settled(lambda: lane.state is LaneState.SHOWING)

    play(desk, street, story)
    told = [Shown.OUT_OF_SERVICE, Shown.READY, Shown.OK, Shown.READY, Shown.DENY]
    assert [shown for shown in street.lamp.shown if shown is not Shown.OUT_OF_SERVICE] == told[1:]


def test_a_lane_speaks_in_its_profiles_words_or_in_the_usual_ones(
    desk: Desk, street: Street
) -> None:
    own = Phrase(zh="请进", en="Come in")
    change_profile(desk, texts=Texts(granted=own))

    async def story(lane: Lane) -> None:
        street.scan(phone())
        await settled(lambda: lane.state is LaneState.OPEN)
        street.scan(b"junk")
        await settled(lambda: lane.state is LaneState.SHOWING)

    play(desk, street, story)
    usual = holder_words(Verdict.DENY, Reason.FORMAT_UNKNOWN, None)
    assert street.lamp.words[-2:] == ["请进\nCome in", f"{usual.zh}\n{usual.en}"]


def test_who_watches_hears_of_states_decisions_and_devices_and_of_no_holder(
    desk: Desk, street: Street
) -> None:
    async def story(lane: Lane) -> None:
        street.scan(phone())
        await settled(lambda: lane.state is LaneState.OPEN)
        street.scan(b"junk")
        await settled(lambda: len(street.program.answers) == 2)

    play(desk, street, story)
    decisions = street.told("decision")
    assert [(told["verdict"], told["reason"]) for told in decisions] == street.program.answers
    assert decisions[0]["entry"] == {"epoch": 1, "seq": 1}
    states = [told["state"] for told in street.told("lane")]
    assert states[-3:] == ["idle", "open", "showing"]
    parts = {told["part"] for told in street.told("device")}
    assert parts == {"scanner", "gate", "answers", "contacts", "indicator"}
    everything = str([event.data for event in street.events.read(0, most=1_000).events])
    assert "pseudonym" not in everything
