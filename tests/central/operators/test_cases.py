import pytest

from central.operators.audit import lines, members_of
from central.operators.cases import CaseTaken, claim, leave, reopen, resolve
from central.operators.values import CaseId, CaseKind, CaseOutcome, CaseState
from central.store.cases import Behind
from tests.central.peers import START
from tests.central.stores import Held

_ALWAYS = range(1 << 62)
_NEWEST: Behind = ((1 << 62), "\U0010ffff", "0/0")
_CODE = "d" * 32


@pytest.fixture
def double(held: Held) -> CaseId:
    """A code that was used at two terminals, and another that one terminal used twice."""
    for terminal in ("gate-1", "gate-2"):
        held.enrol(terminal)
        held.bring(terminal, {"presentation": _CODE})
    held.bring("gate-1", {"presentation": "e" * 32}, {"presentation": "e" * 32})
    held.project()
    return CaseId(kind=CaseKind.DOUBLE, first="sector-1", second=_CODE)


def _doubles(held: Held, state: CaseState = CaseState.OPEN) -> list[tuple[CaseId, str]]:
    found = held.store.cases.doubles(_ALWAYS, state, _NEWEST, 100)
    return [(each.case, each.operator) for each in found if each.case.second == _CODE]


def test_second_operator_cannot_take_a_case(held: Held, double: CaseId) -> None:
    claim(held.store, double, "li", START)
    with pytest.raises(CaseTaken):
        claim(held.store, double, "wang", START)
    assert held.store.cases.work(double).operator == "li"
    assert _doubles(held, CaseState.CLAIMED) == [(double, "li")]
    assert _doubles(held) == []


def test_case_of_another_is_neither_resolved_nor_left(held: Held, double: CaseId) -> None:
    claim(held.store, double, "li", START)
    with pytest.raises(CaseTaken):
        resolve(held.store, double, "wang", outcome=CaseOutcome.FAULT, note="", now=START)
    with pytest.raises(CaseTaken):
        leave(held.store, double, "wang", of="wang", now=START)


def test_case_that_nobody_took_is_not_resolved(held: Held, double: CaseId) -> None:
    with pytest.raises(CaseTaken):
        resolve(held.store, double, "li", outcome=CaseOutcome.FAULT, note="", now=START)
    assert list(lines(held.store)) == []


def test_case_is_claimed_resolved_and_opened_again_with_its_note(
    held: Held, double: CaseId
) -> None:
    claim(held.store, double, "li", START)
    resolve(held.store, double, "li", outcome=CaseOutcome.MISUSE, note="asked him", now=START + 1)
    work = held.store.cases.work(double)
    assert (work.state, work.outcome, work.note) == (CaseState.RESOLVED, "misuse", "asked him")
    with pytest.raises(CaseTaken):
        claim(held.store, double, "wang", START)
    reopen(held.store, double, "wang", START + 2)
    claim(held.store, double, "wang", START + 3)
    assert held.store.cases.work(double).note == "asked him"  # whoever goes on sees it
    told = [members_of(each) for each in lines(held.store)]
    assert [(each["who"], each["what"]) for each in told] == [
        ("li", "case.claim"),
        ("li", "case.resolve"),
        ("wang", "case.reopen"),
        ("wang", "case.claim"),
    ]
    assert told[1]["on"] == f"double sector-1 {_CODE}"
    assert told[1]["detail"] == "misuse: asked him"


def test_admin_opens_a_case_of_somebody_who_cannot_go_on(held: Held, double: CaseId) -> None:
    claim(held.store, double, "li", START)
    leave(held.store, double, "boss", of="li", now=START)
    claim(held.store, double, "wang", START)
    assert [members_of(each)["detail"] for each in lines(held.store)] == ["", "of li", ""]


def test_work_stays_when_the_read_models_are_made_anew(held: Held, double: CaseId) -> None:
    claim(held.store, double, "li", START)
    held.begin_anew()
    held.project()
    assert _doubles(held, CaseState.CLAIMED) == [(double, "li")]


def test_code_used_twice_at_one_terminal_is_no_case_across_terminals(
    held: Held, double: CaseId
) -> None:
    found = held.store.cases.doubles(_ALWAYS, CaseState.OPEN, _NEWEST, 100)
    assert [(each.case, each.uses, each.terminals, each.at) for each in found] == [
        (double, 2, 2, START)
    ]
    assert [each.terminal for each in held.store.cases.uses(double)] == ["gate-1", "gate-2"]


@pytest.mark.parametrize("at", [1, START - 86_400 * 400, (1 << 63) - 1], ids=str)
def test_use_by_a_clock_that_is_years_off_hides_no_case(held: Held, at: int) -> None:
    """Its clock stands at another date, or somebody wants this to be overlooked."""
    for terminal, day in (("gate-1", START), ("gate-2", at)):
        held.enrol(terminal)
        held.bring(terminal, {"presentation": _CODE, "at": day})
    held.project()
    end = (1 << 63) - 1
    days = range(START - 86_400, end)
    (found,) = held.store.cases.doubles(days, CaseState.OPEN, (end, "\U0010ffff", "0/0"), 9)
    assert (found.case.second, found.uses, found.terminals) == (_CODE, 2, 2)


def test_reversals_come_newest_first_page_by_page(held: Held) -> None:
    held.enrol("till-1")
    sale = {"type": "sale", "amount_minor": 500, "currency": "CNY"}
    held.bring("till-1", *[sale | {"at": START + n} for n in range(3)])
    back = {"type": "annul", "amount_minor": 500, "currency": "CNY", "verdict": None}
    held.bring(
        "till-1",
        *[back | {"at": START + 10 + n, "reference": {"epoch": 1, "seq": n + 1}} for n in range(3)],
    )
    held.project()
    seen, behind = [], _NEWEST
    while page := held.store.cases.reversals(_ALWAYS, CaseState.OPEN, behind, 2):
        seen += [each.case.second for each in page]
        behind = (page[-1].at, page[-1].case.first, page[-1].case.second)
    assert seen == ["1/6", "1/5", "1/4"]
    case = CaseId(kind=CaseKind.REVERSAL, first="till-1", second="1/6")
    claim(held.store, case, "li", START)
    claimed = held.store.cases.reversals(_ALWAYS, CaseState.CLAIMED, _NEWEST, 9)
    assert [(each.case, each.operator) for each in claimed] == [(case, "li")]
    (use,) = held.store.cases.uses(case)
    assert (use.terminal, use.amount_minor, use.currency) == ("till-1", 500, "CNY")
