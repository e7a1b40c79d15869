"""Lanes whose profile asks for an answer to what they show."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from central.cards import dynamic_code
from drivers.answers import SerialAnswers
from drivers.base import Condition, Deliver, DeviceReport, Report, ScannedCode
from drivers.clock import monotonic_ms
from drivers.serial_line.scanner import SerialScanner
from protocol.keys import SigningKey
from simulator.phone import Phone
from simulator.serial_peers import AnswerPeer, ScannerPeer
from terminal.challenge import CHALLENGE_BYTES, LIFE_MS, RENEWED_AFTER_MS
from terminal.desk import Desk
from terminal.lane_devices import Devices
from terminal.lanes.lane import Lane
from terminal.lanes.machine import LaneState
from tests.support.cards import HOLDER, NOW, holder_part, issuer_claims, issuer_part, public, text
from tests.support.desks import open_desk, published
from tests.support.journals import remembered, rows_on_disk
from tests.support.publishing import FILES, PROFILE_PATH
from verifier.model import UnixSeconds

PATIENCE_S = 60.0
CARD = issuer_part(issuer_claims(holder=public(HOLDER)))
PHONE = Phone(CARD, SigningKey(bytes(range(32, 64))), status=0)
VAULT = b'entry_type = "passage"\nstatic = "grant"\nchallenge = "required"\nsame_holder_ms = 0\n'

Told = dict[str, Any]
Story = Callable[[], Coroutine[Any, Any, None]]


class Counter:
    """A scanner and a counter's program in one, as told; each lane has its own."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self._deliver: Deliver | None = None
        self._reports: list[Report] = []

    def start(self, *handed: Any) -> None:
        if len(handed) > 1:
            self._deliver = handed[0]
        self._reports.append(handed[-1])
        self.report(Condition.UP)

    def report(self, condition: Condition) -> None:
        for report in self._reports:
            report(DeviceReport(device="counter", condition=condition, detail="unplugged"))

    def stop(self) -> None:
        """Nothing to free."""

    def forget(self) -> None:
        """Nothing is remembered."""

    def send(self, line: bytes) -> None:
        self.told.append(json.loads(line))

    def scan(self, code: str) -> None:
        assert self._deliver is not None
        now_ms = monotonic_ms()
        payload = code.encode()
        self._deliver(ScannedCode(payload=payload, engine="serial", seen_ms=now_ms, read_ms=now_ms))

    async def shown(self, code: str) -> Told:
        """Scan a code and return the answer."""
        before = len(self.answers)
        self.scan(code)
        await settled(lambda: len(self.answers) > before)
        return self.answers[-1]

    @property
    def answers(self) -> list[Told]:
        return [told for told in self.told if "verdict" in told]

    @property
    def challenges(self) -> list[str]:
        return [told["challenge"] for told in self.told if "challenge" in told]


