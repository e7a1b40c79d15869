"""Histories that parted from the centre's: what proves it, and how much of them was brought there.

A journal parts when its disk was copied, or put back as it once was. The proof is an
acknowledgement that no journal of this history can have got; it outlives a restart, for what must
not be done on a parted disk must not be done after the power came back either.
"""

import json
from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from offline_cache.entries import Entries, Standing
from offline_cache.errors import CacheCorrupt, CacheError
from offline_cache.files import write_durably
from offline_cache.schema import open_for_reading
from protocol.acknowledgement import Acknowledgement
from protocol.batch import Batch
from protocol.journal import compact


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A signed acknowledgement that this disk's journal contradicts."""

    epoch: int
    acked: int
    head: bytes  # 32 octets: the chain's value behind it, as the centre has it
    document: bytes  # as it came


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """How much of an earlier epoch the centre has said that it keeps."""

    through: int  # the last entry
    is_closed: bool = False  # it knows that there are no more


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoriesRecord:
    """What is kept of parted and ended histories."""

    proof: Proof | None = None
    brought: Mapping[int, Brought] = field(default_factory=dict)  # by epoch


class HistoriesFile:
    """The record on disk."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> HistoriesRecord:
        """Return what is kept; an empty record before anything was.

        Raises:
            CacheCorrupt: the file is not one that `write` wrote.
        """
        try:
            return _record(self._path.read_bytes())
        except FileNotFoundError:
            return HistoriesRecord()
        except (OSError, ValueError, RecursionError) as error:
            raise CacheCorrupt(
                f"{self._path}: {error}; remove it: the centre says again what it must know"
            ) from error

    def write(self, record: HistoriesRecord) -> None:
        """Keep `record`, durably.

        Raises:
            CacheError: the disk is full or failing; what was kept before stays.
        """
        try:
            write_durably(self._path, _octets(record), mode=0o600)
        except OSError as error:
            raise CacheError(
                f"{self._path}: could not be kept ({error.strerror}); look at the disk's space"
                " and health"
            ) from error


def proof_of(ack: Acknowledgement, document: bytes) -> Proof:
    """Return the proof that an acknowledgement is, which was checked and contradicts the journal."""
    return Proof(epoch=ack.epoch, acked=ack.acked, head=ack.head, document=document)


def _octets(record: HistoriesRecord) -> bytes:
    proof = record.proof
    return compact(
        {
            "proof": None
            if proof is None
            else [proof.epoch, proof.acked, proof.head.hex(), proof.document.decode()],
            "brought": [
                [epoch, brought.through, brought.is_closed]
                for epoch, brought in sorted(record.brought.items())
            ],
        }
    )


def _record(octets: bytes) -> HistoriesRecord:
    match json.loads(octets):
        case {"proof": proof, "brought": list() as brought}:
            return HistoriesRecord(proof=_proof(proof), brought=dict(map(_brought, brought)))
        case _:
            raise ValueError("it is no record of histories")


def _proof(value: object) -> Proof | None:
    match value:
        case None:
            return None
        case [int() as epoch, int() as acked, str() as head, str() as document]:
            octets = document.encode()
            return Proof(epoch=epoch, acked=acked, head=bytes.fromhex(head), document=octets)
        case _:
            raise ValueError("it names a proof that is none")


def _brought(value: object) -> tuple[int, Brought]:
    match value:
        case [int() as epoch, int() as through, bool() as is_closed]:
            return epoch, Brought(through=through, is_closed=is_closed)
        case _:
            raise ValueError("it names an epoch that is none")


def next_owed(
    path: Path,
    *,
    terminal: str,
    before: int,
    brought: Mapping[int, Brought],
    limit: int,
    anew: Collection[int] = (),
) -> Batch | Standing | None:
    """Return what the centre is owed next of the epochs that have ended and are on this disk.

    Entries that it has not acknowledged come first; then, once an epoch, where it ended.

    Args:
        path: the journal.
        terminal: whose it is.
        before: the epoch that has not ended.
        brought: what the centre keeps already.
        limit: entries at most.
        anew: epochs of which the centre may hold less than it has acknowledged.

    Raises:
        CacheError: the journal can't be read, or is damaged.
    """
    with closing(open_for_reading(path)) as connection:
        rows = connection.execute(
            "SELECT DISTINCT epoch FROM journal WHERE epoch < ? ORDER BY epoch", (before,)
        ).fetchall()
        for (epoch,) in rows:
            known = brought.get(epoch, Brought(through=0))
            if known.is_closed:
                continue
            entries = Entries(connection, path, terminal=terminal, epoch=epoch, public=None)
            acked = 0 if epoch in anew else entries.acknowledged()[0]
            place = max(known.through, acked, entries.base.seq)
            lines = entries.batch(place + 1, limit)
            if not lines:
                return entries.end()
            prev = entries.chain_at(place)
            return Batch(epoch=epoch, first=place + 1, prev=prev, lines=lines)
    return None
