"""The work queue: double uses and disputed sales, claimed by one and resolved with a note."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import TypeVar

from central.operators import cases
from central.operators.values import Case, CaseId, CaseKind, CaseOutcome, CaseState, OperatorRole
from central.pages.answers import PageCode, PageRefused
from central.pages.asked import Asked, checked, malformed
from central.projectors.entry import DAY_S
from central.store.cases import Behind, CaseUse

PAGE_CASES = 50
DAYS_DEFAULT = 30
# Terminals' clocks may be ahead; what is dated later still is shown too.
_END = (1 << 63) - 1
_NAME_MAX = 128

_E = TypeVar("_E", bound=Enum)

_NEWEST: Behind = (_END, "\U0010ffff", "0/0")


def queue(asked: Asked) -> Mapping[str, object]:
    """Return the cases of a kind and state, the newest first.

    Raises:
        PageRefused: no such kind, state or place.
    """
    kind = _one_of(CaseKind, asked.query.get("kind", CaseKind.DOUBLE.value))
    state = _one_of(CaseState, asked.query.get("state", CaseState.OPEN.value))
    days = asked.number("days", default=DAYS_DEFAULT, largest=400, smallest=1)
    moments = range(asked.now - days * DAY_S, _END)
    read = asked.store.cases.doubles if kind is CaseKind.DOUBLE else asked.store.cases.reversals
    found = read(moments, state, _behind(asked, kind), PAGE_CASES + 1)
    page = found[:PAGE_CASES]
    last = page[-1] if len(found) > PAGE_CASES else None
    return {
        "now": asked.now,
        "cases": [_members(each) for each in page],
        "next": None if last is None else [last.at, last.case.first, last.case.second],
    }


def _behind(asked: Asked, kind: CaseKind) -> Behind:
    """Return the place behind which a page begins."""
    if "first" not in asked.query:
        return _NEWEST
    at = asked.number("at", default=_END, largest=_END)
    case = _case(kind, asked.query["first"], asked.query.get("second", ""))
    return at, case.first, case.second


def one_case(asked: Asked) -> Mapping[str, object]:
    """Return a case's uses, and what was done about it.

    Raises:
        PageRefused: there is no such case.
    """
    kind = _one_of(CaseKind, asked.query.get("kind", ""))
    case = _case(kind, asked.query.get("first", ""), asked.query.get("second", ""))
    uses = _uses(asked, case)
    return {"now": asked.now, **_work(asked, case), "uses": [_use(each) for each in uses]}


def claim(asked: Asked) -> Mapping[str, object]:
    """Take an open case.

    Raises:
        PageRefused: there is no such case, or somebody has it.
    """
    case = _named(asked)
    _uses(asked, case)
    return _done(asked, case, lambda: cases.claim(asked.store, case, asked.who.name, asked.now))


def leave(asked: Asked) -> Mapping[str, object]:
    """Give a case back: one's own, and an admin somebody else's.

    Raises:
        PageRefused: it is somebody else's, or nobody's.
    """
    case, who = _named(asked), asked.who.name
    held = asked.store.cases.work(case).operator
    if held != who and not asked.who.role.may(OperatorRole.ADMIN):
        raise _taken(asked, case)
    return _done(asked, case, lambda: cases.leave(asked.store, case, who, of=held, now=asked.now))


def reopen(asked: Asked) -> Mapping[str, object]:
    """Open a resolved case again.

    Raises:
        PageRefused: it is not resolved.
    """
    case = _named(asked)
    return _done(asked, case, lambda: cases.reopen(asked.store, case, asked.who.name, asked.now))


def resolve(asked: Asked) -> Mapping[str, object]:
    """Write what came of a case.

    Raises:
        PageRefused: it is not one's own, or no outcome or note is given.
    """
    case = _named(asked)
    outcome = _one_of(CaseOutcome, asked.body.get("outcome"))
    note = asked.text("note", cases.NOTE_MAX)
    who, now = asked.who.name, asked.now
    return _done(
        asked,
        case,
        lambda: cases.resolve(asked.store, case, who, outcome=outcome, note=note, now=now),
    )


def _done(asked: Asked, case: CaseId, act: Callable[[], None]) -> Mapping[str, object]:
    try:
        act()
    except cases.CaseTaken as error:
        raise _taken(asked, case) from error
    return _work(asked, case)


def _taken(asked: Asked, case: CaseId) -> PageRefused:
    work = asked.store.cases.work(case)
    return PageRefused(PageCode.TAKEN, f"it is {work.state.value} by {work.operator or 'nobody'}")


def _named(asked: Asked) -> CaseId:
    kind = _one_of(CaseKind, asked.body.get("kind"))
    return _case(kind, asked.text("first", _NAME_MAX), asked.text("second", _NAME_MAX))


def _case(kind: CaseKind, first: str, second: str) -> CaseId:
    numbers = second.split("/")
    is_place = len(numbers) == 2 and all(_is_number(each) for each in numbers)  # EPOCH/SEQ
    if max(len(first), len(second)) > _NAME_MAX or (kind is CaseKind.REVERSAL and not is_place):
        raise malformed("that is no case's name")
    return CaseId(kind=kind, first=checked(first), second=checked(second))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19  # within 63 bits


def _uses(asked: Asked, case: CaseId) -> list[CaseUse]:
    uses = asked.store.cases.uses(case)
    if not uses:
        raise PageRefused(PageCode.NOT_FOUND, "there is no such case")
    return uses


def _one_of(kind: type[_E], value: object) -> _E:
    words = {each.value: each for each in kind}
    found = words.get(value) if isinstance(value, str) else None
    if found is None:
        raise malformed(f"that is none of {', '.join(words)}")
    return found


def _work(asked: Asked, case: CaseId) -> dict[str, object]:
    work = asked.store.cases.work(case)
    return {
        "kind": case.kind.value,
        "first": case.first,
        "second": case.second,
        "state": work.state.value,
        "operator": work.operator,
        "outcome": work.outcome,
        "note": work.note,
        "changed": work.changed_at,
    }


def _members(of: Case) -> dict[str, object]:
    return {
        "kind": of.case.kind.value,
        "first": of.case.first,
        "second": of.case.second,
        "at": of.at,
        "uses": of.uses,
        "terminals": of.terminals,
        "amount_minor": of.amount_minor,
        "currency": of.currency,
        "state": of.state.value,
        "operator": of.operator,
        "outcome": of.outcome,
        "changed": of.changed_at,
    }


def _use(of: CaseUse) -> dict[str, object]:
    return {
        "terminal": of.terminal,
        "epoch": of.epoch,
        "seq": of.seq,
        "lane": of.lane,
        "at": of.at,
        "type": of.type,
        "verdict": of.verdict,
        "amount_minor": of.amount_minor,
        "currency": of.currency,
    }
