"""Enrolment: one-time codes, and who used them."""

from central.database.engine import Database, Row
from central.records import EnrolmentCode
from verifier.model import UnixSeconds

_ADD = "INSERT INTO enrolment_code (code_id, secret, terminal, expires_at) VALUES (?, ?, ?, ?)"
_CODE = (
    "SELECT code_id, secret, terminal, expires_at, used_by, answer"
    " FROM enrolment_code WHERE code_id = ?"
)
_ANSWERED = (
    "SELECT code_id, secret, terminal, expires_at, used_by, answer"
    " FROM enrolment_code WHERE used_by = ?"
)
_OPEN = (
    "SELECT terminal, code_id, expires_at FROM enrolment_code"
    " WHERE used_by IS NULL AND expires_at > ? ORDER BY expires_at, code_id"
)
_USE = "UPDATE enrolment_code SET used_by = ?, answer = ? WHERE code_id = ?"


class Enrolments:
    """The one-time codes."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, code: EnrolmentCode) -> None:
        """Keep a new one-time code."""
        self._db.execute(_ADD, (code.code_id, code.secret, code.terminal, code.expires_at))

    def locked(self, code_id: str) -> EnrolmentCode | None:
        """Return the code of that id, which nobody else uses until the transaction ends."""
        row = self._db.row(_CODE + self._db.row_lock, (code_id,))
        return None if row is None else _code(row)

    def answered(self, public: bytes) -> EnrolmentCode | None:
        """Return the code that the machine of this key used; inside a transaction."""
        row = self._db.row(_ANSWERED + self._db.row_lock, (public,))
        return None if row is None else _code(row)

    def open(self, now: UnixSeconds) -> list[tuple[str, str, UnixSeconds]]:
        """Return terminal, id and end of each code that could still be used."""
        return [(terminal, code, end) for terminal, code, end in self._db.rows(_OPEN, (now,))]

    def use(self, code_id: str, *, public: bytes, answer: bytes) -> None:
        """Note who used a code, and what he was answered; inside a transaction."""
        self._db.execute(_USE, (public, answer, code_id))


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
