"""The centre's word before something happens: rules, sums, and the same answer again."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from itertools import count

import pytest

from central.approvals import (
    Question,
    Rule,
    answer_request,
    approval_rules,
    within_day_limit,
)
from central.centre import Centre
from central.errors import Overloaded, Refused, SiteUnusable
from central.issuing import Order, capability_mask, issue, set_status
from central.records import TerminalState
from central.routes.admission import Admission
from central.site import Site
from central.stopping import stop_cards
from central.trust_list import trust_list
from central.workers import Workers
from protocol.approval import ApprovalMalformed, ApprovalRequest, Word, read_approval
from protocol.keys import new_signing_key
from protocol.problems import ProblemCode
from tests.central.peers import START, RunningCentre, SetClock, Terminal, problem, running
from tests.central.stores import Held
from verifier.model import UnixSeconds
from verifier.profile import EntryType
from verifier.status import Status
from verifier.trust import load_keys

_NUMBERS = count(1)
_PSEUDONYM = "0" * 32


def asked(amount: int = 1_000, **changes: object) -> ApprovalRequest:
    """Return a question of a key of its own."""
    request = ApprovalRequest(
        key=f"key-{next(_NUMBERS):012}",
        at=START,
        lane="counter-1",
        entry_type=EntryType.SALE,
        sector="sector-1",
        pseudonym=_PSEUDONYM,
        presentation=f"{next(_NUMBERS):032x}",
        amount_minor=amount,
        currency="CNY",
    )
    return replace(request, **changes)  # type: ignore[arg-type]  # as the tests name them


class Desk:
    """Asks the rules without HTTP, on a store of its own."""

    def __init__(self, held: Held, site: Site) -> None:
        self.held, self.site, self.clock = held, site, SetClock()
        self.centre = Centre(
            site=site,
            store=held.store,
            now=self.clock,
            workers=Workers(held.store),
            admission=Admission(lambda: 0.0),
        )
        self.rules = approval_rules(site)

    def octets(self, request: ApprovalRequest, terminal: str = "shop-1") -> bytes:
        return answer_request(self.centre, self.held.held(terminal), request.octets(), self.rules)

    def ask(self, request: ApprovalRequest, terminal: str = "shop-1") -> str | None:
        """Return why it is declined; None: it is approved."""
        keys = load_keys(trust_list(self.site)).keys
        octets = self.octets(request, terminal)
        word = read_approval(octets, keys, terminal=terminal, request=request, now=self.clock())
        assert (word.word is Word.APPROVE) == (word.reason is None)
        return word.reason


@pytest.fixture
def desk(held: Held, site: Site) -> Iterator[Desk]:
    for terminal in ("shop-1", "shop-2"):
        held.enrol(terminal)
    made = Desk(held, site)
    yield made
    made.centre.workers.shut_down()


def test_card_that_was_stopped_is_declined_at_once(desk: Desk) -> None:
    order = Order(
        count=1,
        dynamic=False,
        holder_key=None,
        not_before=START,
        expires_at=UnixSeconds(START + 86_400),
        types=0,
        capabilities=capability_mask("shop"),
    )
    (card,) = issue(desk.site, order, now=START)
    subject = bytes.fromhex(str(card["subject"]))
    pseudonym = desk.site.keys.sector.pseudonym(desk.site.issuer, subject)
    with closing(desk.site.open_store()) as own:  # cards are issued into the site's own database
        for status, reason in (
            (Status.REVOKED, "card-revoked"),
            (Status.SUSPENDED, "card-suspended"),
            (Status.VALID, None),
        ):
            set_status(desk.site, 0, status)
            stopped = own.approvals.stopped("sector-1", pseudonym)
            assert stopped == (status.value or None)
            desk.held.store.approvals.stop("sector-1", pseudonym, stopped or 0)
            assert desk.ask(asked(pseudonym=pseudonym)) == reason
            assert desk.ask(asked()) is None, "another card"
        set_status(desk.site, 0, Status.REVOKED)
        own.approvals.free_all()
        stop_cards(own, desk.site)
        assert own.approvals.stopped("sector-1", pseudonym) == Status.REVOKED.value


def test_suspended_terminal_is_declined(desk: Desk) -> None:
    desk.held.store.terminals.set_state("shop-1", TerminalState.SUSPENDED)
    assert desk.ask(asked()) == "terminal-suspended"
    assert desk.ask(asked(), "shop-2") is None


def test_same_key_brings_the_same_answer_whatever_has_changed(desk: Desk) -> None:
    request = asked()
    first = desk.octets(request)
    desk.held.store.terminals.set_state("shop-1", TerminalState.SUSPENDED)
    desk.clock.now = UnixSeconds(START + 60)
    assert desk.octets(request) == first
    assert desk.octets(request, "shop-2") != first, "a key is the terminal's own"


def test_key_of_another_question_is_refused(desk: Desk) -> None:
    request = asked()
    desk.octets(request)
    with pytest.raises(Refused) as refused:
        desk.octets(replace(request, amount_minor=1))
    assert refused.value.problem.code is ProblemCode.KEY_USED


def test_card_pays_up_to_the_days_limit_at_all_terminals_together(desk: Desk) -> None:
    desk.rules = (within_day_limit({"CNY": 3_000}),)
    assert desk.ask(asked(1_000)) is None
    assert desk.ask(asked(2_001), "shop-2") == "day-limit"
    assert desk.ask(asked(2_000), "shop-2") is None, "exactly up to it"
    assert desk.ask(asked(1)) == "day-limit"
    assert desk.ask(asked(5_000, currency="EUR")) is None, "no limit is set"
    assert desk.ask(asked(1_000, pseudonym="1" * 32)) is None
    desk.clock.now = UnixSeconds(START + 86_400)
    assert desk.ask(asked(3_000)) is None, "another day"


def test_what_was_approved_counts_once_when_its_entry_comes(desk: Desk) -> None:
    desk.rules = (within_day_limit({"CNY": 3_000}),)
    request = asked(1_000)
    assert desk.ask(request) is None
    sale = {"type": "sale", "amount_minor": 1_000, "currency": "CNY", "pseudonym": _PSEUDONYM}
    desk.held.bring("shop-1", sale | {"approval": request.key}, sale)
    desk.held.project()
    assert desk.ask(asked(1_001)) == "day-limit"
    assert desk.ask(asked(1_000)) is None


def test_what_was_taken_back_can_be_spent_again(desk: Desk) -> None:
    desk.rules = (within_day_limit({"CNY": 1_000}),)
    sale = {"type": "sale", "amount_minor": 1_000, "currency": "CNY", "pseudonym": _PSEUDONYM}
    desk.held.bring("shop-1", sale)
    desk.held.project()
    assert desk.ask(asked(1)) == "day-limit"
    desk.held.bring("shop-1", sale | {"type": "annul"})  # of no sale
    desk.held.project()
    assert desk.ask(asked(1)) == "day-limit"
    desk.held.bring("shop-1", sale | {"type": "annul", "reference": {"epoch": 1, "seq": 1}})
    desk.held.project()
    assert desk.ask(asked(1_000)) is None


def test_nothing_is_approved_while_the_days_sums_are_made_anew(desk: Desk) -> None:
    desk.rules = (within_day_limit({"CNY": 1_000}),)
    before = asked(1, currency="EUR")
    answer = desk.octets(before)
    sale = {"type": "sale", "amount_minor": 1_000, "currency": "CNY", "pseudonym": _PSEUDONYM}
    desk.held.bring("shop-2", sale)
    desk.held.project()
    desk.held.begin_anew()  # and is cut off: what the card paid is not known
    with pytest.raises(Overloaded):
        desk.ask(asked(1_000))
    assert desk.octets(before) == answer
    desk.held.project()
    assert desk.ask(asked(1_000)) == "day-limit"


def test_an_answer_that_nobody_waits_for_costs_the_card_nothing(desk: Desk) -> None:
    """A centre under load would else use up a citizen's day, and he was refused each time."""
    desk.rules = (within_day_limit({"CNY": 1_000}),)
    request, terminal = asked(1_000), desk.held.held("shop-1")
    with pytest.raises(Overloaded):
        answer_request(desk.centre, terminal, request.octets(), desk.rules, is_late=lambda: True)
    assert desk.ask(asked(1_000)) is None
    assert desk.ask(asked(1)) == "day-limit"


