"""Whether a journal found after a power cut keeps every promise, by the product's own opening of it."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from offline_cache.audit import JournalReader
from offline_cache.entries import Row, Standing
from offline_cache.errors import CacheError
from offline_cache.journal import Append, Journal
from offline_cache.schema import require_journal
from protocol.journal import PresentationRecord, extend, read_line
from tests.crash.journal_life import CARE, City
from tests.crash.ledger import Ledger
from tests.support.journals import EPOCH, TERMINAL, dynamic, static
from verifier.model import Verdict
from verifier.profile import EntryType


def broken_promises(path: Path, ledger: Ledger, city: City, *, audits: bool) -> Iterator[str]:
    """Yield what was lost, changed or invented.

    `audits` runs `journal verify` as well, and holds the ledger against all entries.
    """
    try:
        if ledger.is_made:
            require_journal(path)
        with closing(Journal(path, terminal=TERMINAL, epoch=EPOCH, care=CARE)) as journal:
            yield from _of(journal, ledger, city, audits=audits)
        if audits:
            yield from _audited(path)
    except CacheError as error:
        yield f"it does not open: {error}"
    except sqlite3.Error as error:
        yield f"it can't be read: {error}"


def _of(journal: Journal, ledger: Ledger, city: City, *, audits: bool) -> Iterator[str]:
    rows = journal._connection.execute(
        "SELECT seq, line, chain FROM journal WHERE epoch = ? ORDER BY seq", (EPOCH,)
    ).fetchall()
    lines = {seq: line for seq, line, _ in rows}
    base = journal._entries.base
    if base.seq > journal.acked():
        yield f"entries up to {base.seq} are erased, and {journal.acked()} is acknowledged"
    yield from _lost(lines, ledger, base.seq)
    yield from _invented(lines, ledger, city)
    yield from _unchained(rows, base)
    yield from _forgotten(journal, ledger)
    if audits:
        yield from _spent_otherwise(journal, lines, base.seq)
    yield from _taken_back(journal, ledger)
    ((said,),) = journal._connection.execute("PRAGMA integrity_check").fetchall()
    if bytes(said) != b"ok":
        yield f"SQLite calls it damaged: {said}"
    yield from _shown_again(journal, ledger, city.now)


def _lost(lines: dict[int, bytes], ledger: Ledger, erased: int) -> Iterator[str]:
    for seq, line in ledger.lines.items():
        if seq <= erased:
            continue
        if seq not in lines:
            yield f"entry {seq} was acknowledged and is lost"
        elif lines[seq] != line:
            yield f"entry {seq} was acknowledged and is another"


def _invented(lines: dict[int, bytes], ledger: Ledger, city: City) -> Iterator[str]:
    """Yield entries that nobody asked for; one that was asked for may stand without a promise."""
    for seq in lines.keys() - ledger.lines.keys():
        told = read_line(lines[seq]).fields
        if told["type"] == EntryType.SNAPSHOT.value:  # the journal's own
            continue
        name = str(told["presentation"])
        if told["type"] == EntryType.ANNUL.value and name in city.submitted:
            continue
        if name not in city.submitted or city.submitted[name].draft.at != told["at"]:
            yield f"entry {seq} was never asked for"


def _unchained(rows: list[Row], base: Standing) -> Iterator[str]:
    chain = base.chain
    for place, (seq, line, kept) in enumerate(rows, start=base.seq + 1):
        chain = extend(chain, line)
        if (seq, kept) != (place, chain):
            yield f"the chain is broken at entry {seq}"
            return


def _forgotten(journal: Journal, ledger: Ledger) -> Iterator[str]:
    phones = dict(journal._connection.execute("SELECT pseudonym, iat FROM shown"))
    cards = dict(journal._connection.execute("SELECT pseudonym, at FROM shown_static"))
    for known, promised in ((phones, ledger.phones), (cards, ledger.cards)):
        for name, value in promised.items():
            if known.get(name.encode(), -1) < value:
                yield f"{name[:2]} was accepted at {value} and is forgotten"


def _spent_otherwise(journal: Journal, lines: dict[int, bytes], erased: int) -> Iterator[str]:
    """Yield uses that the ledger has and the entries that are there do not, or the other way."""
    told: dict[int, Mapping[str, Any]] = {
        seq: read_line(line).fields for seq, line in lines.items()
    }
    back = {each["reference"]["seq"] for each in told.values() if each["type"] == "annul"}
    paid = {seq for seq, each in told.items() if "key" in each and each.get("verdict") == "grant"}
    kept = {seq for (seq,) in journal._connection.execute("SELECT seq FROM uses")}
    for seq in sorted((paid - back) ^ {seq for seq in kept if seq > erased}):
        yield f"the ledger and the journal differ about the use of entry {seq}"


def _taken_back(journal: Journal, ledger: Ledger) -> Iterator[str]:
    if journal.acked() < ledger.acked:
        yield f"the centre acknowledged {ledger.acked}, and {journal.acked()} is known"
    elif journal.acked() == ledger.acked and journal.kept_acknowledgement() != ledger.document:
        yield "the acknowledgement is another"


def _shown_again(journal: Journal, ledger: Ledger, now: int) -> Iterator[str]:
    """Show the last accepted phone and card once more: both are refused, and the journal goes on."""
    before, again = journal.seq, list[Append]()
    for name, iat in list(ledger.phones.items())[-1:]:
        again.append(dynamic(name[:2], iat=iat, at=now))
    for name in list(ledger.cards)[-1:]:
        again += [
            static(name[:2], at=at + 1)
            for (at,) in journal._connection.execute(
                "SELECT at FROM shown_static WHERE pseudonym = ?", (name,)
            )
        ]
    for entry in journal.append_all(again) if again else []:
        record = entry.draft.record
        if isinstance(record, PresentationRecord) and record.verdict is not Verdict.DENY:
            yield f"{record.pseudonym[:2]} was taken a second time"
    if journal.seq != before + len(again):
        yield "the journal does not go on"


def _audited(path: Path) -> Iterator[str]:
    with closing(JournalReader(path)) as reader:
        for fault in reader.audit(TERMINAL).faults:
            yield f"`journal verify` finds entry {fault.seq}: {fault.what}"
