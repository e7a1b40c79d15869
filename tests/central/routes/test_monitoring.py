"""The operator's monitoring over HTTP."""

from contextlib import closing

import pytest
import requests

from central.records import Scope
from central.tokens import make_token
from tests.central.peers import START, RunningCentre, Terminal, problem
from tests.support.promtool import find_promtool


@pytest.fixture(scope="module")
def tokens(centre: RunningCentre) -> dict[Scope, str]:
    with closing(centre.site.open_store()) as store:
        return {
            scope: make_token(store, scope.value, frozenset({scope}), days=1, now=START)[0]
            for scope in Scope
        }


def ask(centre: RunningCentre, path: str, token: str = "") -> requests.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return requests.get(centre.url + path, headers=headers, timeout=20)


def test_metrics_want_a_token_of_their_own_scope(
    centre: RunningCentre, tokens: dict[Scope, str]
) -> None:
    assert problem(ask(centre, "/metrics"))["title"] == "token"
    assert problem(ask(centre, "/metrics", tokens[Scope.HEALTH]))["title"] == "scope"


def test_fleet_is_told_and_promtool_finds_no_fault_with_it(
    centre: RunningCentre, terminal: Terminal, tokens: dict[Scope, str]
) -> None:
    answer = ask(centre, "/metrics", tokens[Scope.METRICS])
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'scan_central_terminals{status="active"}' in answer.text
    assert terminal.name not in answer.text
    assert find_promtool()("check", "metrics", given=answer.content) == ""


def test_health_is_one_word_without_a_token(centre: RunningCentre) -> None:
    assert ask(centre, "/health/live").text == "live\n"
    assert ask(centre, "/health/ready").text == "ready\n"
