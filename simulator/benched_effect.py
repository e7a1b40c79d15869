"""From a decision to its effect: busy lanes, from the code in hand to the gate's command.

The people are this process, one thread of it (`effect_rush`). The terminal is another process
(`effect_terminal`), which notes by itself when a code was handed over and when the command was
written. The floor is taken by a third (`effect_floor`), without threads, while no code is on its
way and none is due for a moment: nothing of the bench's runs beside it. It is taken as often as
codes come, no oftener, all along.
"""

import statistics
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from protocol.keys import new_signing_key
from simulator.effect_floor import Floor, floor_in
from simulator.effect_rush import LANES, SCANS_A_SECOND, Post, Rush, open_post, phones_of
from simulator.effect_terminal import Manner, Stamps, order, stamps_in
from simulator.ending import Ending
from simulator.measuring import By, Stage, Timing, timings_of
from simulator.programs import Program, ProgramFailed
from simulator.slow_centre import WORD_S

FLOOR, EFFECT, LINE, BESIDE = "floor", "effect", "line to line", "beside bad lanes"
BUDGET = 3.0

# First scans of a lane are left out: what is imported and learned once is nobody's p99.
_WARM_SCANS = 5


def bench_effect(*, seconds: float, ending: Ending) -> list[Timing]:
    """Return the floor, and what lanes take from a code to the gate's command.

    Four busy lanes first, for `seconds`; then one beside a lane that is flooded with junk, one
    whose gate hangs and one that waits for the centre, as long.

    Raises:
        UsageError: libsodium as C code calls it is missing.
        ProgramFailed: the terminal did not do its part.
        Ended: the end has come.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scan-bench-")))
        floor = stack.enter_context(floor_in(folder))
        site = _Site(folder, floor, seconds, ending)
        spent = site.busy(stack)
        spent[BESIDE] = site.beside_bad_lanes(stack)
    return timings_of(_STAGES, spent)


class _Site:
    """Where terminals are started, one after the other."""

    def __init__(self, folder: Path, floor: Floor, seconds: float, ending: Ending) -> None:
        self._folder, self._floor, self._seconds = folder, floor, seconds
        self._ending, self._issuer = ending, new_signing_key()
        self._phones = phones_of(self._issuer)

    def busy(self, stack: ExitStack) -> dict[str, list[float]]:
        """Return microseconds of floors, effects and lines of four lanes that are well."""
        posts = [open_post(f"gate-{n}", self._phones, stack) for n in range(1, LANES + 1)]
        stamps, floors_us = self._rush("busy", posts)
        effects, lines = list[float](), list[float]()
        for post in posts:
            effects += stamps[post.name].effects_us()[_WARM_SCANS:]
            lines += [took_ns / 1_000 for took_ns in post.took_ns[_WARM_SCANS:]]
        return {FLOOR: floors_us, EFFECT: effects, LINE: lines}

    def beside_bad_lanes(self, stack: ExitStack) -> list[float]:
        """Return microseconds of the effects of the one lane of four that is well."""
        posts = [open_post(m.value, self._phones, stack, m) for m in Manner]
        stamps, _ = self._rush("beside", posts)
        _require_waits(stamps[Manner.SLOW_WORD.value])
        return stamps[Manner.WELL.value].effects_us()[_WARM_SCANS:]

    def _rush(self, name: str, posts: list[Post]) -> tuple[Mapping[str, Stamps], list[float]]:
        folder = self._folder / name
        folder.mkdir()
        order(folder, self._issuer.seed, [post.ports for post in posts])
        terminal = Program(
            "simulator.effect_terminal", str(folder), log=folder / "log", ending=self._ending
        )
        rush = Rush(posts, self._floor, self._ending)
        try:
            terminal.first_line()
            rush.run(self._seconds)
        finally:
            status = terminal.stop()
        if status != 0:
            said = terminal.last_words()
            raise ProgramFailed(f"the bench's terminal ended with {status}: {said}")
        return stamps_in(folder), rush.floors_us


def _require_waits(stamps: Stamps) -> None:
    """Raise ProgramFailed where the lane that should wait for the centre did not."""
    waited_us = statistics.median(stamps.effects_us())
    if waited_us < WORD_S * 1_000_000:
        raise ProgramFailed(f"the lane that asks the centre waited {waited_us:.0f} us only")


_STAGES = [
    Stage(
        name=FLOOR,
        what="an append and its fdatasync, two libsodium verifications",
        floor=FLOOR,
        step=print,
    ),
    Stage(
        name=EFFECT,
        what=f"code in hand to gate's command, {LANES} lanes of {SCANS_A_SECOND} codes a second",
        floor=FLOOR,
        step=print,
        budget=BUDGET,
        by=By.P99,
    ),
    Stage(
        name=LINE,
        what="the same from outside: a scanner's last octet to the relay's first",
        floor=FLOOR,
        step=print,
        by=By.P99,
    ),
    Stage(
        name=BESIDE,
        what="one lane, beside one flooded, one whose gate hangs, one that asks the centre",
        floor=FLOOR,
        step=print,
        by=By.P99,
    ),
]
