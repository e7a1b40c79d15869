from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from offline_cache.errors import CacheFault
from terminal.local.clients import Scope
from terminal.wording.words import words_for
from tests.support.local_service import Counter, counter, told
from verifier.model import Verdict
from verifier.reasons import Reason

_NUMBERS = count(1)


def new_key() -> str:
    return f"till-1_sale_{next(_NUMBERS):06}"


def test_lane_is_armed_once_and_told_where_its_request_is(till: Counter) -> None:
    key = new_key()
    first, again = till.arm(key), till.arm(key)
    assert first.status_code == again.status_code == 201
    assert first.headers["location"] == f"/v1/requests/{key}"
    assert first.json() == again.json()
    assert first.json()["state"] == "pending"
    assert till.service.effects == [f"arm pharmacy-1 {key}"]


def test_same_key_for_something_else_is_refused(till: Counter) -> None:
    key = new_key()
    till.arm(key)
    told(till.arm(key, amount_minor=1_251), "key-used")


def test_lost_answer_is_asked_after(till: Counter) -> None:
    key = new_key()
    told(till.send("GET", f"/v1/requests/{key}"), "request-unknown")
    till.arm(key)
    till.do(till.service.show_card, "pharmacy-1")
    outcome = till.send("GET", f"/v1/requests/{key}").json()["outcome"]
    assert outcome["verdict"] == Verdict.GRANT.value
    assert outcome["entry"] == {"epoch": 1, "seq": 1}
    assert (outcome["amount_minor"], outcome["currency"]) == (1_250, "CNY")


def test_refusal_says_what_to_tell_the_holder_and_the_cashier(till: Counter) -> None:
    key = new_key()
    till.arm(key)
    till.do(till.service.show_card, "pharmacy-1", Reason.REVOKED)
    outcome = till.send("GET", f"/v1/requests/{key}").json()["outcome"]
    assert (outcome["verdict"], outcome["reason"]) == ("deny", Reason.REVOKED.value)
    assert outcome["words"]["holder"]["zh"] == words_for(Reason.REVOKED).holder_zh
    assert outcome["words"]["attendant"]["en"]


def test_nothing_that_an_answer_says_names_the_holder(till: Counter) -> None:
    key = new_key()
    till.arm(key)
    till.do(till.service.show_card, "pharmacy-1")
    text = till.send("GET", f"/v1/requests/{key}").text
    assert "pseudonym" not in text
    assert "written" not in text


def test_sale_is_reversed_once_by_a_key_of_its_own(till: Counter) -> None:
    key, path = new_key(), "/v1/requests/{}/reverse"
    till.arm(key)
    own = {"Idempotency-Key": new_key()}
    told(till.send("POST", path.format(key), headers=own), "not-granted")
    till.do(till.service.show_card, "pharmacy-1")
    told(till.send("POST", path.format(key)), "key-missing")
    first = till.send("POST", path.format(key), headers=own)
    again = till.send("POST", path.format(key), json={}, headers=own)
    assert first.json() == again.json()
    assert first.json()["outcome"]["annulled"] == {"epoch": 1, "seq": 2}
    other = {"Idempotency-Key": new_key()}
    told(till.send("POST", path.format(key), headers=other), "reversed-already")
    assert till.service.effects.count(f"annul {key}") == 1


def test_request_is_aborted_before_and_told_after_it_was_granted(till: Counter) -> None:
    early, late = new_key(), new_key()
    till.arm(early)
    assert till.send("POST", f"/v1/requests/{early}/abort").json()["state"] == "canceled"
    till.arm(late)
    till.do(till.service.show_card, "pharmacy-1")
    path, not_handed = f"/v1/requests/{late}/abort", {"not_handed_over": True}
    assert till.send("POST", path).json()["outcome"]["annulled"] is None
    assert till.send("POST", path, json=not_handed).json()["outcome"]["annulled"] is not None


def test_goods_not_handed_over_are_reversed_only_by_who_may_reverse(till: Counter) -> None:
    till.add("seller", scopes=frozenset({Scope.SALE}))
    key = new_key()
    till.arm(key, client="seller")
    path, not_handed = f"/v1/requests/{key}/abort", {"not_handed_over": True}
    told(till.send("POST", path, client="seller", json=not_handed), "scope")
    assert till.send("POST", path, client="seller").json()["state"] == "canceled"


