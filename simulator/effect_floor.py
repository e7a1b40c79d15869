"""The floor of the bench of decision and effect: a process that does what nobody can do without.

It is woken for each measurement, as a terminal is by a code: what is done again and again finds
its code in the processor's caches and its core awake, and whoever walks up to a lane has neither.
The waking itself is not counted.
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from simulator.benched_append import FLOOR_LINE
from simulator.benched_card import make_card
from simulator.benched_verifier import libsodium_verification


class Floor:
    """Does one fdatasync of an append and two libsodium verifications, on demand."""

    def __init__(self, asked: Connection) -> None:
        self._asked = asked

    def once(self) -> float:
        """Return the microseconds that it took, once.

        Raises:
            EOFError: the process has ended.
        """
        self._asked.send(None)
        return float(self._asked.recv())


@contextmanager
def floor_in(folder: Path) -> Iterator[Floor]:
    """Run the process; it appends to a file in `folder`."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, folder), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Floor(ours)
    finally:
        ours.close()  # which ends it
        process.join()


def _serve(asked: Connection, folder: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever is interrupted lets go of us
    verify = libsodium_verification(make_card())
    with (folder / "floor").open("ab", buffering=0) as file:
        while _is_asked(asked):
            begun_ns = time.perf_counter_ns()
            file.write(FLOOR_LINE)
            os.fdatasync(file.fileno())
            verify()
            verify()
            asked.send((time.perf_counter_ns() - begun_ns) / 1_000)


def _is_asked(asked: Connection) -> bool:
    try:
        asked.recv()
    except EOFError:
        return False
    return True
