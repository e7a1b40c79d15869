"""Several operators at the same moment, each in a thread and, on PostgreSQL, a connection."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from central.operators.audit import broken_at, lines, record
from central.operators.cases import CaseTaken, claim
from central.operators.signing_in import NAME_PATIENCE, Wait, begin_try
from central.operators.values import Act, CaseId, CaseKind, Via
from tests.central.operators.conftest import AddOperator
from tests.central.peers import START
from tests.central.stores import Held

_AT_ONCE = 6


def _at_once(act: Callable[[int], bool]) -> list[bool]:
    """Return what each of several threads came to that began together."""
    barrier = Barrier(_AT_ONCE)

    def one(number: int) -> bool:
        barrier.wait(20)
        return act(number)

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return list(threads.map(one, range(_AT_ONCE)))


def test_one_of_many_has_the_case_and_one_line_says_so(held: Held) -> None:
    case = CaseId(kind=CaseKind.DOUBLE, first="sector-1", second="d" * 32)

    def take(number: int) -> bool:
        try:
            claim(held.store, case, f"operator-{number}", START)
        except CaseTaken:
            return False
        return True

    taken = _at_once(take)
    assert sum(taken) == 1
    assert held.store.cases.work(case).operator == f"operator-{taken.index(True)}"
    assert len(list(lines(held.store))) == 1


def test_audit_has_one_chain_however_many_write(held: Held) -> None:
    def write(number: int) -> bool:
        with held.store.transaction():
            act = Act(who=f"operator-{number}", via=Via.PAGE, what="sign-in", on="x")
            record(held.store, act, START)
        return True

    assert all(_at_once(write))
    assert broken_at(held.store) is None
    assert len(list(lines(held.store))) == _AT_ONCE


def test_tries_at_once_are_no_more_than_one_after_the_other(held: Held, add: AddOperator) -> None:
    add("li")

    def guess(number: int) -> bool:
        try:
            begin_try(held.store, "li", f"198.51.100.{number}", START)
        except Wait:
            return False
        return True

    assert sum(_at_once(guess)) == NAME_PATIENCE.free