def test_gate_is_held_open_and_let_go(till: Counter) -> None:
    path = "/v1/lanes/gate-1/emergency"
    assert till.send("POST", path, json={"open": True}).json()["held_open"]
    assert not till.send("POST", path, json={"open": False}).json()["held_open"]
    told(till.send("POST", path, json={"open": 1}), "malformed")
    told(till.send("POST", path, json={}), "malformed")


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/v1/lanes", Scope.STATUS),
        ("GET", "/v1/lanes/gate-1", Scope.STATUS),
        ("GET", "/v1/lanes/gate-1/totals", Scope.STATUS),
        ("GET", "/v1/events", Scope.STATUS),
        ("GET", "/v1/diagnosis", Scope.DIAGNOSIS),
        ("GET", "/v1/requests/0123456789abcdef", Scope.SALE),
        ("POST", "/v1/requests/0123456789abcdef/abort", Scope.SALE),
        ("POST", "/v1/requests/0123456789abcdef/reverse", Scope.REVERSE),
        ("POST", "/v1/requests/0123456789abcdef/receipt", Scope.SALE),
        ("POST", "/v1/lanes/gate-1/requests", Scope.SALE),
        ("POST", "/v1/lanes/gate-1/emergency", Scope.EMERGENCY),
    ],
)
def test_each_resource_wants_its_scope(till: Counter, method: str, path: str, scope: Scope) -> None:
    till.add("other", scopes=frozenset(Scope) - {scope})
    body: dict[str, Any] = {"open": True} if path.endswith("emergency") else {}
    answer = till.send(method, path, client="other", json=body if method == "POST" else None)
    assert scope.value in told(answer, "scope")["detail"]
    assert till.service.effects == []


def test_lanes_that_a_client_may_not_see_are_not_there(till: Counter) -> None:
    till.add("kiosk", lanes=frozenset({"gate-1"}))
    names = [lane["name"] for lane in till.send("GET", "/v1/lanes", client="kiosk").json()["lanes"]]
    assert names == ["gate-1"]
    hidden = till.send("GET", "/v1/lanes/pharmacy-1", client="kiosk")
    absent = till.send("GET", "/v1/lanes/pharmacy-9", client="kiosk")
    assert told(hidden, "lane-unknown") == told(absent, "lane-unknown")
    told(till.arm(new_key(), client="kiosk"), "lane-unknown")
    told(till.arm(new_key(), lane="pharmacy-9"), "lane-unknown")
    path = "/v1/lanes/pharmacy-1/emergency"
    told(till.send("POST", path, client="kiosk", json={"open": True}), "lane-unknown")
    told_of = till.send("GET", "/v1/diagnosis", client="kiosk").json()
    assert [lane["name"] for lane in told_of["lanes"]] == ["gate-1"]
    assert [day["lane"] for day in told_of["sales"]["days"]] == ["gate-1"]
    assert till.service.effects == []


def test_key_of_another_client_is_unknown(till: Counter) -> None:
    key = new_key()
    till.arm(key)
    others = till.send("GET", f"/v1/requests/{key}", client="till-2")
    never = till.send("GET", f"/v1/requests/{new_key()}", client="till-2")
    assert told(others, "request-unknown") == told(never, "request-unknown")
    told(till.send("POST", f"/v1/requests/{key}/abort", client="till-2"), "request-unknown")
    assert till.service.book["till-1", key].state.value == "pending"


def test_two_clients_at_one_lane_do_not_take_it_from_each_other(till: Counter) -> None:
    key = new_key()
    till.arm(key)
    told(till.arm(key, client="till-2"), "lane-taken")
    assert till.arm(new_key(), client="till-2", lane="gate-1").status_code == 201
    till.send("POST", f"/v1/requests/{key}/abort")
    assert till.arm(key, client="till-2").status_code == 201


@pytest.mark.parametrize(
    "key", [None, "", "short", "k" * 15, "k" * 65, "k" * 15 + " k", "k" * 16 + "é"]
)
def test_arming_wants_a_key(till: Counter, key: str | None) -> None:
    headers = {} if key is None else {"Idempotency-Key": key.encode()}
    answer = till.send("POST", "/v1/lanes/gate-1/requests", json={}, headers=headers)
    told(answer, "key-missing")
    assert till.service.effects == []