def test_card_is_not_approved_under_a_name_that_the_centre_has_not_given(desk: Desk) -> None:
    """Cards are stopped, and their days summed up, by their names in the centre's sector."""
    desk.rules = (within_day_limit({"CNY": 1_000}),)
    for sector in ("sector-2", "SECTOR-1", "sector-1."):
        with pytest.raises(ApprovalMalformed, match="sector"):
            desk.ask(asked(1, sector=sector))
    assert desk.ask(asked(1_000)) is None


def no_sales_at_night(question: Question) -> str | None:
    """A rule of an operator's."""
    return "night" if question.request.at % 86_400 < 6 * 3_600 else None


def test_operators_rules_stand_behind_ours(site: Site) -> None:
    settings = site.directory / "centre.toml"
    plain = settings.read_text()

    def rules(table: str) -> tuple[Rule, ...]:
        settings.write_text(f"{plain}\n[approvals]\n{table}\n")
        return approval_rules(site)

    *own, added = rules(f'rules = ["{__name__}:no_sales_at_night"]')
    assert len(own) == 3
    assert added is no_sales_at_night
    for odd in (
        "day_limit_minor = 5",
        "day_limit_minor = { CNY = -1 }",
        "day_limit_minor = { CNY = true }",
        'rules = "x"',
        'rules = ["nowhere:nothing"]',
        'rules = ["central.approvals:nothing"]',
        'rules = [""]',
        "limit = 5",
    ):
        with pytest.raises(SiteUnusable):
            rules(odd)
    assert len(rules("day_limit_minor = { CNY = 0 }")) == 3


