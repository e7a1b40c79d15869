"""One code before two lanes of a terminal at the same moment: one of them opens, never both."""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from terminal.desk import Desk
from terminal.lane_devices import Devices
from terminal.lanes.events import TimedOut
from terminal.lanes.lane import Lane
from terminal.lanes.machine import LaneState
from tests.support.cards import HOLDER, NOW, holder_part, issuer_claims, issuer_part, public, text
from tests.support.desks import open_desk
from tests.support.journals import rows_on_disk
from tests.terminal.lanes.test_lane import PATIENCE_S, Bench, settled

ROUNDS = 50


def phone(number: int) -> bytes:
    """Return another holder's code each round."""
    claims = issuer_claims(holder=public(HOLDER), subject=number.to_bytes(8, "big"))
    return text(holder_part(issuer_part(claims), {6: NOW}))


def printed(number: int) -> bytes:
    return text(issuer_part(issuer_claims(subject=number.to_bytes(8, "big"))))


async def race(desk: Desk, benches: tuple[Bench, Bench], codes: list[bytes]) -> None:
    names = ("gate-1", "gate-2")
    lanes = [
        Lane(name, "gate", Devices(scanner=bench, gate=bench, answers=bench), desk)
        for name, bench in zip(names, benches, strict=True)
    ]
    tasks = [asyncio.create_task(lane.run()) for lane in lanes]
    async with asyncio.timeout(PATIENCE_S):
        for round_number, code in enumerate(codes, start=1):
            for lane in lanes:
                await settled(lambda lane=lane: lane.machine.state is not LaneState.OUT_OF_SERVICE)
                lane.machine.receive(TimedOut(), 0)
            for bench in benches[:: (-1) ** round_number]:  # neither is always the first
                bench.scan(code)
            await settled(lambda n=round_number: all(len(bench.told) == n for bench in benches))
        for lane in lanes:
            await lane.stop()
        await asyncio.gather(*tasks)


@pytest.mark.parametrize(
    ("make", "lost"), [(phone, "P.RPL"), (printed, "P.RPS")], ids=["phone", "printed card"]
)
def test_two_lanes_never_both_open_for_one_code(
    tmp_path: Path, make: Callable[[int], bytes], lost: str
) -> None:
    benches = (Bench("one"), Bench("two"))
    with open_desk(tmp_path / "journal.db") as desk:
        asyncio.run(race(desk, benches, [make(number) for number in range(ROUNDS)]))
    rounds = zip(*(bench.told for bench in benches), strict=True)
    verdicts = Counter(tuple(sorted(str(told["verdict"]) for told in pair)) for pair in rounds)
    assert verdicts == {("deny", "grant"): ROUNDS}
    reasons = {told["reason"] for bench in benches for told in bench.told}
    assert reasons == {None, lost}
    assert sum(len(bench.pulses) for bench in benches) == ROUNDS
    assert all(bench.pulses for bench in benches), "one lane won every round: no race"
    assert len(rows_on_disk(tmp_path / "journal.db")) == 2 * ROUNDS
