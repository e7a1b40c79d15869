"""The audit's lines: added at the end alone."""

from dataclasses import dataclass

from central.database.engine import Database, Row

_APPEND = "INSERT INTO audit (number, line, chain) VALUES (?, ?, ?)"
_LAST = "SELECT number, line, chain FROM audit ORDER BY number DESC LIMIT 1"
_BEHIND = "SELECT number, line, chain FROM audit WHERE number > ? ORDER BY number LIMIT ?"
_BEFORE = "SELECT number, line, chain FROM audit WHERE number < ? ORDER BY number DESC LIMIT ?"

# One read; some 300 kB.
PAGE_ROWS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """A line, and the chain's value behind it."""

    number: int
    line: bytes
    chain: bytes


class Audit:
    """What operators did."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def lock(self) -> None:
        """Let nobody else append until the transaction ends."""
        self._db.lock_table("audit")

    def append(self, line: AuditLine) -> None:
        """Add a line; inside the transaction that has locked."""
        self._db.execute(_APPEND, (line.number, line.line, line.chain))

    def last(self) -> AuditLine | None:
        """Return the newest line."""
        row = self._db.row(_LAST)
        return None if row is None else _line(row)

    def behind(self, number: int) -> list[AuditLine]:
        """Return the lines behind `number`, the oldest first, a page of them."""
        return [_line(row) for row in self._db.rows(_BEHIND, (number, PAGE_ROWS))]

    def before(self, number: int, limit: int) -> list[AuditLine]:
        """Return the lines before `number`, the newest first, `limit` at most."""
        return [_line(row) for row in self._db.rows(_BEFORE, (number, limit))]


def _line(row: Row) -> AuditLine:
    number, line, chain = row
    return AuditLine(number=number, line=bytes(line), chain=bytes(chain))
