"""The doctor's look at disk and journal."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from offline_cache.audit import JournalReader
from offline_cache.identity import load_identity
from terminal.diagnosis.finding import Finding, fail, ok
from terminal.diagnosis.ground import Ground
from terminal.diagnosis.knowledge import guarded

# A journal of a month and a trust folder of a billion cards fit into it.
FREE_OCTETS_MIN = 500_000_000


def look_at_disk(ground: Ground) -> Iterator[Finding]:
    """Yield whether there is room."""
    folder = ground.settings.state_folder
    present = next((path for path in (folder, *folder.parents) if path.exists()), Path("/"))
    free = shutil.disk_usage(present).free
    told = f"{folder}: {free // 1_000_000} MB free"
    if free < FREE_OCTETS_MIN:
        yield fail("disk.free", "disk", told, "make room")
    else:
        yield ok("disk.free", "disk", told)


def look_at_chain(ground: Ground) -> Iterator[Finding]:
    """Yield whether every entry of the journal is as it was written."""
    code, state = "journal.chain", ground.state

    def look() -> Finding:
        identity, reader = load_identity(state.identity), JournalReader(state.journal)
        audit = reader.audit(identity.terminal, public=identity.signing.public)
        reader.close()
        if audit.faults:
            first = audit.faults[0]
            what = f"entry {first.epoch}/{first.seq}: {first.what}"
            remedy = "scan-terminal journal verify; keep the disk as it is"
            return fail(code, "journal", what, remedy)
        proven = f"a cut tail would be noticed down to {audit.tail_proven_to}"
        what = f"{audit.entries} entries, acknowledged to {audit.acked}; {proven}"
        return ok(code, "journal", what)

    yield guarded(code, "journal", look, "keep the disk as it is and tell the operator")