def test_rule_whose_reason_is_no_name_is_a_bug(desk: Desk) -> None:
    desk.rules = (lambda _: "Not A Name",)
    with pytest.raises(ValueError, match="no reason's name"):
        desk.octets(asked())


# Over HTTP.

_JSON = {"content-type": "application/json"}
_PATH = "/v1/approvals"


def test_answer_is_the_centres_signed_word(centre: RunningCentre, terminal: Terminal) -> None:
    request = asked()
    answer = terminal.send("POST", _PATH, headers=_JSON, body=request.octets())
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    word = read_approval(
        answer.content, centre.keys, terminal=terminal.name, request=request, now=START
    )
    assert (word.word, word.date) == (Word.APPROVE, START)
    assert word.asked == sha256(request.octets()).digest()
    again = terminal.send("POST", _PATH, headers=_JSON, body=request.octets())
    assert again.content == answer.content


def test_nobody_but_a_terminal_is_answered(centre: RunningCentre, terminal: Terminal) -> None:
    body = asked().octets()
    other = centre.enrolled(f"{terminal.name}-other")
    forged = [
        terminal.send("POST", _PATH, headers=_JSON, body=body, key=new_signing_key()),
        terminal.send("POST", _PATH, headers=_JSON, body=body, key_id=other.name),
        terminal.send("POST", _PATH, headers=_JSON, body=body, key_id="nobody"),
        terminal.send("POST", _PATH, headers=_JSON, body=body, changed={"signature-input": None}),
        terminal.send("POST", _PATH, headers=_JSON, body=body, sent_body=asked().octets()),
    ]
    for answer in forged:
        assert (answer.status_code, problem(answer)["title"]) == (401, "signature")


@pytest.mark.parametrize(
    ("body", "headers", "title"),
    [
        (b"{}", _JSON, "malformed"),
        (b"\xff", _JSON, "malformed"),
        (b"x" * 2_049, _JSON, "too-large"),
        (b"{}", {"content-type": "text/plain"}, "encoding"),
        (b"{}", _JSON | {"content-encoding": "br"}, "encoding"),
    ],
)
def test_question_out_of_form_is_refused(
    terminal: Terminal, body: bytes, headers: dict[str, str], title: str
) -> None:
    answer = terminal.send("POST", _PATH, headers=headers, body=body)
    assert problem(answer)["title"] == title


def test_key_of_another_question_is_a_conflict(terminal: Terminal) -> None:
    request = asked()
    terminal.send("POST", _PATH, headers=_JSON, body=request.octets())
    other = replace(request, amount_minor=7).octets()
    answer = terminal.send("POST", _PATH, headers=_JSON, body=other)
    assert (answer.status_code, problem(answer)["title"]) == (409, "key-used")


_HOLD = threading.Event()


def late(_: Question) -> str | None:
    """A rule that is not ready in time."""
    _HOLD.wait(20)
    return None


@pytest.mark.slow
def test_answer_that_is_not_ready_in_time_is_none_and_may_be_asked_for_again(site: Site) -> None:
    with (site.directory / "centre.toml").open("a") as settings:
        settings.write(f'[approvals]\nrules = ["{__name__}:late"]\n')
    with running(site, SetClock()) as centre:
        terminal, request = centre.enrolled("shop-1"), asked()
        answer = terminal.send("POST", _PATH, headers=_JSON, body=request.octets())
        assert (answer.status_code, problem(answer)["title"]) == (503, "overloaded")
        assert int(answer.headers["retry-after"]) >= 1
        _HOLD.set()
        again = terminal.send("POST", _PATH, headers=_JSON, body=request.octets())
        assert again.status_code == 200
