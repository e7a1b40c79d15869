"""The terminal's signed checkpoints of its own journal, as they are kept.

With its own key a terminal can tell that its tail was cut below the last of them, also where the
centre has not acknowledged so far.
"""

import sqlite3

from offline_cache.entries import Standing
from protocol.checkpoint import Checkpoint, checkpoint_octets
from protocol.keys import SigningKey

# A cut tail is noticed down to the last of them, and a busy gate writes so many in an hour: a
# signature (60 us) and 330 octets for each.
EVERY_ENTRIES = 1_000


class OwnCheckpoints:
    """The table; every call that writes stands within a transaction of the journal's."""

    def __init__(self, connection: sqlite3.Connection, *, terminal: str, key: SigningKey) -> None:
        self._connection, self._terminal, self._key = connection, terminal, key

    def sign(self, standing: Standing) -> bytes:
        """Return the note that says where the chain stands."""
        checkpoint = Checkpoint(
            terminal=self._terminal,
            epoch=standing.epoch,
            seq=standing.seq,
            head=standing.chain,
        )
        return checkpoint_octets(checkpoint, self._key)

    def keep(self, standing: Standing) -> None:
        """Keep where the chain stands now; of each thousand entries the newest stays."""
        self._connection.execute(
            "DELETE FROM own_checkpoint WHERE epoch = ? AND seq BETWEEN ? AND ?",
            (standing.epoch, standing.seq // EVERY_ENTRIES * EVERY_ENTRIES, standing.seq),
        )
        self._connection.execute(
            "INSERT INTO own_checkpoint VALUES (?, ?, ?)",
            (standing.epoch, standing.seq, self.sign(standing)),
        )

    def last(self, epoch: int) -> int:
        """Return the entry of the newest one; 0: there is none."""
        ((seq,),) = self._connection.execute(
            "SELECT coalesce(max(seq), 0) FROM own_checkpoint WHERE epoch = ?", (epoch,)
        )
        return int(seq)


def is_due(before: int, last: int) -> bool:
    """Return whether one is to be kept once the entries behind `before`, to `last`, are written."""
    return last // EVERY_ENTRIES > before // EVERY_ENTRIES
