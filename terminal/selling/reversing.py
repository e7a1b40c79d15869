"""Taking back what was granted, and reading of the journal what a program's key led to. Pure."""

import json
from dataclasses import dataclass, replace

from offline_cache.ledger import FoundUse
from protocol.journal import ReadLine, read_line
from protocol.use import AnnulRecord, Cause, Place, Use, read_place, read_use
from terminal.presenting import Outcome
from verifier.model import UnixSeconds, Verdict
from verifier.profile import EntryType
from verifier.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """An entry of a card that may be taken back, as its record or its line tells it."""

    lane: str
    profile: str
    sector: str
    pseudonym: str
    presentation: str
    place: Place
    use: Use | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the journal has under a program's key."""

    outcome: Outcome | None  # None: an annulment's own key
    taken: Taken | None  # None: a refusal or an annulment, or erased
    reference: Place | None  # of an annulment: what it took back
    asked: str  # digest of the request; empty: erased, or a reversal
    lane: str
    place: Place


def taken_of(outcome: Outcome, lane: str) -> Taken:
    """Return what `outcome`, a GRANT made at `lane`, says of its entry.

    Raises:
        ValueError: it has no entry, or grants nothing: our bug.
    """
    record, place = outcome.record, outcome.place
    if record is None or place is None or outcome.verdict is not Verdict.GRANT:
        raise ValueError("only what was granted is taken back")
    return Taken(
        lane=lane,
        profile=record.profile,
        sector=record.sector,
        pseudonym=record.pseudonym,
        presentation=record.presentation,
        place=place,
        use=record.use,
    )


def annulment(taken: Taken, cause: Cause, *, client: str = "", key: str = "") -> AnnulRecord:
    """Return the entry that takes `taken` back; `client` and `key` are of whoever asked for it."""
    use = Use() if taken.use is None else taken.use
    use = replace(use, client=client, key=key, asked="", approval="")
    return AnnulRecord(
        profile=taken.profile,
        sector=taken.sector,
        pseudonym=taken.pseudonym,
        presentation=taken.presentation,
        reference=taken.place,
        cause=cause,
        use=None if use == Use() else use,
    )


def read_found(found: FoundUse) -> Found:
    """Return what the journal found, its line read.

    Raises:
        ValueError: the line is none of ours: the journal's own check would have found it.
    """
    if found.line is None:
        outcome = _outcome(found, Verdict.GRANT, None, None, at=None)
        return Found(
            outcome=outcome, taken=None, reference=None, asked="", lane="", place=found.place
        )
    line, use = read_line(found.line), read_use(json.loads(found.line))
    if line.entry_type is EntryType.ANNUL:
        reference = read_place(line.fields.get("reference"))
        return Found(
            outcome=None,
            taken=None,
            reference=reference,
            asked="",
            lane=line.lane,
            place=found.place,
        )
    verdict, code = Verdict(line.fields["verdict"]), line.fields["reason"]
    return Found(
        outcome=_outcome(found, verdict, None if code is None else Reason(code), use, at=line.at),
        taken=_taken(line, found.place, use) if verdict is Verdict.GRANT else None,
        reference=None,
        asked="" if use is None else use.asked,
        lane=line.lane,
        place=found.place,
    )


def _taken(line: ReadLine, place: Place, use: Use | None) -> Taken:
    fields = line.fields
    return Taken(
        lane=line.lane,
        profile=str(fields["profile"]),
        sector=str(fields["sector"]),
        pseudonym=str(fields["pseudonym"]),
        presentation=str(fields["presentation"]),
        place=place,
        use=use,
    )


def _outcome(
    found: FoundUse,
    verdict: Verdict,
    reason: Reason | None,
    use: Use | None,
    *,
    at: UnixSeconds | None,
) -> Outcome:
    moved = use or Use()
    return Outcome(
        verdict=verdict,
        reason=reason,
        seq=found.place.seq,
        ms=0,
        epoch=found.place.epoch,
        amount_minor=moved.amount_minor,
        currency="" if moved.amount_minor is None else moved.currency,
        fund=moved.fund,
        at=at,
        key=moved.key,
        is_online=verdict is Verdict.GRANT and moved.approval != "",
        annulled=found.annulled_by,
    )
