"""Subsidies that were paid to holders of cards."""

from collections.abc import Sequence
from dataclasses import dataclass

from central.database.engine import Database, Row
from protocol.query import Payment
from verifier.profile import Phrase

_SUBJECT = "SELECT subject FROM card WHERE status_index = ?"
_ADD = (
    "INSERT INTO subsidy (status_index, sector, pseudonym, paid_on, zh, en, amount_minor, currency)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING number"
)
_PAID = (
    "SELECT paid_on, zh, en, amount_minor, currency FROM subsidy"
    " WHERE sector = ? AND pseudonym = ? ORDER BY paid_on DESC, number DESC LIMIT ?"
)
_OF_CARD = (
    "SELECT number, paid_on, zh, en, amount_minor, currency FROM subsidy"
    " WHERE status_index = ? ORDER BY paid_on DESC, number DESC LIMIT ?"
)
_CARDS = "SELECT DISTINCT status_index FROM subsidy WHERE status_index > ? ORDER BY 1 LIMIT ?"
_NAME = "UPDATE subsidy SET sector = ?, pseudonym = ? WHERE status_index = ?"

# One read; some kB.
PAGE_CARDS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPayment:
    """One subsidy as the centre keeps it."""

    number: int
    payment: Payment


class Subsidies:
    """By card, and by the name under which terminals of a sector know it."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def subject(self, status_index: int) -> bytes | None:
        """Return the subject of a card; None: there is no such card."""
        row = self._db.row(_SUBJECT, (status_index,))
        return None if row is None else bytes(row[0])

    def add(self, status_index: int, sector: str, pseudonym: str, payment: Payment) -> int:
        """Keep a payment; return its number."""
        what = payment.what
        told = (payment.on, what.zh, what.en, payment.amount_minor, payment.currency)
        row = self._db.row(_ADD, (status_index, sector, pseudonym, *told))
        assert row is not None  # noqa: S101  # an INSERT that returns has a row
        return int(row[0])

    def paid(self, sector: str, pseudonym: str, limit: int) -> tuple[Payment, ...]:
        """Return what was paid to a card by its name in a sector, the newest first."""
        return tuple(map(_payment, self._db.rows(_PAID, (sector, pseudonym, limit))))

    def of_card(self, status_index: int, limit: int) -> tuple[KeptPayment, ...]:
        """Return what was paid to a card, the newest first."""
        return tuple(
            KeptPayment(number=int(row[0]), payment=_payment(row[1:]))
            for row in self._db.rows(_OF_CARD, (status_index, limit))
        )

    def cards(self, after: int) -> tuple[int, ...]:
        """Return status indexes behind `after` to which something was paid, a page of them."""
        return tuple(int(index) for (index,) in self._db.rows(_CARDS, (after, PAGE_CARDS)))

    def name(self, status_index: int, sector: str, pseudonym: str) -> None:
        """Write a card's name anew, as after the sector key was changed."""
        self._db.execute(_NAME, (sector, pseudonym, status_index))


def _payment(row: Row | Sequence[object]) -> Payment:
    on, zh, en, amount_minor, currency = row
    return Payment(
        on=str(on),
        what=Phrase(zh=str(zh), en=str(en)),
        amount_minor=int(str(amount_minor)),
        currency=str(currency),
    )
