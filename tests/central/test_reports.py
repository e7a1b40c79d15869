import json
from collections.abc import Iterator

import pytest

from central.enrolments import allow_enrolment
from central.projectors.reports import ReportProjector
from central.projectors.running import Projection
from central.projectors.tallies import INTERVAL_S_MAX, LANES_MAX, OTHER_LANE
from central.records import TerminalState
from central.report_text import ROWS_MAX, report_lines, table_lines
from central.reports import (
    EVER,
    REPORTS,
    SILENT_S,
    Asked,
    Period,
    Report,
    Row,
    entries,
)
from central.site import Site
from central.store.histories import Told
from protocol.journal import compact
from tests.central.peers import START, line
from tests.central.stores import Held
from verifier.model import UnixSeconds

_HOUR = "2027-01-15T08:00:00Z"
_SALE = {"type": "sale", "amount_minor": 1_250, "currency": "CNY"}


@pytest.fixture
def own(site: Site) -> Iterator[Held]:
    store = site.open_store()
    yield Held(store)
    store.close()


def _rows(held: Held, name: str, period: Period = EVER) -> list[Row]:
    held.project()
    return list(REPORTS[name](Asked(store=held.store, period=period, now=held.now)))


def _refusals(seq: int, counts: object) -> bytes:
    first = json.loads(line(1, seq))
    own = {name: first[name] for name in ("epoch", "seq", "at", "clock", "lane")}
    return compact({**own, "type": "refusals", "since": START, "counts": counts})


def test_report_counts_terminals_verdicts_reasons_and_doubled_grants(held: Held) -> None:
    held.enrol("gate-1")
    held.enrol("kiosk-1")
    held.now = UnixSeconds(START + 5)
    held.bring(
        "gate-1",
        {"presentation": "a"},
        {"presentation": "a", "type": "annul"},  # the same one taken back is no second grant
        {"presentation": "b", "verdict": "refer", "reason": "P.STA"},
        {"presentation": "c"},
        {"presentation": "c"},  # granted twice within a terminal
    )
    across = line(1, 1, presentation="a")
    held.bring_lines("kiosk-1", [across, _refusals(2, {"D.UNK": 3, "S.KEY": 1})])
    held.store.terminals.set_state("kiosk-1", TerminalState.SUSPENDED)
    held.project()

    report = Report(held.store)
    seen = {"epoch": 1, "last_seen": START + 5}
    assert list(report.terminals()) == [
        {"terminal": "gate-1", "acked": 5, "entries": 5, "status": "active"} | seen,
        {"terminal": "kiosk-1", "acked": 2, "entries": 2, "status": "suspended"} | seen,
    ]
    assert report.totals() == {
        "terminals": 2,
        "entries": 7,
        "verdicts": {"deny": 4, "grant": 4, "refer": 1},
        "reasons": {"D.UNK": 3, "P.STA": 1, "S.KEY": 1},
        "doubled": 2,
        "doubled_at": {
            "a": [("gate-1", 1, 1), ("kiosk-1", 1, 1)],
            "c": [("gate-1", 1, 4), ("gate-1", 1, 5)],
        },
    }
    before = report.totals()
    Projection(held.store, ReportProjector(held.store)).rebuild(START)
    assert Report(held.store).totals() == before


def test_report_is_readable_as_text(own: Held) -> None:
    own.enrol("gate-1")
    denied = {"verdict": "deny", "reason": "P.CAP\x1b[2J"}
    own.bring("gate-1", {"presentation": "a"}, {"presentation": "a"}, denied)
    own.project()
    first, doubled, sums = report_lines(Report(own.store))
    assert first.startswith("terminal: gate-1  epoch: 1  acked: 3  entries: 3  ")
    assert first.endswith("  last_seen: 2027-01-15T08:00:00Z  status: active")
    assert doubled == "granted more than once: a at gate-1 epoch 1 seq 1, gate-1 epoch 1 seq 2"
    assert sums.startswith("terminals: 1  entries: 3  verdicts: deny 1, grant 2  ")
    assert sums.endswith(r"  reasons: P.CAP\x1b[2J 1  doubled: 1")


