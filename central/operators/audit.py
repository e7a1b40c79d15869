"""The audit: what operators did, each line chained to all before it, none ever changed."""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256

from central.operators.values import Act
from central.store.audit import AuditLine
from central.store.store import Store
from protocol.journal import compact, extend
from verifier.model import UnixSeconds

GENESIS = sha256(b"st-audit-1").digest()

# A case's note, which is the longest of what people write here.
DETAIL_MAX = 1_000
_NAMED_MAX = 200
_BEHIND = -1 << 62


def record(store: Store, act: Act, now: UnixSeconds) -> None:
    """Write what was done; inside the transaction that does it, and last in that.

    Whoever writes waits for all others that write here: a chain has one end.
    """
    store.audit.lock()
    last = store.audit.last()
    number, chain = (0, GENESIS) if last is None else (last.number, last.chain)
    line = _line(act, number + 1, now)
    store.audit.append(AuditLine(number=number + 1, line=line, chain=extend(chain, line)))


def _line(act: Act, number: int, now: UnixSeconds) -> bytes:
    members: Mapping[str, object] = {
        "number": number,
        "at": now,
        "who": printable(act.who)[:_NAMED_MAX],
        "via": act.via.value,
        "what": act.what,
        "on": printable(act.on)[:_NAMED_MAX],
        "detail": printable(act.detail)[:DETAIL_MAX],
    }
    return compact(members)


def printable(text: str) -> str:
    """Return `text` with what no screen or database takes spelled out."""
    kept = (each if each.isprintable() else ascii(each)[1:-1] for each in text)
    return "".join(kept)


def broken_at(store: Store) -> int | None:
    """Return the first line that is not as it was written, or is missing; None: all are there.

    Lines cut off the end are seen only by who has noted the last number and chain before.
    """
    expected, chain = 1, GENESIS
    for each in lines(store):
        chain = extend(chain, each.line)
        if each.number != expected or each.chain != chain or _number(each.line) != expected:
            return expected
        expected += 1
    return None


def lines(store: Store) -> Iterator[AuditLine]:
    """Return every line, the oldest first."""
    after = _BEHIND  # numbers begin with 1, but somebody may have written others in
    while page := store.audit.behind(after):
        yield from page
        after = page[-1].number


def members_of(line: AuditLine) -> dict[str, object]:
    """Return a line as the members of a JSON object; one that somebody has spoilt is told as that.

    Every other can still be read beside it.
    """
    members = _members(line.line)
    if members is None or not _is_in_form(members):
        text = printable(line.line.decode("utf-8", "replace"))[:DETAIL_MAX]
        members = {**_UNREADABLE, "number": line.number, "detail": text}
    return {**members, "chain": line.chain.hex()}


_UNREADABLE: Mapping[str, object] = {
    "number": 0,
    "at": 0,
    "who": "?",
    "via": "?",
    "what": "unreadable",
    "on": "",
    "detail": "",
}


def _is_in_form(members: Mapping[str, object]) -> bool:
    return all(type(members.get(name)) is type(value) for name, value in _UNREADABLE.items())


def _members(line: bytes) -> dict[str, object] | None:
    """Return what a line says; None: somebody wrote into the database."""
    try:
        members = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return members if isinstance(members, dict) else None


def _number(line: bytes) -> object:
    return (_members(line) or {}).get("number")
