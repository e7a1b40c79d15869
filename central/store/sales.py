"""Sales as sums by card and day, and the entries that take something back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from central.database.engine import Database, Row

# A day's sum goes no further, either way: half of what a database holds, so that nothing overflows
# on the way. Only a terminal that writes millions of the largest sales comes there.
_SUM_MAX = (1 << 62) - 1

_ADD_DAY = (
    "INSERT INTO card_day (sector, pseudonym, day, currency, amount_minor)"  # noqa: S608  # our own number
    " VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (sector, pseudonym, day, currency)"
    " DO UPDATE SET amount_minor = CASE"
    f" WHEN excluded.amount_minor > {_SUM_MAX} - card_day.amount_minor THEN {_SUM_MAX}"
    f" WHEN excluded.amount_minor < -{_SUM_MAX} - card_day.amount_minor THEN -{_SUM_MAX}"
    " ELSE card_day.amount_minor + excluded.amount_minor END"
)
_DAY = (
    "SELECT amount_minor FROM card_day"
    " WHERE sector = ? AND pseudonym = ? AND day = ? AND currency = ?"
)
_BEGIN_DAY = (
    "INSERT INTO card_day (sector, pseudonym, day, currency, amount_minor) VALUES (?, ?, ?, ?, 0)"
    " ON CONFLICT (sector, pseudonym, day, currency) DO NOTHING"
)
_ADD_REVERSAL = (
    "INSERT INTO reversal (terminal, epoch, seq, lane, at, amount_minor, currency, reference,"
    " presentation) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_TAKE_BACK = (
    "INSERT INTO taken_back (terminal, epoch, seq, by_epoch, by_seq) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING RETURNING seq"
)
_REVERSALS = (
    "SELECT terminal, epoch, seq, lane, at, amount_minor, currency, reference, presentation"
    " FROM reversal WHERE at >= ? AND at < ? AND (terminal, epoch, seq) > (?, ?, ?)"
    " ORDER BY terminal, epoch, seq LIMIT ?"
)

_values = attrgetter(
    "terminal",
    "epoch",
    "seq",
    "lane",
    "at",
    "amount_minor",
    "currency",
    "reference",
    "presentation",
)

PAGE_ROWS = 1_000

CardDay = tuple[str, str, int, str]  # sector, pseudonym, day, currency


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """An entry that takes a sale back."""

    terminal: str
    epoch: int
    seq: int
    lane: str
    at: int
    amount_minor: int | None
    currency: str
    reference: str
    presentation: str


class Sales:
    """What cards paid."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add_days(self, sums: Mapping[CardDay, int]) -> None:
        """Add to what cards paid in a day; inside a transaction."""
        self._db.execute_each(
            _ADD_DAY, [(*place, amount) for place, amount in sorted(sums.items())]
        )

    def day(self, place: CardDay) -> int:
        """Return what a card paid in a day, less what was taken back."""
        row = self._db.row(_DAY, place)
        return 0 if row is None else int(row[0])

    def lock_day(self, place: CardDay) -> None:
        """Let nobody else write a card's day until the transaction ends."""
        self._db.execute(_BEGIN_DAY, place)
        self._db.row(_DAY + self._db.row_lock, place)

    def take_back(self, terminal: str, of: tuple[int, int], by: tuple[int, int]) -> bool:
        """Note that the entry at `by` takes the sale at `of` back; inside a transaction.

        Return whether it is the first that does: places are epoch and number.
        """
        return bool(self._db.rows(_TAKE_BACK, (terminal, *of, *by)))

    def add_reversals(self, reversals: Sequence[Reversal]) -> None:
        """Keep entries that take something back; inside a transaction."""
        self._db.execute_each(_ADD_REVERSAL, [_values(each) for each in reversals])

    def reversals(self, moments: range) -> Iterator[Reversal]:
        """Return the entries that take something back, by place."""
        place: Row = ("", 0, 0)
        while page := self._db.rows(_REVERSALS, (moments.start, moments.stop, *place, PAGE_ROWS)):
            for row in page:
                yield _reversal(row)
            place = page[-1][:3]

    def clear(self) -> None:
        """Forget all sales; inside a transaction."""
        self._db.execute("DELETE FROM card_day")
        self._db.execute("DELETE FROM reversal")
        self._db.execute("DELETE FROM taken_back")


def _reversal(row: Row) -> Reversal:
    terminal, epoch, seq, lane, at, amount_minor, currency, reference, presentation = row
    return Reversal(
        terminal=terminal,
        epoch=epoch,
        seq=seq,
        lane=lane,
        at=at,
        amount_minor=amount_minor,
        currency=currency,
        reference=reference,
        presentation=presentation,
    )