def test_strange_members_of_a_line_do_not_stop_the_report(held: Held) -> None:
    """A terminal's word may be anything: what PostgreSQL or a screen can't take is spelled out."""
    held.enrol("gate-1")
    odd: list[dict[str, object]] = [
        {"verdict": 5},
        {"verdict": "grant", "presentation": ["x"]},
        {"verdict": "grant", "presentation": None, "reason": {}},
        {"lane": "a\0b", "reason": "\0" * 300, "sector": 7, "pseudonym": "\0", "at": (1 << 63) - 1},
        {"amount_minor": 1 << 62, "currency": "\0", "approval": [], "reference": {"a": ["\0"]}},
        {"amount_minor": -5},
        {"amount_minor": True, "type": "annul", "reference": "\0"},
    ]
    held.bring("gate-1", *odd)
    held.bring_lines(
        "gate-1", [_refusals(8, {"D.UNK": "many", "D.BIG": 1 << 62}), _refusals(9, [])]
    )
    held.project()
    totals = Report(held.store).totals()
    assert (totals["entries"], totals["verdicts"]) == (9, {"grant": 5})
    for report in REPORTS.values():
        list(table_lines(report(Asked(store=held.store, period=EVER, now=START))))


def test_entries_come_in_order_over_pages_epochs_and_terminals(own: Held) -> None:
    own.enrol("b-gate")
    own.enrol("a-gate")
    own.bring("b-gate", *[{}] * 1_200)
    own.bring("a-gate", {}, {})
    own.enrol("b-gate")
    own.bring("b-gate", {})
    found = list(entries(own.store))
    places = [(entry["terminal"], entry["epoch"], entry["seq"]) for entry in found]
    expected = [("b-gate", 1, seq) for seq in range(1, 1_201)]
    assert places == [("a-gate", 1, 1), ("a-gate", 1, 2), *expected, ("b-gate", 2, 1)]
    assert found[0]["line"] == json.loads(line(1, 1))


def test_passages_are_counted_by_lane_and_hour(held: Held) -> None:
    held.enrol("gate-1")
    in_next_hour = {"at": START + 3_600, "lane": "lane-2"}
    held.bring(
        "gate-1",
        {},
        {"at": START + 3_599, "type": "annul"},
        {"verdict": "deny", "reason": "R.REV"},
        in_next_hour,
        in_next_hour | {"verdict": "refer", "reason": "P.STA"},
    )
    held.bring_lines("gate-1", [_refusals(6, {"D.UNK": 3})])
    first, second = _rows(held, "passages")
    assert first == {
        "terminal": "gate-1",
        "lane": "lane-1",
        "hour": _HOUR,
        "granted": 1,
        "annulled": 1,
        "made": 0,
        "referred": 0,
        "denied": 4,
    }
    assert (second["lane"], second["hour"]) == ("lane-2", "2027-01-15T09:00:00Z")
    assert (second["granted"], second["made"], second["referred"], second["denied"]) == (1, 1, 1, 0)


def test_period_takes_the_hours_that_have_begun_in_it(own: Held) -> None:
    own.enrol("gate-1")
    own.bring("gate-1", *[{"at": START + hour * 3_600} for hour in range(4)])

    def hours(since: int, until: int) -> list[object]:
        period = Period(since=UnixSeconds(START + since), until=UnixSeconds(START + until))
        return [row["hour"] for row in _rows(own, "passages", period)]

    assert hours(0, 3_600) == [_HOUR]
    assert hours(3_599, 3_601) == [_HOUR, "2027-01-15T09:00:00Z"]
    assert hours(3_600, 7_200) == ["2027-01-15T09:00:00Z"]


def test_refusals_are_told_by_reason_the_most_frequent_first(own: Held) -> None:
    own.enrol("gate-1")
    own.bring("gate-1", {"verdict": "deny", "reason": "R.REV"})
    own.bring_lines("gate-1", [_refusals(2, {"S.SIG": 2, "D.UNK": 2})])
    assert _rows(own, "refusals") == [
        {"reason": "D.UNK", "count": 2},
        {"reason": "S.SIG", "count": 2},
        {"reason": "R.REV", "count": 1},
    ]


