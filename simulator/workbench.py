"""The bench: every stage of a scan on real parts, against floors measured in the same run."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from drivers.decode.ladder import Ladder
from offline_cache.journal import Append, Journal
from offline_cache.replay import DynamicClaim
from protocol.pseudonym import SectorKey
from simulator.benched_card import NOW, PROFILE, BenchedCard, make_card
from simulator.benched_decode import measure_decoders, usual_plan
from simulator.benched_sync import SyncBench
from simulator.benched_verifier import FLOOR as VERIFY_FLOOR
from simulator.benched_verifier import bench_verifier, verifier_stages
from simulator.decode_tables import print_decoders, progress
from simulator.ending import Ending, until_signalled
from simulator.measuring import Stage, Timing, measure, print_timings
from simulator.scenes import Scene, draw
from simulator.view import printing
from terminal.presenting import entry_for
from verifier.model import UnixSeconds
from verifier.pipeline import judge

_SECTOR = SectorKey("bench", bytes(32))
_FLOOR_LINE = bytes(400)  # as long as an entry with its chain value

# One upload is as dear as a hundred commits; fewer of them tell enough.
_SYNC_SHARE = 10
SYNC_FLOOR = "one fdatasync append"


def run_bench(  # the options of the command
    *, part: str, rounds: int, peers: Path | None, seed: int, check: bool, as_json: bool
) -> int:
    """Measure and print; return 0, or 130 after Ctrl-C.

    Args:
        part: `all` stages of a scan, or the whole of `verify` or `decode` beside other libraries.
        rounds: measurements a stage; for `decode` frames of each kind.
        peers: for `verify` and `decode`, a Python that has the other libraries.
        seed: of the frames of `decode`.
        check: for `decode`, return 1 where a promise is not kept.
        as_json: print one object a line instead of a table.

    Raises:
        UsageError: something to measure against is not here.
    """

    def time_stages(ending: Ending) -> int:
        timings = (
            bench_verifier(rounds, ending, peers) if part == "verify" else _all(rounds, ending)
        )
        title = "the verifier" if part == "verify" else "one scan, stage by stage"
        with printing():
            print_timings(timings, f"{title}, {rounds} rounds", as_json=as_json)
        return 0

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
        return measure(list(_stages(folder, stack, ending)), rounds, ending)


def _stages(folder: Path, stack: ExitStack, ending: Ending) -> Iterator[Stage]:
    """Yield floors and stages over one card, one frame, one journal and one centre."""
    card = make_card()
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
    yield from _journal_stages(folder, stack, card)
    bench = stack.enter_context(SyncBench(folder, ending))
    yield Stage(
        name="sync",
        what=f"{bench.entries} entries to a centre on loopback, acknowledged and kept",
        floor=SYNC_FLOOR,
        step=lambda _: bench.round(),
        share=_SYNC_SHARE,
        prepare=bench.fill,
    )


def _journal_stages(folder: Path, stack: ExitStack, card: BenchedCard) -> Iterator[Stage]:
    known = card.known
    floor = stack.enter_context((folder / "floor").open("ab", buffering=0))
    journal = Journal(folder / "bench.db", terminal="bench", epoch=1)
    stack.callback(journal.close)
    judged = judge(card.dynamic, profile=PROFILE, lane="bench", known=known)
    entry = entry_for(judged, lane="bench", profile=PROFILE, sector=_SECTOR, clock=known.clock)
    if entry is None:
        raise ValueError("the bench's own card makes no entry; its figures would mean nothing")
    draft = entry.draft

    def append_to_file(_: int) -> None:
        floor.write(_FLOOR_LINE)
        os.fdatasync(floor.fileno())

    def commit(number: int) -> None:
        claim = DynamicClaim(pseudonym="bench", iat=UnixSeconds(NOW + number))
        journal.append_all([Append(draft=draft, claim=claim)])

    yield Stage(
        name=SYNC_FLOOR,
        what=f"{len(_FLOOR_LINE)} octets to a file in the same folder",
        floor=SYNC_FLOOR,
        step=append_to_file,
    )
    yield Stage(name="commit", what="one entry and its replay claim", floor=SYNC_FLOOR, step=commit)
