"""The crash proof of the journal: many lives of a terminal, each looked at in many moments."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from offline_cache.journal import Journal
from tests.crash.calls import LoggedDatabase, on_disk
from tests.crash.disk import Disk, read_tree
from tests.crash.journal_judge import broken_promises
from tests.crash.journal_life import JOURNAL, City, JournalLife, Stuck, TunedJournal
from tests.crash.ledger import Ledger
from tests.crash.looking import Broken, Findings, Look, Past, fresh_folder, look, next_past
from tests.crash.plan import Plan
from tests.crash.vfs import CrashVfs

# Things done in a life, lives of a terminal, and cuts in a life: so that a terminal is seen young
# and grown, and its file is small enough to be opened a thousand times in three seconds.
ACTS, LIVES, CUTS = 12, 4, 160
# Every so many images `journal verify` reads the whole journal too.
_AUDIT_EVERY = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """The product under proof, or one with a planted bug."""

    open_journal: Callable[[Disk], Journal] = TunedJournal
    database: Callable[[Disk], LoggedDatabase] = LoggedDatabase
    lives: int = LIVES
    leaps: float = 0.0  # of its city's time
    begins: Callable[[City], Past[Ledger]] = lambda _: Past(Ledger())


def prove_journal(plan: Plan, terminal: Terminal) -> Findings:
    """Return what `plan.images` images of a journal's disk show, or fewer where enough is broken."""
    findings, vfs, number = Findings(), CrashVfs(), 0
    while findings.images < plan.images and not findings.is_enough:
        _terminal(plan, terminal, f"{plan.seed}.{number}", vfs, findings)
        number += 1
    return findings


def _terminal(plan: Plan, terminal: Terminal, name: str, vfs: CrashVfs, findings: Findings) -> None:
    """Run the lives of one terminal, until one breaks a promise: it would only be found again."""
    random = Random(name)
    city, broken = City(random, terminal.leaps), len(findings.broken)
    past = terminal.begins(city)

    def judge(folder: Path, promised: Ledger, number: int) -> Iterator[str]:
        audits = number % _AUDIT_EVERY == 0
        return broken_promises(folder / JOURNAL, promised, city, audits=audits)

    for life in range(terminal.lives):
        each = random.random() < 0.5  # SQLite's own names stand either way
        how = Look(name=f"{name}.{life}", judge=judge, cuts=CUTS, killed=plan.killed, each=each)
        with fresh_folder(past.seen) as root:
            disk = past.disk(root, syncs=plan.syncs, fails=plan.dice(random, findings))
            seed = random.randrange(1 << 32)
            lived = JournalLife(
                disk,
                city,
                is_enrolled=past.promised().is_made,
                open_journal=terminal.open_journal,
            )
            try:
                with on_disk(vfs, disk, database=terminal.database(disk), seed=seed):
                    lived.live(ACTS)
            except Stuck as stuck:
                found = Broken(life=how.name, image=read_tree(root), promises=(str(stuck),))
                findings.broken.append(found)
                return
            look(disk, past, how, findings)
        past = next_past(disk, past, how, findings)
        if len(findings.broken) > broken or findings.images >= plan.images:
            return
