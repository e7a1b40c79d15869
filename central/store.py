"""The centre's database: the one place with SQL, so that PostgreSQL can take SQLite's place."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from threading import RLock
from typing import Any

from central.errors import CentralError, SiteUnusable, StoreUnavailable
from central.files import SECRET_MODE
from central.records import EnrolmentCode, StoredEntry, Terminal, TerminalState
from protocol.journal import genesis
from verifier.model import UnixSeconds
from verifier.status import SHARD_CARDS, Status

SCHEMA_VERSION = 1

# An upload's transaction takes a few ms; whoever waits longer than this is told to come back.
BUSY_S = 5.0

# One read, about 400 kB: short enough that an upload's commit never waits for a report.
PAGE_ENTRIES = 1_000

Row = tuple[Any, ...]

_TERMINALS = (
    "SELECT terminal, public, epoch, acked, head, status, last_seen_at"
    " FROM terminal ORDER BY terminal"
)
_TERMINAL = (
    "SELECT terminal, public, epoch, acked, head, status, last_seen_at"
    " FROM terminal WHERE terminal = ?"
)
_ENTRIES_BEHIND = (
    "SELECT terminal, epoch, seq, line FROM journal_entry"
    " WHERE (terminal, epoch, seq) > (?, ?, ?) ORDER BY terminal, epoch, seq LIMIT ?"
)


def create_store(path: Path) -> None:
    """Make the database at `path`, which must not exist."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, SECRET_MODE))
    schema = files("central").joinpath("schema.sql").read_text("utf-8")
    with _translated():
        db = _connect(path)
        db.executescript(f"BEGIN; {schema} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
        db.close()


def _connect(path: Path) -> sqlite3.Connection:
    """Return a connection in rollback-journal mode.

    Not WAL: other processes issue and publish while the centre serves, and before 3.51.3 SQLite
    can corrupt a WAL database when two connections checkpoint. EXTRA also syncs the folder behind
    the journal's removal, so what was acknowledged survives a power cut.
    """
    db = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        isolation_level=None,  # transactions are spelled out
        check_same_thread=False,  # `Store` holds a lock
        timeout=BUSY_S,
    )
    db.execute("PRAGMA journal_mode = DELETE")
    db.execute("PRAGMA synchronous = EXTRA")
    return db


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreUnavailable(f"central.db: {error}; try again, or free its disk") from error
    except sqlite3.DatabaseError as error:
        raise CentralError(f"central.db: {error}") from error


