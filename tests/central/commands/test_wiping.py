from collections.abc import Iterator
from contextlib import closing

import pytest

from central.site import Site
from tests.central.cli_runs import Run
from tests.central.peers import START
from tests.central.stores import Held


@pytest.fixture
def own(site: Site) -> Iterator[Held]:
    with closing(site.open_store()) as store:
        held = Held(store)
        held.enrol("gate-1")
        yield held


def test_order_is_given_once_told_again_and_taken_back(run: Run, own: Held) -> None:
    (first,) = run("wipe", "gate-1", "--json").objects
    assert (first["terminal"], first["epoch"], first["obeyed_at"]) == ("gate-1", 1, None)
    assert run("wipe", "gate-1", "--json").objects == [first]
    assert str(first["order"]) in run("report", "orders").out
    assert run("wipe", "gate-1", "--take-back").code == 0
    assert run("report", "orders", "--json").objects == []
    assert own.store.orders.get("gate-1") is None


def test_order_that_was_obeyed_says_when(run: Run, own: Held) -> None:
    (order,) = run("wipe", "gate-1", "--json").objects
    own.store.orders.note_obeyed("gate-1", str(order["order"]), START)
    assert "2027-01-15T08:00:00Z" in run("wipe", "gate-1").out
    assert run("wipe", "gate-1", "--take-back").code == 1


def test_unknown_terminal_is_one_clear_line(run: Run) -> None:
    outcome = run("wipe", "gate-9")
    assert (outcome.code, outcome.err.count("\n")) == (1, 1)