def test_waiting_tells_the_intervals_behind_which_somebody_may_have_stood(own: Held) -> None:
    own.enrol("gate-1")
    at = START
    showings: list[dict[str, object]] = [{"at": at}]
    for interval_s in (2, 2, 2, 4, 4, 4, 4, 4, 30, INTERVAL_S_MAX, INTERVAL_S_MAX + 1):
        at = UnixSeconds(at + interval_s)
        showings.append({"at": at})
    showings += [
        {"at": at + 1, "type": "annul"},  # nobody showed anything
        {"at": at + 2, "clock": "untrusted"},
        {"at": at - 500},  # a clock that was set back
        {"at": at - 490, "lane": "lane-2"},  # another line of people
    ]
    own.bring("gate-1", *showings[:6])
    own.project()
    own.bring("gate-1", *showings[6:])  # an interval may reach from one look into the next
    (row,) = _rows(own, "waiting")
    assert (row["intervals"], row["half_within_s"], row["nine_in_ten_within_s"]) == (10, 5, 34)


def test_lanes_beyond_what_a_terminal_can_have_share_a_row(own: Held) -> None:
    own.enrol("gate-1")
    own.bring("gate-1", *[{"lane": f"lane-{number:03}"} for number in range(LANES_MAX + 10)])
    rows = _rows(own, "passages")
    assert len(rows) == LANES_MAX + 1
    assert [row["granted"] for row in rows if row["lane"] == OTHER_LANE] == [10]


def test_behind_tells_who_has_entries_to_bring_and_who_is_silent(held: Held) -> None:
    for terminal in ("all-here", "has-more", "parted"):
        held.enrol(terminal)
        held.bring(terminal, {})
    told = Told(
        terminal="has-more",
        epoch=1,
        seq=9,
        head=bytes(32),
        acked=1,
        parts_at=0,
        is_last=False,
        told_at=START,
    )
    other = {"head": b"x" * 32, "parts_at": 1}
    with held.store.transaction():
        held.store.histories.tell(told)
        members = {name: getattr(told, name) for name in told.__slots__}
        held.store.histories.tell(Told(**(members | other | {"terminal": "parted"})))
    (row,) = _rows(held, "behind")
    assert (row["terminal"], row["acked"], row["known"], row["behind"]) == ("has-more", 1, 9, 8)
    held.now = UnixSeconds(START + SILENT_S - 1)
    assert len(_rows(held, "behind")) == 1
    held.now = UnixSeconds(START + SILENT_S)
    assert [row["silent_s"] for row in _rows(held, "behind")] == [SILENT_S] * 3


def test_health_is_told_as_the_terminal_gave_it(held: Held) -> None:
    held.enrol("gate-1")
    held.enrol("gate-2")
    held.store.health.keep("gate-1", '{"version":"0.1.0","queued":7}', START)
    first, second = _rows(held, "health")
    assert (first["told"], first["health"]) == (_HOUR, {"version": "0.1.0", "queued": 7})
    assert (second["told"], second["health"]) == (None, {})


def test_one_code_at_two_terminals_is_told_with_every_use(held: Held) -> None:
    held.enrol("gate-1")
    held.enrol("gate-2")
    held.bring("gate-1", {"presentation": "a"}, {"presentation": "own"}, {"presentation": "own"})
    held.bring("gate-2", {"presentation": "a", "verdict": "refer", "reason": "P.STA"})
    held.bring("gate-2", {"presentation": "a", "sector": "sector-2"})  # a name in another sector
    held.bring("gate-2", {"presentation": "own", "verdict": "deny", "reason": "P.RPL"})
    held.project()
    held.bring("gate-1", {"presentation": "a", "at": START + 9})
    uses = _rows(held, "doubles")
    places = [(use["terminal"], use["seq"], use["verdict"]) for use in uses]
    assert places == [("gate-1", 1, "grant"), ("gate-1", 4, "grant"), ("gate-2", 1, "refer")]
    assert Report(held.store).totals()["doubled"] == 2
    early = Period(since=UnixSeconds(0), until=START)
    assert _rows(held, "doubles", early) == []


def test_disputes_are_what_was_taken_back_or_sold_on_a_code_used_elsewhere(held: Held) -> None:
    held.enrol("shop-1")
    held.enrol("shop-2")
    taken_back = _SALE | {"type": "annul", "reference": {"epoch": 1, "seq": 1}}
    held.bring(
        "shop-1",
        _SALE | {"presentation": "a"},
        taken_back,
        {"type": "annul"},  # a passage that was not made is no sale
        {"presentation": "gate"},
    )
    held.bring("shop-2", _SALE | {"presentation": "a"}, {"presentation": "gate"})
    rows = _rows(held, "disputes")
    assert [(row["why"], row["terminal"], row["amount_minor"]) for row in rows] == [
        ("reversal", "shop-1", 1_250),
        ("double-use", "shop-1", 1_250),
        ("double-use", "shop-2", 1_250),
    ]
    assert rows[0]["reference"] == '{"epoch":1,"seq":1}'


