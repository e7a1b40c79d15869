"""Lanes that stand open for whoever must get out."""

import asyncio
import json
import logging
from pathlib import Path

import pytest

from drivers.base import Contact, Shown
from drivers.clock import monotonic_ms
from offline_cache.audit import JournalReader
from terminal.desk import Desk
from terminal.lane_devices import Part
from terminal.lanes.actions import EMERGENCY_PULSE_MS
from terminal.lanes.emergency import CONTACT_LINGERS_MS, left_open
from terminal.lanes.lane import Lane
from terminal.lanes.machine import HOLD_AGAIN_MS, LaneState
from terminal.lanes.releasing import obey, request
from tests.support.cards import holder_part, text
from tests.support.journals import rows_on_disk
from tests.support.street import (
    PATIENCE_S,
    PulsedGate,
    Street,
    change_profile,
    play,
    run_out,
    settled,
)
from verifier.profile import ConsumeOn

CODE = text(holder_part())
BEGAN, ENDED = "emergency-began", "emergency-ended"


@pytest.fixture
def street() -> Street:
    return Street()


def entries(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for _, line in rows_on_disk(path)]


def notes(path: Path) -> list[object]:
    return [entry["what"] for entry in entries(path) if entry["type"] == "note"]


def test_nothing_is_decided_while_a_lane_is_held_open(
    desk: Desk, street: Street, path: Path
) -> None:
    async def story(lane: Lane) -> None:
        lane.hold_open(is_open=True)
        assert street.gate.told == ["hold"]
        assert "held open for an emergency (operator)" in lane.trouble
        street.scan(CODE)
        street.touch(Contact.PASSAGE)
        street.touch(Contact.PASSAGE_BACK)
        await settled(lambda: lane._intake.is_empty)
        lane.restore()
        assert lane.state is LaneState.HELD_OPEN
        lane.hold_open(is_open=False)
        assert lane.state is LaneState.IDLE
        assert lane.trouble == ""
        street.scan(CODE)
        await settled(lambda: bool(street.program.answers))

    play(desk, street, story)
    assert notes(path) == [BEGAN, ENDED]
    assert street.program.answers == [("grant", None)]
    assert street.gate.told == ["hold", "close", 500, "stop"]
    held = street.lamp.shown.index(Shown.HELD_OPEN)
    assert street.lamp.shown[held + 1 :][:2] == [Shown.OUT_OF_SERVICE, Shown.READY]


def test_its_beginning_is_in_the_journal_before_it_ends(
    desk: Desk, street: Street, path: Path
) -> None:
    async def story(lane: Lane) -> None:
        lane.hold_open(is_open=True)
        await settled(lambda: notes(path) == [BEGAN])
        lane.hold_open(is_open=True)
        lane.hold_open(is_open=False)
        await settled(lambda: notes(path) == [BEGAN, ENDED])

    play(desk, street, story)
    assert notes(path) == [BEGAN, ENDED], "to be told twice changes nothing"


def test_a_gate_that_can_only_be_pulsed_is_pulsed_until_it_is_over(desk: Desk) -> None:
    street = Street(gate=PulsedGate())

    async def story(lane: Lane) -> None:
        lane.hold_open(is_open=True)
        run_out(lane)
        await settled(lambda: len(street.gate.told) == 2)
        lane.hold_open(is_open=False)

    play(desk, street, story)
    assert street.gate.told == [EMERGENCY_PULSE_MS, EMERGENCY_PULSE_MS, "stop"]
    assert EMERGENCY_PULSE_MS > HOLD_AGAIN_MS, "else it closes between two pulses"


def test_a_lane_that_is_out_of_service_can_be_held_open(desk: Desk, street: Street) -> None:
    desk.trust = None

    async def story(lane: Lane) -> None:
        lane.hold_open(is_open=True)
        assert lane.state is LaneState.HELD_OPEN
        lane.hold_open(is_open=False)
        assert lane.state is LaneState.OUT_OF_SERVICE
        assert "no trust list" in lane.trouble

    play(desk, street, story, begins_in=LaneState.OUT_OF_SERVICE)
    assert street.gate.told == ["hold", "close", "stop"]


