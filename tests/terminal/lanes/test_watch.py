import asyncio
from pathlib import Path

from terminal.lanes.lane import Lane
from terminal.lanes.machine import LaneState
from terminal.presenting import Outcome
from tests.support.desks import open_desk
from tests.terminal.lanes.test_lane import Bench, phone, play, settled
from verifier.model import Verdict


def test_whoever_watches_hears_of_each_state_and_of_the_outcome_that_it_is_about(
    tmp_path: Path,
) -> None:
    heard: list[tuple[str, LaneState, Verdict | None]] = []

    def watch(lane: str, state: LaneState, outcome: Outcome | None) -> None:
        heard.append((lane, state, None if outcome is None else outcome.verdict))

    async def story(lane: Lane) -> None:
        lane.on_move = watch
        bench.scan(phone())
        await settled(lambda: lane.machine.state is LaneState.OPEN)
        bench.fail("gone")
        await asyncio.sleep(0)
        await settled(lambda: lane.machine.state is LaneState.OUT_OF_SERVICE)

    bench = Bench()
    with open_desk(tmp_path / "journal.db") as desk:
        play(desk, bench, story)
    assert heard[:2] == [
        ("gate-1", LaneState.DECIDING, None),
        ("gate-1", LaneState.OPEN, Verdict.GRANT),
    ]
    assert heard[2][1] is LaneState.OUT_OF_SERVICE
