import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from drivers.base import Condition, Deliver, DeviceReport, Report, ScannedCode
from drivers.clock import monotonic_ms
from terminal.desk import Desk, Judged
from terminal.lane_devices import Devices
from terminal.lanes.intake import CODE_AGE_MS_MAX, FLOOD_OVER_MS, WAITING_CODES_MAX
from terminal.lanes.lane import Lane
from terminal.lanes.machine import LaneState
from terminal.presenting import Outcome
from tests.support.cards import HOLDER, NOW, holder_part, issuer_claims, issuer_part, public, text
from tests.support.desks import open_desk, published
from tests.support.journals import remembered, rows_on_disk
from tests.support.publishing import FILES, PROFILE_PATH
from tests.support.street import change_profile
from verifier.profile import AmountFrom, CardsInView, Fund, Limits, Money, Profile, Tariff

PATIENCE_S = 60.0


@dataclass
class Bench:
    """Devices of one lane that do as they are told; a scanner, a gate and a counter in one."""

    name: str = "bench"
    pulses: list[int] = field(default_factory=list)
    told: list[dict[str, object]] = field(default_factory=list)
    _deliver: Deliver | None = None
    _reports: list[Report] = field(default_factory=list)

    def start(self, *handed: Deliver | Report) -> None:
        """Take a scanner's two callbacks, or an output's one."""
        *deliver, report = handed
        if deliver:
            self._deliver = deliver[0]  # type: ignore[assignment]  # the first of a scanner's two
        self._reports.append(report)  # type: ignore[arg-type]  # the last of either
        self._say(self._reports[-1], Condition.UP, "")

    forgotten: int = 0

    def stop(self) -> None:
        """Nothing to free."""

    def forget(self) -> None:
        self.forgotten += 1

    def open(self, pulse_ms: int) -> None:
        self.pulses.append(pulse_ms)

    def send(self, line: bytes) -> None:
        self.told.append(json.loads(line))

    def scan(
        self, payload: bytes, *, showing: int | None = None, companions: tuple[bytes, ...] = ()
    ) -> None:
        assert self._deliver is not None
        now_ms = monotonic_ms()
        self._deliver(
            ScannedCode(
                payload=payload,
                engine="serial",
                seen_ms=now_ms,
                read_ms=now_ms,
                showing=showing,
                companions=companions,
            )
        )

    def fail(self, detail: str) -> None:
        for report in self._reports:
            self._say(report, Condition.DOWN, detail)

    def mend(self) -> None:
        for report in self._reports:
            self._say(report, Condition.UP, "")

    def _say(self, report: Report, condition: Condition, detail: str) -> None:
        report(DeviceReport(device=self.name, condition=condition, detail=detail))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def desk(path: Path) -> Iterator[Desk]:
    with open_desk(path) as opened:
        yield opened


@pytest.fixture
def bench() -> Bench:
    return Bench()


Story = Callable[[Lane], Awaitable[None]]


def play(desk: Desk, bench: Bench, story: Story) -> Lane:
    """Run a lane for as long as `story` lasts."""

    async def run() -> Lane:
        lane = Lane("gate-1", "gate", Devices(scanner=bench, gate=bench, answers=bench), desk)
        task = asyncio.create_task(lane.run())
        async with asyncio.timeout(PATIENCE_S):
            await settled(lambda: lane.machine.state is LaneState.IDLE)
            await story(lane)
            await lane.stop()
            await task
        return lane

    return asyncio.run(run())


