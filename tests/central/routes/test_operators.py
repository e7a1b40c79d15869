"""The outlet and the terminals' health over HTTP, by token."""

import json
from contextlib import closing

import pytest
import requests

from central.events import EVENTS_MAX
from central.projectors.outlet import OutletProjector
from central.projectors.running import Projection
from central.records import Scope
from central.tokens import make_token
from tests.central.peers import START, RunningCentre, Terminal, line, problem


@pytest.fixture(scope="module")
def tokens(centre: RunningCentre) -> dict[Scope, str]:
    """A token for each scope."""
    with closing(centre.site.open_store()) as store:
        return {
            scope: make_token(store, scope.value, frozenset({scope}), days=1, now=START)[0]
            for scope in Scope
        }


@pytest.fixture
def get(centre: RunningCentre, tokens: dict[Scope, str]) -> "Get":
    return Get(centre.url, tokens)


class Get:
    def __init__(self, url: str, tokens: dict[Scope, str]) -> None:
        self._url, self._tokens = url, tokens

    def __call__(
        self, path: str, scope: Scope | None = Scope.EVENTS, **parameters: object
    ) -> requests.Response:
        token = None if scope is None else self._tokens[scope]
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        return requests.get(self._url + path, headers=headers, params=parameters, timeout=20)

    def events(self, **parameters: object) -> list[dict[str, object]]:
        answer = self("/v1/events", **parameters)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/cloudevents-batch+json"
        assert answer.headers["cache-control"] == "no-store"
        found: list[dict[str, object]] = answer.json()
        return found


def _number(centre: RunningCentre) -> None:
    """Number what has come, as the centre does every two seconds."""
    with closing(centre.site.open_store()) as store:
        Projection(store, OutletProjector(store.outlet)).round(centre.clock())


def _end(get: Get) -> int:
    """Return the cursor behind all that is there."""
    cursor = 0
    while found := get.events(after=cursor, limit=EVENTS_MAX):
        cursor = int(str(found[-1]["cursor"]))
    return cursor


@pytest.mark.parametrize("path", ["/v1/events", "/v1/health"])
def test_nobody_reads_without_a_token_for_it(get: Get, path: str) -> None:
    answer = get(path, scope=None)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert problem(answer)["title"] == "token"
    other = Scope.HEALTH if path == "/v1/events" else Scope.EVENTS
    answer = get(path, scope=other)
    assert (answer.status_code, problem(answer)["title"]) == (403, "scope")


@pytest.mark.parametrize(
    "parameters",
    [
        {"after": -1},
        {"after": "x"},
        {"after": 1 << 63},
        {"limit": 0},
        {"limit": EVENTS_MAX + 1},
    ],
)
def test_cursor_and_limit_are_held_to_their_bounds(get: Get, parameters: dict[str, object]) -> None:
    answer = get("/v1/events", **parameters)
    assert (answer.status_code, problem(answer)["title"]) == (422, "malformed")


@pytest.mark.slow
def test_event_is_the_entry_as_it_was_journalled(
    centre: RunningCentre, terminal: Terminal, get: Get
) -> None:
    _number(centre)
    before = _end(get)
    assert terminal.upload(1, 2).status_code == 200
    _number(centre)
    answer = get("/v1/events", after=before)
    first, second = answer.json()
    assert first == {
        "specversion": "1.0",
        "id": f"{terminal.name}/1/1",
        "source": f"/v1/terminals/{terminal.name}/journal",
        "type": "scan-terminal.entry.passage",
        "time": "2027-01-15T08:00:00Z",
        "datacontenttype": "application/json",
        "cursor": str(before + 1),
        "data": json.loads(line(1, 1)),
    }
    assert line(1, 2) in answer.content
    assert second["cursor"] == str(before + 2)
    assert answer.links["next"]["url"] == f"/v1/events?after={before + 2}&limit=100"
    assert get.events(after=before + 2) == []


@pytest.mark.slow
def test_cursor_leads_through_every_entry_once_whatever_the_limit(
    centre: RunningCentre, get: Get
) -> None:
    _number(centre)
    begin = _end(get)
    expected = []
    for number in range(3):
        terminal = centre.enrolled(f"outlet-{centre.url[-5:]}-{number}")
        for first in (1, 4):
            assert terminal.upload(first, first + 2).status_code == 200
            _number(centre)
        expected += [f"{terminal.name}/1/{seq}" for seq in range(1, 7)]
    for limit in (1, 2, 5, EVENTS_MAX):
        cursor, ids = begin, []
        while found := get.events(after=cursor, limit=limit):
            assert len(found) <= limit
            ids += [str(event["id"]) for event in found]
            assert [int(str(event["cursor"])) for event in found] == [
                *range(cursor + 1, cursor + 1 + len(found))
            ]
            cursor += len(found)
        assert ids == expected


@pytest.mark.slow
def test_events_of_an_hour_that_no_calendar_has_carry_no_time(
    centre: RunningCentre, terminal: Terminal, get: Get
) -> None:
    _number(centre)
    before = _end(get)
    far = [line(1, 1, at=(1 << 63) - 1)]
    assert terminal.upload_batch(terminal.batch(far, first=1)).status_code == 200
    _number(centre)
    (event,) = get.events(after=before)
    assert "time" not in event


def test_health_is_told_by_terminal_page_by_page(terminal: Terminal, get: Get) -> None:
    assert terminal.tell(3, version="0.1.0", queued=3).status_code == 200
    told, after = {}, ""
    while True:
        answer = get("/v1/health", scope=Scope.HEALTH, after=after, limit=2)
        assert answer.status_code == 200
        page = answer.json()
        told |= {each["terminal"]: each for each in page["terminals"]}
        after = page["next"]
        if after is None:
            break
        assert answer.links["next"]["url"] == f"/v1/health?after={after}&limit=2"
    assert told[terminal.name] == {
        "terminal": terminal.name,
        "status": "active",
        "epoch": 1,
        "acked": 0,
        "known": 3,
        "last_seen": START,
        "told": START,
        "health": {"version": "0.1.0", "queued": 3},
    }
