"""What each card has used here: money, ways and clients' requests, as the journal tells them.

Its tables are the quick form of what the journal says (docs/protocol.md, "Ledger"). They change in
the transaction of the entry, and are made equal to it at each opening.
"""

import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from offline_cache.card_uses import Asked, is_within, standing_of
from offline_cache.errors import CacheError
from offline_cache.replay import Place as At
from offline_cache.replay import Pruning, prune
from offline_cache.tables import LEDGER_TABLES
from protocol.journal import PresentationRecord
from protocol.snapshot import UseMark
from protocol.use import Place, Use, key_digest
from verifier.limits import CardStanding, Ceilings, exceeded
from verifier.model import UnixSeconds, Verdict
from verifier.profile import Again
from verifier.reasons import Reason

if TYPE_CHECKING:
    from offline_cache.told_uses import ToldUses

# Counts, sums, ways and keys look back so far; a month's ration, as a printed card's window.
USE_HORIZON_S = 31 * 86_400
# Of a card: at one terminal thirty a day, every day. Whoever has more is refused by any ceiling.
CARD_ROWS_MAX = 1_000
# Of each table: a month of a counter that sells every ten seconds around the clock, 40 MB.
ROWS_MAX = 270_000

_ADD_USE = "INSERT OR REPLACE INTO uses VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_MERGE_USE = (
    "INSERT INTO uses VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
    " (at, zone, profile, direction, currency, amount_minor, is_online) = (excluded.at,"
    " excluded.zone, excluded.profile, excluded.direction, excluded.currency,"
    " excluded.amount_minor, excluded.is_online)"
    " WHERE (at, zone, profile, direction, currency, amount_minor, is_online) IS NOT"
    " (excluded.at, excluded.zone, excluded.profile, excluded.direction, excluded.currency,"
    " excluded.amount_minor, excluded.is_online)"
)
_CARD = "SELECT * FROM uses WHERE pseudonym = ? AND at > ? ORDER BY epoch DESC, seq DESC LIMIT ?"
_EXPOSURE = (
    "SELECT coalesce(sum(amount_minor), 0) FROM uses INDEXED BY uses_alone WHERE is_online = 0"
    " AND amount_minor > 0 AND currency = ? AND epoch = ?"
    " AND seq > coalesce((SELECT acked FROM checkpoint WHERE epoch = ?), 0)"
)
_TAKE_BACK = (
    "DELETE FROM uses WHERE (pseudonym, epoch, seq) = (?, ?, ?) RETURNING currency, amount_minor,"
    " is_online = 0 AND NOT EXISTS (SELECT 1 FROM checkpoint AS c WHERE c.epoch = ? AND c.acked >= ?)"
)
_KEEP_KEY = (
    "INSERT INTO keyed VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET epoch = excluded.epoch,"
    " seq = excluded.seq, at = excluded.at, is_final = excluded.is_final WHERE "
)
_IS_LATER = "(excluded.epoch, excluded.seq) >= (epoch, seq)"


@dataclass(frozen=True, slots=True, kw_only=True)
class PassbackRule:
    """What becomes of a card that goes a way which its last one in the zone does not lead to."""

    zone: str
    direction: str  # `in` or `out`
    within_s: int  # how long the last way counts; 0: until it went the other way
    verdict: Verdict  # the same way again; GRANT: nobody minds
    unknown: Verdict = Verdict.GRANT  # goes out, and is not known to be in


@dataclass(frozen=True, slots=True, kw_only=True)
class UseClaim:
    """Wanted: that a use breaks no limit, whatever other lanes granted since it was weighed."""

    ceilings: Ceilings = field(default=Ceilings())  # none for what the centre approved
    passback: PassbackRule | None = None
    again_s: int = 0  # the same card by the same profile in the same zone within it; 0: no matter
    again: Again = Again.DENY


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundUse:
    """The last entry that was made for a client's key."""

    place: Place
    line: bytes | None  # None: it is erased
    annulled_by: Place | None