def _back(of: dict[str, object], seq: int, **changes: object) -> dict[str, object]:
    """Return what takes back the sale that stands at `seq` of the first epoch."""
    return of | {"type": "annul", "reference": {"epoch": 1, "seq": seq}} | changes


def test_day_of_a_card_is_what_it_paid_less_what_was_taken_back(held: Held) -> None:
    held.enrol("shop-1")
    sale = _SALE | {"pseudonym": "p"}
    held.bring("shop-1", sale, sale, _back(sale, 1), sale | {"verdict": "deny"})
    held.bring("shop-1", sale | {"at": START + 86_400}, sale | {"currency": "EUR"})
    held.project()
    day = START // 86_400
    paid = [held.store.sales.day(("sector-1", "p", day + late, "CNY")) for late in (0, 1, 2)]
    assert paid == [1_250, 1_250, 0]


def _paid(held: Held, late: int = 0, pseudonym: str = "p") -> int:
    held.project()
    return held.store.sales.day(("sector-1", pseudonym, START // 86_400 + late, "CNY"))


def test_what_is_taken_back_later_lowers_the_day_of_its_sale(held: Held) -> None:
    """Or whoever pays today and takes it back tomorrow had the limit of tomorrow twice."""
    held.enrol("shop-1")
    sale = _SALE | {"pseudonym": "p"}
    held.bring("shop-1", sale, _back(sale, 1, at=START + 86_400))
    assert (_paid(held), _paid(held, late=1)) == (0, 0)


def test_a_sale_is_taken_back_once_whoever_says_it_twice(held: Held) -> None:
    held.enrol("shop-1")
    sale = _SALE | {"pseudonym": "p"}
    held.bring("shop-1", sale, sale, _back(sale, 1), _back(sale, 1))
    assert _paid(held) == 1_250
    held.bring("shop-1", _back(sale, 1))
    assert _paid(held) == 1_250
    assert len(_rows(held, "disputes")) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"reference": None},
        {"reference": "1/1"},
        {"reference": {"epoch": 1, "seq": 9}},
        {"reference": {"epoch": 1, "seq": 0}},
        {"reference": {"epoch": 1, "seq": -1}},
        {"reference": {"epoch": 1, "seq": 1 << 63}},
        {"reference": {"epoch": 2, "seq": 1}},
        {"reference": {"epoch": 1, "seq": 2}},
        {"reference": {"epoch": 1, "seq": 3}},
        {"pseudonym": "q"},
        {"sector": "sector-2"},
        {"currency": "EUR"},
        {"amount_minor": 0},
    ],
)
def test_what_names_no_sale_of_the_card_takes_nothing_back(
    held: Held, changes: dict[str, object]
) -> None:
    """A terminal's word alone lowers no sum."""
    held.enrol("shop-1")
    sale = _SALE | {"pseudonym": "p"}
    held.bring("shop-1", sale, sale | {"verdict": "deny"}, _back(sale, 1) | changes)
    assert (_paid(held), _paid(held, pseudonym="q")) == (1_250, 0)


def test_no_more_is_taken_back_than_was_paid(held: Held) -> None:
    held.enrol("shop-1")
    sale = _SALE | {"pseudonym": "p"}
    held.bring("shop-1", sale, sale, _back(sale, 1, amount_minor=9_999))
    assert _paid(held) == 1_250


def test_another_terminals_sale_is_not_taken_back(held: Held) -> None:
    held.enrol("shop-1")
    held.enrol("shop-2")
    sale = _SALE | {"pseudonym": "p"}
    held.bring("shop-1", sale)
    held.bring("shop-2", {"type": "query"}, _back(sale, 1))
    assert _paid(held) == 1_250


def test_sums_made_anew_are_the_same(held: Held) -> None:
    held.enrol("shop-1")
    sale = _SALE | {"pseudonym": "p"}
    held.bring("shop-1", sale, sale, _back(sale, 1), _back(sale, 1))
    assert _paid(held) == 1_250
    held.begin_anew()
    assert _paid(held) == 1_250


