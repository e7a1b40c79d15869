"""The doctor's look at disk and journal."""

import os
from collections.abc import Iterator
from pathlib import Path

from offline_cache.audit import JournalReader
from offline_cache.ballast import BALLAST_OCTETS, Ballast
from offline_cache.identity import load_identity
from terminal.diagnosis.finding import Finding, fail, ok, warn
from terminal.diagnosis.ground import Ground
from terminal.diagnosis.knowledge import guarded
from terminal.diagnosis.machine import is_there

# A journal of a month and a trust folder of a billion cards fit into it.
FREE_OCTETS_MIN = 500_000_000


# What the state folder makes in a year: a few files a day of trust, and removes again.
FREE_FILES_MIN = 1_000

# File systems on which SQLite's log is no log: other machines write too, or power takes it away.
_REMOTE = frozenset({"9p", "cifs", "fuse.sshfs", "nfs", "nfs4", "smb3"})
_FLEETING = frozenset({"ramfs", "tmpfs"})


def look_at_disk(ground: Ground) -> Iterator[Finding]:
    """Yield whether there is room, for files as well, and whether the disk is one."""
    folder = ground.settings.state_folder
    present = next((path for path in (folder, *folder.parents) if path.exists()), Path("/"))
    room = os.statvfs(present)
    told = f"{folder}: {room.f_bavail * room.f_frsize // 1_000_000} MB free"
    if room.f_bavail * room.f_frsize < FREE_OCTETS_MIN:
        yield fail("disk.free", "disk", told, "make room")
    else:
        yield ok("disk.free", "disk", told)
    if room.f_files and room.f_favail < FREE_FILES_MIN:  # btrfs tells 0 of 0
        what = f"{folder}: room for {room.f_favail} more files"
        yield fail("disk.inodes", "disk", what, "find and remove what left so many")
    yield from _kind(ground, present)
    yield from _ballast(ground)


def _kind(ground: Ground, folder: Path) -> Iterator[Finding]:
    """Yield what is wrong with the file system (proc_mounts(5))."""
    code, kind, options = "disk.kind", *_mount(ground, folder)
    if "ro" in options.split(","):
        what = f"{folder}: mounted read-only ({kind})"
        yield fail(code, "disk", what, "dmesg says why; mend or replace the disk, and restart")
    elif kind in _REMOTE:
        what = f"{folder} lies on a network ({kind})"
        yield fail(code, "disk", what, "set terminal.state to a folder of a local disk")
    elif kind in _FLEETING:
        what = f"{folder} lies in memory ({kind}): a power cut takes journal and identity away"
        yield warn(code, "disk", what, "set terminal.state to a folder of a local disk")
    else:
        yield ok(code, "disk", f"{folder} lies on {kind or 'a disk'}")


def _mount(ground: Ground, folder: Path) -> tuple[str, str]:
    """Return kind and options of the mount that a folder lies on; empty where none is told."""
    found, depth = ("", ""), -1
    for line in ground.machine.text("/proc/mounts").splitlines():
        _, place, kind, options, *_ = [*line.split(), "", "", "", ""]
        mount = Path(place.replace("\\040", " "))
        if folder.resolve().is_relative_to(mount) and len(mount.parts) >= depth:
            found, depth = (kind, options), len(mount.parts)
    return found


def _ballast(ground: Ground) -> Iterator[Finding]:
    """Yield that the room for the worst hour is spent; a terminal that never ran has none."""
    journal = ground.state.journal
    if is_there(journal) and not Ballast(journal.with_name("ballast")).is_held():
        megabytes = BALLAST_OCTETS // 1_000_000
        what = f"the {megabytes} MB kept for a full disk are spent"
        yield warn("disk.ballast", "disk", what, "make room; the daemon takes it again")


def look_at_mode(ground: Ground) -> Iterator[Finding]:
    """Yield whether the journal's database writes as the daemon needs it."""
    code, check, state = "journal.mode", "journal mode", ground.state
    if not is_there(state.journal):
        return  # another check says so

    def look() -> Finding:
        reader = JournalReader(state.journal)
        try:
            mode = reader.mode()
        finally:
            reader.close()
        if mode == "wal":
            return ok(code, check, "its database writes ahead (WAL)")
        what = f"its database is in mode {mode}, not WAL"
        return warn(code, check, what, "systemctl restart scan-terminal puts it right")

    yield guarded(code, check, look, "keep the disk as it is and tell the operator")


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
