"""What was paid, told to the terminal at which the holder showed his card: on each engine."""

from contextlib import closing
from dataclasses import replace

import pytest

from central.issuing import Order, capability_mask, issue
from central.queries import ASKED_S_MAX, add_subsidy, name_subsidies
from central.records import TerminalState
from protocol.keys import new_signing_key
from protocol.pseudonym import SectorKey
from protocol.query import Payment, SubsidyQuery, read_query_answer
from tests.central.peers import START, RunningCentre, Terminal, problem
from verifier.model import UnixSeconds
from verifier.profile import Phrase

_JSON = {"content-type": "application/json"}
_PATH = "/v1/queries"
_PAYMENT = Payment(
    on="2026-10-15", what=Phrase(zh="津贴", en="Aid"), amount_minor=50_000, currency="CNY"
)


def card(centre: RunningCentre) -> tuple[int, str]:
    """Return status index and pseudonym of a new card."""
    order = Order(
        count=1,
        dynamic=False,
        holder_key=None,
        not_before=START,
        expires_at=UnixSeconds(START + 86_400),
        types=0,
        capabilities=capability_mask("government"),
    )
    (made,) = issue(centre.site, order, now=START)
    sector = centre.site.keys.sector
    name = sector.pseudonym(centre.site.issuer, bytes.fromhex(str(made["subject"])))
    return int(str(made["status"])), name


def asked(pseudonym: str, **changes: object) -> SubsidyQuery:
    query = SubsidyQuery(
        key="k" * 16, at=START, lane="kiosk-1", sector="sector-1", pseudonym=pseudonym
    )
    return replace(query, **changes)  # type: ignore[arg-type]  # as the tests name them


def test_holder_is_told_of_his_own_payments_the_newest_first(
    centre: RunningCentre, terminal: Terminal
) -> None:
    (index, name), (_, other) = card(centre), card(centre)
    older = replace(_PAYMENT, on="2026-09-15")
    with closing(centre.site.open_store()) as store:
        for payment in (older, _PAYMENT):
            assert add_subsidy(store, centre.site, index, payment) is not None
        assert add_subsidy(store, centre.site, 1 << 30, _PAYMENT) is None, "no such card"
    for pseudonym, paid in ((name, (_PAYMENT, older)), (other, ())):
        query = asked(pseudonym)
        answer = terminal.send("POST", _PATH, headers=_JSON, body=query.octets())
        assert answer.status_code == 200
        told = read_query_answer(
            answer.content, centre.keys, terminal=terminal.name, query=query, now=START
        )
        assert told == paid


def test_nobody_but_a_terminal_that_serves_is_answered(
    centre: RunningCentre, terminal: Terminal
) -> None:
    body = asked("0" * 32).octets()
    forged = [
        terminal.send("POST", _PATH, headers=_JSON, body=body, key=new_signing_key()),
        terminal.send("POST", _PATH, headers=_JSON, body=body, key_id="nobody"),
        terminal.send("POST", _PATH, headers=_JSON, body=body, sent_body=asked("1" * 32).octets()),
    ]
    for answer in forged:
        assert (answer.status_code, problem(answer)["title"]) == (401, "signature")
    with closing(centre.site.open_store()) as store, store.transaction():
        store.terminals.set_state(terminal.name, TerminalState.SUSPENDED)
    answer = terminal.send("POST", _PATH, headers=_JSON, body=body)
    assert (answer.status_code, problem(answer)["title"]) == (403, "suspended")


@pytest.mark.parametrize(
    "query",
    [
        asked("0" * 32, sector="sector-2"),
        asked("0" * 32, at=START - ASKED_S_MAX - 1),
        asked("0" * 32, at=START + ASKED_S_MAX + 1),
    ],
    ids=["another sector", "too old", "not yet"],
)
def test_question_that_may_not_be_answered_is_refused(
    terminal: Terminal, query: SubsidyQuery
) -> None:
    answer = terminal.send("POST", _PATH, headers=_JSON, body=query.octets())
    assert (answer.status_code, problem(answer)["title"]) == (422, "malformed")


@pytest.mark.parametrize(
    ("body", "headers", "title"),
    [
        (b"{}", _JSON, "malformed"),
        (b"x" * 1_025, _JSON, "too-large"),
        (b"{}", {"content-type": "text/plain"}, "encoding"),
    ],
)
def test_question_out_of_form_is_refused(
    terminal: Terminal, body: bytes, headers: dict[str, str], title: str
) -> None:
    answer = terminal.send("POST", _PATH, headers=headers, body=body)
    assert problem(answer)["title"] == title


def test_payments_follow_their_cards_to_another_sector_key(centre: RunningCentre) -> None:
    index, name = card(centre)
    with closing(centre.site.open_store()) as store:
        add_subsidy(store, centre.site, index, _PAYMENT)
        keys = replace(centre.site.keys, sector=SectorKey("sector-9", bytes(32)))
        other = replace(centre.site, keys=keys)
        name_subsidies(store, other)
        assert store.subsidies.paid("sector-1", name, 1) == ()
        name_subsidies(store, centre.site)
        assert store.subsidies.paid("sector-1", name, 1) == (_PAYMENT,)
