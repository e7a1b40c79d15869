"""Senders that take their time: a place is for whoever has signed, and work for whole bodies."""

import select
from contextlib import ExitStack

import pytest

from central.routes.admission import UPLOADS_IN_FLIGHT_MAX
from central.routes.intake import BODIES_EACH_MAX
from protocol.batch import BATCH_OCTETS_MAX
from tests.central.peers import RunningCentre, Terminal
from tests.central.slow_senders import (
    PATIENCE_S,
    Signer,
    answer_on,
    by_another,
    forged,
    honest,
    is_asked_for_its_body,
    pass_over_continue,
    sending,
    unsigned,
    upload_body,
    upload_head,
    without_digest,
)

# Twice as many as uploads have places.
MANY = 2 * UPLOADS_IN_FLIGHT_MAX

# What the store has no part in is shown on one engine.
on_sqlite = pytest.mark.parametrize("new_site", ["sqlite"], indirect=True)


def _comes_through(terminal: Terminal) -> bool:
    """Return whether an upload is taken once the centre has noticed who hung up."""
    return any(terminal.upload(1, 1).status_code == 200 for _ in range(1000))


@pytest.mark.slow
@on_sqlite
@pytest.mark.parametrize("signer", [honest, unsigned, forged, by_another, without_digest])
def test_slow_senders_that_cannot_be_genuine_hold_up_nobody(
    centre: RunningCentre, terminal: Terminal, signer: Signer
) -> None:
    """They are told so though most of what they announced never comes."""
    known = signer is not honest
    named = terminal if known else Terminal(url=centre.url, name="nobody")
    other = centre.enrolled(f"beside-{terminal.name}")
    with sending(centre, [upload_head(named, signer) + b"\x1f"] * MANY) as waiting:
        assert other.upload(1, 3).status_code == 200
        assert not known or terminal.upload(1, 3).status_code == 200
        answers = [answer_on(connection) for connection in waiting]
        assert {answer.status for answer in answers} == {401}
        assert all(b"problem:signature" in answer.read() for answer in answers)


@on_sqlite
@pytest.mark.parametrize("signer", [unsigned, forged, by_another])
def test_body_is_not_asked_for_where_the_headers_say_enough(
    centre: RunningCentre, terminal: Terminal, signer: Signer
) -> None:
    with sending(centre, [upload_head(terminal, signer, expect="100-continue")]) as (connection,):
        assert not is_asked_for_its_body(connection)
        assert answer_on(connection).status == 401


@on_sqlite
@pytest.mark.parametrize(
    ("octets", "status"), [(BATCH_OCTETS_MAX, 100), (BATCH_OCTETS_MAX + 1, 413)]
)
def test_body_too_long_by_its_own_word_is_not_asked_for(
    centre: RunningCentre, terminal: Terminal, octets: int, status: int
) -> None:
    head = upload_head(terminal, **{"content-length": str(octets), "expect": "100-continue"})
    with sending(centre, [head]) as (connection,):
        assert is_asked_for_its_body(connection) is (status == 100)
        if status != 100:
            assert answer_on(connection).status == status


@pytest.mark.slow
@on_sqlite
def test_headers_seen_on_the_way_and_sent_again_hold_one_place_at_most(
    centre: RunningCentre, terminal: Terminal
) -> None:
    """Their signature holds for a day; the terminal itself must get through all the same."""
    seen = upload_head(terminal) + b"\x1f"
    with sending(centre, [seen] * (BODIES_EACH_MAX + 1)) as (_, *again):
        assert {answer_on(connection).status for connection in again} == {429}
        assert terminal.upload(1, 3).status_code == 200


def test_head_brings_no_body(terminal: Terminal) -> None:
    refusal = terminal.send("GET", f"{terminal.path}/head", body=b"x")
    assert refusal.status_code == 413
    assert terminal.head().status_code == 200


@pytest.mark.slow
@on_sqlite
def test_slow_bodies_of_one_terminal_hold_up_that_one_alone(
    centre: RunningCentre, terminal: Terminal
) -> None:
    """Its key is good, so nothing but the time it takes tells that something is wrong."""
    other = centre.enrolled(f"beside-{terminal.name}")
    with sending(
        centre, [upload_head(terminal, expect="100-continue") for _ in range(MANY)]
    ) as waiting:
        asked = [one for one in waiting if is_asked_for_its_body(one)]
        assert len(asked) == BODIES_EACH_MAX
        refused = [answer_on(one) for one in waiting if one not in asked]
        assert {answer.status for answer in refused} == {429}
        assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
        assert terminal.upload(1, 1).status_code == 429
        assert other.upload(1, 3).status_code == 200
    assert _comes_through(terminal)


@pytest.mark.slow
def test_slow_bodies_take_no_place_of_the_work(centre: RunningCentre, terminal: Terminal) -> None:
    """More bodies are under way than there are uploads in flight; whole ones are, and wait."""
    names = range(UPLOADS_IN_FLIGHT_MAX // BODIES_EACH_MAX)
    slow = [centre.enrolled(f"slow-{number}-{terminal.name}") for number in names]
    senders = [one for one in slow for _ in range(BODIES_EACH_MAX)] + [terminal]
    heads = [upload_head(one, expect="100-continue") for one in senders]
    other = centre.enrolled(f"beside-{terminal.name}")
    with sending(centre, heads) as waiting, ExitStack() as stack:
        assert all(is_asked_for_its_body(connection) for connection in waiting)
        assert other.upload(1, 3).status_code == 200
        for connection in waiting:
            pass_over_continue(connection)
        store = centre.site.open_store()
        stack.callback(store.close)
        with store.transaction():  # uploads wait for their terminals' rows, others for those
            assert all(store.terminals.locked(name) for name in {one.name for one in senders})
            for connection, sender in zip(waiting, senders, strict=True):
                connection.sendall(upload_body(sender))
            (refused, *_), _, _ = select.select(waiting, [], [], PATIENCE_S)
            answer = answer_on(refused)
            assert (answer.status, int(answer.headers["retry-after"]) > 0) == (503, True)
        taken = [answer_on(one).status for one in waiting if one is not refused]
        assert taken == [200] * UPLOADS_IN_FLIGHT_MAX
