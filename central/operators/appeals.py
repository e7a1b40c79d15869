"""Working through appeals: one operator an appeal, whose words he alone opens, audited."""

import json

from central.details import details_of
from central.operators.audit import record
from central.operators.cases import CaseTaken
from central.operators.values import Act, Via
from central.store.store import Store
from central.store.visits import Appeal, AppealState
from protocol.keys import OpeningKey
from verifier.model import UnixSeconds

_TABLE = "appeal_work"
# What an operator may make of an appeal that he has claimed.
ENDS = (AppealState.ANSWERED, AppealState.CLOSED)

Place = tuple[str, int, int]  # terminal, epoch, number


def claim(store: Store, place: Place, who: str, now: UnixSeconds) -> None:
    """Give an open appeal to an operator.

    Raises:
        CaseTaken: there is none, or another one has it.
    """
    _move(store, place, who, (AppealState.OPEN, ""), (AppealState.CLAIMED, who), now=now)


def leave(store: Store, place: Place, who: str, *, of: str, now: UnixSeconds) -> None:
    """Open an appeal again that `of` works on: oneself, or somebody who can't go on.

    Raises:
        CaseTaken: `of` does not work on it.
    """
    _move(store, place, who, (AppealState.CLAIMED, of), (AppealState.OPEN, ""), now=now)


def end(
    store: Store, place: Place, who: str, *, state: AppealState, note: str, now: UnixSeconds
) -> None:
    """Write what became of an appeal that `who` works on.

    Raises:
        CaseTaken: somebody else works on it, or nobody.
    """
    was, ends = (AppealState.CLAIMED, who), (state, who)
    _move(store, place, who, was, ends, note=note, now=now)


def words_of(
    store: Store, place: Place, who: str, keys: list[OpeningKey], now: UnixSeconds
) -> dict[str, object]:
    """Return what was written, and how to reach who wrote it, for the one who works on it.

    Raises:
        CaseTaken: somebody else works on it, or nobody.
        ValueError: it is sealed to a key that is not here.
    """
    terminal, epoch, seq = place
    with store.transaction():
        found = store.visits.appeal(*place)
        if found is None or (found.state, found.operator) != (AppealState.CLAIMED, who):
            raise CaseTaken
        ((_, line),) = store.projections.lines(terminal, epoch, seq - 1, 1)
        words = details_of(json.loads(line), keys) or {}
        record(store, _act(who, "details.open", place), now)
    return words


def _move(  # noqa: PLR0913  # from where, to where, by whom
    store: Store,
    place: Place,
    who: str,
    was: tuple[AppealState, str],
    ends: tuple[AppealState, str],
    *,
    note: str | None = None,
    now: UnixSeconds,
) -> None:
    with store.transaction():
        store.database.lock_table(_TABLE)  # who comes second sees what the first has written
        found = store.visits.appeal(*place)
        if found is None or _standing(found) != was:
            raise CaseTaken
        state, operator = ends
        kept = found.note if note is None else note
        store.visits.work_on(found, state, operator=operator, note=kept, now=now)
        record(store, _act(who, f"appeal.{state.value}", place, note or ""), now)


def _standing(of: Appeal) -> tuple[AppealState, str]:
    return of.state, of.operator if of.state is AppealState.CLAIMED else ""


def _act(who: str, what: str, place: Place, detail: str = "") -> Act:
    terminal, epoch, seq = place
    return Act(who=who, via=Via.PAGE, what=what, on=f"{terminal} {epoch}/{seq}", detail=detail)
