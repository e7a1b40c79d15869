"""What the pages tell: the overview, one terminal, plots, cases, cards and the audit."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from central.operators.audit import record
from central.operators.values import Act, Operator, OperatorRole, Via
from central.pages import appeals, auditing, plots, terminals, work
from central.pages.answers import PageCode, PageRefused, Sheet
from central.pages.asked import Asked
from central.pages.fleet import Fleet, Sign
from central.projectors.entry import HOUR_S
from central.records import TerminalState
from central.reports import SILENT_S
from tests.central.pages.conftest import Served
from tests.central.peers import START
from tests.central.stores import Held
from verifier.model import UnixSeconds

_WELL = {"clock": "trusted", "lists": "fresh", "version": "0.1.0"}


def _asked(held: Held, path: Mapping[str, str] | None = None, **query: object) -> Asked:
    """Return a question as the routes ask it; no page is needed to answer it."""
    return Asked(
        centre=_CentreOf(held),  # type: ignore[arg-type]  # its store is all that is asked for
        fleet=Fleet(held.store),
        who=Operator(
            name="li", role=OperatorRole.ADMIN, password="", created_at=START, changed_at=START
        ),
        now=held.now,
        path=path or {},
        query={name: str(value) for name, value in query.items()},
        body={},
    )


class _CentreOf:
    def __init__(self, held: Held) -> None:
        self.store = held.store


def _enrol(held: Held, name: str, **health: object) -> None:
    held.enrol(name)
    held.store.health.keep(name, json.dumps(_WELL | health), held.now)


def _page(found: Mapping[str, Any]) -> list[str]:
    return [row["terminal"] for row in found["page"]]


@pytest.mark.parametrize(
    ("health", "sign"),
    [
        ({"clock": "untrusted"}, Sign.CLOCK),
        ({"lists": "stale"}, Sign.LISTS),
        ({"lists": "none"}, Sign.LISTS),
        ({"scanners_down": 1}, Sign.CAMERA),
        ({"scanners_poor": 1}, Sign.CAMERA),
        ({"devices_down": 2}, Sign.DEVICE),
        ({"lanes_out": 1}, Sign.OUT),
        ({"journal_fault": "disk full"}, Sign.JOURNAL),
        ({"parted": True}, Sign.PARTED),
    ],
    ids=str,
)
def test_what_a_terminal_tells_of_itself_is_a_sign(
    held: Held, health: dict[str, object], sign: Sign
) -> None:
    _enrol(held, "gate-1", **health)
    _enrol(held, "gate-2")
    found = terminals.overview(_asked(held, sign=sign.value))
    assert _page(found) == ["gate-1"]
    assert found["signs"] == {each.value: int(each is sign) for each in Sign}
    assert _page(terminals.overview(_asked(held, sign="well"))) == ["gate-2"]


@pytest.mark.parametrize(
    "health",
    [{"clock": 5}, {"scanners_down": "many"}, {"devices_down": None}, {"version": {"x": 1}}],
    ids=str,
)
def test_odd_health_stops_no_overview(held: Held, health: dict[str, object]) -> None:
    _enrol(held, "gate-1", **health)
    assert _page(terminals.overview(_asked(held))) == ["gate-1"]


def test_terminal_that_was_not_heard_of_is_silent_exactly_in_time(held: Held) -> None:
    _enrol(held, "gate-1")
    held.now = UnixSeconds(START + SILENT_S - 1)
    assert terminals.overview(_asked(held))["well"] == 1
    held.now = UnixSeconds(START + SILENT_S)
    assert _page(terminals.overview(_asked(held, sign="silent"))) == ["gate-1"]


def test_thousands_are_turned_over_found_and_ordered(held: Held) -> None:
    with held.store.transaction():
        for number in range(120):
            _enrol(held, f"gate-{number:03}", clock="untrusted" if number == 77 else "trusted")
    first = terminals.overview(_asked(held))
    assert (first["terminals"], first["found"]) == (120, 120)
    assert _page(first)[:2] == ["gate-077", "gate-000"]
    last = terminals.overview(_asked(held, first=100, limit=50, order="name"))
    assert _page(last) == [f"gate-{number}" for number in range(100, 120)]
    assert _page(terminals.overview(_asked(held, search="GATE-11", limit=3))) == [
        "gate-110",
        "gate-111",
        "gate-112",
    ]
    assert _page(terminals.overview(_asked(held, search="%"))) == []


@pytest.mark.parametrize(
    "query",
    [
        {"first": -1},
        {"first": "x"},
        {"first": "٣"},
        {"limit": 0},
        {"limit": 101},
        {"order": "x"},
        {"sign": "x"},
        {"search": "x" * 65},
        {"first": "9" * 5_000},
    ],
    ids=str,
)
def test_question_out_of_bounds_is_refused(held: Held, query: dict[str, object]) -> None:
    with pytest.raises(PageRefused) as refused:
        terminals.overview(_asked(held, **query))
    assert refused.value.code is PageCode.MALFORMED


def test_fleet_is_read_once_for_many_who_look(held: Held) -> None:
    now_s = [0.0]
    fleet = Fleet(held.store, lambda: now_s[0])
    _enrol(held, "gate-1")
    assert len(fleet.seen(START)) == 1
    _enrol(held, "gate-2")
    assert len(fleet.seen(START)) == 1
    now_s[0] = 5.0
    assert len(fleet.seen(START)) == 2
    _enrol(held, "gate-3")
    fleet.forget()
    assert len(fleet.seen(START)) == 3


def test_one_terminal_is_told_without_anybodys_pseudonym(held: Held) -> None:
    _enrol(held, "gate-1", **{"fault.1": "gate scanner: sees nothing"})
    held.bring("gate-1", {"pseudonym": "a" * 32, "presentation": "b" * 32}, {"verdict": "deny"})
    held.project()
    told = terminals.one_terminal(_asked(held, {"terminal": "gate-1"}))
    assert told["lanes"] == [{"lane": "lane-1", "last": START, "counts": {"grant": 1, "deny": 1}}]
    assert told["epochs"] == [{"epoch": 1, "entries": 2}]
    assert [each["verdict"] for each in told["events"]] == ["deny", "grant"]
    assert "a" * 32 not in json.dumps(told)
    assert "b" * 32 not in json.dumps(told)


def test_terminal_that_nobody_has_is_not_found(held: Held) -> None:
    with pytest.raises(PageRefused) as refused:
        terminals.one_terminal(_asked(held, {"terminal": "' OR 1=1 --"}))
    assert refused.value.code is PageCode.NOT_FOUND


def test_hours_of_all_are_the_sums_of_each(held: Held) -> None:
    for name in ("gate-1", "gate-2"):
        held.enrol(name)
        held.bring(
            name,
            {},
            {"at": START + HOUR_S},
            {"at": START + HOUR_S, "verdict": "deny", "reason": "R.REV", "presentation": None},
            {"at": START + HOUR_S, "verdict": "refer", "reason": "T.OLD"},
        )
    held.project()
    held.now = UnixSeconds(START + HOUR_S)
    told = plots.hours_of_all(_asked(held, hours=2))
    counts = [(each["made"], each["denied"], each["referred"]) for each in told["hours"]]
    assert counts == [(2, 0, 0), (2, 2, 2)]
    assert told["reasons"] == [{"reason": "R.REV", "count": 2}, {"reason": "T.OLD", "count": 2}]
    one = plots.hours_of_one(_asked(held, {"terminal": "gate-1"}, hours=2))
    assert [each["made"] for each in one["hours"]] == [1, 1]
    assert len(plots.hours_of_all(_asked(held, hours=744))["hours"]) == 744


def test_hours_stay_right_when_the_read_models_are_made_anew(held: Held) -> None:
    held.enrol("gate-1")
    held.bring("gate-1", {}, {})
    held.project()
    held.begin_anew()
    assert plots.hours_of_all(_asked(held, hours=1))["hours"][0]["made"] == 0
    held.project()
    assert plots.hours_of_all(_asked(held, hours=1))["hours"][0]["made"] == 2


def test_queue_is_turned_over_from_where_a_page_ended(held: Held) -> None:
    for terminal in ("gate-1", "gate-2"):
        held.enrol(terminal)
        held.bring(terminal, *[{"presentation": f"{n:032x}", "at": START - n} for n in range(60)])
    held.project()
    first = work.queue(_asked(held))
    at, sector, presentation = first["next"]
    then = work.queue(_asked(held, at=at, first=sector, second=presentation))
    seen = [each["second"] for each in (*first["cases"], *then["cases"])]
    assert seen == [f"{n:032x}" for n in range(60)]
    assert then["next"] is None


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "x"},
        {"state": "x"},
        {"days": 0},
        {"kind": "reversal", "first": "a", "second": "x"},
        {"kind": "reversal", "first": "a", "second": "1/2/3"},
        {"first": "a" * 129},
    ],
    ids=str,
)
def test_queue_that_there_is_not_is_refused(held: Held, query: dict[str, object]) -> None:
    with pytest.raises(PageRefused):
        work.queue(_asked(held, **query))


@pytest.mark.parametrize(
    "number", ["", "x", "1", "1-2-3", "1-x", "-1-1", "1-" + "9" * 20, f"1-{1 << 63}", "٣-1"]
)
def test_number_that_no_appeal_has_is_refused(held: Held, number: str) -> None:
    with pytest.raises(PageRefused) as refused:
        appeals.one_appeal(_asked(held, terminal="kiosk-1", number=number))
    assert refused.value.code is PageCode.MALFORMED


def test_appeals_and_ratings_are_told_without_words(held: Held) -> None:
    held.enrol("kiosk-1")
    visit = {"visit": "a" * 32, "pack": "b" * 16, "service": "ramps", "language": "zh"}
    of_visit = {**visit, "verdict": None, "pseudonym": "c" * 32, "scan": {"epoch": 1, "seq": 1}}
    held.bring(
        "kiosk-1",
        of_visit | {"type": "appeal", "urgency": "sudden"},
        of_visit | {"type": "rating", "score": 4},
        of_visit | {"type": "rating", "score": 5},
    )
    held.project()
    (appeal,) = appeals.queue(_asked(held))["appeals"]
    assert (appeal["number"], appeal["urgency"], appeal["is_identified"]) == ("1-1", "sudden", True)
    assert "c" * 32 not in json.dumps(appeal)
    (rated,) = appeals.visits(_asked(held))["ratings"]
    assert (rated["service"], rated["mean"], rated["count"]) == ("ramps", 4.5, 2)
    one = appeals.one_appeal(_asked(held, terminal="kiosk-1", number="1-1"))
    assert one["state"] == "open"


def test_suspended_terminal_shows_at_once_and_says_who_did_it(served: Served) -> None:
    terminal = served.centre.enrolled("gate-suspended")
    browser = served.browser(OperatorRole.OPERATOR)
    path = f"terminals/{terminal.name}/state"
    assert browser.post(path, {"state": "suspended", "why": "carried away"}).status_code == 200
    assert terminal.upload(1, 1).status_code == 403
    told = browser.get(f"api/terminals/{terminal.name}").json()
    assert told["state"] == TerminalState.SUSPENDED.value
    last = served.audited()[-1]
    assert (last["what"], last["on"]) == ("terminal.suspend", terminal.name)
    assert last["detail"] == "carried away"
    assert browser.post(path, {"state": "active", "why": "is back"}).status_code == 200
    assert terminal.upload(1, 1).status_code == 200


@pytest.mark.parametrize("body", [{"state": "gone", "why": "x"}, {"state": "active"}, {}], ids=str)
def test_terminal_is_not_suspended_without_a_reason(
    served: Served, body: dict[str, object]
) -> None:
    answer = served.browser(OperatorRole.OPERATOR).post("terminals/gate-1/state", body)
    assert (answer.status_code, answer.json()["title"]) == (422, "malformed")


@pytest.mark.parametrize(
    "body",
    [
        {"status": 0, "again": "1", "value": "revoked", "why": "lost"},
        {"status": "0", "again": "0", "value": "revoked", "why": "lost"},
        {"status": True, "again": "True", "value": "revoked", "why": "lost"},
        {"status": -1, "again": "-1", "value": "revoked", "why": "lost"},
        {"status": 1 << 32, "again": str(1 << 32), "value": "revoked", "why": "lost"},
        {"status": 0, "again": "0", "value": "burnt", "why": "lost"},
        {"status": 0, "again": "0", "value": "revoked", "why": " "},
    ],
    ids=str,
)
def test_card_is_not_changed_by_a_slip(served: Served, body: dict[str, object]) -> None:
    answer = served.browser(OperatorRole.ADMIN).post("card", body)
    assert (answer.status_code, answer.json()["title"]) == (422, "malformed")


def test_card_that_nobody_has_is_not_found_and_not_audited(served: Served) -> None:
    browser, before = served.browser(OperatorRole.ADMIN), len(served.audited())
    body = {"status": 4_000_000_000, "again": "4000000000", "value": "revoked", "why": "lost"}
    assert browser.post("card", body).status_code == 404
    assert len(served.audited()) == before


def test_audit_is_turned_over_and_handed_out_on_each_engine(held: Held) -> None:
    with held.store.transaction():
        for number in range(auditing.PAGE_LINES + 5):
            act = Act(who="li", via=Via.PAGE, what="sign-in", on=str(number))
            record(held.store, act, START)
    first = auditing.newest(_asked(held))
    then = auditing.newest(_asked(held, before=first["next"]))
    numbers = [line["number"] for line in (*first["lines"], *then["lines"])]
    assert numbers == list(range(auditing.PAGE_LINES + 5, 0, -1))
    assert then["next"] is None
    sheet = auditing.export(_asked(held))
    assert isinstance(sheet, Sheet)
    assert len(sheet.octets.splitlines()) == auditing.PAGE_LINES + 5


def test_audit_is_shown_and_handed_out_as_it_stands(served: Served) -> None:
    browser = served.browser(OperatorRole.ADMIN)
    shown = browser.get("api/audit").json()["lines"]
    assert shown == served.audited()[::-1][: len(shown)]
    sheet = browser.get("api/audit/export")
    assert sheet.headers["content-disposition"] == 'attachment; filename="audit.ndjson"'
    lines = [json.loads(each) for each in sheet.text.splitlines()]
    assert lines == served.audited()[:-1]
    assert served.audited()[-1]["what"] == "audit.export"
