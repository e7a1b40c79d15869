"""Uploads that share a commit: each is answered as if it were alone."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from central.errors import Refused, StoreUnavailable
from central.site import Site
from central.store.store import Store
from central.workers import GROUP_MAX, Workers
from protocol.problems import Problem, ProblemCode
from tests.central.conftest import NewSite

_ADD = "INSERT INTO publication (version, issued_at) VALUES (?, 5)"
_REFUSAL = Refused(Problem(code=ProblemCode.FORK, detail="another history"))


class Desk:
    """Workers whose first job holds the thread until everything else waits."""

    def __init__(self, store: Store) -> None:
        self.store, self.workers = store, Workers(store)

    def versions(self) -> set[int]:
        return {
            version for (version,) in self.store.database.rows("SELECT version FROM publication")
        }

    def add(self, version: int, then: Callable[[], None] = lambda: None) -> int:
        with self.store.transaction():
            self.store.database.execute(_ADD, (version,))
            then()
        return version

    def at_once(self, *tasks: Callable[[], int]) -> list[Future[int]]:
        begin = threading.Event()
        for _ in range(self.store.database.connections):
            self.workers.work(begin.wait)
        waiting = [self.workers.write(task) for task in tasks]
        begin.set()
        return waiting


@pytest.fixture
def desk(new_site: NewSite, tmp_path: Path) -> Iterator[Desk]:
    store = new_site(tmp_path / "centre").open_store()
    made = Desk(store)
    yield made
    made.workers.shut_down()
    store.close()


def _refuse() -> None:
    raise _REFUSAL


def _break() -> None:
    raise KeyError


def test_all_that_wait_are_done_and_answered(desk: Desk) -> None:
    count = GROUP_MAX + 5
    waiting = desk.at_once(*(lambda n=n: desk.add(n) for n in range(count)))  # type: ignore[misc]  # its default
    assert [one.result() for one in waiting] == list(range(count))
    assert desk.versions() == set(range(count))


def test_refused_one_leaves_nothing_and_hinders_nobody(desk: Desk) -> None:
    waiting = desk.at_once(lambda: desk.add(1), lambda: desk.add(2, _refuse), lambda: desk.add(3))
    assert waiting[1].exception() is _REFUSAL
    assert (waiting[0].result(), waiting[2].result()) == (1, 3)
    assert desk.versions() == {1, 3}


def test_fault_in_one_is_its_own_alone(desk: Desk) -> None:
    waiting = desk.at_once(lambda: desk.add(1), lambda: desk.add(2, _break), lambda: desk.add(3))
    assert isinstance(waiting[1].exception(), KeyError)
    assert (waiting[0].result(), waiting[2].result()) == (1, 3)
    assert desk.versions() == {1, 3}


def test_what_was_given_up_is_not_done(desk: Desk) -> None:
    begin = threading.Event()
    for _ in range(desk.store.database.connections):
        desk.workers.work(begin.wait)
    given_up, other = (
        desk.workers.write(lambda: desk.add(1)),
        desk.workers.write(lambda: desk.add(2)),
    )
    assert given_up.cancel()
    begin.set()
    assert other.result() == 2
    assert desk.versions() == {2}


def test_uploads_that_wait_share_one_commit(site: Site) -> None:
    store, commits = site.open_store(), []
    connection = store.database._db  # type: ignore[attr-defined]  # SQLite's own
    connection.set_trace_callback(lambda text: commits.append(text) if text == "COMMIT" else None)
    desk = Desk(store)
    try:
        waiting = desk.at_once(*(lambda n=n: desk.add(n) for n in range(GROUP_MAX + 1)))  # type: ignore[misc]  # its default
        assert {one.result() for one in waiting} == set(range(GROUP_MAX + 1))
        assert len(commits) == 2
    finally:
        desk.workers.shut_down()
        store.close()


@pytest.mark.slow
def test_database_that_others_hold_is_waited_for_once(site: Site) -> None:
    """Each for itself would wait for seconds: the last of a group for minutes."""
    store, other = site.open_store(), site.open_store()
    store.database._db.execute("PRAGMA busy_timeout = 10")  # type: ignore[attr-defined]  # SQLite's own
    desk = Desk(store)
    begun = []
    try:
        with other.transaction():
            waiting = desk.at_once(*(lambda n=n: begun.append(n) or n for n in range(8)))  # type: ignore[misc, func-returns-value]  # its default
            errors = [one.exception() for one in waiting]
        assert {type(error) for error in errors} == {StoreUnavailable}
        assert not begun
    finally:
        desk.workers.shut_down()
        store.close()
        other.close()
