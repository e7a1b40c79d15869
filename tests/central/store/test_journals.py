"""Storing journals: no statement touches two terminals, and no entry goes in twice."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from central.centre import Centre
from central.database.engine import Columns, Database, Row, Values
from central.errors import Refused, StoreUnavailable
from central.journals import head_of, known_terminal, note_fork, take_in
from central.records import Terminal
from central.routes.admission import Admission
from central.site import Site
from central.store.store import Store
from central.workers import Workers
from protocol.batch import Batch
from protocol.journal import extend_all, genesis
from protocol.keys import new_signing_key
from tests.central.conftest import NewSite
from tests.central.peers import START, lines

_KEY = new_signing_key().public
# A statement that reads or changes rows names its terminal so; one that adds them, first.
_OF_ONE = re.compile(r"(?:SELECT|UPDATE|DELETE) .* WHERE terminal = \?.*", re.DOTALL)
_ADDS_ONE = re.compile(r"INSERT INTO [a-z_]+ \(terminal, .*", re.DOTALL)


class Watched:
    """A database that notes which terminals each statement touches."""

    def __init__(self, inner: Database) -> None:
        self._inner = inner
        self.connections, self.row_lock = inner.connections, inner.row_lock
        self.touched: list[tuple[str, set[object]]] = []

    def transaction(self) -> AbstractContextManager[None]:
        return self._inner.transaction()

    def rows(self, statement: str, values: Values = ()) -> list[Row]:
        self._note(statement, values)
        return self._inner.rows(statement, values)

    def row(self, statement: str, values: Values = ()) -> Row | None:
        self._note(statement, values)
        return self._inner.row(statement, values)

    def execute(self, statement: str, values: Values = ()) -> None:
        self._note(statement, values)
        self._inner.execute(statement, values)

    def execute_each(self, statement: str, values: Iterable[Values]) -> None:
        rows = list(values)
        for row in rows:
            self._note(statement, row)
        self._inner.execute_each(statement, rows)

    def copy_in(self, table: str, columns: Columns, rows: Iterable[Values]) -> None:
        kept = list(rows)
        place = list(columns).index("terminal")
        self.touched.append((f"COPY {table}", {row[place] for row in kept}))
        self._inner.copy_in(table, columns, kept)

    def lock_table(self, table: str) -> None:
        self.touched.append((f"LOCK {table}", {"all"}))
        self._inner.lock_table(table)

    def close(self) -> None:
        self._inner.close()

    def _note(self, statement: str, values: Values) -> None:
        if _ADDS_ONE.fullmatch(statement):
            self.touched.append((statement, {values[0]}))
        elif _OF_ONE.fullmatch(statement):
            mark = statement.partition(" terminal = ?")[0].count("?")
            self.touched.append((statement, {values[mark]}))
        else:
            self.touched.append((statement, {"all"}))


@contextmanager
def _at_work(site: Site) -> Iterator[tuple[Centre, Watched]]:
    opened = site.open_store()
    watched = Watched(opened.database)
    store = Store(watched)
    workers = Workers(store)
    yield (
        Centre(
            site=site,
            store=store,
            now=lambda: START,
            workers=workers,
            admission=Admission(lambda: 0.0),
        ),
        watched,
    )
    workers.shut_down()
    opened.close()


@pytest.fixture
def at_work(new_site: NewSite, tmp_path: Path) -> Iterator[tuple[Centre, Watched]]:
    with _at_work(new_site(tmp_path / "centre")) as made:
        yield made


def _enrolled(centre: Centre, name: str) -> Terminal:
    with centre.store.transaction():
        centre.store.terminals.begin_epoch(name, public=_KEY, now=START)
    return known_terminal(centre.store, name)


def _batch(of: Terminal, first: int, last: int, entries: Sequence[bytes] | None = None) -> Batch:
    chain = extend_all(genesis(of.terminal, 1), lines(1, 1, first - 1))
    own = lines(1, first, last) if entries is None else tuple(entries)
    return Batch(epoch=1, first=first, prev=chain, lines=own)


def test_no_statement_of_an_upload_touches_two_terminals(at_work: tuple[Centre, Watched]) -> None:
    centre, watched = at_work
    one, _other = _enrolled(centre, "gate-1"), _enrolled(centre, "gate-2")
    watched.touched.clear()
    sender = known_terminal(centre.store, "gate-1")
    take_in(centre, sender, _batch(one, 1, 3))
    take_in(centre, sender, _batch(one, 2, 5))
    forked = _batch(one, 3, 4, lines(1, 3, 4, lane="other"))
    with pytest.raises(Refused) as refused:
        take_in(centre, sender, forked)
    note_fork(centre, sender, forked, refused.value.problem)
    with pytest.raises(Refused):
        take_in(centre, sender, _batch(one, 9, 9))
    head_of(centre, sender)
    assert {statement.partition(" ")[0] for statement, _ in watched.touched} >= {"SELECT", "COPY"}
    assert [what for what in watched.touched if what[1] != {"gate-1"}] == []


def test_statements_that_touch_all_would_be_noticed(at_work: tuple[Centre, Watched]) -> None:
    centre, watched = at_work
    centre.store.terminals.all()
    assert watched.touched[-1][1] == {"all"}


def test_entries_behind_a_head_that_was_restored_are_kept_once(
    at_work: tuple[Centre, Watched],
) -> None:
    """A database put together from two backups may have an older row beside newer entries."""
    centre, watched = at_work
    one = _enrolled(centre, "gate-1")
    take_in(centre, one, _batch(one, 1, 4))
    watched.execute("UPDATE terminal SET acked = 2 WHERE terminal = ?", ("gate-1",))
    take_in(centre, one, _batch(one, 3, 6))
    assert [entry.seq for entry in centre.store.journals.entries()] == [1, 2, 3, 4, 5, 6]
    held = known_terminal(centre.store, "gate-1")
    assert (held.acked, held.head) == (6, extend_all(genesis("gate-1", 1), lines(1, 1, 6)))


def test_entry_that_is_there_already_stops_all_of_its_batch(
    at_work: tuple[Centre, Watched],
) -> None:
    """No lock would do so; the key does, should an engine ever lose a lock."""
    centre, _ = at_work
    one = _enrolled(centre, "gate-1")
    take_in(centre, one, _batch(one, 1, 2))
    with pytest.raises(StoreUnavailable, match="two wrote"), centre.store.transaction():
        centre.store.journals.append(one, [(3, b"{}", b"c"), (2, b"{}", b"c")])
    assert [entry.seq for entry in centre.store.journals.entries()] == [1, 2]


def test_entries_come_in_pages_in_the_order_of_octets(at_work: tuple[Centre, Watched]) -> None:
    centre, _ = at_work
    for name in ("b", "A", "a", "_"):
        one = _enrolled(centre, name)
        take_in(centre, one, _batch(one, 1, 2))
    found = [(entry.terminal, entry.seq) for entry in centre.store.journals.entries()]
    assert found == [(name, seq) for name in ("A", "_", "a", "b") for seq in (1, 2)]
