"""Who else has a port open, as far as we may look."""

import os
from pathlib import Path

# Two names tell a technician enough, and keep the report to a line.
NAMED_MAX = 2


def other_users(port: str) -> str:
    """Return which other processes have `port` open, in words; empty if none is seen.

    Only root sees the descriptors of every user's processes. Takes some milliseconds.
    """
    device, ours = os.path.realpath(port), os.getpid()
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal() or int(folder.name) == ours:
            continue
        try:
            if any(str(held.readlink()) == device for held in (folder / "fd").iterdir()):
                found.append(f"{_name(folder)} (process {folder.name})")
        except OSError:
            continue  # another user's, or it ended just now
        if len(found) == NAMED_MAX:
            break
    return " and ".join(found)


def _name(folder: Path) -> str:
    """Return what a process calls itself: any octets it likes, here as printable ASCII."""
    octets = (folder / "comm").read_bytes().removesuffix(b"\n")
    return "".join(chr(octet) if 32 <= octet < 127 else "?" for octet in octets)
