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
from offline_cache.database import SUFFIXES, UNREADABLE, following, newest
from offline_cache.entries import Standing
from offline_cache.errors import CacheCorrupt, CacheFault
from offline_cache.files import remove, rename_durably
from protocol.journal import extend

# More than any one commit carries: a file that was replaced may know those of the one that failed.
DOUBTFUL_ENTRIES_MAX = 500


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


def remove_replaced(path: Path, end: Standing) -> None:
    """Take away the files that the newest one was written in place of.

    Args:
        path: what the journal is called.
        end: where it stands in the newest file.

    Raises:
        CacheCorrupt: one of them goes on where the newest ends: somebody put back an old file, and
            what is taken away might be nowhere else.
        OSError: the disk is read-only or failing; the next start tries again.
    """
    for old in database.older(path):
        if _goes_on(old, end):
            raise CacheCorrupt(
                f"{newest(path)}: it ends before {old.name} beside it, so it was put back from an"
                " older copy; move it out of the folder"
            )
    database.remove_older(path)


def _goes_on(old: Path, end: Standing) -> bool:
    """Return whether a replaced file knows more entries than were in doubt when it was."""
    if not old.exists():
        return False
    try:
        with closing(database.calls.connect_read_only(old)) as connection:
            rows = connection.execute(
                "SELECT epoch, seq FROM journal ORDER BY epoch DESC, seq DESC LIMIT 1"
            ).fetchall()
    except UNREADABLE:  # that may be why it was replaced
        return False
    return bool(rows) and tuple(rows[0]) > (end.epoch, end.seq + DOUBTFUL_ENTRIES_MAX)


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
