"""What monitoring reads without a token on this machine, and by one from elsewhere."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from terminal.local.admission import Door
from terminal.local.clients import Scope
from terminal.local.monitoring import is_open
from terminal.metrics import names
from terminal.metrics.of_machine import local_families
from tests.support.local_service import Counter, counter, told

LOOPBACK = Door(name="", hosts=frozenset(), port=1, is_loopback=True)
LAN = Door(name="", hosts=frozenset(), port=1)
METRICS = frozenset({Scope.METRICS})
OTHERS = frozenset(Scope) - METRICS


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    with counter(tmp_path_factory.mktemp("closed")) as opened:
        yield opened


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    with counter(tmp_path_factory.mktemp("open"), metrics_open=True) as found:
        yield found


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_nothing_is_open_but_on_loopback(path: str) -> None:
    assert not is_open(path, LAN, metrics_open=True)


def test_metrics_are_open_where_the_settings_say_so_alone() -> None:
    assert is_open("/metrics", LOOPBACK, metrics_open=True)
    assert not is_open("/metrics", LOOPBACK, metrics_open=False)


@pytest.mark.parametrize("path", ["/v1/lanes", "/metrics/", "/health", "/health/live/x", "/"])
def test_no_other_path_is_open(path: str) -> None:
    assert not is_open(path, LOOPBACK, metrics_open=True)


def test_metrics_want_a_token_of_their_own_scope(closed: Counter) -> None:
    told(closed.send("GET", "/metrics", client=None), "token")
    closed.add("others", scopes=OTHERS)
    told(closed.send("GET", "/metrics", client="others"), "scope")
    closed.add("monitoring", scopes=METRICS)
    answer = closed.send("GET", "/metrics", client="monitoring")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "scan_terminal_journal_pending_entries 3.0" in answer.text


def test_client_of_one_lane_reads_nothing_of_another(closed: Counter) -> None:
    closed.add("one-lane", scopes=METRICS, lanes=frozenset({"gate-1"}))
    text = closed.send("GET", "/metrics", client="one-lane").text
    assert 'lane="gate-1"' in text
    assert "pharmacy-1" not in text


def test_programs_of_this_machine_read_open_metrics_without_a_token(opened: Counter) -> None:
    answer = opened.send("GET", "/metrics", client=None)
    assert "scan_terminal_process_resident_memory_bytes" in answer.text
    told(opened.send("GET", "/v1/lanes", client=None), "token")


def test_page_of_another_site_reads_no_open_metrics(opened: Counter) -> None:
    page = {"Origin": "https://elsewhere.example"}
    told(opened.send("GET", "/metrics", client=None, headers=page), "origin")
    hidden = {"Sec-Fetch-Site": "cross-site"}
    told(opened.send("GET", "/metrics", client=None, headers=hidden), "origin")


def test_name_that_is_not_ours_opens_no_metrics(opened: Counter) -> None:
    rebound = {"Host": f"rebound.example:{opened.port}"}
    told(opened.send("GET", "/metrics", client=None, headers=rebound), "host")


def test_terminal_that_answers_lives_and_one_whose_lanes_serve_is_ready(closed: Counter) -> None:
    live = closed.send("GET", "/health/live", client=None)
    assert (live.status_code, live.text) == (200, "live\n")
    ready = closed.send("GET", "/health/ready", client=None)
    assert (ready.status_code, ready.text) == (200, "ready\n")
    told(closed.send("GET", "/health/ready?full=1", client=None), "malformed")
    told(closed.send("POST", "/health/live", client=None), "method")


def test_lane_out_of_service_is_not_ready_and_lives(closed: Counter) -> None:
    views = closed.service.views
    served = views["gate-1"]
    views["gate-1"] = replace(served, state="out-of-service")
    ready = closed.send("GET", "/health/ready", client=None)
    assert (ready.status_code, ready.text) == (503, "not-ready\n")
    assert closed.send("GET", "/health/live", client=None).status_code == 200
    views["gate-1"] = served


def test_terminal_without_lanes_is_not_ready(tmp_path: Path) -> None:
    with counter(tmp_path) as till:
        till.service.views.clear()
        assert till.send("GET", "/health/ready", client=None).status_code == 503


@pytest.mark.slow
def test_daemon_that_does_not_answer_is_stuck(tmp_path: Path) -> None:
    with counter(tmp_path, limits={"call_s": 0.3}) as till:
        till.service.is_stuck = True
        live = till.send("GET", "/health/live", client=None)
        assert (live.status_code, live.text) == (503, "stuck\n")
        assert till.send("GET", "/health/ready", client=None).text == "not-ready\n"


def test_whoever_needs_no_token_is_held_to_a_rate(tmp_path: Path) -> None:
    with counter(tmp_path, limits={"requests_burst": 2, "requests_per_s": 0.01}) as till:
        answers = [till.send("GET", "/health/live", client=None) for _ in range(3)]
        assert [each.status_code for each in answers] == [200, 200, 429]
        assert till.send("GET", "/v1/lanes").status_code == 200


def test_interface_tells_its_own_connections_and_listeners(closed: Counter) -> None:
    told = {family.metric: family.samples for family in local_families(closed.interface.status())}
    assert [sample.value for sample in told[names.LOCAL_LISTENERS]] == [1]
    assert told[names.LOCAL_STREAMS][0].value == told[names.LOCAL_SCREENS][0].value == 0
    assert local_families(None) == []
