"""The parts of the proof, and the bugs that each must find."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from tests.crash.disk import Failure
from tests.crash.journal_bugs import EagerJournal, SlackJournal, StubbornJournal, TrustingDatabase
from tests.crash.journal_life import BriskJournal
from tests.crash.journal_proof import Terminal, prove_journal
from tests.crash.looking import Findings
from tests.crash.old_journals import old_journal
from tests.crash.plan import Plan

Prove = Callable[[Plan], Findings]


def _journal(plan: Plan) -> Findings:
    return prove_journal(plan, Terminal())


def _failing(plan: Plan) -> Findings:
    return prove_journal(replace(plan, failures=tuple(Failure)), Terminal())


def _migrations(plan: Plan) -> Findings:
    """Begin each terminal with a journal of an earlier schema; two lives tell how that ends."""
    return prove_journal(plan, Terminal(begins=old_journal, lives=2))


def _erasing(plan: Plan) -> Findings:
    """Have snapshots taken and entries erased, on disks that fail as well."""
    plan = replace(plan, failures=tuple(Failure), failing=0.01)
    return prove_journal(plan, Terminal(open_journal=BriskJournal, leaps=0.1))


def _trust(plan: Plan) -> Findings:
    from tests.crash.trust_proof import prove_trust  # noqa: PLC0415  # half a second of TUF's

    return prove_trust(plan)


def _trust_failing(plan: Plan) -> Findings:
    return _trust(replace(plan, failures=tuple(Failure)))


PARTS: Mapping[str, Prove] = {
    "journal": _journal,
    "failing-calls": _failing,
    "erasing": _erasing,
    "migrations": _migrations,
    "trust": _trust,
    "trust-failing-calls": _trust_failing,
}


def _trust_unsynced(plan: Plan) -> Findings:
    return _trust(replace(plan, syncs=False))


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
    "trust-ignored-sync": _trust_unsynced,
}
