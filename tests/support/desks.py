"""A desk with a real journal and a trust folder, at an instant of our choice."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from drivers.clock import monotonic_ms
from offline_cache.identity import Identity
from offline_cache.journal import Journal
from offline_cache.trust import Published, Trust, assemble
from offline_cache.writer import JournalWriter
from protocol.keys import OpeningKey, SigningKey
from protocol.pseudonym import SectorKey
from terminal.desk import Desk
from terminal.timekeeping import MachineClocks, Timekeeper
from tests.support.cards import NOW
from tests.support.publishing import FILES
from verifier.model import UnixSeconds

IDENTITY = Identity(
    terminal="gate-7",
    epoch=1,
    signing=SigningKey(bytes(range(32))),
    opening=OpeningKey(bytes(range(32, 64))),
    sector=SectorKey("s-1", bytes(range(64, 96))),
    trust_root=bytes(range(96, 128)),
)


def published(files: Mapping[str, bytes] = FILES) -> Trust:
    """Return the trust that a folder with `files` makes."""
    at = UnixSeconds(NOW)
    return assemble(Published(version=1, issued_at=at, expired=(), source=""), files, now=at)


@contextmanager
def open_desk(path: Path, *, now: int = NOW) -> Iterator[Desk]:
    """Return a desk whose journal lies at `path` and whose clock stands at `now`."""
    writer = JournalWriter(lambda: Journal(path, terminal="gate-7", epoch=1))
    writer.start()
    keeper = Timekeeper(
        MachineClocks(
            system=lambda: UnixSeconds(now),
            monotonic_ms=monotonic_ms,
            is_synchronised=lambda: True,
        )
    )
    desk = Desk(IDENTITY, writer, keeper)
    desk.trust = published()
    try:
        yield desk
    finally:
        writer.stop()
