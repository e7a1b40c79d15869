"""A new epoch begins with what the centre knows was shown in those before."""

from contextlib import closing
from pathlib import Path

from offline_cache.identity import Identity
from offline_cache.journal import Append, Journal
from protocol.enrolment import Enrolment
from protocol.journal import Draft
from protocol.snapshot_entry import snapshot_set
from verifier.clock import ClockQuality


def carry_over(path: Path, identity: Identity, enrolment: Enrolment) -> None:
    """Write the marks that an enrolment carries as the first entries of its epoch.

    So a printed card that was shown before the disk was replaced is known after it. Where the
    epoch has begun nothing is written: the same code asked again.

    Raises:
        CacheError: the journal can't be opened or written.
    """
    if enrolment.before is None:
        return
    with closing(Journal(path, terminal=identity.terminal, epoch=identity.epoch)) as journal:
        if journal.seq > 0:
            return
        parts = snapshot_set(enrolment.before.marks, through=0)
        # The moment is the centre's: it says nothing of this machine's clock.
        drafts = [
            Draft(at=enrolment.date, clock=ClockQuality.UNTRUSTED, lane="", record=part)
            for part in parts
        ]
        journal.append_all([Append(draft=draft, claim=None) for draft in drafts])
