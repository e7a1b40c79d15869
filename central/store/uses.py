"""Uses of presentations: where each was accepted first, and all uses of those used again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from central.database.engine import Database, Row

_COLUMNS = {
    "sector": str,
    "presentation": str,
    "terminal": str,
    "epoch": int,
    "seq": int,
    "lane": str,
    "at": int,
    "type": str,
    "verdict": str,
    "amount_minor": int,
    "currency": str,
}
_NAMES = ", ".join(_COLUMNS)
_values = attrgetter(*_COLUMNS)
_ADD_DOUBLE = (
    f"INSERT INTO double_use ({_NAMES}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608  # our own names
    " ON CONFLICT DO NOTHING"
)
_DOUBLES = (
    f"SELECT {_NAMES} FROM double_use"  # noqa: S608  # our own names
    " WHERE (sector, presentation, terminal, epoch, seq) > (?, ?, ?, ?, ?)"
    " ORDER BY sector, presentation, terminal, epoch, seq LIMIT ?"
)
_GRANTED_TWICE = (
    "SELECT count(*) FROM (SELECT 1 FROM double_use WHERE verdict = 'grant'"
    " GROUP BY sector, presentation HAVING count(*) > 1) AS doubled"
)
_OVERRIDE = (
    "UPDATE {} SET epoch = ?, seq = ?, lane = ?, at = ?, type = ?, verdict = ?, amount_minor = ?,"
    " currency = ? WHERE sector = ? AND presentation = ? AND terminal = ? AND epoch = ? AND seq = ?"
    " AND verdict = 'refer' RETURNING seq"
)
_FORGET = "DELETE FROM first_use WHERE at < ?"

# SQLite takes 32,766 parameters in a statement, PostgreSQL 65,535.
LOOKED_UP_MAX = 500
PAGE_ROWS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One accepted showing of a code."""

    sector: str
    presentation: str
    terminal: str
    epoch: int
    seq: int
    lane: str
    at: int
    type: str
    verdict: str
    amount_minor: int | None
    currency: str


class Uses:
    """First uses, and the uses of what was used more than once."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def first(self, sector: str, presentations: Sequence[str]) -> dict[str, Use]:
        """Return the first use of those of `presentations` that have one."""
        found: dict[str, Use] = {}
        for place in range(0, len(presentations), LOOKED_UP_MAX):
            part = presentations[place : place + LOOKED_UP_MAX]
            statement = (
                f"SELECT {_NAMES} FROM first_use WHERE sector = ?"  # noqa: S608  # our own names
                f" AND presentation IN ({', '.join('?' * len(part))})"
            )
            rows = self._db.rows(statement, (sector, *part))
            found |= {use.presentation: use for use in map(_use, rows)}
        return found

    def add_first(self, uses: Sequence[Use]) -> None:
        """Keep first uses; inside a transaction."""
        self._db.copy_in("first_use", _COLUMNS, [_values(use) for use in uses])

    def add_double(self, uses: Sequence[Use]) -> None:
        """Keep uses of what was used more than once; inside a transaction."""
        self._db.execute_each(_ADD_DOUBLE, [_values(use) for use in uses])

    def override(self, use: Use, epoch: int, seq: int) -> bool:
        """Put a grant in the place of the referral that it overrides; inside a transaction.

        Return whether that referral, of the same code at the same terminal, is known.
        """
        own = attrgetter(
            "epoch", "seq", "lane", "at", "type", "verdict", "amount_minor", "currency"
        )
        place = (use.sector, use.presentation, use.terminal, epoch, seq)
        found = [
            self._db.rows(_OVERRIDE.format(table), (*own(use), *place))
            for table in ("first_use", "double_use")
        ]
        return any(found)

    def doubles(self) -> Iterator[Use]:
        """Return every use of what was used more than once, by presentation and place."""
        place: Row = ("", "", "", 0, 0)
        while page := self._db.rows(_DOUBLES, (*place, PAGE_ROWS)):
            yield from map(_use, page)
            place = page[-1][:5]

    def granted_twice(self) -> int:
        """Return how many presentations were granted more than once."""
        return int(self._db.rows(_GRANTED_TWICE)[0][0])

    def forget_first(self, before: int) -> None:
        """Let go of the first uses that are older than the moment `before`."""
        self._db.execute(_FORGET, (before,))

    def clear(self) -> None:
        """Forget all uses; inside a transaction."""
        self._db.execute("DELETE FROM first_use")
        self._db.execute("DELETE FROM double_use")


def _use(row: Row) -> Use:
    return Use(**dict(zip(_COLUMNS, row, strict=True)))