class KeyUsed(CacheError):  # noqa: N818  # the condition is the name
    """Nothing was written: the client's key has its entry already."""

    def __init__(self, found: FoundUse) -> None:
        super().__init__(
            f"the client's key was used for entry {found.place.epoch}/{found.place.seq}; ask for"
            " the state of that request, or make another key"
        )
        self.found = found


class Free:
    """The ruling on a use that costs nothing, for the card has paid a moment ago."""


Ruling = tuple[Verdict, Reason] | Free | None  # None: as it was weighed


class Ledger:
    """The tables of uses and keys; every change stands within a transaction of the journal's."""

    def __init__(
        self, connection: sqlite3.Connection, *, epoch: int, rows_max: int = ROWS_MAX
    ) -> None:
        self._connection, self._epoch, self._rows_max = connection, epoch, rows_max
        # By currency: added up once after each acknowledgement, for an outage of days leaves rows
        # that take milliseconds to add up.
        self._exposures: dict[str, int] = {}
        self._is_in_doubt = False

    def begin(self) -> None:
        """Begin a transaction's entries; what one before added that was not committed is undone."""
        self.look_again(is_due=self._is_in_doubt)
        self._is_in_doubt = True

    def committed(self) -> None:
        """Note that the transaction's entries are durable."""
        self._is_in_doubt = False

    def look_again(self, *, is_due: bool = True) -> None:
        """Forget what was added up, where something else has changed it."""
        if is_due:
            self._exposures.clear()

    def card_standing(
        self,
        pseudonym: str,
        *,
        currency: str,
        zone: str,
        profile: str,
        at: UnixSeconds,
        velocity_window_s: int = 0,
    ) -> CardStanding:
        """Return how a card stands at the instant `at`; what is older than a month is forgotten."""
        asked = Asked(
            currency=currency,
            zone=zone,
            profile=profile,
            at=at,
            velocity_window_s=velocity_window_s,
        )
        self.look_again(is_due=self._is_in_doubt)
        exposure = self._exposure(currency) if currency else 0
        return standing_of(self._card(pseudonym, at), asked, exposure_minor=exposure)

    def rule(self, claim: UseClaim, record: PresentationRecord, at: UnixSeconds) -> Ruling:
        """Return what becomes of a grant once other lanes' uses are looked at: the first that holds.

        Raises:
            ValueError: the record moves nothing: our bug.
        """
        use = record.use
        if use is None:
            raise ValueError("a claim is made for a use")
        rows = self._card(record.pseudonym, at)
        asked = Asked(
            currency=use.currency,
            zone=use.zone,
            profile=record.profile,
            at=at,
            velocity_window_s=claim.ceilings.velocity_window_s,
        )
        has_exposure = claim.ceilings.exposure_minor_max is not None
        exposure = self._exposure(use.currency) if has_exposure else 0
        standing = standing_of(rows, asked, exposure_minor=exposure)
        again = _again(claim, standing, at)
        if again is not None and not isinstance(again, Free):
            return again
        way = None if claim.passback is None else passed_back(claim.passback, standing, at)
        if way is not None:  # also where it is free: a card may have been handed back
            return way
        return again or _over(claim.ceilings, use, standing, len(rows))

    def require_key(self, use: Use) -> None:
        """Check that the client's key has no entry that used it up.

        Raises:
            KeyUsed: it has.
        """
        rows = self._key(use.client, use.key) if use.key else []
        if rows and rows[0][2]:
            raise KeyUsed(self._found(rows[0][0], rows[0][1]))

    def find(self, client: str, key: str) -> FoundUse | None:
        """Return the last entry that was made for a client's key; None: none was, for a month."""
        rows = self._key(client, key)
        return self._found(rows[0][0], rows[0][1]) if rows else None

    def keep(self, use: Use, record: PresentationRecord, at: UnixSeconds, place: At) -> None:
        """Keep what an entry moves, as it is written."""
        is_granted = record.verdict is Verdict.GRANT
        if is_granted:
            self._connection.execute(_ADD_USE, mark_of(use, record, at, place).row())
            if use.currency in self._exposures and not use.approval:
                self._exposures[use.currency] += use.amount_minor or 0
        self.keep_key(use, at, place, is_final=is_granted)

    def keep_key(self, use: Use, at: UnixSeconds, place: At, *, is_final: bool) -> None:
        """Note the last entry of a client's key."""
        if use.key:
            row = (key_digest(use.client, use.key), *place, at, int(is_final))
            self._connection.execute(_KEEP_KEY + "true", row)

    def take_back(self, pseudonym: str, place: At) -> None:
        """Forget a use: what was before it stands again."""
        rows = self._connection.execute(_TAKE_BACK, (pseudonym, *place, *place)).fetchall()
        for currency, amount_minor, is_exposed in rows:
            if is_exposed and _text(currency) in self._exposures:
                self._exposures[_text(currency)] -= amount_minor

    def merge(self, told: "ToldUses") -> None:
        """Make the tables what the journal tells; what they know of before that stays."""
        for statement in LEDGER_TABLES.values():
            self._connection.execute(statement)
        self._connection.executemany(
            "DELETE FROM uses WHERE (pseudonym, epoch, seq) = (?, ?, ?)",
            [row for row in self._since(told, "uses", "pseudonym") if not told.tells_use(*row)],
        )
        self._connection.executemany(
            "DELETE FROM keyed WHERE (digest, epoch, seq) = (?, ?, ?)",
            [row for row in self._since(told, "keyed", "digest") if not told.tells_key(*row)],
        )
        self._connection.executemany(_MERGE_USE, [use.row() for use in told.uses.values()])
        self._connection.executemany(
            _KEEP_KEY + _IS_LATER + " AND (excluded.at, excluded.is_final) IS NOT (at, is_final)"
            " OR (excluded.epoch, excluded.seq) > (epoch, seq)",
            [
                (key.digest, key.epoch, key.seq, key.at, int(key.is_final))
                for key in told.keys.values()
            ],
        )

    def prune(self, last: At, trusted_at: UnixSeconds | None, *, part: str = "") -> None:
        """Let go of what is over, as `ReplayMemory.prune` does.

        Of too many uses those go first that cost nothing: a gate's ways would else take away in
        days what each card has spent in the month.
        """
        sales_last = "amount_minor > 0, epoch, seq"
        for table, key, order in (
            ("uses", "pseudonym, epoch, seq", sales_last),
            ("keyed", "digest", "epoch, seq"),
        ):
            pruning = Pruning(
                table=table,
                horizon_s=USE_HORIZON_S,
                rows_max=self._rows_max,
                key=key,
                order=order,
            )
            prune(self._connection, pruning, last, trusted_at, part=part)

    def _since(self, told: "ToldUses", table: str, name: str) -> list[tuple[str, int, int]]:
        """Return what a table says of the entries that were told."""
        rows = self._connection.execute(
            f"SELECT {name}, epoch, seq FROM {table} WHERE (epoch, seq) >= (?, ?)",  # noqa: S608  # names of ours
            (self._epoch, told.since),
        )
        return [(_text(name), epoch, seq) for name, epoch, seq in rows.fetchall()]

    def _card(self, pseudonym: str, at: UnixSeconds) -> list[UseMark]:
        """Return the newest uses of a card, the newest first."""
        rows = self._connection.execute(_CARD, (pseudonym, at - USE_HORIZON_S, CARD_ROWS_MAX))
        return [use_of_row(row) for row in rows.fetchall()]

    def _exposure(self, currency: str) -> int:
        """Return what was granted here without the centre and is not acknowledged by it."""
        if currency not in self._exposures:
            rows = self._connection.execute(_EXPOSURE, (currency, self._epoch, self._epoch))
            ((told,),) = rows.fetchall()
            self._exposures[currency] = int(told)
        return self._exposures[currency]

    def _key(self, client: str, key: str) -> list[tuple[int, int, int]]:
        return self._connection.execute(
            "SELECT epoch, seq, is_final FROM keyed WHERE digest = ?", (key_digest(client, key),)
        ).fetchall()

    def _found(self, epoch: int, seq: int) -> FoundUse:
        rows = self._connection.execute(
            "SELECT (SELECT line FROM journal WHERE (epoch, seq) = (?, ?)),"
            " (SELECT by_seq FROM answered WHERE (epoch, seq) = (?, ?))",
            (epoch, seq, epoch, seq),
        ).fetchall()
        line, by_seq = rows[0]
        return FoundUse(
            place=Place(epoch=epoch, seq=seq),
            line=line,
            annulled_by=None if by_seq is None else Place(epoch=epoch, seq=by_seq),
        )


