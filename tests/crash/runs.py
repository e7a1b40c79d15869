"""Running a part of the proof in several processes, piece by piece; the same for the same seed."""

import logging
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.crash.looking import Findings
from tests.crash.parts import BUGS, PARTS
from tests.crash.plan import Plan

# A piece is a second's work, and a few terminals' lives.
_PIECE_IMAGES = 250


def run(name: str, *, seed: int, images: int) -> Findings:
    """Return what a part, or a planted bug, showed in so many images, or in fewer where it broke."""
    *_, last = run_by_pieces(name, seed=seed, images=images)
    return last


def run_by_pieces(name: str, *, seed: int, images: int) -> Iterator[Findings]:
    """Yield what was found so far, each time that a piece is done."""
    found = Findings()
    share = min(images, _PIECE_IMAGES)
    seeds = [f"{name}.{seed}.{piece}" for piece in range(-(-images // share))]
    if len(seeds) == 1:  # a process costs a second
        yield _piece(name, seeds[0], share)
        return
    spawning = multiprocessing.get_context("spawn")  # the journal's thread runs in whoever forks
    workers = min(len(seeds), len(os.sched_getaffinity(0)))
    with ProcessPoolExecutor(workers, spawning, _hush) as pool:
        pieces = [pool.submit(_piece, name, each, share) for each in seeds]
        for piece in as_completed(pieces):
            found.add(piece.result())
            yield found
            if found.is_enough:
                break
        pool.shutdown(cancel_futures=True)


def _hush() -> None:
    logging.getLogger("offline_cache").setLevel(logging.CRITICAL)  # thousands of faults are meant


def _piece(name: str, seed: str, images: int) -> Findings:
    prove = PARTS[name] if name in PARTS else BUGS[name]
    return prove(Plan(seed=seed, images=images))
