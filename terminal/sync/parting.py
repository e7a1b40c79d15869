"""Whether this journal has parted from the centre's, and what is owed of epochs that have ended."""

import logging
from dataclasses import replace
from pathlib import Path

from offline_cache.entries import Standing
from offline_cache.errors import CacheCorrupt
from offline_cache.histories import (
    Brought,
    HistoriesFile,
    HistoriesRecord,
    Proof,
    next_owed,
    proof_of,
)
from offline_cache.identity import Identity
from offline_cache.journal import Journal
from offline_cache.writer import JournalWriter
from protocol.acknowledgement import Acknowledgement
from protocol.batch import Batch
from protocol.quarantine import Quarantined

log = logging.getLogger(__name__)


class Parting:
    """Asked by lanes whether money may move; told by the sync. Written by one thread."""

    def __init__(
        self, file: HistoriesFile, journal: Path, identity: Identity, writer: JournalWriter
    ) -> None:
        """Look whether what was proven before still holds.

        Raises:
            CacheError: the journal can't be read.
        """
        self._file, self._journal = file, journal
        self._identity, self._writer = identity, writer
        self._record = _read(file)
        self._anew = frozenset[int]()  # epochs that are brought from their first entry
        self.what = ""  # why money lanes stop; empty while no parting is proven
        proof = self._record.proof
        if proof is not None and self._contradicts(proof):
            self.what = _told(proof)

    def prove(self, ack: Acknowledgement, document: bytes) -> None:
        """Keep that a signed acknowledgement of this terminal contradicts its journal.

        Raises:
            CacheError: it could not be kept; it holds all the same until a restart.
        """
        proof = proof_of(ack, document)
        self.what = _told(proof)
        self._keep(replace(self._record, proof=proof))

    def owed(self, limit: int) -> Batch | Standing | None:
        """Return what the centre is owed of epochs that have ended; None: nothing.

        Raises:
            CacheError: the journal can't be read.
        """
        return next_owed(
            self._journal,
            terminal=self._identity.terminal,
            before=self._identity.epoch,
            brought=self._record.brought,
            limit=limit,
            anew=self._anew,
        )

    def brought(self, kept: Quarantined) -> None:
        """Note what the centre has signed for.

        Raises:
            CacheError: it could not be kept; it is sent again.
        """
        self._note(kept.epoch, Brought(through=kept.last))

    def begin_again(self, refused: Batch) -> bool:
        """Owe an epoch from its first entry on: the centre knows none that `refused` follows on.

        It was put back as it once was, and has acknowledged more than it holds.

        Returns:
            Whether that is more than was refused.

        Raises:
            CacheError: it could not be kept.
        """
        if refused.epoch in self._anew:
            return False
        self._anew |= {refused.epoch}
        self._note(refused.epoch, Brought(through=0))
        return True

    def closed(self, end: Standing) -> None:
        """Note that the centre knows where an epoch ended on this disk.

        Raises:
            CacheError: it could not be kept; it is told again.
        """
        self._note(end.epoch, Brought(through=end.seq, is_closed=True))

    def _note(self, epoch: int, brought: Brought) -> None:
        self._keep(replace(self._record, brought={**self._record.brought, epoch: brought}))

    def _keep(self, record: HistoriesRecord) -> None:
        self._record = record
        self._file.write(record)

    def _contradicts(self, proof: Proof) -> bool:
        """Return whether the journal is still another: the right disk may have been put back."""

        def look(journal: Journal) -> bool:
            if proof.epoch != journal.epoch:
                return False  # a new epoch has begun since
            return journal.contradicts(proof.acked, proof.head)

        return self._writer.call(look).result()


def _read(file: HistoriesFile) -> HistoriesRecord:
    try:
        return file.read()
    except CacheCorrupt as error:
        log.error("histories: %s", error)  # noqa: TRY400  # a fault, and no bug of ours
        return HistoriesRecord()


def _told(proof: Proof) -> str:
    return (
        f"the centre holds another history than this disk by entry {proof.acked} of epoch"
        f" {proof.epoch}, and has signed for it: this disk was copied, or put back as it once was"
    )