async def settled(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110  # what it waits for has no event of its own
        await asyncio.sleep(0)


def numbered() -> Callable[[int], bytes]:
    numbers = count(1)
    return lambda size: next(numbers).to_bytes(size, "big")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def desk(path: Path) -> Iterator[Desk]:
    with open_desk(path) as opened:
        opened.trust = published({**FILES, PROFILE_PATH: VAULT})
        yield opened


@pytest.fixture
def counter() -> Counter:
    return Counter()


def lane_of(desk: Desk, counter: Counter, name: str = "vault-1", *, answers: bool = True) -> Lane:
    line: Any = counter if answers else None
    devices = Devices(scanner=counter, gate=None, answers=line)  # type: ignore[arg-type]  # in one
    return Lane(name, "gate", devices, desk, random_octets=numbered())


def play(lanes: list[Lane], story: Story, *, serving: bool = True) -> None:
    """Run lanes for as long as `story` lasts."""

    async def run() -> None:
        tasks = [asyncio.create_task(lane.run()) for lane in lanes]
        async with asyncio.timeout(PATIENCE_S):
            for lane in lanes:
                await settled(lambda: not serving or lane.machine.state is LaneState.IDLE)  # noqa: B023  # awaited at once
            await story()
            for lane in lanes:
                await lane.stop()
            await asyncio.gather(*tasks)

    asyncio.run(run())


def told(answer: Told) -> tuple[str, str | None]:
    return answer["verdict"], answer["reason"]


def test_an_answer_is_granted_once_and_another_challenge_follows(
    desk: Desk, counter: Counter
) -> None:
    async def story() -> None:
        code = PHONE.answer(counter.challenges[-1], UnixSeconds(NOW))
        assert told(await counter.shown(code)) == ("grant", None)
        assert told(await counter.shown(code)) == ("deny", "P.CHL")
        await settled(lambda: len(counter.challenges) == 2)
        again = PHONE.answer(counter.challenges[-1], UnixSeconds(NOW + 1))
        assert told(await counter.shown(again)) == ("grant", None)

    play([lane_of(desk, counter)], story)
    assert [line["lane"] for line in counter.told] == ["vault-1"] * len(counter.told)
    assert counter.told[0]["challenge"] == f"CC1Q:vault-1:{1:032x}"
    assert counter.told[0]["ends_in_s"] == 30


def test_a_code_that_answers_nothing_is_refused_and_leaves_the_phone_its_mark(
    desk: Desk, counter: Counter, path: Path
) -> None:
    async def story() -> None:
        stale = f"CC1Q:vault-1:{'ab' * 16}"
        for code in (
            PHONE.draw(UnixSeconds(NOW)),
            PHONE.answer(stale, UnixSeconds(NOW)),
            text(issuer_part()).decode(),
        ):
            assert told(await counter.shown(code)) == ("deny", "P.CHL")
        assert remembered(path) == ({}, {})
        good = PHONE.answer(counter.challenges[-1], UnixSeconds(NOW))
        assert told(await counter.shown(good)) == ("grant", None)

    play([lane_of(desk, counter)], story)
    assert len(counter.challenges) == 2, "what answers nothing uses nothing up"


def test_a_code_drawn_for_one_lane_is_worth_nothing_at_another(desk: Desk) -> None:
    """A relay holds up, at his lane, a code that was drawn before somebody else's."""
    here, there = Counter(), Counter()

    async def story() -> None:
        here_text = here.challenges[-1]
        octets = bytes.fromhex(here_text.split(":")[2])
        code = PHONE.answer(here_text, UnixSeconds(NOW))
        assert told(await there.shown(code)) == ("deny", "P.AUD")
        for_nobody = dynamic_code(
            CARD, holder=PHONE.key, drawn_at=UnixSeconds(NOW), challenge=octets
        )
        assert told(await there.shown(for_nobody)) == ("deny", "P.CHL")
        assert told(await here.shown(code)) == ("grant", None)

    lanes = [lane_of(desk, here, "vault-1"), lane_of(desk, there, "vault-2")]
    lanes[1]._board._random_octets = lambda size: b"\xff" * size
    play(lanes, story)
    assert len(there.challenges) == 1


def test_forged_answers_burn_no_challenge(desk: Desk, counter: Counter) -> None:
    async def story() -> None:
        challenge = counter.challenges[-1]
        forged = PHONE.with_forged_card().answer(challenge, UnixSeconds(NOW))
        thief = Phone(CARD, SigningKey(bytes(32)), 0).answer(challenge, UnixSeconds(NOW))
        assert told(await counter.shown(forged)) == ("deny", "S.ISS")
        assert told(await counter.shown(thief)) == ("deny", "S.HLD")
        assert told(await counter.shown("CC1:JUNK"))[0] == "deny"
        good = PHONE.answer(challenge, UnixSeconds(NOW))
        assert told(await counter.shown(good)) == ("grant", None)

    play([lane_of(desk, counter)], story)


def test_a_proven_answer_that_is_refused_uses_the_challenge_up(
    desk: Desk, counter: Counter
) -> None:
    ended = Phone(issuer_part(issuer_claims(holder=public(HOLDER), exp=NOW)), PHONE.key, 0)

    async def story() -> None:
        challenge = counter.challenges[-1]
        assert told(await counter.shown(ended.answer(challenge, UnixSeconds(NOW))))[1] == "T.EXP"
        good = PHONE.answer(challenge, UnixSeconds(NOW))
        assert told(await counter.shown(good)) == ("deny", "P.CHL")

    play([lane_of(desk, counter)], story)


def test_a_code_that_nobody_asked_for_uses_no_challenge_up(desk: Desk, counter: Counter) -> None:
    desk.trust = published({**FILES, PROFILE_PATH: VAULT + b"asked = true\n"})

    async def story() -> None:
        code = PHONE.answer(counter.challenges[-1], UnixSeconds(NOW))
        for _ in range(2):
            assert told(await counter.shown(code)) == ("deny", "P.ARM")

    play([lane_of(desk, counter)], story)
    assert len(counter.challenges) == 1


def test_a_challenge_is_renewed_and_the_one_before_stays_good_to_its_end(
    desk: Desk, counter: Counter
) -> None:
    lane = lane_of(desk, counter)

    async def story() -> None:
        lane.restore()
        assert len(counter.challenges) == 1, "not before it is time"
        older = bytes(range(CHALLENGE_BYTES))
        lane._board._challenges.show(older, monotonic_ms() - RENEWED_AFTER_MS)
        lane.restore()
        assert len(counter.challenges) == 2
        code = PHONE.answer(f"CC1Q:vault-1:{older.hex()}", UnixSeconds(NOW))
        assert told(await counter.shown(code)) == ("grant", None)

    play([lane], story)


def test_an_answer_to_a_challenge_that_has_ended_is_refused(desk: Desk, counter: Counter) -> None:
    lane = lane_of(desk, counter)

    async def story() -> None:
        ended = bytes(range(CHALLENGE_BYTES))
        lane._board._challenges.show(ended, monotonic_ms() - LIFE_MS)
        code = PHONE.answer(f"CC1Q:vault-1:{ended.hex()}", UnixSeconds(NOW))
        assert told(await counter.shown(code)) == ("deny", "P.CHL")

    play([lane], story)


def test_an_answer_that_stays_in_view_is_not_answered_again(
    desk: Desk, counter: Counter, path: Path
) -> None:
    """It is used up, and so is what the phone draws next with it: nobody is told "P.CHL" for it."""
    held = VAULT.replace(b"same_holder_ms = 0", b"same_holder_ms = 60000")
    desk.trust = published({**FILES, PROFILE_PATH: held})
    lane = lane_of(desk, counter)

    async def story() -> None:
        challenge = counter.challenges[-1]
        await counter.shown(PHONE.answer(challenge, UnixSeconds(NOW)))
        for drawn_at in (NOW, NOW + 1):
            counter.scan(PHONE.answer(challenge, UnixSeconds(drawn_at)))
            await settled(lambda: list(remembered(path)[0].values()) == [drawn_at])  # noqa: B023  # awaited at once
        other = f"CC1Q:vault-1:{'ab' * 16}"
        assert told(await counter.shown(PHONE.answer(other, UnixSeconds(NOW + 2))))[1] == "P.CHL"

    play([lane], story)
    assert [told(answer) for answer in counter.answers] == [("grant", None), ("deny", "P.CHL")]
    assert len(rows_on_disk(path)) == 2
    assert list(remembered(path)[0].values()) == [NOW + 1], "and no photograph of it is worth a way"


def test_a_lane_without_a_line_to_show_a_challenge_by_is_out_of_service(
    desk: Desk, counter: Counter, caplog: pytest.LogCaptureFixture
) -> None:
    lane = lane_of(desk, counter, answers=False)

    async def story() -> None:
        await settled(lambda: bool(lane.conditions))
        lane.restore()
        assert lane.machine.state is LaneState.OUT_OF_SERVICE
        counter.scan(PHONE.draw(UnixSeconds(NOW)))

    play([lane], story, serving=False)
    assert "profile gate asks for a challenge, and this lane has no line" in lane.trouble
    assert lane.trouble in caplog.text
    assert counter.told == []


def test_a_line_that_is_gone_closes_the_lane_and_its_challenges(
    desk: Desk, counter: Counter
) -> None:
    lane = lane_of(desk, counter)

    async def story() -> None:
        before = counter.challenges[-1]
        counter.report(Condition.DOWN)
        await settled(lambda: lane.machine.state is LaneState.OUT_OF_SERVICE)
        counter.report(Condition.UP)
        await settled(lambda: lane.machine.state is LaneState.IDLE)
        assert len(counter.challenges) == 2
        code = PHONE.answer(before, UnixSeconds(NOW))
        assert told(await counter.shown(code)) == ("deny", "P.CHL")

    play([lane], story)


def test_a_profile_that_asks_for_none_shows_none(desk: Desk, counter: Counter) -> None:
    lane = lane_of(desk, counter)

    async def story() -> None:
        desk.trust = published()
        lane.restore()
        assert lane._board._challenges.open_at(monotonic_ms()) == ()
        assert told(await counter.shown(PHONE.draw(UnixSeconds(NOW)))) == ("grant", None)

    play([lane], story)
    assert len(counter.challenges) == 1


def test_a_profile_that_asks_for_the_lane_takes_codes_drawn_for_it_alone(
    desk: Desk, counter: Counter
) -> None:
    bound = b'entry_type = "passage"\naudience = "required"\nstatic = "grant"\n'
    desk.trust = published({**FILES, PROFILE_PATH: bound})

    async def story() -> None:
        for claims in ({6: NOW}, {3: "vault-2", 6: NOW}):
            code = text(holder_part(CARD, claims)).decode()
            assert told(await counter.shown(code)) == ("deny", "P.AUD")
        assert told(await counter.shown(text(issuer_part()).decode()))[1] == "P.AUD"
        code = text(holder_part(CARD, {3: "vault-1", 6: NOW})).decode()
        assert told(await counter.shown(code)) == ("grant", None)

    play([lane_of(desk, counter)], story)
    assert counter.challenges == []


def test_a_phone_answers_over_real_lines_what_a_counters_program_shows(desk: Desk) -> None:
    """Two pseudo terminals: the program reads the challenge, the phone draws, the lane grants."""
    with ExitStack() as stack:
        scanner = stack.enter_context(ScannerPeer())
        program = stack.enter_context(AnswerPeer())
        devices = Devices(
            scanner=SerialScanner(port=scanner.path, hold_off_ms=0, monotonic_ms=monotonic_ms),
            gate=None,
            answers=SerialAnswers(port=program.path),
        )
        lane = Lane("vault-1", "gate", devices, desk)

        def at_the_counter() -> list[Told]:
            """Do what a person and the counter's program do, in a thread of their own."""
            first = json.loads(program.next(PATIENCE_S))
            code = PHONE.answer(first["challenge"], UnixSeconds(NOW))
            lines = [first]
            scanner.scan(code)
            lines += [json.loads(program.next(PATIENCE_S)) for _ in range(2)]
            scanner.scan(code)
            return [*lines, json.loads(program.next(PATIENCE_S))]

        came: list[Told] = []

        async def story() -> None:
            came.extend(await asyncio.to_thread(at_the_counter))

        play([lane], story)
    first, granted, second, refused = came
    assert told(granted) == ("grant", None)
    assert told(refused) == ("deny", "P.CHL")
    texts = [line["challenge"] for line in (first, second)]
    assert len(set(texts)) == 2
    assert all(each.startswith("CC1Q:vault-1:") and len(each) == 45 for each in texts)
