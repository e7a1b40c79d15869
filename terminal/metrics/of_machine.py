"""What the machine says: disk and journal files, the interface's listeners, what runs here."""

import os
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from offline_cache.ballast import BALLAST_OCTETS, Ballast
from offline_cache.database import SUFFIXES
from offline_cache.identity import Identity
from terminal.metrics import names
from terminal.metrics.metric import Family, Sample, family, single


def disk_families(journal: Path) -> list[Family]:
    """Return what room there is for a journal; asks the disk, which may hang.

    Args:
        journal: its main file; the ballast lies beside it.
    """
    ballast = Ballast(journal.with_name("ballast"), octets=BALLAST_OCTETS)
    told = [single(names.BALLAST, float(ballast.is_held()))]
    try:
        disk = os.statvfs(journal.parent)
        octets = sum(_size(journal.with_name(journal.name + suffix)) for suffix in SUFFIXES)
    except OSError:
        return told  # it can't be asked: that it is missing says so
    return [
        *told,
        single(names.DISK_FREE, disk.f_bavail * disk.f_frsize),
        single(names.DISK_SIZE, disk.f_blocks * disk.f_frsize),
        single(names.JOURNAL_SIZE, octets),
    ]


def identity_families(identity: Identity) -> list[Family]:
    """Return which terminal this is, and what runs here."""
    return [
        family(
            names.BUILD,
            [Sample(labels=(_version(), platform.python_version()), value=1)],
        ),
        family(names.IDENTITY, [Sample(labels=(identity.terminal, str(identity.epoch)), value=1)]),
    ]


def local_families(status: Mapping[str, Any] | None) -> list[Family]:
    """Return how the local interface stands, by its own status; None: there is none."""
    if status is None:
        return []
    return [
        single(names.LOCAL_CONNECTIONS, status["connections"]),
        single(names.LOCAL_STREAMS, status["streams"]),
        single(names.LOCAL_SCREENS, status["pages"]),
        family(
            names.LOCAL_LISTENERS,
            [
                Sample(labels=(each["name"],), value=float(not each["trouble"]))
                for each in status["listeners"]
            ],
        ),
    ]


@cache
def _version() -> str:
    """Return the program's own; it stands in a file."""
    return version("scan-terminal")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