async def settled(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110  # what it waits for has no event of its own
        await asyncio.sleep(0)


def gate_profile(desk: Desk) -> Profile:
    profile = desk.profile("gate")
    assert profile is not None
    return profile


PRINTED = text(issuer_part())


def phone(iat: int = NOW, subject: bytes = b"12345678") -> bytes:
    card = issuer_part(issuer_claims(holder=public(HOLDER), subject=subject))
    return text(holder_part(card, {6: iat}))


def test_a_grant_opens_the_gate_and_tells_the_counter_once_it_is_on_disk(
    desk: Desk, path: Path
) -> None:
    on_disk: list[int] = []

    class Witness(Bench):
        def open(self, pulse_ms: int) -> None:
            on_disk.append(len(rows_on_disk(path)))
            super().open(pulse_ms)

    witness = Witness()

    async def story(_: Lane) -> None:
        witness.scan(phone())
        await settled(lambda: bool(witness.told))

    play(desk, witness, story)
    assert on_disk == [1]
    assert witness.pulses == [500]
    assert witness.told[0]["entry"] == {"epoch": 1, "seq": 1}


def test_a_code_that_stays_in_view_or_is_redrawn_is_neither_answered_nor_kept_again(
    desk: Desk, bench: Bench, path: Path
) -> None:
    """A hand shakes, the camera loses the code and finds it: nobody is told "replayed" for that."""

    async def story(_: Lane) -> None:
        bench.scan(phone())
        await settled(lambda: bool(bench.told))
        for iat in (NOW, NOW + 1):
            bench.scan(phone(iat))
            await settled(lambda: list(remembered(path)[0].values()) == [iat])  # noqa: B023  # awaited at once

    play(desk, bench, story)
    assert len(bench.told) == len(rows_on_disk(path)) == len(bench.pulses) == 1


def test_a_phone_that_stays_in_view_is_one_presentation_for_ever(
    desk: Desk, bench: Bench, path: Path
) -> None:
    at_once = replace(gate_profile(desk), same_holder_ms=0)
    assert desk.trust is not None
    desk.trust = replace(desk.trust, profiles={"gate": at_once})

    async def story(_: Lane) -> None:
        for iat, showing in ((NOW, 1), (NOW + 1, 1), (NOW + 2, 2)):
            bench.scan(phone(iat), showing=showing)
            await settled(lambda: list(remembered(path)[0].values()) == [iat])  # noqa: B023  # awaited at once
        await settled(lambda: len(bench.told) == 2)

    play(desk, bench, story)
    assert len(rows_on_disk(path)) == len(bench.pulses) == 2  # once a showing


OTHER = b"87654321"


def test_of_two_holders_in_view_nobody_passes_until_one_is_alone(
    desk: Desk, bench: Bench, path: Path
) -> None:
    async def story(_: Lane) -> None:
        bench.scan(phone(), companions=(b"https://poster.example", phone(subject=OTHER)))
        bench.scan(phone(subject=OTHER), companions=(phone(), b"https://poster.example"))
        await settled(lambda: len(bench.told) == 2)
        bench.scan(phone(), companions=(b"https://poster.example",))
        await settled(lambda: len(bench.told) == 3)

    play(desk, bench, story)
    assert [told["reason"] for told in bench.told] == ["P.TWO", "P.TWO", None]
    assert len(rows_on_disk(path)) == len(bench.pulses) == 1


def test_two_codes_of_one_holder_are_no_company(desk: Desk, bench: Bench) -> None:
    """A phone redraws while its last picture is still in the frame of another camera line."""

    async def story(_: Lane) -> None:
        bench.scan(phone(), companions=(phone(NOW + 1),))
        await settled(lambda: len(bench.told) == 1)

    play(desk, bench, story)
    assert [told["verdict"] for told in bench.told] == ["grant"]


def test_what_is_refused_anyhow_is_refused_for_its_own_reason(desk: Desk, bench: Bench) -> None:
    async def story(_: Lane) -> None:
        bench.scan(b"junk", companions=(phone(),))
        await settled(lambda: len(bench.told) == 1)

    play(desk, bench, story)
    assert [told["reason"] for told in bench.told] == ["D.UNK"]


def test_a_profile_may_serve_each_of_several_holders_in_view(
    desk: Desk, bench: Bench, path: Path
) -> None:
    both = replace(gate_profile(desk), cards_in_view=CardsInView.ANY)
    assert desk.trust is not None
    desk.trust = replace(desk.trust, profiles={"gate": both})

    async def story(_: Lane) -> None:
        bench.scan(phone(), companions=(phone(subject=OTHER),))
        bench.scan(phone(subject=OTHER), companions=(phone(),))
        await settled(lambda: len(bench.told) == 2)

    play(desk, bench, story)
    assert [told["verdict"] for told in bench.told] == ["grant", "grant"]
    assert len(rows_on_disk(path)) == 2


def test_a_refusal_of_the_holder_just_accepted_is_told_and_kept(
    desk: Desk, bench: Bench, path: Path
) -> None:
    """His next code is bound to another lane: that is no redrawing."""
    card = issuer_part(issuer_claims(holder=public(HOLDER), subject=b"12345678"))

    async def story(_: Lane) -> None:
        bench.scan(phone())
        await settled(lambda: len(bench.told) == 1)
        bench.scan(text(holder_part(card, {3: "elsewhere", 6: NOW + 1})))
        await settled(lambda: len(bench.told) == 2)

    play(desk, bench, story)
    assert [told["reason"] for told in bench.told] == [None, "P.AUD"]
    assert len(rows_on_disk(path)) == 2


def test_a_photograph_of_an_older_drawing_is_refused_even_in_its_place(
    desk: Desk, bench: Bench
) -> None:
    async def story(_: Lane) -> None:
        for count, iat in enumerate((NOW, NOW - 1), start=1):
            bench.scan(phone(iat))
            await settled(lambda: len(bench.told) == count)  # noqa: B023  # awaited at once

    play(desk, bench, story)
    assert [told["reason"] for told in bench.told] == [None, "P.RPL"]


def test_a_code_that_waited_too_long_opens_nothing_and_claims_nothing(
    desk: Desk, bench: Bench, path: Path
) -> None:
    """Its holder has left, and the next one stands there."""

    async def story(lane: Lane) -> None:
        long_ago = monotonic_ms() - CODE_AGE_MS_MAX - 1
        for seen_ms in (long_ago, monotonic_ms()):
            code = ScannedCode(payload=phone(), engine="serial", seen_ms=seen_ms, read_ms=seen_ms)
            lane._intake.put(code)
        await settled(lambda: bool(bench.told))

    lane = play(desk, bench, story)
    assert [told["verdict"] for told in bench.told] == ["grant"]
    assert len(rows_on_disk(path)) == 1
    assert lane.dropped == 1


@dataclass
class CountingBench(Bench):
    """Its scanner counts."""

    def counts(self) -> dict[str, int]:
        return {"frames": 7}


def test_lane_tells_what_its_scanner_counts(desk: Desk) -> None:
    async def story(_lane: Lane) -> None:
        pass

    assert play(desk, Bench(), story).counts == {}
    assert play(desk, CountingBench(), story).counts == {"frames": 7}


class StalledDesk(Desk):
    """Its disk takes longer than anybody waits, for as long as it is told so."""

    is_stalled = True

    async def settle(self, judged: Judged, **told: Any) -> Outcome:
        outcome = await super().settle(judged, **told)
        stalled_ms = CODE_AGE_MS_MAX + 1 if self.is_stalled else 0
        return replace(outcome, ms=outcome.ms + stalled_ms)


def test_a_grant_that_came_too_late_opens_nothing_and_is_taken_back(
    desk: Desk, bench: Bench, path: Path
) -> None:
    """The disk stalled: whoever stood there has gone, and nothing of his is used up by it."""
    desk.__class__ = StalledDesk

    async def story(_: Lane) -> None:
        bench.scan(PRINTED)
        await settled(lambda: len(rows_on_disk(path)) == 2)
        assert (bench.pulses, bench.told) == ([], [])
        desk.is_stalled = False  # type: ignore[attr-defined]  # of the class that it was given
        bench.scan(PRINTED)
        await settled(lambda: bool(bench.told))

    play(desk, bench, story)
    entries = [json.loads(line) for _, line in rows_on_disk(path)]
    assert [entry["type"] for entry in entries] == ["passage", "annul", "passage"]
    assert entries[1]["cause"] == "late"
    assert entries[1]["reference"] == {"epoch": 1, "seq": 1}
    assert [told["verdict"] for told in bench.told] == ["grant"], "a printed card is free at once"


def test_who_stands_there_when_the_lane_comes_into_service_need_not_step_back(
    desk: Desk, bench: Bench
) -> None:
    async def story(_: Lane) -> None:
        before = bench.forgotten
        bench.fail("relay away")
        bench.mend()
        await settled(lambda: bench.forgotten > before)

    play(desk, bench, story)


def test_a_photograph_of_a_code_redrawn_in_view_is_worth_nothing(
    desk: Desk, bench: Bench, path: Path
) -> None:
    """It was never answered, so only the memory that it was shown can refuse its photograph."""

    async def story(_: Lane) -> None:
        bench.scan(phone())
        await settled(lambda: bool(bench.told))
        bench.scan(phone(NOW + 1))
        await settled(lambda: list(remembered(path)[0].values()) == [NOW + 1])

    other = Bench()

    async def elsewhere(_: Lane) -> None:
        other.scan(phone(NOW + 1))
        await settled(lambda: bool(other.told))

    play(desk, bench, story)
    play(desk, other, elsewhere)
    assert [told["reason"] for told in other.told] == ["P.RPL"]
    assert other.pulses == []


def test_junk_is_answered_and_leaves_no_entry(desk: Desk, bench: Bench, path: Path) -> None:
    async def story(_: Lane) -> None:
        bench.scan(b"junk")
        await settled(lambda: bool(bench.told))

    play(desk, bench, story)
    assert (bench.told[0]["verdict"], bench.told[0]["entry"]) == ("deny", None)
    assert rows_on_disk(path) == []
    assert bench.pulses == []


def test_more_codes_than_people_can_show_are_dropped_and_counted(desk: Desk, bench: Bench) -> None:
    async def story(lane: Lane) -> None:
        now_ms = monotonic_ms()
        for number in range(100):
            lane._intake.put(
                ScannedCode(payload=b"%d" % number, engine="serial", seen_ms=now_ms, read_ms=now_ms)
            )
        before = bench.forgotten
        await settled(lambda: len(bench.told) == WAITING_CODES_MAX)
        lane.restore()
        assert bench.forgotten == before  # a flood is not over because it took breath
        lane._intake._dropped_ms -= FLOOD_OVER_MS
        lane.restore()
        assert bench.forgotten == before + 1  # what is still in view comes again
        lane.restore()
        assert bench.forgotten == before + 1

    assert play(desk, bench, story).dropped == 100 - WAITING_CODES_MAX


def test_a_profile_that_is_withdrawn_closes_the_lane_and_its_return_opens_it(
    desk: Desk, bench: Bench
) -> None:
    """It happens between two looks of the daemon, with a person already at the scanner."""
    whole, without = desk.trust, dict(FILES)
    del without[PROFILE_PATH]

    async def story(lane: Lane) -> None:
        desk.trust = published(without)
        bench.scan(phone())
        await settled(lambda: lane.machine.state is LaneState.OUT_OF_SERVICE)
        assert "no profile gate from the centre" in lane.trouble
        desk.trust = whole
        lane.restore()
        bench.scan(phone())
        await settled(lambda: bool(bench.told))

    play(desk, bench, story)
    assert [told["verdict"] for told in bench.told] == ["grant"]


def test_a_profile_without_a_pulse_opens_no_gate_and_ends_nothing(desk: Desk, bench: Bench) -> None:
    without_pulse = FILES[PROFILE_PATH] + b"gate_pulse_ms = 0\n"
    desk.trust = published({**FILES, PROFILE_PATH: without_pulse})

    async def story(_: Lane) -> None:
        bench.scan(phone())
        await settled(lambda: bool(bench.told))

    play(desk, bench, story)
    assert bench.told[0]["verdict"] == "grant"
    assert bench.pulses == []


def test_a_device_that_goes_away_closes_the_lane_and_says_what(desk: Desk, bench: Bench) -> None:
    async def story(lane: Lane) -> None:
        bench.fail("the cable is out")
        await settled(lambda: lane.machine.state is LaneState.OUT_OF_SERVICE)
        assert "the cable is out" in lane.trouble
        bench.scan(phone())
        await settled(lambda: lane._intake.is_empty)

    play(desk, bench, story)
    assert bench.told == []


def test_a_journal_that_fails_closes_the_lane_and_opens_no_gate(
    desk: Desk, bench: Bench, path: Path
) -> None:
    desk.writer.call(lambda j: j._connection.execute("PRAGMA query_only = 1").close()).result(10)

    async def story(lane: Lane) -> None:
        bench.scan(phone())
        await settled(lambda: lane.machine.state is LaneState.OUT_OF_SERVICE)
        lane.restore()
        assert lane.machine.state is LaneState.OUT_OF_SERVICE
        assert "no entry can be written" in lane.trouble

    play(desk, bench, story)
    assert bench.told == []
    assert bench.pulses == []
    assert rows_on_disk(path) == []


def test_a_ledger_that_can_not_be_read_closes_the_lane_and_not_the_daemon(
    desk: Desk, bench: Bench
) -> None:
    """A damaged page, met with one card at a lane that sells, is no trouble of the lanes beside."""
    sold = Money(
        currency="CNY", fund=Fund.PURSE, amount_from=AmountFrom.TARIFF, amount_max_minor=200
    )
    change_profile(desk, money=sold, tariff=Tariff(base_minor=200), limits=Limits(floor_minor=200))
    desk.writer.call(lambda j: j._connection.execute("DROP TABLE uses").close()).result(10)

    async def story(lane: Lane) -> None:
        bench.scan(phone())
        await settled(lambda: lane.machine.state is LaneState.OUT_OF_SERVICE)
        lane.restore()
        assert lane.machine.state is LaneState.IDLE

    play(desk, bench, story)
    assert bench.told == []
    assert bench.pulses == []


def test_a_lane_stops_behind_the_codes_that_wait_even_if_they_are_too_many(
    desk: Desk, bench: Bench
) -> None:
    async def story(lane: Lane) -> None:
        now_ms = monotonic_ms()
        for number in range(WAITING_CODES_MAX):
            lane._intake.put(
                ScannedCode(payload=b"%d" % number, engine="serial", seen_ms=now_ms, read_ms=now_ms)
            )

    play(desk, bench, story)
    assert len(bench.told) >= WAITING_CODES_MAX - 1
