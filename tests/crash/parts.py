"""The parts of the proof, and the bugs that each must find."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from tests.crash.disk import Failure
from tests.crash.journal_bugs import EagerJournal, SlackJournal, StubbornJournal, TrustingDatabase
from tests.crash.journal_proof import Terminal, prove_journal
from tests.crash.looking import Findings
from tests.crash.plan import Plan

Prove = Callable[[Plan], Findings]


def _journal(plan: Plan) -> Findings:
    return prove_journal(plan, Terminal())


def _failing(plan: Plan) -> Findings:
    return prove_journal(replace(plan, failures=tuple(Failure)), Terminal())


PARTS: Mapping[str, Prove] = {
    "journal": _journal,
    "failing-calls": _failing,
}


def _slack(plan: Plan) -> Findings:
    return prove_journal(plan, Terminal(open_journal=SlackJournal))


def _unsynced(plan: Plan) -> Findings:
    return prove_journal(replace(plan, syncs=False), Terminal())


def _eager(plan: Plan) -> Findings:
    return prove_journal(plan, Terminal(open_journal=EagerJournal))


def _stubborn(plan: Plan) -> Findings:
    """Find what comes of going on as if nothing had happened, after failed syncs alone."""
    plan = replace(plan, failures=(Failure.DROPPED,), failing=0.15)
    stubborn = Terminal(open_journal=StubbornJournal, database=TrustingDatabase)
    return prove_journal(plan, stubborn)


def _trusting(plan: Plan) -> Findings:
    """Find what comes of killed processes: most are killed here."""
    plan = replace(plan, killed=0.7)
    return prove_journal(plan, Terminal(database=TrustingDatabase))


BUGS: Mapping[str, Prove] = {
    "synchronous-normal": _slack,
    "ignored-sync": _unsynced,
    "acknowledged-before-commit": _eager,
    "same-files-after-failed-sync": _stubborn,
    "log-of-a-killed-process": _trusting,
}