@pytest.mark.parametrize("key", ["k" * 16, "k" * 64, "Az09_-" * 3])
def test_keys_have_16_to_64_letters(till: Counter, key: str) -> None:
    assert till.arm(key).status_code == 201


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_minor": -1},
        {"amount_minor": 1_000_000_000_001},
        {"amount_minor": 12.5},
        {"amount_minor": "12"},
        {"amount_minor": True},
        {"amount_minor": None, "currency": "CNY"},
        {"currency": ""},
        {"currency": "cny"},
        {"currency": "CNY\n"},
        {"capability": "everything"},
        {"reference": "x" * 129},
        {"reference": "two\nlines"},
        {"details": []},
        {"deadline_ms": 0},
        {"deadline_ms": 300_001},
        {"amount": 1},
    ],
)
def test_what_is_not_in_form_is_refused_and_arms_nothing(
    till: Counter, changes: dict[str, object]
) -> None:
    told(till.arm(new_key(), **changes), "malformed")
    assert till.service.effects == []


@pytest.mark.parametrize(
    "changes", [{"amount_minor": 0}, {"deadline_ms": 1}, {"capability": "shop"}]
)
def test_what_is_just_in_form_is_taken(till: Counter, changes: dict[str, object]) -> None:
    assert till.arm(new_key(), **changes).status_code == 201


def test_lane_is_armed_without_an_amount(till: Counter) -> None:
    headers = {"Idempotency-Key": new_key()}
    answer = till.send("POST", "/v1/lanes/gate-1/requests", json={}, headers=headers)
    assert answer.status_code == 201


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"])
@pytest.mark.parametrize(
    "path",
    [
        "/v1/lanes/gate-1/requests",
        "/v1/lanes/gate-1/emergency",
        "/v1/requests/0123456789abcdef/abort",
        "/v1/requests/0123456789abcdef/reverse",
    ],
)
def test_no_method_but_post_has_an_effect(till: Counter, method: str, path: str) -> None:
    answer = till.send(method, path, headers={"Idempotency-Key": new_key()})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert till.service.effects == []


def test_terminal_that_does_not_answer_is_told_as_that(tmp_path: Path) -> None:
    with counter(tmp_path, limits={"call_s": 0.05, "calls_max": 1}) as stuck:
        stuck.service.is_stuck = True
        told(stuck.send("GET", "/v1/lanes"), "no-answer")
        told(stuck.send("GET", "/v1/lanes"), "too-many")
        stuck.service.is_stuck = False  # for what is asked from here on
        told(stuck.send("GET", "/v1/lanes"), "too-many")
        opened = stuck.send("POST", "/v1/lanes/gate-1/emergency", json={"open": True})
        assert opened.json()["held_open"], "whatever hangs"


def test_journal_that_fails_is_told_and_says_nothing_of_the_disk(till: Counter) -> None:
    till.service.fault = CacheFault("/var/lib/secret: the disk is full")
    answer = till.arm(new_key())
    told(answer, "journal-failed")
    assert "secret" not in answer.text
    assert answer.headers["retry-after"] == "5"


def test_bug_is_told_without_a_word_of_our_code(
    till: Counter, caplog: pytest.LogCaptureFixture
) -> None:
    till.service.fault = ZeroDivisionError("secret")
    answer = till.send("GET", "/v1/lanes")
    told(answer, "fault")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert "ZeroDivisionError" in caplog.text


def test_lane_of_no_trouble_is_told_whole(till: Counter) -> None:
    till.service.views["gate-1"] = replace(till.service.views["gate-1"], trouble="no camera")
    lane = till.send("GET", "/v1/lanes/gate-1").json()
    assert lane == {
        "name": "gate-1",
        "profile": "pharmacy",
        "state": "idle",
        "trouble": "no camera",
        "asked": False,
        "held_open": False,
        "currency": "CNY",
        "decimals": 2,
        "fund": "insured-account",
        "amount_max_minor": 100_000,
        "prints": True,
    }


@pytest.mark.parametrize("query", ["?x=1", "?access_token=x", "?after=1&after=2"])
def test_query_that_is_not_asked_for_is_refused(till: Counter, query: str) -> None:
    for path in ("/v1/lanes", "/v1/events", "/openapi.json"):
        told(till.send("GET", path + query), "malformed")
