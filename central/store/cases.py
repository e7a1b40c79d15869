"""Cases: double uses and reversals as people work through them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from central.database.engine import Database, Row
from central.operators.values import Case, CaseId, CaseKind, CaseState

_WORK = "c.state, c.operator, c.outcome, c.note, c.changed_at"
# Few are claimed, so they are found from the work on them; of the others there are many, and an
# engine that began there too would sort them all: it does not see through `coalesce`.
_STATE_IS = {
    CaseState.OPEN: " AND coalesce(c.state, 'open') = 'open'",
    CaseState.CLAIMED: " AND c.state = 'claimed'",
    CaseState.RESOLVED: " AND coalesce(c.state, 'open') = 'resolved'",
}

# A code's uses lie minutes apart, or its terminals' clocks are wrong: the newest use says how new
# the case is, and one in time brings all others, whatever date they bear. One that was used twice
# at one terminal alone is no case of this kind.
_DOUBLES = (
    "SELECT d.sector, d.presentation, max(d.at) AS last, count(*), count(DISTINCT d.terminal),"  # noqa: S608  # our own names
    f" max(d.amount_minor), max(d.currency), {_WORK}"
    " FROM double_use d LEFT JOIN case_work c"
    " ON c.kind = 'double' AND c.first = d.sector AND c.second = d.presentation"
    " WHERE (d.sector, d.presentation) IN"
    " (SELECT sector, presentation FROM double_use WHERE at >= ? AND at < ?){}"
    f" GROUP BY d.sector, d.presentation, {_WORK}"
    " HAVING count(DISTINCT d.terminal) > 1 AND (max(d.at), d.sector, d.presentation) < (?, ?, ?)"
    " ORDER BY max(d.at) DESC, d.sector DESC, d.presentation DESC LIMIT ?"
)
_PLACE = "CAST(r.epoch AS TEXT) || '/' || CAST(r.seq AS TEXT)"
_REVERSALS = (
    f"SELECT r.terminal, {_PLACE}, r.at, 1, 1, r.amount_minor, r.currency, {_WORK}"  # noqa: S608  # as above
    " FROM reversal r LEFT JOIN case_work c"
    f" ON c.kind = 'reversal' AND c.first = r.terminal AND c.second = {_PLACE}"
    " WHERE r.at >= ? AND r.at < ?{}"
    " AND (r.at, r.terminal, r.epoch, r.seq) < (?, ?, ?, ?)"
    " ORDER BY r.at DESC, r.terminal DESC, r.epoch DESC, r.seq DESC LIMIT ?"
)
_USES = (
    "SELECT terminal, epoch, seq, lane, at, type, verdict, amount_minor, currency FROM double_use"
    " WHERE sector = ? AND presentation = ? ORDER BY at, terminal, epoch, seq LIMIT ?"
)
_REVERSAL = (
    "SELECT terminal, epoch, seq, lane, at, 'annul', '', amount_minor, currency FROM reversal"
    " WHERE terminal = ? AND epoch = ? AND seq = ?"
)
_WORK_ON = f"SELECT {_WORK} FROM case_work c WHERE kind = ? AND first = ? AND second = ?"  # noqa: S608  # as above
# Whoever comes second finds no row that is open: one statement decides, on every engine.
_CLAIM = (
    "INSERT INTO case_work (kind, first, second, state, operator, outcome, note, changed_at)"
    " VALUES (?, ?, ?, 'claimed', ?, '', '', ?) ON CONFLICT (kind, first, second)"
    " DO UPDATE SET state = excluded.state, operator = excluded.operator,"
    " changed_at = excluded.changed_at WHERE case_work.state = 'open' RETURNING operator"
)
_LEAVE = (
    "UPDATE case_work SET state = 'open', operator = '', changed_at = ?"
    " WHERE kind = ? AND first = ? AND second = ? AND state = 'claimed' AND operator = ?"
    " RETURNING state"
)
_REOPEN = (
    "UPDATE case_work SET state = 'open', operator = '', outcome = '', changed_at = ?"
    " WHERE kind = ? AND first = ? AND second = ? AND state = 'resolved' RETURNING state"
)
_RESOLVE = (
    "UPDATE case_work SET state = 'resolved', outcome = ?, note = ?, changed_at = ?"
    " WHERE kind = ? AND first = ? AND second = ? AND state = 'claimed' AND operator = ?"
    " RETURNING state"
)

# A code that was passed round a whole town; the rest is in `report doubles`.
USES_SHOWN_MAX = 100

Behind = tuple[int, str, str]  # when, and the two names of the last case on a page


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseUse:
    """One use of the code of a case, or the entry that took a sale back."""

    terminal: str
    epoch: int
    seq: int
    lane: str
    at: int
    type: str
    verdict: str
    amount_minor: int | None
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What was done about a case."""

    state: CaseState
    operator: str
    outcome: str
    note: str
    changed_at: int | None


