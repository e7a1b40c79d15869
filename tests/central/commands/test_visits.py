"""`scan-central content`, `subsidy` and `appeals`."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from central.issuing import Order, capability_mask, issue
from central.site import Site
from protocol.sealed import seal_details
from protocol.visit import AppealRecord, Urgency
from tests.central.cli_runs import Run
from tests.central.peers import START
from tests.central.projectors.test_visits import NOBODY, brought
from tests.central.stores import Held
from tests.conftest import ROOT
from verifier.model import UnixSeconds

_EXAMPLE = ROOT / "docs" / "examples" / "content.json"


@pytest.mark.slow
def test_pack_is_published_replaced_by_no_older_one_and_withdrawn(
    run: Run, site: Site, tmp_path: Path
) -> None:
    assert run("content", "publish", _EXAMPLE, "--name", "hall").code == 0
    (told,) = run("content", "list", "--json").objects
    assert told == {"name": "hall", "version": 3, "services": 3}
    published = list((site.tuf / "targets" / "policy" / "content").iterdir())
    assert [path.read_bytes() for path in published] == [_EXAMPLE.read_bytes()]
    older = tmp_path / "hall.json"
    older.write_text(_EXAMPLE.read_text().replace('"version": 3', '"version": 2'))
    refused = run("content", "publish", older)
    assert refused.code == 2
    assert "older than 3" in refused.err
    assert run("content", "withdraw", "hall").code == 0
    assert run("content", "withdraw", "hall").code == 1
    assert run("content", "list").out == ""


def test_pack_with_faults_is_told_by_path_and_not_kept(
    run: Run, site: Site, tmp_path: Path
) -> None:
    file = tmp_path / "hall.json"
    file.write_text(_EXAMPLE.read_text().replace('"category": "social"', '"category": "x"'))
    outcome = run("content", "publish", file)
    assert outcome.code == 2
    assert "services[0].category" in outcome.err
    assert "不存在" in outcome.err
    assert not site.content.exists()
    assert run("content", "publish", _EXAMPLE, "--name", "../hall").code == 2


@pytest.mark.slow
def test_subsidies_are_noted_of_cards_that_there_are(run: Run, site: Site) -> None:
    paid = ("--on", "2026-10-15", "--amount-minor", 50_000, "--zh", "津贴", "--en", "Aid")
    assert run("subsidy", "add", "--status", 0, *paid).code == 1
    order = Order(
        count=1,
        dynamic=False,
        holder_key=None,
        not_before=START,
        expires_at=UnixSeconds(START + 86_400),
        types=0,
        capabilities=capability_mask("government"),
    )
    list(issue(site, order, now=START))
    assert run("subsidy", "add", "--status", 0, *paid).code == 0
    wrong = run("subsidy", "add", "--status", 0, *paid, "--currency", "yuan")
    assert (wrong.code, wrong.err.count("\n")) == (2, 1)
    (told,) = run("subsidy", "list", "--status", 0, "--json").objects
    assert (told["on"], told["amount_minor"], told["currency"]) == ("2026-10-15", 50_000, "CNY")


def test_appeal_is_listed_without_its_words_opened_and_moved_on(run: Run, site: Site) -> None:
    words = {"text": "电梯坏了", "contact": "13800000000"}
    sealed = seal_details(words, site.keys.seal.public)
    record = AppealRecord(visit=NOBODY, urgency=Urgency.SUDDEN, sealed=sealed)
    with closing(site.open_store()) as store:
        held = Held(store)
        held.enrol("hall-1")
        brought(held, record)
    listed = run("appeals", "list", "--json")
    (told,) = listed.objects
    assert (told["number"], told["urgency"], told["state"]) == ("1-1", "sudden", "open")
    assert "电梯" not in listed.out
    (opened,) = run("appeals", "show", "hall-1", 1, 1, "--json").objects
    assert opened["words"] == words
    assert run("appeals", "set", "hall-1", 1, 1, "answered", "--note", "called").code == 0
    assert run("appeals", "set", "hall-1", 1, 1, "closed").code == 0
    (closed,) = run("appeals", "list", "--state", "closed", "--json").objects
    assert closed["note"] == "called", "who says nothing takes nothing away"
    assert run("appeals", "list").out == ""
    assert run("appeals", "show", "hall-1", 1, 2).code == 1
    audit = run("audit", "--json").out
    assert "details.open" in audit
    assert "电梯" not in json.dumps(audit, ensure_ascii=False)


def test_words_of_an_appeal_do_nothing_to_the_console_that_shows_them(run: Run, site: Site) -> None:
    words = {"text": "电梯\n\x9b2J\u202e坏了", "contact": "\x7f1"}
    sealed = seal_details(words, site.keys.seal.public)
    record = AppealRecord(visit=NOBODY, urgency=Urgency.SUDDEN, sealed=sealed)
    with closing(site.open_store()) as store:
        held = Held(store)
        held.enrol("hall-1")
        brought(held, record)
    shown = run("appeals", "show", "hall-1", 1, 1).out
    assert shown.splitlines() == ['text: "电梯\\n\\x9b2J\\u202e坏了"', 'contact: "\\x7f1"']
