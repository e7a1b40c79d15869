"""Entries to write, acknowledgements to keep, and damage to do to a journal on disk."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from offline_cache import database
from offline_cache.care import Care
from offline_cache.journal import Append, Journal
from offline_cache.replay import Claim, DynamicClaim, StaticClaim
from protocol.acknowledgement import Acknowledgement, acknowledgement_octets
from protocol.journal import Draft, PresentationRecord
from protocol.keys import SigningKey
from verifier.clock import ClockQuality
from verifier.model import Ages, UnixSeconds, Verdict
from verifier.profile import EntryType
from verifier.reasons import Reason

TERMINAL, EPOCH = "gate-7", 1
AT = UnixSeconds(1_800_000_000)
COMMAND = SigningKey(bytes(range(32)))


def _whole(pseudonym: str) -> str:
    """Return 32 digits that begin so."""
    return (pseudonym * 16)[:32]


def draft(  # each names itself
    pseudonym: str = "aa",
    *,
    iat: int | None = AT,
    at: int = AT,
    lane: str = "n-1",
    clock: ClockQuality = ClockQuality.TRUSTED,
    verdict: Verdict = Verdict.GRANT,
) -> Draft:
    """Return an entry, a GRANT if nothing else is said, that is not yet anywhere."""
    record = PresentationRecord(
        entry_type=EntryType.PASSAGE,
        profile="gate",
        sector="s-1",
        pseudonym=_whole(pseudonym),
        presentation="bb" * 16,
        iat=None if iat is None else UnixSeconds(iat),
        verdict=verdict,
        reason=None if verdict is Verdict.GRANT else Reason.TERMINAL_CLOCK_UNTRUSTED,
        ages=Ages(keys_s=1, status_s=2),
    )
    return Draft(at=UnixSeconds(at), clock=clock, lane=lane, record=record)


def dynamic(pseudonym: str = "aa", *, iat: int = AT, **fields: Any) -> Append:
    """Return a phone's GRANT with its claim."""
    claim: Claim = DynamicClaim(pseudonym=_whole(pseudonym), iat=UnixSeconds(iat))
    return Append(draft=draft(pseudonym, iat=iat, **fields), claim=claim)


def static(pseudonym: str = "cc", *, at: int = AT, window_s: int = 300, **fields: Any) -> Append:
    """Return a printed card's GRANT with its claim."""
    claim: Claim = StaticClaim(pseudonym=_whole(pseudonym), at=UnixSeconds(at), window_s=window_s)
    return Append(draft=draft(pseudonym, iat=None, at=at, **fields), claim=claim)


def many(count: int, *, first: int = 0) -> list[Append]:
    """Return `count` entries of as many holders."""
    return [dynamic(f"{number:04x}") for number in range(first, first + count)]


@contextmanager
def journal_at(path: Path, *, epoch: int = EPOCH, care: Care | None = None) -> Iterator[Journal]:
    """Open the journal for the block."""
    with closing(Journal(path, terminal=TERMINAL, epoch=epoch, care=care)) as journal:
        yield journal


def acknowledgement(journal: Journal, *, acked: int | None = None) -> tuple[Acknowledgement, bytes]:
    """Return what the centre says of `journal` up to `acked`, honest and signed."""
    to = journal.seq if acked is None else acked
    ack = Acknowledgement(
        terminal=TERMINAL, epoch=journal.epoch, acked=to, head=journal._chain_at(to), date=AT
    )
    return ack, acknowledgement_octets(ack, COMMAND)


def acknowledge(journal: Journal, *, acked: int | None = None) -> bool:
    return journal.acknowledge(*acknowledgement(journal, acked=acked))


def tamper(path: Path, sql: str, *values: object) -> None:
    """Change the database behind the journal's back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        assert connection.execute(sql, values).rowcount > 0, "nothing was changed"


def rows_on_disk(path: Path) -> list[tuple[int, bytes]]:
    """Return what a second connection finds committed, in the file that stands for `path` now."""
    newest = database.newest(path)
    with closing(sqlite3.connect(f"file:{newest}?mode=ro", uri=True)) as connection:
        return connection.execute("SELECT seq, line FROM journal ORDER BY epoch, seq").fetchall()


def remembered(path: Path) -> tuple[dict[str, int], dict[str, int]]:
    """Return the replay memory on disk: each phone's last iat, each printed card's last showing."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        phones = connection.execute("SELECT pseudonym, iat FROM shown").fetchall()
        cards = connection.execute("SELECT pseudonym, at FROM shown_static").fetchall()
    return dict(phones), dict(cards)
