import json

import pytest

from central.records import TerminalState
from central.report_text import report_lines
from central.reports import Report, entries
from central.site import Site
from tests.central.peers import START, RunningCentre, SetClock, Terminal, line, running
from verifier.model import UnixSeconds


@pytest.fixture
def own(site: Site) -> RunningCentre:
    with running(site, SetClock()) as served:
        yield served


def _report(centre: RunningCentre) -> tuple[list[dict[str, object]], dict[str, object]]:
    store = centre.site.open_store()
    try:
        report = Report(store)
        return list(report.terminals()), report.totals()
    finally:
        store.close()


def _bring(terminal: Terminal, *changes: dict[str, object]) -> None:
    own_lines = [line(terminal.epoch, seq, **change) for seq, change in enumerate(changes, 1)]
    assert terminal.upload_batch(terminal.batch(own_lines, first=1)).status_code == 200


@pytest.mark.slow
def test_report_counts_terminals_verdicts_reasons_and_doubled_grants(own: RunningCentre) -> None:
    gate, kiosk = own.enrolled("gate-1"), own.enrolled("kiosk-1")
    refusals = {"type": "refusals", "since": START, "counts": {"D.UNK": 3, "S.KEY": 1}}
    own.clock.now += 5
    _bring(
        gate,
        {"presentation": "a"},
        {"presentation": "a", "type": "annul"},  # the same one taken back is no second grant
        {"presentation": "b", "verdict": "refer", "reason": "P.STA"},
        {"presentation": "c"},
        {"presentation": "c"},  # granted twice within a terminal
    )
    plain = json.loads(line(1, 2))
    for member in ("profile", "sector", "pseudonym", "presentation", "iat", "verdict", "reason"):
        del plain[member]
    bare = json.dumps({**plain, **refusals}, separators=(",", ":")).encode()
    batch = kiosk.batch([line(1, 1, presentation="a"), bare], first=1)  # and across two
    assert kiosk.upload_batch(batch).status_code == 200
    own.set_state("kiosk-1", TerminalState.SUSPENDED)

    terminals, totals = _report(own)
    assert terminals == [
        {
            "terminal": "gate-1",
            "epoch": 1,
            "acked": 5,
            "entries": 5,
            "last_seen": START + 5,
            "status": "active",
        },
        {
            "terminal": "kiosk-1",
            "epoch": 1,
            "acked": 2,
            "entries": 2,
            "last_seen": START + 5,
            "status": "suspended",
        },
    ]
    assert totals == {
        "terminals": 2,
        "entries": 7,
        "verdicts": {"deny": 4, "grant": 5, "refer": 1},
        "reasons": {"D.UNK": 3, "P.STA": 1, "S.KEY": 1},
        "doubled": 2,
        "doubled_at": {
            "a": [("gate-1", 1, 1), ("kiosk-1", 1, 1)],
            "c": [("gate-1", 1, 4), ("gate-1", 1, 5)],
        },
    }


@pytest.mark.slow
def test_report_is_readable_as_text(own: RunningCentre) -> None:
    gate = own.enrolled("gate-1")
    own.clock.now = UnixSeconds(1_800_000_000)
    denied = {"verdict": "deny", "reason": "P.CAP\x1b[2J"}
    _bring(gate, {"presentation": "a"}, {"presentation": "a"}, denied)
    store = own.site.open_store()
    try:
        told = list(report_lines(Report(store)))
    finally:
        store.close()
    first, doubled, sums = told
    assert first.startswith("terminal: gate-1  epoch: 1  acked: 3  entries: 3  ")
    assert first.endswith("  last_seen: 2027-01-15T08:00:00Z  status: active")
    assert doubled == "granted more than once: a at gate-1 epoch 1 seq 1, gate-1 epoch 1 seq 2"
    assert sums.startswith("terminals: 1  entries: 3  verdicts: deny 1, grant 2  ")
    assert sums.endswith("  reasons: 'P.CAP\\x1b[2J' 1  doubled: 1")


@pytest.mark.slow
def test_strange_members_of_a_line_do_not_stop_the_report(own: RunningCentre) -> None:
    odd: list[dict[str, object]] = [
        {"verdict": 5},
        {"verdict": "grant", "presentation": ["x"]},
        {"verdict": "grant", "presentation": None, "reason": {}},
        {"type": "refusals", "counts": {"D.UNK": "many"}, "verdict": None},
        {"type": "refusals", "counts": [], "verdict": None},
    ]
    _bring(own.enrolled("gate-1"), *odd)
    _, totals = _report(own)
    assert (totals["entries"], totals["verdicts"], totals["reasons"]) == (5, {"grant": 2}, {})


@pytest.mark.slow
def test_entries_come_in_order_over_pages_epochs_and_terminals(own: RunningCentre) -> None:
    first, other = own.enrolled("b-gate"), own.enrolled("a-gate")
    for begin in (1, 401, 801):
        assert first.upload(begin, begin + 399).status_code == 200
    assert other.upload(1, 2).status_code == 200
    again = own.enrolled("b-gate")
    assert again.upload(1, 1).status_code == 200
    store = own.site.open_store()
    try:
        found = list(entries(store))
    finally:
        store.close()
    places = [(entry["terminal"], entry["epoch"], entry["seq"]) for entry in found]
    expected = [("b-gate", 1, seq) for seq in range(1, 1201)]
    assert places == [("a-gate", 1, 1), ("a-gate", 1, 2), *expected, ("b-gate", 2, 1)]
    assert found[0]["line"] == json.loads(line(1, 1))