def test_a_release_contact_holds_the_lane_open_for_as_long_as_it_is_active(
    desk: Desk, street: Street, path: Path
) -> None:
    async def story(lane: Lane) -> None:
        street.touch(Contact.RELEASE)
        await settled(lambda: lane.state is LaneState.HELD_OPEN)
        lane.hold_open(is_open=True)
        lane.hold_open(is_open=False)
        assert lane.state is LaneState.HELD_OPEN, "a command does not end what the alarm asks for"
        street.touch(Contact.RELEASE, is_active=False)
        await settled(lambda: lane.emergency._contact_ends_ms is not None)
        lane.restore()
        assert lane.state is LaneState.HELD_OPEN, "nor does one moment of quiet"
        lane.emergency.tick(monotonic_ms() + CONTACT_LINGERS_MS)
        lane.restore()
        assert lane.state is LaneState.IDLE

    play(desk, street, story)
    assert notes(path) == [BEGAN, ENDED]


def test_a_release_contact_that_is_gone_does_not_hold_the_lane_open_for_ever(
    desk: Desk, street: Street
) -> None:
    async def story(lane: Lane) -> None:
        street.touch(Contact.RELEASE)
        await settled(lambda: lane.state is LaneState.HELD_OPEN)
        street.switches.go_down()
        await settled(lambda: "the cable is out" in str(lane.conditions))
        assert lane.state is LaneState.HELD_OPEN, "but until a person says so it does"
        lane.hold_open(is_open=False)
        assert lane.state is LaneState.IDLE

    play(desk, street, story)


def test_whoever_is_being_decided_about_when_it_begins_hears_his_answer(
    desk: Desk, street: Street
) -> None:
    async def story(lane: Lane) -> None:
        street.scan(CODE)
        await settled(lambda: lane.state is LaneState.DECIDING)
        lane.hold_open(is_open=True)
        await settled(lambda: bool(street.program.answers))
        assert lane.state is LaneState.HELD_OPEN

    play(desk, street, story)
    assert street.program.answers == [("grant", None)]
    assert street.gate.told == ["hold", "close", "stop"]


def test_a_grant_that_comes_when_an_emergency_has_ended_is_taken_back(
    desk: Desk, street: Street, path: Path
) -> None:
    """The gate was open and is closed again: nobody let him through, and he shows his code anew."""

    async def story(lane: Lane) -> None:
        street.scan(CODE)
        await settled(lambda: lane.state is LaneState.DECIDING)
        lane.hold_open(is_open=True)
        lane.hold_open(is_open=False)
        assert lane.state is LaneState.OUT_OF_SERVICE
        await settled(lambda: len(entries(path)) == 4)
        await settled(lambda: not lane._is_deciding)
        lane.restore()
        assert lane.state is LaneState.IDLE

    play(desk, street, story)
    assert [entry["type"] for entry in entries(path)][-1] == "annul"
    assert street.program.answers == []
    assert street.gate.told == ["hold", "close", "stop"]


def test_a_grant_whose_passage_nobody_can_see_any_more_stands(
    desk: Desk, street: Street, path: Path
) -> None:
    change_profile(desk, consume_on=ConsumeOn.PASSAGE)

    async def story(lane: Lane) -> None:
        street.scan(CODE)
        await settled(lambda: lane.state is LaneState.AWAITING)
        lane.hold_open(is_open=True)
        lane.hold_open(is_open=False)

    play(desk, street, story)
    assert [entry["type"] for entry in entries(path)] == ["passage", "note", "note"]


def test_the_gate_opens_though_the_journal_takes_nothing(
    desk: Desk, street: Street, path: Path
) -> None:
    desk.writer.call(lambda j: j._connection.execute("PRAGMA query_only = 1").close()).result(10)

    async def story(lane: Lane) -> None:
        lane.hold_open(is_open=True)
        assert street.gate.told == ["hold"]
        await settled(lambda: desk.writer.fault is not None)
        assert lane.state is LaneState.HELD_OPEN
        lane.hold_open(is_open=False)
        lane.hold_open(is_open=True)
        assert street.gate.told == ["hold", "close", "hold"], "nor when it is known to have failed"

    play(desk, street, story)
    assert notes(path) == []


def test_the_end_of_the_terminal_is_its_end_and_is_written_down(
    desk: Desk, street: Street, path: Path
) -> None:
    async def story(lane: Lane) -> None:
        lane.hold_open(is_open=True)

    play(desk, street, story)
    assert notes(path) == [BEGAN, ENDED]
    assert street.gate.told == ["hold", "close", "stop"]


