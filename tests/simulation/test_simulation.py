"""A short look at many cities; `make simulate` looks as long as one likes."""

import secrets
from collections.abc import Mapping

import pytest

from protocol.journal import compact, extend, genesis, line_of
from tests.simulation.bugs import BUGS
from tests.simulation.checker import Held, judge
from tests.simulation.customers import paid_by_card
from tests.simulation.ledger import Ledger, Told
from tests.simulation.runs import Findings, Job, run_each
from tests.simulation.world import Outcome
from tests.support.journals import draft

FIXED = [Job(f"suite.{number}") for number in range(4)]
DRAWN = [Job(f"{secrets.randbelow(1 << 32)}.0")]
TWICE = Job("twice", acts=60)
PLANTED = {bug: Job("planted.1", acts=150, bug=bug) for bug in BUGS}
# What must have happened in the fixed runs, or they show little.
BEFELL = {
    "answer lost",
    "centre dies",
    "centre dies behind its answer",
    "disk cloned",
    "disk wiped",
    "disk's call failed",
    "enrolled anew after a fork",
    "image put back",
    "terminal: kill -9",
    "terminal: power cut",
}

Outcomes = Mapping[Job, list[Outcome]]


@pytest.fixture(scope="module")
def outcomes() -> Outcomes:
    """Run all at once: a process takes a second to start."""
    found: dict[Job, list[Outcome]] = {}
    for job, outcome in run_each([*FIXED, *DRAWN, TWICE, TWICE, *PLANTED.values()]):
        found.setdefault(job, []).append(outcome)
    return found


def held(outcomes: Outcomes, jobs: list[Job]) -> Findings:
    """Hold runs to what the product promises, and to having been put to the test."""
    found = Findings()
    for job in jobs:
        found.take(outcomes[job][0])
    assert found.wrong == []
    assert found.told == found.home + found.aside + found.named + found.unknown
    assert found.home > 100 * len(jobs)
    assert found.faults.total() > 50 * len(jobs)
    return found


@pytest.mark.slow
def test_what_lanes_were_told_reaches_the_centre_once_through_seeded_faults(
    outcomes: Outcomes,
) -> None:
    found = held(outcomes, FIXED)
    assert set(found.faults) >= BEFELL
    assert found.aside > 0
    assert found.named > 0
    assert found.erased > 0
    assert found.sold_minor > 0


@pytest.mark.slow
def test_the_same_holds_for_a_seed_that_nobody_chose(outcomes: Outcomes) -> None:
    print(*(job.seed for job in DRAWN))  # noqa: T201  # shown where it fails
    held(outcomes, DRAWN)


@pytest.mark.slow
def test_one_seed_is_one_run(outcomes: Outcomes) -> None:
    first, again = outcomes[TWICE]
    assert first == again
    assert first.trace


@pytest.mark.slow
@pytest.mark.parametrize("bug", PLANTED)
def test_planted_bug_is_caught(outcomes: Outcomes, bug: str) -> None:
    (outcome,) = outcomes[PLANTED[bug]]
    assert outcome.verdict.faults


# The checker by itself.


def told(seq: int, presentation: str) -> Told:
    line = line_of(draft("aa", at=1_800_000_000 + seq), epoch=1, seq=seq)
    return Told(presentation, 1, seq, line.replace(b"bb" * 16, presentation.encode()))


@pytest.fixture
def ledger() -> Ledger:
    """Three entries of one disk, told to lanes."""
    made = Ledger()
    for seq in (1, 2, 3):
        made.asked[f"p{seq}"] = "gate-1"
        made.take("gate-1", 1, told(seq, f"p{seq}"))
    return made


def holding(*lines: bytes) -> Held:
    """Return a centre that holds these lines, whatever they say, in an unbroken chain."""
    held, chain = Held(), genesis("gate-1", 1)
    for seq, line in enumerate(lines, start=1):
        chain = extend(chain, line)
        held.journal["gate-1", 1, seq], held.chains["gate-1", 1, seq] = line, chain
    return held


def lines_of(ledger: Ledger) -> list[bytes]:
    return [kept.told.line for kept in ledger.told.values()]


def test_whole_journal_is_home(ledger: Ledger) -> None:
    verdict = judge(ledger, holding(*lines_of(ledger)))
    assert (verdict.faults, verdict.home) == ([], 3)


def test_entry_that_is_nowhere_is_lost(ledger: Ledger) -> None:
    assert judge(ledger, holding(*lines_of(ledger)[:2])).lost == ["lost: gate-1, epoch 1, entry 3"]


def test_entry_that_was_changed_on_the_way_is_noticed(ledger: Ledger) -> None:
    first, *others = lines_of(ledger)
    other = first.replace(b'"grant"', b'"deny"')
    verdict = judge(ledger, holding(other, *others))
    assert verdict.lost
    assert verdict.changed


def test_entry_that_stands_twice_is_noticed(ledger: Ledger) -> None:
    lines = lines_of(ledger)
    assert len(judge(ledger, holding(*lines, lines[0])).doubled) == 1


def test_gap_at_the_centre_is_noticed(ledger: Ledger) -> None:
    held = holding(*lines_of(ledger))
    del held.journal["gate-1", 1, 2]
    assert judge(ledger, held).changed


def test_entry_that_no_lane_was_shown_is_noticed(ledger: Ledger) -> None:
    strange = told(4, "p4").line
    assert judge(ledger, holding(*lines_of(ledger), strange)).changed


def test_entry_of_a_lost_disk_must_be_named_once_its_epoch_has_ended(ledger: Ledger) -> None:
    held = holding(*lines_of(ledger)[:2])
    ledger.lose("gate-1", ["p3"])
    assert judge(ledger, held).unknown == 1
    ledger.part("gate-1", 1)
    assert len(judge(ledger, held).lost) == 1
    held.missing = [{"terminal": "gate-1", "epoch": 1, "from": 3, "to": None, "is_all": False}]
    verdict = judge(ledger, held)
    assert (verdict.faults, verdict.named) == ([], 1)


def test_entry_beside_another_must_be_named_where_the_centre_was_shown_the_fork(
    ledger: Ledger,
) -> None:
    other = told(3, "other").line
    ledger.asked["other"] = "gate-1"
    held = holding(*lines_of(ledger)[:2], other)
    ledger.lose("gate-1", ["p3"])
    assert judge(ledger, held).unknown == 1
    ledger.refuse(1, 1, 3)
    assert len(judge(ledger, held).lost) == 1


def test_nothing_is_named_where_no_disk_was_lost(ledger: Ledger) -> None:
    held = holding(*lines_of(ledger))
    held.missing = [{"terminal": "gate-1", "epoch": 1, "from": 4, "to": None, "is_all": False}]
    assert len(judge(ledger, held).wrong) == 1


def sold(seq: int, **more: object) -> tuple[int, int, bytes]:
    line = {"type": "sale", "verdict": "grant", "pseudonym": "aa", "amount_minor": 1_250}
    return 1, seq, compact(line | more)


def test_what_a_card_paid_is_what_was_granted_and_not_taken_back() -> None:
    journal = [
        sold(1),
        sold(2, verdict="deny"),
        sold(3, amount_minor=500),
        sold(4, pseudonym="bb"),
        sold(5, type="annul", verdict=None, reference={"epoch": 1, "seq": 3}),
        sold(6, type="passage", amount_minor=0),
    ]
    assert paid_by_card(journal) == {"aa": 1_250, "bb": 1_250}
