"""The bench: every stage of a scan on real parts, against floors measured in the same run."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from drivers.decode.ladder import Ladder
from protocol.journal import Draft
from protocol.pseudonym import SectorKey
from simulator.benched_append import FLOOR as SYNC_FLOOR
from simulator.benched_append import append_stages
from simulator.benched_card import PROFILE, BenchedCard, make_card
from simulator.benched_decode import measure_decoders, usual_plan
from simulator.benched_effect import bench_effect
from simulator.benched_sync import SyncBench
from simulator.benched_verifier import FLOOR as VERIFY_FLOOR
from simulator.benched_verifier import bench_verifier, verifier_stages
from simulator.decode_tables import print_decoders, progress
from simulator.ending import Ending, until_signalled
from simulator.measuring import Stage, Timing, measure, print_timings
from simulator.scenes import Scene, draw
from simulator.view import printing
from terminal.presenting import entry_for
from verifier.pipeline import judge

_SECTOR = SectorKey("bench", bytes(32))
# One upload is as dear as a hundred commits; fewer of them tell enough.
_SYNC_SHARE = 10


def run_bench(  # noqa: PLR0913  # the options of the command
    *,
    part: str,
    rounds: int,
    seconds: float,
    peers: Path | None,
    seed: int,
    check: bool,
    as_json: bool,
) -> int:
    """Measure and print; return 0, 1 by `check`, or 130 after Ctrl-C.

    Args:
        part: `all` stages of a scan, the whole of `verify` or `decode` beside other libraries, or
            `effect`: busy lanes from a decision to the gate's command.
        rounds: measurements a stage; for `decode` frames of each kind.
        seconds: for `effect`, how long lanes are busy.
        peers: for `verify` and `decode`, a Python that has the other libraries.
        seed: of the frames of `decode`.
        check: return 1 where a budget or a promise is not kept.
        as_json: print one object a line instead of a table.

    Raises:
        UsageError: something to measure against is not here.
    """

    def time_stages(ending: Ending) -> int:
        match part:
            case "verify":
                timings = bench_verifier(rounds, ending, peers)
                title = f"the verifier, {rounds} rounds"
            case "effect":
                timings = bench_effect(seconds=seconds, ending=ending)
                title = f"from a decision to its effect, {seconds:g} s"
            case _:
                timings = _all(rounds, ending)
                title = f"one scan, stage by stage, {rounds} rounds"
        with printing():
            print_timings(timings, title, as_json=as_json)
        return 0 if not check or all(timing.is_kept for timing in timings) else 1

    def compare_decoders(ending: Ending) -> int:
        plan = usual_plan(frames=rounds, seed=seed, peers=peers)
        with progress() as tell:
            measured = measure_decoders(plan, ending, tell)
        title = f"{rounds} frames of each kind, seed {seed}"
        with printing():
            print_decoders(measured, title, as_json=as_json)
        return 0 if measured.is_kept or not check else 1

    return until_signalled("bench", compare_decoders if part == "decode" else time_stages)


def _all(rounds: int, ending: Ending) -> list[Timing]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scan-bench-")))
        card = make_card()
        journal = list(_journal_stages(card, folder, stack, ending))
        return [
            *measure(list(_code_stages(card)), rounds, ending),
            *measure(journal, rounds, ending),
        ]


def _code_stages(card: BenchedCard) -> Iterator[Stage]:
    """Yield what happens between a frame and a decision, over one card."""
    yield from verifier_stages(card)
    text = card.dynamic.decode()
    frame = draw(text, scene=Scene(), rng=np.random.default_rng(1))
    luma = np.ascontiguousarray(frame.mean(axis=2).astype(np.uint8))
    decoder = Ladder()
    if [reading.payload.decode() for reading in decoder.read(luma).readings] != [text]:
        raise ValueError("the bench's own frame is not read; its figures would mean nothing")
    yield Stage(
        name="decode",
        what="a 1280x720 frame with a code of 375 characters",
        floor=VERIFY_FLOOR,
        step=lambda _: decoder.read(luma),
    )


def _journal_stages(
    card: BenchedCard, folder: Path, stack: ExitStack, ending: Ending
) -> Iterator[Stage]:
    """Yield what happens behind a decision, over one journal and one centre.

    They are measured by themselves: a picture leaves nothing in a processor's caches, and a gate
    does not decode between the commit and the next lane's.
    """
    yield from append_stages(folder, stack, _draft(card))
    bench = stack.enter_context(SyncBench(folder, ending))
    yield Stage(
        name="sync",
        what=f"{bench.entries} entries to a centre on loopback, acknowledged and kept",
        floor=SYNC_FLOOR,
        step=lambda _: bench.round(),
        share=_SYNC_SHARE,
        prepare=bench.fill,
    )


def _draft(card: BenchedCard) -> Draft:
    """Return the entry that the bench's own card makes."""
    known = card.known
    judged = judge(card.dynamic, profile=PROFILE, lane="bench", known=known)
    entry = entry_for(judged, lane="bench", profile=PROFILE, sector=_SECTOR, clock=known.clock)
    if entry is None:
        raise ValueError("the bench's own card makes no entry; its figures would mean nothing")
    return entry.draft