def test_a_lane_that_was_left_open_is_closed_and_says_so(
    desk: Desk, street: Street, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The power was cut in the emergency: its end was never written."""
    street.lane(desk).hold_open(is_open=True)
    desk.writer.call(lambda journal: journal.seq).result(PATIENCE_S)
    reader = JournalReader(path)
    assert left_open(line for _, line in reader.tail(10)) == {"gate-1"}
    reader.close()

    async def story(lane: Lane) -> None:
        lane.close_left_open()
        assert lane.state is LaneState.IDLE

    with caplog.at_level(logging.WARNING):
        play(desk, Street(), story)
    assert "it was held open for an emergency when the terminal ended" in caplog.text
    assert notes(path) == [BEGAN, ENDED]


def test_who_watches_hears_of_it(desk: Desk, street: Street) -> None:
    async def story(lane: Lane) -> None:
        lane.hold_open(is_open=True)
        lane.hold_open(is_open=False)

    play(desk, street, story)
    assert [told["what"] for told in street.told("passage")] == [BEGAN, ENDED]
    assert "held-open" in [told["state"] for told in street.told("lane")]


def test_the_command_holds_one_lane_or_all_of_them(desk: Desk) -> None:
    async def run() -> None:
        lanes = [Street().lane(desk, name) for name in ("gate-1", "gate-2")]
        told = obey(lanes, request(is_open=True, lane="gate-2"))
        assert [lane.state for lane in lanes] == [LaneState.OUT_OF_SERVICE, LaneState.HELD_OPEN]
        match told:
            case {"lanes": [{"name": "gate-2", "held_open": True, "can_hold": True}]}:
                pass
            case _:
                pytest.fail(str(told))
        obey(lanes, request(is_open=True, lane=None))
        assert all(lane.state is LaneState.HELD_OPEN for lane in lanes)
        obey(lanes, request(is_open=False, lane=None))
        assert not any(lane.state is LaneState.HELD_OPEN for lane in lanes)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("about", "error"),
    [
        (
            request(is_open=True, lane="gate-9"),
            "no lane is called 'gate-9' here; there are: gate-1",
        ),
        ("{}", "no emergency"),
        ("[", "no emergency"),
        ('{"open":1,"lane":null}', "no emergency"),
        ('{"open":true,"lane":7}', "no emergency"),
    ],
)
def test_what_makes_no_sense_holds_nothing_open(
    desk: Desk, street: Street, about: str, error: str
) -> None:
    async def run() -> None:
        lane = street.lane(desk)
        assert error in str(obey([lane], about).get("error"))
        assert lane.state is LaneState.OUT_OF_SERVICE

    asyncio.run(run())
    assert street.gate.told == []


def test_a_gate_that_can_not_close_behind_an_emergency_says_so(desk: Desk, street: Street) -> None:
    async def story(lane: Lane) -> None:
        lane.hold_open(is_open=True)
        street.touch(Contact.OBSTRUCTED)
        await settled(lambda: lane._actions._is_obstructed)
        assert "emergency" in lane.trouble
        lane.hold_open(is_open=False)
        assert "the gate stands open" in lane.trouble
        assert street.gate.told == ["hold"]
        street.touch(Contact.OBSTRUCTED, is_active=False)
        await settled(lambda: street.gate.told == ["hold", "close"])
        assert not lane.trouble

    play(desk, street, story)


@pytest.mark.parametrize("is_lost_first", [True, False])
def test_what_stood_in_the_gate_keeps_it_open_no_longer_than_its_contact_is_heard(
    desk: Desk, street: Street, *, is_lost_first: bool
) -> None:
    """Else a cable that is out keeps it open for ever, with nobody to tell."""

    async def story(lane: Lane) -> None:
        lane.hold_open(is_open=True)
        street.touch(Contact.OBSTRUCTED)
        await settled(lambda: lane._actions._is_obstructed)
        if is_lost_first:
            street.switches.go_down()
            await settled(lambda: lane.health.is_down(Part.CONTACTS))
            lane.hold_open(is_open=False)
        else:
            lane.hold_open(is_open=False)
            assert street.gate.told == ["hold"]
            street.switches.go_down()
        await settled(lambda: street.gate.told == ["hold", "close"])

    play(desk, street, story)


def test_a_grant_does_not_make_an_emergencys_open_gate_stay_so(desk: Desk, street: Street) -> None:
    async def story(lane: Lane) -> None:
        lane.hold_open(is_open=True)
        street.touch(Contact.OBSTRUCTED)
        await settled(lambda: lane._actions._is_obstructed)
        lane.hold_open(is_open=False)
        street.scan(text(holder_part()))
        await settled(lambda: lane.state is LaneState.OPEN)
        assert street.gate.told == ["hold", 500]
        street.touch(Contact.OBSTRUCTED, is_active=False)
        await settled(lambda: street.gate.told == ["hold", 500, "close"])

    play(desk, street, story)