class Cases:
    """What is there to be worked through, and who does."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def doubles(self, moments: range, state: CaseState, behind: Behind, limit: int) -> list[Case]:
        """Return codes used at several terminals, the newest first, `limit` at most."""
        statement = _DOUBLES.format(_STATE_IS[state])
        between = (moments.start, moments.stop)
        rows = self._db.rows(statement, (*between, *behind, limit))
        return [_case(CaseKind.DOUBLE, row) for row in rows]

    def reversals(self, moments: range, state: CaseState, behind: Behind, limit: int) -> list[Case]:
        """Return sales that were taken back, the newest first, `limit` at most."""
        statement = _REVERSALS.format(_STATE_IS[state])
        at, terminal, place = behind
        between = (moments.start, moments.stop)
        rows = self._db.rows(statement, (*between, at, terminal, *_numbers(place), limit))
        return [_case(CaseKind.REVERSAL, row) for row in rows]

    def uses(self, case: CaseId) -> list[CaseUse]:
        """Return what happened, the first use first; nothing: there is no such case."""
        if case.kind is CaseKind.DOUBLE:
            rows = self._db.rows(_USES, (case.first, case.second, USES_SHOWN_MAX))
        else:
            rows = self._db.rows(_REVERSAL, (case.first, *_numbers(case.second)))
        return [_use(row) for row in rows]

    def work(self, case: CaseId) -> Work:
        """Return what was done about a case."""
        return _work(self._db.row(_WORK_ON, _key(case)) or (None,) * 5)

    def claim(self, case: CaseId, operator: str, now: int) -> bool:
        """Give an open case to an operator; return whether it was open."""
        return self._db.row(_CLAIM, (*_key(case), operator, now)) is not None

    def leave(self, case: CaseId, operator: str, now: int) -> bool:
        """Open the case again that an operator works on; return whether it was theirs."""
        return self._db.row(_LEAVE, (now, *_key(case), operator)) is not None

    def reopen(self, case: CaseId, now: int) -> bool:
        """Open a resolved case again; return whether it was resolved."""
        return self._db.row(_REOPEN, (now, *_key(case))) is not None

    def resolve(self, case: CaseId, operator: str, *, outcome: str, note: str, now: int) -> bool:
        """Write what came of the case that an operator works on; return whether it was theirs."""
        row = (outcome, note, now, *_key(case), operator)
        return self._db.row(_RESOLVE, row) is not None


def _key(case: CaseId) -> tuple[str, str, str]:
    return case.kind.value, case.first, case.second


def _numbers(place: str) -> tuple[int, int]:
    """Return epoch and number of EPOCH/SEQ."""
    epoch, _, seq = place.partition("/")
    return int(epoch), int(seq)


def _case(kind: CaseKind, row: Row) -> Case:
    first, second, at, uses, terminals, amount_minor, currency, *done = row
    work = _work(done)
    return Case(
        case=CaseId(kind=kind, first=first, second=second),
        at=at,
        uses=uses,
        terminals=terminals,
        amount_minor=amount_minor,
        currency=currency or "",
        state=work.state,
        operator=work.operator,
        outcome=work.outcome,
        note=work.note,
        changed_at=work.changed_at,
    )


def _work(row: Sequence[Any]) -> Work:
    state, operator, outcome, note, changed_at = row
    return Work(
        state=CaseState(state or "open"),
        operator=operator or "",
        outcome=outcome or "",
        note=note or "",
        changed_at=changed_at,
    )


def _use(row: Row) -> CaseUse:
    terminal, epoch, seq, lane, at, kind, verdict, amount_minor, currency = row
    return CaseUse(
        terminal=terminal,
        epoch=epoch,
        seq=seq,
        lane=lane,
        at=at,
        type=kind,
        verdict=verdict,
        amount_minor=amount_minor,
        currency=currency,
    )
