"""The journal line and its chain: the exact octets that terminal, centre and auditor agree on."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from protocol.sealed import Sealed
from protocol.snapshot_entry import SnapshotRecord
from protocol.use import AnnulRecord, NoteRecord, Place, Use
from protocol.visit import AppealRecord, QueryRecord, RatingRecord, TicketRecord, VisitRecord
from verifier.clock import ClockQuality
from verifier.model import Ages, UnixSeconds, Verdict
from verifier.profile import EntryType
from verifier.reasons import Reason

CHAIN_BYTES = 32

# The longest line of ours, a `refusals` entry with every reason at a nine-digit count, is
# below 1 kB; sealed details may bring two more.
LINE_BYTES_MAX = 4_096

# A line of ours is an object with objects in it; sealed details may bring two levels more.
LEVELS_MAX = 8

# Made once: `json.dumps` makes one for each entry.
_COMPACT = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False)

_CLOCK_QUALITIES = frozenset(quality.value for quality in ClockQuality)


class LineMalformed(ValueError):  # noqa: N818  # the house's word for it
    """A journal line is not what docs/protocol.md says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentationRecord:
    """What one proven presentation leaves behind; it names the card by pseudonym only."""

    entry_type: EntryType
    profile: str
    sector: str  # id of the key behind the two names
    pseudonym: str
    presentation: str
    iat: UnixSeconds | None  # None: a static code
    verdict: Verdict
    reason: Reason | None
    ages: Ages
    stale: tuple[str, ...] = ()  # classes of lists that were past the profile's soft limit
    use: Use | None = None  # what it moves; None: nothing
    reference: Place | None = None  # of the REFER that this grant overrides
    attendant: str = ""  # pseudonym of who overrode it; empty: nobody
    sealed: Sealed | None = None  # details for the centre alone


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalsRecord:
    """How many presentations a lane refused before anything was proven, by reason."""

    since: UnixSeconds
    counts: Mapping[Reason, int]


Record = (
    PresentationRecord | RefusalsRecord | SnapshotRecord | AnnulRecord | NoteRecord | VisitRecord
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry before the journal gives it a place."""

    at: UnixSeconds
    clock: ClockQuality
    lane: str  # empty: of no lane, but of the terminal
    record: Record


def line_of(draft: Draft, *, epoch: int, seq: int) -> bytes:
    """Return the entry's line, without line feed: compact JSON in the order of docs/protocol.md."""
    return compact(
        {
            "epoch": epoch,
            "seq": seq,
            "at": draft.at,
            "clock": draft.clock.value,
            "lane": draft.lane,
            **_own_fields(draft.record),
        }
    )


def compact(value: Mapping[str, object]) -> bytes:
    """Return `value` as JSON without white space, members as given, text as UTF-8."""
    return _COMPACT.encode(value).encode()


def is_compact(value: Mapping[str, object], octets: bytes) -> bool:
    """Return whether `octets` are the compact form of `value`, which was read from them.

    Nesting is bounded here: the depth at which Python's own parser gives up differs from version
    to version, and what the wire accepts must not.
    """
    try:
        return _is_shallow(value, LEVELS_MAX) and compact(value) == octets
    except (ValueError, RecursionError):  # NaN, a lone surrogate, or too deep to write
        return False


def _is_shallow(value: object, levels: int) -> bool:
    match value:
        case Mapping():
            return levels > 0 and all(_is_shallow(part, levels - 1) for part in value.values())
        case list():
            return levels > 0 and all(_is_shallow(part, levels - 1) for part in value)
        case _:
            return True


def _own_fields(record: Record) -> dict[str, object]:
    match record:
        case RefusalsRecord():
            return {
                "type": EntryType.REFUSALS.value,
                "since": record.since,
                "counts": {reason.value: count for reason, count in record.counts.items()},
            }
        case SnapshotRecord():
            return {"type": EntryType.SNAPSHOT.value, **record.members()}
        case AnnulRecord():
            return {"type": EntryType.ANNUL.value, **record.members()}
        case NoteRecord():
            return {"type": EntryType.NOTE.value, **record.members()}
        case TicketRecord() | RatingRecord() | AppealRecord() | QueryRecord():
            return {"type": record.entry_type.value, **record.members()}
        case PresentationRecord():
            return {
                "type": record.entry_type.value,
                "profile": record.profile,
                "sector": record.sector,
                "pseudonym": record.pseudonym,
                "presentation": record.presentation,
                "iat": record.iat,
                "verdict": record.verdict.value,
                "reason": None if record.reason is None else record.reason.value,
                "ages": {"keys": record.ages.keys_s, "status": record.ages.status_s},
                **({"stale": list(record.stale)} if record.stale else {}),
                **({} if record.use is None else record.use.members()),
                **({} if record.reference is None else {"reference": record.reference.members()}),
                **({"attendant": record.attendant} if record.attendant else {}),
                **({} if record.sealed is None else {"sealed": record.sealed.members()}),
            }


def genesis(terminal: str, epoch: int) -> bytes:
    """Return the chain's value before the first entry of an epoch."""
    return hashlib.sha256(
        b"\0".join((b"st-journal-1", terminal.encode(), str(epoch).encode()))
    ).digest()


def extend(chain: bytes, line: bytes) -> bytes:
    """Return the chain's value behind `line` (without line feed)."""
    return hashlib.sha256(chain + line).digest()


def extend_all(chain: bytes, lines: Iterable[bytes]) -> bytes:
    """Return the chain's value behind all of `lines`."""
    for line in lines:
        chain = extend(chain, line)
    return chain


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLine:
    """A line as its reader needs it: its place, what it is, and all that it says."""

    epoch: int
    seq: int
    at: UnixSeconds
    lane: str
    entry_type: EntryType
    fields: Mapping[str, object]


def read_line(octets: bytes) -> ReadLine:
    """Return what `octets`, one line without line feed, say.

    Raises:
        LineMalformed: too long, no JSON object, not compact, or a member missing or mistyped.
    """
    if len(octets) > LINE_BYTES_MAX:
        raise LineMalformed(f"longer than {LINE_BYTES_MAX} octets")
    fields = _object(octets)
    match fields:
        case {
            "epoch": int(),
            "seq": int(),
            "at": int(),
            "clock": str(),
            "lane": str(),
            "type": str(),
        }:
            pass
        case _:
            raise LineMalformed("epoch, seq, at, clock, lane or type is missing or mistyped")
    if fields["clock"] not in _CLOCK_QUALITIES:
        raise LineMalformed("clock is neither trusted nor untrusted")
    return ReadLine(
        epoch=_number(fields["epoch"]),
        seq=_number(fields["seq"]),
        at=UnixSeconds(_number(fields["at"])),
        lane=str(fields["lane"]),
        entry_type=_entry_type(str(fields["type"])),
        fields=fields,
    )


def _object(octets: bytes) -> dict[str, object]:
    try:
        value = json.loads(octets)
    except (ValueError, RecursionError) as error:
        raise LineMalformed("no JSON") from error
    if not isinstance(value, dict) or not is_compact(value, octets):
        raise LineMalformed("no JSON object in compact form")
    return value


def _number(value: object) -> int:
    # SQLite and every database behind the centre hold signed 64-bit integers.
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 63:
        raise LineMalformed("a number is negative or larger than 63 bits")
    return value


def _entry_type(name: str) -> EntryType:
    try:
        return EntryType(name)
    except ValueError as error:
        raise LineMalformed(f"no entry type is called {name[:20]!r}") from error
