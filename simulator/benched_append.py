"""Durable appends for the bench: one lane alone, and sixteen that wait at once, beside the disk."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

from offline_cache.care import LOG_OCTETS, Care
from offline_cache.journal import Append, Journal
from offline_cache.replay import DynamicClaim
from offline_cache.writer import JournalWriter
from protocol.journal import Draft
from protocol.keys import SigningKey
from simulator.benched_card import NOW
from simulator.measuring import By, Stage
from verifier.model import UnixSeconds

FLOOR = "one fdatasync append"
# The widest station that the journal is made for.
LANES = 16

FLOOR_LINE = bytes(400)  # as long as an entry with its chain value


def append_stages(folder: Path, stack: ExitStack, draft: Draft) -> Iterator[Stage]:
    """Yield the floor, and what appends of `draft` cost on the same file system.

    Every entry is another holder's, with a replay claim of its own, as at a gate in its rush: each
    is measured just behind another of its kind.
    """
    floor = stack.enter_context((folder / "floor").open("ab", buffering=0))
    journal = _journal(folder / "commit.db")
    stack.callback(journal.close)
    writer = JournalWriter(lambda: _journal(folder / "writer.db"))
    writer.start()
    stack.callback(writer.stop)
    shown = _presentations(draft)

    def append_to_file(_: int = 0) -> None:
        floor.write(FLOOR_LINE)
        os.fdatasync(floor.fileno())

    def commit(_: int = 0) -> None:
        journal.append_all([next(shown)])

    def append(_: int = 0) -> None:
        writer.append(next(shown)).result()

    def append_at_once(_: int = 0) -> None:
        for future in [writer.append(next(shown)) for _ in range(LANES)]:
            future.result()

    yield Stage(
        name=FLOOR,
        what=f"{len(FLOOR_LINE)} octets to a file in the same folder",
        floor=FLOOR,
        step=append_to_file,
        prepare=append_to_file,
    )
    yield Stage(
        name="commit",
        what="one entry and its replay claim, in the journal's own thread",
        floor=FLOOR,
        step=commit,
        prepare=commit,
        budget=1.5,
        by=By.MEDIAN,
    )
    yield Stage(
        name="append",
        what="the same, asked for by a lane, until it hears that they are durable",
        floor=FLOOR,
        step=append,
        prepare=append,
    )
    yield Stage(
        name="append, 16 lanes",
        what="each entry of 16 lanes that ask at once, until the last one hears",
        floor=FLOOR,
        step=append_at_once,
        prepare=append_at_once,
        pieces=LANES,
        budget=0.3,
        by=By.MEDIAN,
    )


def _journal(path: Path) -> Journal:
    """Return a journal that is looked after as the daemon's."""
    care = Care(key=SigningKey(bytes(32)), log_octets=LOG_OCTETS)
    return Journal(path, terminal="bench", epoch=1, care=care)


def _presentations(draft: Draft) -> Iterator[Append]:
    """Yield one entry after the other, each of another holder."""
    for number in count():
        claim = DynamicClaim(pseudonym=f"{number:032x}", iat=UnixSeconds(NOW))
        yield Append(draft=draft, claim=claim)