def _again(claim: UseClaim, standing: CardStanding, at: UnixSeconds) -> Ruling:
    if claim.again_s == 0:  # also not for a last one that a clock has since stepped back behind
        return None
    match claim.again:
        case Again.DENY:
            is_again = is_within(standing.last_tapped_at, at, claim.again_s)
            return (Verdict.DENY, Reason.TAPPED_AGAIN) if is_again else None
        case Again.FREE:
            return Free() if is_within(standing.last_paid_at, at, claim.again_s) else None


def passed_back(
    rule: PassbackRule, standing: CardStanding, at: UnixSeconds
) -> tuple[Verdict, Reason] | None:
    """Return the stricter of what a rule makes of a card's last way in its zone; None: nothing."""
    is_same = standing.last_direction == rule.direction
    counts = rule.within_s == 0 or is_within(standing.last_moved_at, at, rule.within_s)
    told = list[tuple[Verdict, Reason]]()
    if is_same and counts:
        told.append((rule.verdict, Reason.PASSBACK))
    if rule.direction == "out" and (not standing.last_direction or is_same):
        told.append((rule.unknown, Reason.ENTRY_UNKNOWN))
    for strictest in (Verdict.DENY, Verdict.REFER):
        for verdict, reason in told:
            if verdict is strictest:
                return verdict, reason
    return None


