"""Writing a journal anew after a commit or sync has failed, out of what is known to be durable.

A failed sync leaves in doubt what is on the disk: Linux calls the pages clean that it could not
write, reads show them, and the next power cut takes them away. To go on in the same files, or to
open them again, loses entries that were acknowledged long before (DESIGN: 40 to 70 of 2,000).
So all entries are copied into a new file, which is synced and checked before it takes the old
one's place; whoever waited for the commit that failed has been told so, and it is not in there.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from offline_cache import database
from offline_cache.database import SUFFIXES, following, newest
from offline_cache.entries import Standing
from offline_cache.errors import CacheFault
from offline_cache.files import remove, rename_durably
from protocol.journal import extend


def write_anew(path: Path, *, base: Standing, end: Standing) -> None:
    """Copy what was acknowledged into a new file, and let that be the journal called `path`.

    The connection whose commit failed, rolled back, must be open until this returns. While it is,
    its index of the log stands for all connections: it ends with the last commit that succeeded,
    so another one sees neither more nor less. Whoever opens the files alone reads the log itself,
    and takes for committed what is in doubt; and whoever closes them last writes.

    Args:
        path: what the journal is called.
        base: where its chain begins: the epoch's beginning, or behind what was erased.
        end: where it stood when an entry was acknowledged last.

    Raises:
        CacheFault: the new file could not be written, or is not what was acknowledged. The old
            one is still the journal, and as doubtful as before.
    """
    target = following(path)
    fresh = target.with_name(f".{target.name}.new")
    try:
        for suffix in SUFFIXES:
            remove(fresh.with_name(fresh.name + suffix))
        with closing(database.calls.connect(newest(path))) as connection:
            connection.execute("VACUUM INTO ?", (str(fresh),))
        _check(fresh, base, end)
        rename_durably(fresh, target)
    except (sqlite3.Error, OSError) as error:
        raise CacheFault(
            f"{path}: after a failed write it could not be written anew ({error}); it is tried"
            " again. Look at the disk's space and health"
        ) from error


def _check(fresh: Path, base: Standing, end: Standing) -> None:
    """Check every entry of the epoch in the new file, and have it keep a write-ahead log.

    That must stand in the file before it takes the old one's place: a power cut while it is being
    changed would leave a journal that nobody can open for reading alone.

    Raises:
        CacheFault: they are not those that were acknowledged.
        sqlite3.Error: it can't be read.
    """
    with closing(database.calls.connect(fresh)) as connection:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        is_whole = _walked(connection, base, end.epoch) == end
    if mode != "wal":  # a write of it failed, and SQLite has gone on as before
        raise CacheFault(
            f"{fresh}: SQLite could not begin its log there; look at the disk's health"
        )
    if not is_whole:
        raise CacheFault(
            f"{fresh}: what was saved after a failed write is not what was acknowledged; stop the"
            " terminal, keep the state folder and tell the operator"
        )


def _walked(connection: sqlite3.Connection, base: Standing, epoch: int) -> Standing | None:
    """Return where the chain ends in a new file; None: it is broken on the way."""
    seq, chain = base.seq, base.chain
    for found, line, kept in connection.execute(
        "SELECT seq, CAST(line AS BLOB), chain FROM journal WHERE epoch = ? ORDER BY seq", (epoch,)
    ):
        seq, chain = seq + 1, extend(chain, line)
        if (found, kept) != (seq, chain):
            return None
    return Standing(epoch=epoch, seq=seq, chain=chain)
