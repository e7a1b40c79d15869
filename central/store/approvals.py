"""Online answers that were given, and cards that are stopped, by the names that terminals use."""

from collections.abc import Sequence
from dataclasses import dataclass

from central.database.engine import Database
from central.errors import RowTaken, StoreUnavailable

_COLUMNS = (
    "terminal, request_key, digest, answer, sector, pseudonym, currency, amount_minor, day,"
    " is_pending"
)
_ADD = f"INSERT INTO approval ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608  # our own names
_GIVEN = "SELECT digest, answer FROM approval WHERE terminal = ? AND request_key = ?"
_PENDING = (
    "SELECT coalesce(sum(amount_minor), 0) FROM approval WHERE is_pending = 1"
    " AND sector = ? AND pseudonym = ? AND day = ? AND currency = ?"
)
_SETTLE = "UPDATE approval SET is_pending = 0 WHERE terminal = ? AND request_key = ?"
_FORGET = "DELETE FROM approval WHERE day < ?"
_STOPPED = "SELECT status FROM stopped_card WHERE sector = ? AND pseudonym = ?"
_STOP = (
    "INSERT INTO stopped_card (sector, pseudonym, status) VALUES (?, ?, ?)"
    " ON CONFLICT (sector, pseudonym) DO UPDATE SET status = excluded.status"
)
_FREE = "DELETE FROM stopped_card WHERE sector = ? AND pseudonym = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An answer that was given."""

    terminal: str
    request_key: str
    digest: bytes  # of what was asked
    answer: bytes
    sector: str
    pseudonym: str
    currency: str
    amount_minor: int
    day: int
    is_pending: bool  # approved, and its entry has not come


class Approvals:
    """Answers by (terminal, key)."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def given(self, terminal: str, request_key: str) -> tuple[bytes, bytes] | None:
        """Return the digest of what was asked under a key, and the answer."""
        row = self._db.row(_GIVEN, (terminal, request_key))
        return None if row is None else (bytes(row[0]), bytes(row[1]))

    def add(self, given: Given) -> None:
        """Keep an answer; inside a transaction.

        Raises:
            StoreUnavailable: another question took the key at the same moment; asked again, it
                is compared with that.
        """
        row = (given.terminal, given.request_key, given.digest, given.answer, given.sector)
        of_card = (given.pseudonym, given.currency, given.amount_minor, given.day)
        try:
            self._db.execute(_ADD, (*row, *of_card, int(given.is_pending)))
        except RowTaken as error:
            raise StoreUnavailable(f"{given.terminal} asked twice at once by one key") from error

    def pending(self, sector: str, pseudonym: str, day: int, currency: str) -> int:
        """Return what was approved for a card in a day and has not come as an entry."""
        return int(self._db.rows(_PENDING, (sector, pseudonym, day, currency))[0][0])

    def settle(self, terminal: str, request_keys: Sequence[str]) -> None:
        """Note that entries have come of approvals; inside a transaction."""
        self._db.execute_each(_SETTLE, [(terminal, key) for key in request_keys])

    def forget(self, before_day: int) -> None:
        """Let go of the answers of earlier days."""
        self._db.execute(_FORGET, (before_day,))

    def stopped(self, sector: str, pseudonym: str) -> int | None:
        """Return the status of a card that is not valid; None: it is, or is not known."""
        row = self._db.row(_STOPPED, (sector, pseudonym))
        return None if row is None else int(row[0])

    def free_all(self) -> None:
        """Forget which cards are stopped; inside a transaction that says it anew."""
        self._db.execute("DELETE FROM stopped_card")

    def stop(self, sector: str, pseudonym: str, status: int) -> None:
        """Write that a card is not valid; 0 takes that back."""
        if status == 0:
            self._db.execute(_FREE, (sector, pseudonym))
        else:
            self._db.execute(_STOP, (sector, pseudonym, status))