class Store:
    """One connection, used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._lock = RLock()
        with _translated():
            self._db = _connect(path)
            (version,) = self._one("PRAGMA user_version", ()) or (None,)
        if version != SCHEMA_VERSION:
            self.close()
            raise SiteUnusable(f"{path} has schema {version}, this program {SCHEMA_VERSION}")

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do everything inside at once or not at all; it is durable when this ends.

        IMMEDIATE takes SQLite's one write lock at the start and so locks the terminal's row.

        Raises:
            StoreUnavailable: locked by others for too long, or the disk is full or failing.
        """
        with self._lock, _translated():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    # Cards

    def allot(self, subjects: Sequence[bytes], now: UnixSeconds) -> range:
        """Return the status indexes of new cards, one for each of `subjects`, in order."""
        with self.transaction():
            first = self._number("SELECT coalesce(max(status_index), -1) + 1 FROM card")
            indexes = range(first, first + len(subjects))
            self._db.executemany(
                "INSERT INTO card (status_index, subject, issued_at) VALUES (?, ?, ?)",
                [(index, subject, now) for index, subject in zip(indexes, subjects, strict=True)],
            )
        return indexes

    def set_status(self, index: int, status: Status) -> bool:
        """Write a card's status; return whether there is such a card."""
        statement = "UPDATE card SET status = ? WHERE status_index = ? RETURNING status_index"
        with self.transaction():
            return self._one(statement, (status.value, index)) is not None

    def cards_allotted(self) -> int:
        """Return how many status indexes are taken; the next card gets this one."""
        return self._number("SELECT coalesce(max(status_index), -1) + 1 FROM card")

    def statuses(self, shard: int) -> dict[int, int]:
        """Return what is not VALID in `shard`: value by place within it."""
        first = shard * SHARD_CARDS
        rows = self._all(
            "SELECT status_index - ?1, status FROM card"
            " WHERE status <> 0 AND status_index >= ?1 AND status_index < ?1 + ?2",
            (first, SHARD_CARDS),
        )
        return dict(rows)

    def next_publication(self, now: UnixSeconds, *, is_reset: bool) -> tuple[int, UnixSeconds]:
        """Return version and date of a new publication, for good.

        The version is one more than the last; the date does not go back with this machine's
        clock, for terminals would refuse the folder, unless it carries a new reset of the floor.
        """
        with self.transaction():
            last = self._one(
                "SELECT version, issued_at FROM publication ORDER BY version DESC LIMIT 1", ()
            )
            version, issued_at = last or (0, now)
            row = (version + 1, now if is_reset else max(now, issued_at))
            self._db.execute("INSERT INTO publication (version, issued_at) VALUES (?, ?)", row)
        return row

    # Enrolment

    def add_code(self, code: EnrolmentCode) -> None:
        """Keep a new one-time code."""
        with self.transaction():
            self._db.execute(
                "INSERT INTO enrolment_code (code_id, secret, terminal, expires_at)"
                " VALUES (?, ?, ?, ?)",
                (code.code_id, code.secret, code.terminal, code.expires_at),
            )

    def code(self, code_id: str) -> EnrolmentCode | None:
        """Return the code of that id."""
        row = self._one(
            "SELECT code_id, secret, terminal, expires_at, used_by, answer"
            " FROM enrolment_code WHERE code_id = ?",
            (code_id,),
        )
        return None if row is None else _code(row)

    def use_code(self, code_id: str, *, public: bytes, answer: bytes) -> None:
        """Note who used a code, and what he was answered; inside a transaction."""
        self._db.execute(
            "UPDATE enrolment_code SET used_by = ?, answer = ? WHERE code_id = ?",
            (public, answer, code_id),
        )

    def begin_epoch(self, terminal: str, *, public: bytes, epoch: int, now: UnixSeconds) -> None:
        """Begin an epoch with an empty chain under a new key; inside a transaction."""
        self._db.execute(
            "INSERT INTO terminal (terminal, public, epoch, acked, head, last_seen_at)"
            " VALUES (?, ?, ?, 0, ?, ?) ON CONFLICT (terminal) DO UPDATE SET public ="
            " excluded.public, epoch = excluded.epoch, acked = 0, head = excluded.head,"
            " last_seen_at = excluded.last_seen_at",
            (terminal, public, epoch, genesis(terminal, epoch), now),
        )

    # Terminals and their journals

    def terminal(self, terminal: str) -> Terminal | None:
        """Return the terminal of that id."""
        row = self._one(_TERMINAL, (terminal,))
        return None if row is None else _terminal(row)

    def terminals(self) -> list[Terminal]:
        """Return every terminal, by id."""
        return [_terminal(row) for row in self._all(_TERMINALS, ())]

    def set_state(self, terminal: str, state: TerminalState) -> bool:
        """Write whether uploads are taken; return whether there is such a terminal."""
        statement = "UPDATE terminal SET status = ? WHERE terminal = ? RETURNING terminal"
        with self.transaction():
            return self._one(statement, (state.value, terminal)) is not None

    def chains(self, terminal: str, epoch: int, seqs: range) -> dict[int, bytes]:
        """Return the chain's value behind each of the entries `seqs` that are held."""
        rows = self._all(
            "SELECT seq, chain FROM journal_entry"
            " WHERE terminal = ? AND epoch = ? AND seq >= ? AND seq < ?",
            (terminal, epoch, seqs.start, seqs.stop),
        )
        return dict(rows)

    def append(self, of: Terminal, entries: Sequence[tuple[int, bytes, bytes]]) -> None:
        """Append (seq, line, chain) to the terminal's epoch, in order; inside a transaction."""
        self._db.executemany(
            "INSERT INTO journal_entry VALUES (?, ?, ?, ?, ?)",
            [(of.terminal, of.epoch, *entry) for entry in entries],
        )

    def keep_head(self, of: Terminal) -> None:
        """Write how far the terminal's epoch is held, and when it was last heard of."""
        self._db.execute(
            "UPDATE terminal SET acked = ?, head = ?, last_seen_at = ? WHERE terminal = ?",
            (of.acked, of.head, of.last_seen_at, of.terminal),
        )

    def entries(self) -> Iterator[StoredEntry]:
        """Return every entry by terminal, epoch and seq, a page at a time."""
        place: Row = ("", 0, 0)
        while page := self._all(_ENTRIES_BEHIND, (*place, PAGE_ENTRIES)):
            for terminal, epoch, seq, line in page:
                yield StoredEntry(terminal=terminal, epoch=epoch, seq=seq, line=line)
            place = page[-1][:3]

    def _all(self, statement: str, values: Row) -> list[Row]:
        with self._lock, _translated():
            return self._db.execute(statement, values).fetchall()

    def _one(self, statement: str, values: Row) -> Row | None:
        rows = self._all(statement, values)
        return rows[0] if rows else None

    def _number(self, statement: str) -> int:
        number: int = self._all(statement, ())[0][0]
        return number


def _code(row: Row) -> EnrolmentCode:
    code_id, secret, terminal, expires_at, used_by, answer = row
    return EnrolmentCode(
        code_id=code_id,
        secret=secret,
        terminal=terminal,
        expires_at=expires_at,
        used_by=used_by,
        answer=answer,
    )


def _terminal(row: Row) -> Terminal:
    terminal, public, epoch, acked, head, status, last_seen_at = row
    return Terminal(
        terminal=terminal,
        public=public,
        epoch=epoch,
        acked=acked,
        head=head,
        state=TerminalState(status),
        last_seen_at=last_seen_at,
    )
