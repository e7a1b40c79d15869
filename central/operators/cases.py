"""Working through cases: one operator a case, and each step in the audit."""

from central.operators.audit import DETAIL_MAX, record
from central.operators.values import Act, CaseId, CaseOutcome, Via
from central.store.store import Store
from verifier.model import UnixSeconds

NOTE_MAX = DETAIL_MAX - 100  # the outcome stands before it in the audit


class CaseTaken(Exception):  # noqa: N818  # the house's word for a refusal
    """Somebody else works on the case, or it is not in the state that was asked for."""


def claim(store: Store, case: CaseId, who: str, now: UnixSeconds) -> None:
    """Give an open case to an operator.

    Raises:
        CaseTaken: another one has it, or it is resolved.
    """
    with store.transaction():
        _check(done=store.cases.claim(case, who, now))
        record(store, _act(who, "case.claim", case), now)


def leave(store: Store, case: CaseId, who: str, *, of: str, now: UnixSeconds) -> None:
    """Open a case again that `of` works on: oneself, or somebody who can't go on.

    Raises:
        CaseTaken: `of` does not work on it.
    """
    with store.transaction():
        _check(done=store.cases.leave(case, of, now))
        detail = "" if of == who else f"of {of}"
        record(store, _act(who, "case.leave", case, detail), now)


def reopen(store: Store, case: CaseId, who: str, now: UnixSeconds) -> None:
    """Open a resolved case again.

    Raises:
        CaseTaken: it is not resolved.
    """
    with store.transaction():
        _check(done=store.cases.reopen(case, now))
        record(store, _act(who, "case.reopen", case), now)


def resolve(
    store: Store, case: CaseId, who: str, *, outcome: CaseOutcome, note: str, now: UnixSeconds
) -> None:
    """Write what came of a case that `who` works on.

    Raises:
        CaseTaken: somebody else works on it, or nobody.
    """
    with store.transaction():
        done = store.cases.resolve(case, who, outcome=outcome.value, note=note, now=now)
        _check(done=done)
        record(store, _act(who, "case.resolve", case, f"{outcome.value}: {note}"), now)


def _check(*, done: bool) -> None:
    if not done:
        raise CaseTaken


def _act(who: str, what: str, case: CaseId, detail: str = "") -> Act:
    on = f"{case.kind.value} {case.first} {case.second}"
    return Act(who=who, via=Via.PAGE, what=what, on=on, detail=detail)