_REFERRED = {"presentation": "a", "verdict": "refer", "reason": "P.FLR"}
_OVERRIDE = {"presentation": "a", "reference": {"epoch": 1, "seq": 1}, "attendant": "c" * 32}


@pytest.mark.parametrize("is_at_once", [True, False])
def test_who_is_let_in_by_the_attendant_is_no_double_use(held: Held, *, is_at_once: bool) -> None:
    held.enrol("gate-1")
    held.bring("gate-1", _REFERRED)
    if not is_at_once:
        held.project()
    held.bring("gate-1", _OVERRIDE)
    assert _rows(held, "doubles") == []
    assert Report(held.store).totals()["doubled"] == 0
    held.enrol("gate-2")
    held.bring("gate-2", {"presentation": "a"})
    told = [(use["terminal"], use["seq"], use["verdict"]) for use in _rows(held, "doubles")]
    assert told == [("gate-1", 2, "grant"), ("gate-2", 1, "grant")]
    assert Report(held.store).totals()["doubled"] == 1


def test_a_referral_that_was_doubled_is_overridden_in_its_place(held: Held) -> None:
    for terminal in ("gate-1", "gate-2"):
        held.enrol(terminal)
        held.bring(terminal, _REFERRED)
    held.project()
    held.bring("gate-2", _OVERRIDE)
    told = [(use["terminal"], use["seq"], use["verdict"]) for use in _rows(held, "doubles")]
    assert told == [("gate-1", 1, "refer"), ("gate-2", 2, "grant")]


@pytest.mark.parametrize("reference", [{"epoch": 1, "seq": 2}, {"epoch": 2, "seq": 1}])
def test_an_override_of_nothing_or_a_second_one_is_a_double_use(
    held: Held, reference: dict[str, int]
) -> None:
    """A terminal can't hide a second grant by calling it an override."""
    held.enrol("gate-1")
    held.bring("gate-1", _REFERRED, _OVERRIDE, _OVERRIDE | {"reference": reference})
    held.project()
    assert Report(held.store).totals()["doubled"] == 1


def test_notes_are_told_by_lane_and_hour(held: Held) -> None:
    held.enrol("gate-1")
    first = json.loads(line(1, 1))
    own = {name: first[name] for name in ("epoch", "at", "clock", "lane")}
    notes = [
        {"type": "note", "what": "tailgating", "count": 2},
        {"type": "note", "what": "tailgating", "count": 3},
        {"type": "note", "what": "forced\n", "count": 1},
        {"type": "note", "what": 7, "count": 1},
        {"type": "note", "what": "forced", "count": -1},
    ]
    held.bring_lines(
        "gate-1",
        [
            compact(
                {"epoch": 1, "seq": seq, **{n: own[n] for n in ("at", "clock", "lane")}, **note}
            )
            for seq, note in enumerate(notes, start=1)
        ],
    )
    told = [(row["what"], row["count"], row["hour"]) for row in _rows(held, "notes")]
    assert told == [("forced\\n", 1, _HOUR), ("tailgating", 5, _HOUR)]
    assert _rows(held, "passages") == []


def test_open_codes_are_told_until_they_end(own: Held) -> None:
    _, expires_at = allow_enrolment(own.store, "gate-9", now=START)
    (row,) = _rows(own, "enrolments")
    assert (row["terminal"], row["expires"]) == ("gate-9", "2027-01-15T08:15:00Z")
    own.now = expires_at
    assert _rows(own, "enrolments") == []


def test_table_says_that_there_is_more_and_where_it_is() -> None:
    rows = [{"reason": "D.UNK", "count": number} for number in range(ROWS_MAX + 5)]
    told = list(table_lines(rows))
    assert told[:2] == ["reason  count", "D.UNK   0"]
    assert len(told) == ROWS_MAX + 2
    assert "--csv" in told[-1]
    assert list(table_lines([])) == ["nothing"]


def test_what_is_kept_beside_a_journal_is_told(held: Held) -> None:
    held.enrol("gate-1")
    with held.store.transaction():
        entry = (3, line(1, 3, amount_minor=250, currency="CNY", type="sale"), bytes(32))
        held.store.histories.keep_aside("gate-1", 1, [entry])
    (row,) = _rows(held, "quarantine")
    assert (row["terminal"], row["epoch"], row["seq"], row["at"]) == ("gate-1", 1, 3, _HOUR)
    assert (row["type"], row["verdict"], row["amount_minor"]) == ("sale", "grant", 250)
