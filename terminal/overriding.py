"""What an attendant's own code makes of a presentation that was sent to him. Pure."""

from collections.abc import Collection
from dataclasses import replace

from offline_cache.journal import Append
from offline_cache.ledger import UseClaim
from offline_cache.replay import DynamicClaim
from protocol.journal import Draft, PresentationRecord
from protocol.use import Place
from terminal.selling.terms import claim_of, limits_of
from verifier.clock import ClockReading
from verifier.model import Verdict
from verifier.profile import Profile
from verifier.reasons import Reason

# What an attendant may see with his own eyes, or take upon himself. Form, signatures, revocation
# and replay are not among it, whatever a profile says, nor is what the centre declined.
_OVERRIDABLE = frozenset(
    {
        Reason.STATIC_CODE,
        Reason.TERMINAL_CLOCK_UNTRUSTED,
        Reason.STATUS_LIST_UNKNOWN,
        Reason.STATUS_LIST_EXPIRED,
        Reason.KEYS_EXPIRED,
        Reason.TYPE_NOT_FOR_LANE,
        Reason.OUTSIDE_HOURS,
        Reason.PASSBACK,
        Reason.ENTRY_UNKNOWN,
        Reason.FLOOR_LIMIT,
    }
)
# Of these the attendant has just said where the card is: what the ledger thinks counts no more.
_OF_WAYS = frozenset({Reason.PASSBACK, Reason.ENTRY_UNKNOWN})


def may_override(reason: Reason | None) -> bool:
    """Return whether an attendant may grant what was referred for `reason`."""
    return reason in _OVERRIDABLE


def attending(profile: Profile) -> Profile:
    """Return the rules by which the code of an attendant is judged at a lane of `profile`.

    He is asked who he is, and nothing of what the lane asks of its holders. A printed card, which
    anybody may have copied, is nobody's, nor is one whose status or time can't be told.
    """
    return Profile(
        name=profile.name,
        entry_type=profile.entry_type,
        formats=profile.formats,
        audience=profile.audience,  # what keeps a relayed code from passing keeps it from helping
        challenge=profile.challenge,
        static=Verdict.DENY,
        cards_in_view=profile.cards_in_view,
        status_limits=profile.status_limits,
        keys_limits=profile.keys_limits,
        status_unknown=Verdict.DENY,  # who answers for others is known to be whom he says
        status_expired=Verdict.DENY,
        keys_expired=Verdict.DENY,
        clock_untrusted=Verdict.DENY,
    )


def may_attend(
    pseudonym: str, verdict: Verdict, *, holder: str, attendants: Collection[str]
) -> bool:
    """Return whether he whose code was judged by `attending` may grant what `holder` wants."""
    return verdict is Verdict.GRANT and pseudonym in attendants and pseudonym != holder


def override_of(  # noqa: PLR0913  # keyword-only, each names itself
    record: PresentationRecord,
    *,
    place: Place,
    lane: str,
    profile: Profile,
    attendant: DynamicClaim,
    clock: ClockReading,
    value_stop: str,
) -> Append:
    """Return the entry that grants what was referred, and its claims.

    Limits hold for an attendant too, but for the floor, above which he stands; money that may not
    move at all is refused.

    Args:
        record: of the referral.
        place: where that stands.
        lane: of both.
        profile: the lane's.
        attendant: whose code it was, and its proof, which is used up with the grant.
        clock: the reading that his code was judged by.
        value_stop: why no money may move; empty: it may.
    """
    moves_money = record.use is not None and record.use.amount_minor is not None
    is_stopped = moves_money and value_stop != ""
    granted = replace(
        record,
        verdict=Verdict.DENY if is_stopped else Verdict.GRANT,
        reason=Reason.VALUE_STOPPED if is_stopped else None,
        reference=place,
        attendant=attendant.pseudonym,
    )
    draft = Draft(at=clock.now, clock=clock.quality, lane=lane, record=granted)
    return Append(draft=draft, claim=attendant, use=_claim(record, profile))


def _claim(record: PresentationRecord, profile: Profile) -> UseClaim | None:
    if record.use is None:
        return None
    claim = claim_of(profile, limits_of(profile, is_stale=bool(record.stale)))
    return replace(claim, passback=None) if record.reason in _OF_WAYS else claim