def _over(most: Ceilings, use: Use, standing: CardStanding, rows: int) -> Ruling:
    if not use.amount_minor:
        return None
    if rows >= CARD_ROWS_MAX and most != Ceilings():  # there may be more that nobody counted
        return Verdict.DENY, Reason.CARD_COUNT_LIMIT
    reason = exceeded(use.amount_minor, standing, most)
    return None if reason is None else (Verdict.DENY, reason)


def mark_of(use: Use, record: PresentationRecord, at: UnixSeconds, place: At) -> UseMark:
    """Return the row of a use that is granted."""
    epoch, seq = place
    return UseMark(
        pseudonym=record.pseudonym,
        epoch=epoch,
        seq=seq,
        at=at,
        zone=use.zone,
        profile=record.profile,
        direction=use.direction,
        currency=use.currency,
        amount_minor=use.amount_minor or 0,
        is_online=use.approval != "",
    )


def use_of_row(row: tuple[Any, ...]) -> UseMark:
    """Return the use in a row of the table; what is damaged there reads as nothing."""
    name, epoch, seq, at, zone, profile, direction, currency, amount, online = row
    return UseMark(
        pseudonym=_text(name),
        epoch=_number(epoch),
        seq=_number(seq),
        at=UnixSeconds(_number(at)),
        zone=_text(zone),
        profile=_text(profile),
        direction=_text(direction),
        currency=_text(currency),
        amount_minor=_number(amount),
        is_online=online == 1,
    )


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
