"""Entries that move something, to write into a journal; and what takes them back."""

from typing import Any

from offline_cache.journal import Append, Appended
from offline_cache.ledger import UseClaim
from offline_cache.replay import DynamicClaim, StaticClaim
from protocol.journal import Draft, PresentationRecord
from protocol.use import AnnulRecord, Cause, Place, Use
from tests.support.journals import AT, EPOCH
from verifier.clock import ClockQuality
from verifier.limits import Ceilings
from verifier.model import Ages, UnixSeconds, Verdict
from verifier.profile import EntryType
from verifier.reasons import Reason


def used(  # each names itself
    card: str = "aa",
    *,
    at: int = AT,
    use: Use | None,
    claim: UseClaim | None = None,
    lane: str = "n-1",
    profile: str = "shop",
    verdict: Verdict = Verdict.GRANT,
    is_static: bool = False,
    window_s: int = 300,
    reference: Place | None = None,
    clock: ClockQuality = ClockQuality.TRUSTED,
) -> Append:
    """Return a presentation that moves something; its proof is as new as its moment."""
    name = (card * 16)[:32]
    record = PresentationRecord(
        entry_type=EntryType.SALE,
        profile=profile,
        sector="s-1",
        pseudonym=name,
        presentation=f"{at:032x}",
        iat=None if is_static else UnixSeconds(at),
        verdict=verdict,
        reason=None if verdict is Verdict.GRANT else Reason.FLOOR_LIMIT,
        ages=Ages(keys_s=1, status_s=2),
        use=use,
        reference=reference,
        attendant="f" * 32 if reference else "",
    )
    draft = Draft(at=UnixSeconds(at), clock=clock, lane=lane, record=record)
    shown: DynamicClaim | StaticClaim | None = DynamicClaim(pseudonym=name, iat=UnixSeconds(at))
    if is_static:
        shown = StaticClaim(pseudonym=name, at=UnixSeconds(at), window_s=window_s)
    if verdict is Verdict.DENY or reference is not None:
        shown = None
    return Append(draft=draft, claim=shown, use=claim)


def sale(
    card: str = "aa",
    amount_minor: int = 100,
    *,
    key: str = "",
    approval: str = "",
    most: Ceilings | None = None,
    **fields: Any,
) -> Append:
    """Return a sale; `most`: what it may lead to."""
    use = Use(
        amount_minor=amount_minor,
        currency="CNY",
        fund="purse",
        client="till" if key else "",
        key=key,
        approval=approval,
    )
    claim = None if most is None else UseClaim(ceilings=most)
    return used(card, use=use, claim=claim, **fields)


def move(
    card: str = "aa",
    direction: str = "in",
    *,
    zone: str = "hall",
    claim: UseClaim | None = None,
    **fields: Any,
) -> Append:
    """Return a way into or out of a zone."""
    return used(card, use=Use(zone=zone, direction=direction), claim=claim, **fields)


def annulled(
    of: Append,
    seq: int,
    *,
    epoch: int = EPOCH,
    at: int = AT + 5,
    lane: str | None = None,
    key: str = "",
    cause: Cause = Cause.REVERSED,
) -> Append:
    """Return what takes back an entry that was written as `of` and got number `seq`."""
    record = of.draft.record
    assert isinstance(record, PresentationRecord)
    moved = record.use or Use()
    use = Use(
        zone=moved.zone,
        direction=moved.direction,
        amount_minor=moved.amount_minor,
        currency=moved.currency,
        fund=moved.fund,
        client="till" if key else "",
        key=key,
    )
    taken = AnnulRecord(
        profile=record.profile,
        sector=record.sector,
        pseudonym=record.pseudonym,
        presentation=record.presentation,
        reference=Place(epoch=epoch, seq=seq),
        cause=cause,
        use=use,
    )
    where = of.draft.lane if lane is None else lane
    clock = ClockQuality.TRUSTED
    return Append(
        draft=Draft(at=UnixSeconds(at), clock=clock, lane=where, record=taken), claim=None
    )


def outcome(entry: Appended) -> tuple[Verdict, Reason | None]:
    """Return how a presentation was written."""
    record = entry.draft.record
    assert isinstance(record, PresentationRecord)
    return record.verdict, record.reason
