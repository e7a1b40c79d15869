"""More than the centre can take: it says so before it reads, says when, and stays up."""

from contextlib import closing
from http.client import HTTPResponse
from pathlib import Path

import pytest
import requests

from central.backlog import RATE_FIRST, RETRY_AFTER_S_MAX
from central.routes.admission import UPLOADS_IN_FLIGHT_MAX
from central.routes.intake import BODIES_EACH_MAX
from protocol.batch import BATCH_ENTRIES_MAX
from tests.central.conftest import NewSite
from tests.central.peers import RunningCentre, SetClock, Terminal, running
from tests.central.slow_senders import (
    answer_on,
    is_asked_for_its_body,
    pass_over_continue,
    sending,
    upload_body,
    upload_head,
)

_TRIES_MAX = 1_000


def _turned_away(centre: RunningCentre, late: Terminal, entries: int) -> HTTPResponse:
    """Announce an upload again and again until it is turned away; return what was said."""
    asking = upload_head(late, expect="100-continue", **{"x-backlog": str(entries)})
    for _ in range(_TRIES_MAX):
        with sending(centre, [asking]) as (connection,):
            if not is_asked_for_its_body(connection):
                return answer_on(connection)
    raise AssertionError("the centre never had enough")


@pytest.mark.slow
def test_who_is_turned_away_is_told_when_by_all_that_waits(
    new_site: NewSite, tmp_path: Path
) -> None:
    """No body is asked for; each that says what it has moves the moment for those after it."""
    with running(new_site(tmp_path / "centre"), SetClock()) as centre:
        count = UPLOADS_IN_FLIGHT_MAX // BODIES_EACH_MAX
        early = [centre.enrolled(f"early-{n}") for n in range(count)]
        late = [centre.enrolled(f"late-{n}") for n in range(3)]
        assert {one.head().status_code for one in late} == {200}  # their keys are known by now
        senders = [one for one in early for _ in range(BODIES_EACH_MAX)]
        asking = [upload_head(one, expect="100-continue") for one in senders]
        with closing(centre.site.open_store()) as store, sending(centre, asking) as waiting:
            assert all(is_asked_for_its_body(connection) for connection in waiting)
            with store.transaction():
                assert all(store.terminals.locked(one.name) for one in early)
                for connection, sender in zip(waiting, senders, strict=True):
                    pass_over_continue(connection)
                    connection.sendall(upload_body(sender))
                told = []
                for one, batches in zip(late, (0, 9 * int(RATE_FIRST), 10**6), strict=True):
                    refusal = _turned_away(centre, one, batches * BATCH_ENTRIES_MAX)
                    assert refusal.status == 503
                    told.append(int(refusal.headers["retry-after"]))
                assert requests.get(f"{centre.url}/healthz", timeout=20).status_code == 200
            assert {answer_on(connection).status for connection in waiting} == {200}
        assert 1 <= told[0] < told[1] < told[2] <= RETRY_AFTER_S_MAX
        assert late[0].upload(1, 3).status_code == 200


@pytest.mark.slow
def test_crowd_is_served_or_told_when_and_nothing_is_lost_or_doubled(
    centre: RunningCentre, terminal: Terminal
) -> None:
    crowd = [centre.enrolled(f"crowd-{n}-{terminal.name}") for n in range(20)]
    missing = [one for one in crowd for _ in range(BODIES_EACH_MAX)]
    for _ in range(_TRIES_MAX):
        with sending(centre, [upload_head(one) + upload_body(one) for one in missing]) as waiting:
            answers = [answer_on(connection) for connection in waiting]
        refused = [one for one, said in zip(missing, answers, strict=True) if said.status != 200]
        for said in answers:
            assert said.status in (200, 429, 503)
            assert said.status == 200 or 1 <= int(said.headers["retry-after"]) <= RETRY_AFTER_S_MAX
        missing = refused
        if not missing:
            break
    assert not missing
    assert all(centre.held(one.name) == [(1, 1)] for one in crowd)
