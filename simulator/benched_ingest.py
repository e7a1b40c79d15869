"""Ingest for the bench: batches through the centre's own taking in, beside a raw COPY of the rows.

The rows are the same in every stage: passages as a gate writes them. Raw is one COPY of all in one
transaction, into a table with the same key.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from central.centre import Centre
from central.database.engine import Database
from central.journals import known_terminal, take_in
from central.records import Terminal
from central.routes.admission import Admission
from central.site import Site, init_site
from central.store.store import Store
from central.workers import Workers
from protocol.batch import Batch
from protocol.journal import compact, extend_all, genesis
from protocol.keys import new_signing_key
from verifier.model import UnixSeconds

NOW = UnixSeconds(1_800_000_000)
_COLUMNS = {"terminal": str, "epoch": int, "seq": int, "line": bytes, "chain": bytes}
_RAW = "CREATE TABLE raw_entry (LIKE journal_entry INCLUDING ALL)"
_PUBLIC = new_signing_key().public


def entry_line(seq: int) -> bytes:
    """Return a passage of a gate as the journal's line, some 300 octets."""
    return compact(
        {
            "epoch": 1,
            "seq": seq,
            "at": NOW,
            "clock": "trusted",
            "lane": "lane-1",
            "type": "passage",
            "profile": "gate",
            "sector": "sector-1",
            "pseudonym": f"{seq:032x}",
            "presentation": f"{seq:032x}",
            "iat": NOW,
            "verdict": "grant",
            "reason": None,
            "ages": {"keys": 5, "status": 5},
        }
    )


def batches_of(terminal: str, *, entries: int, each: int) -> list[Batch]:
    """Return the first `entries` of a terminal's journal as batches of `each`."""
    chain, made = genesis(terminal, 1), []
    for first in range(1, entries + 1, each):
        lines = tuple(entry_line(seq) for seq in range(first, first + each))
        made.append(Batch(epoch=1, first=first, prev=chain, lines=lines))
        chain = extend_all(chain, lines)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much to bring, and by how many at once."""

    batch: int  # entries
    entries: int  # in all
    terminals: int


class Ingest:
    """One centre's database under load."""

    def __init__(self, centre: Centre) -> None:
        self._centre, self._names = centre, count(1)

    @property
    def database(self) -> Database:
        """Return what is measured."""
        return self._centre.store.database

    def rate(self, plan: Plan) -> float:
        """Return entries a second, from new terminals that bring their batches at once."""
        each = plan.entries // plan.terminals
        brought = [
            (name, batches_of(name, entries=each, each=plan.batch))
            for name in (f"bench-{next(self._names)}" for _ in range(plan.terminals))
        ]
        senders = [self._enrolled(name) for name, _ in brought]
        begin = threading.Barrier(plan.terminals + 1)
        threads = [
            threading.Thread(target=self._bring, args=(sender, batches, begin))
            for sender, (_, batches) in zip(senders, brought, strict=True)
        ]
        for thread in threads:
            thread.start()
        begin.wait()
        begun_s = time.perf_counter()
        for thread in threads:
            thread.join()
        spent_s = time.perf_counter() - begun_s
        self._check(senders, each)
        return each * plan.terminals / spent_s

    def _enrolled(self, name: str) -> Terminal:
        with self._centre.store.transaction():
            self._centre.store.terminals.begin_epoch(name, public=_PUBLIC, now=NOW)
        return known_terminal(self._centre.store, name)

    def _bring(self, sender: Terminal, batches: Sequence[Batch], begin: threading.Barrier) -> None:
        """Bring batch after batch, each when the one before is durable, as a terminal does."""
        begin.wait()
        for batch in batches:
            task = partial(take_in, self._centre, sender, batch)
            self._centre.workers.write(task).result()

    def _check(self, senders: Sequence[Terminal], each: int) -> None:
        """See that everything arrived: a rate of what failed would mean nothing."""
        for sender in senders:
            if known_terminal(self._centre.store, sender.terminal).acked != each:
                raise ValueError(f"{sender.terminal} was not taken in whole")

    def raw_rate(self, entries: int) -> float:
        """Return rows a second of one COPY in one transaction; PostgreSQL alone."""
        name = f"raw-{next(self._names)}"
        chain = genesis(name, 1)
        rows = [(name, 1, seq, entry_line(seq), chain) for seq in range(1, entries + 1)]
        begun_s = time.perf_counter()
        with self.database.transaction():
            self.database.copy_in("raw_entry", _COLUMNS, rows)
        return entries / (time.perf_counter() - begun_s)

    def make_raw_table(self) -> None:
        """Make the table of `raw_rate`."""
        self.database.execute(_RAW)


@contextmanager
def opened_ingest(folder: Path, database: str | None) -> Iterator[Ingest]:
    """Make a centre in `folder` and hold it open."""
    site = init_site(folder, issuer="bench.example", now=NOW, database=database)
    with opened_centre(site) as centre:
        yield Ingest(centre)


@contextmanager
def opened_centre(site: Site) -> Iterator[Centre]:
    """Return a centre at work on `site`, without HTTP."""
    store: Store = site.open_store()
    workers = Workers(store)
    yield Centre(
        site=site,
        store=store,
        now=lambda: NOW,
        workers=workers,
        admission=Admission(time.monotonic),
    )
    workers.shut_down()
    store.close()
