"""Orders to erase, on their way from an operator to a terminal."""

from contextlib import closing

import pytest

from central.errors import NotFound
from central.orders import OBEYING, order_wipe, take_back_wipe
from central.records import TerminalState
from central.store.orders import WipeOrder as StoredOrder
from protocol.order import WipeOrder, read_wipe_order
from tests.central.peers import START, RunningCentre, Terminal, line, problem
from verifier.model import UnixSeconds


def _order(centre: RunningCentre, terminal: Terminal) -> StoredOrder:
    with closing(centre.site.open_store()) as store:
        return order_wipe(store, terminal.name, now=centre.clock())


def _stored(centre: RunningCentre, terminal: Terminal) -> StoredOrder:
    with closing(centre.site.open_store()) as store:
        found = store.orders.get(terminal.name)
    assert found is not None
    return found


def _given(centre: RunningCentre, terminal: Terminal, **health: object) -> WipeOrder | None:
    """Return the order in the answer to a checkpoint, as the terminal reads it."""
    document = centre.told(terminal.tell(0, **health)).wipe
    if document is None:
        return None
    return read_wipe_order(
        document,
        centre.keys,
        terminal=terminal.name,
        epoch=terminal.epoch,
        public=terminal.key.public,
        now=centre.clock(),
    )


def test_terminal_without_an_order_is_given_none(centre: RunningCentre, terminal: Terminal) -> None:
    _order(centre, centre.enrolled(f"{terminal.name}-other"))
    assert _given(centre, terminal) is None


def test_order_comes_with_each_checkpoint_dated_anew(
    centre: RunningCentre, terminal: Terminal
) -> None:
    order = _order(centre, terminal)
    given = _given(centre, terminal)
    assert given is not None
    assert (given.order_id, given.date) == (order.order_id, START)
    centre.clock.now = UnixSeconds(START + 60)
    again = _given(centre, terminal)
    assert again is not None
    assert (again.order_id, again.date) == (order.order_id, START + 60)
    assert _order(centre, terminal) == order


def test_order_does_not_outlive_the_enrolment_that_it_was_for(
    centre: RunningCentre, terminal: Terminal
) -> None:
    _order(centre, terminal)
    assert _given(centre, centre.enrolled(terminal.name)) is None


def test_terminal_that_is_ordered_may_bring_what_it_holds(
    centre: RunningCentre, terminal: Terminal
) -> None:
    _order(centre, terminal)
    assert terminal.upload(1, 3).status_code == 200


def test_suspended_terminal_gets_its_order_and_nothing_else(
    centre: RunningCentre, terminal: Terminal
) -> None:
    centre.set_state(terminal.name, TerminalState.SUSPENDED)
    assert problem(terminal.tell(0))["title"] == "suspended"
    _order(centre, terminal)
    assert _given(centre, terminal) is not None
    assert problem(terminal.upload(1, 3))["title"] == "suspended"


def test_copy_of_a_disk_gets_the_order_though_its_history_has_parted(
    centre: RunningCentre, terminal: Terminal
) -> None:
    assert terminal.upload(1, 2).status_code == 200
    other = b"x" * 32
    assert problem(terminal.tell(2, head=other))["title"] == "fork"
    _order(centre, terminal)
    assert centre.told(terminal.tell(2, head=other)).wipe is not None


def test_order_can_be_taken_back_until_it_is_obeyed(
    centre: RunningCentre, terminal: Terminal
) -> None:
    _order(centre, terminal)
    with closing(centre.site.open_store()) as store:
        take_back_wipe(store, terminal.name)
        assert _given(centre, terminal) is None
        order = order_wipe(store, terminal.name, now=START)
        _given(centre, terminal, **{OBEYING: order.order_id})
        with pytest.raises(NotFound, match="report orders"):
            take_back_wipe(store, terminal.name)


def test_terminal_that_says_it_obeys_is_believed_for_its_own_order_alone(
    centre: RunningCentre, terminal: Terminal
) -> None:
    order = _order(centre, terminal)
    for said in ("0" * 16, "", None, True):
        _given(centre, terminal, **{OBEYING: said})
        assert _stored(centre, terminal).obeyed_at is None
    assert _given(centre, terminal, **{OBEYING: order.order_id}) is not None
    assert _stored(centre, terminal).obeyed_at == START
    refused = terminal.upload_batch(terminal.batch([line(1, 1)], first=1))
    assert problem(refused)["title"] == "suspended"
    assert _given(centre, terminal) is not None, "its power may have gone before it erased a thing"


def test_terminal_that_is_not_there_can_not_be_ordered(centre: RunningCentre) -> None:
    with closing(centre.site.open_store()) as store:
        with pytest.raises(NotFound, match="no terminal"):
            order_wipe(store, "nobody", now=START)
        with pytest.raises(NotFound):
            take_back_wipe(store, "nobody")
