"""From octets to a decision, stage by stage; malformed octets become refusals here alone."""

from collections.abc import Collection
from dataclasses import dataclass

from verifier.errors import MalformedPayload
from verifier.formats import BUILT_IN
from verifier.formats.base import Format
from verifier.formats.recognised import RECOGNISED
from verifier.model import Ages, CheckName, Credential, Decision, Failed, Verification
from verifier.policy import decide
from verifier.profile import Profile
from verifier.reasons import Reason
from verifier.verify import NOT_REACHED, Circumstances, verify

# The largest QR symbol, 40-L, holds 7,089 digits (ISO/IEC 18004, table 7).
PAYLOAD_BYTES_MAX = 7_089

CLAIMED_WITH_ENTRY = "claimed in the transaction of the journal entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One presentation, judged: the facts and the opinion."""

    verification: Verification
    decision: Decision


def dispatch(
    payload: bytes,
    formats: Collection[Format] = BUILT_IN,
    *,
    taken: Collection[str] | None = None,
) -> Format:
    """Return the one family that claims `payload`.

    Args:
        payload: octets as a scanner gave them.
        formats: the families known here.
        taken: the names of those that are read at this lane; None: all.

    Raises:
        MalformedPayload: empty or too long, of no family or of two, or of one that is not
            taken; P.* where it is of a kind that is known and can't be proven here.
    """
    if not 0 < len(payload) <= PAYLOAD_BYTES_MAX:
        raise MalformedPayload(Reason.PAYLOAD_LENGTH)
    claimants = [family for family in formats if family.claims(payload)]
    if len(claimants) == 1:
        if taken is None or claimants[0].name in taken:
            return claimants[0]
        raise MalformedPayload(Reason.FORMAT_NOT_FOR_LANE)
    known = () if claimants else [each.reason for each in RECOGNISED if each.claims(payload)]
    raise MalformedPayload(known[0] if len(known) == 1 else Reason.FORMAT_UNKNOWN)


def parse(payload: bytes, formats: Collection[Format] = BUILT_IN) -> Credential:
    """Return the credential in `payload`, of the one family that claims it.

    Raises:
        MalformedPayload: as `dispatch` says, or not in the family's form.
    """
    return dispatch(payload, formats).parse(payload)


def judge(  # noqa: PLR0913  # keyword-only, each names itself
    payload: bytes,
    *,
    profile: Profile,
    lane: str | None,
    known: Circumstances,
    challenges: Collection[bytes] = (),
    replay: str = CLAIMED_WITH_ENTRY,
    formats: Collection[Format] = BUILT_IN,
) -> Judgement:
    """Return the facts about `payload` and what a lane of `profile` does about it.

    A code of a family that the profile does not take is not even parsed: what it says of its
    holder is none of this lane's business. A GRANT or REFER is only provisional until its
    replay claim is won with the journal entry.

    Args:
        payload: octets as a scanner gave them.
        profile: the lane's rules.
        lane: the audience that a code may be bound to; None for an auditor, who is no lane.
        known: keys, lists and clock of this instant.
        challenges: what the lane has shown to be answered, and nobody has.
        replay: why the replay check is SKIPPED here.
        formats: the families read here.
    """
    try:
        credential = dispatch(payload, formats, taken=profile.formats).parse(payload)
    except MalformedPayload as error:
        verification = _malformed(error.reason)
    else:
        verification = verify(credential, known, replay=replay)
    decision = decide(verification, profile, lane=lane, clock=known.clock, challenges=challenges)
    return Judgement(verification=verification, decision=decision)


def _malformed(reason: Reason) -> Verification:
    return Verification(
        checks=(Failed(name=CheckName.FORM, reason=reason), *NOT_REACHED[1:]),
        credential=None,
        issuer=None,
        capabilities=0,
        ages=Ages(keys_s=None, status_s=None),
    )
