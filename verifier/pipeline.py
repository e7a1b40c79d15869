"""From octets to a decision, stage by stage; malformed octets become refusals here alone."""

from collections.abc import Iterable
from dataclasses import dataclass

from verifier.errors import MalformedPayload
from verifier.formats import BUILT_IN
from verifier.formats.base import Format
from verifier.model import Ages, CheckName, Credential, Decision, Failed, Verification
from verifier.policy import Profile, decide
from verifier.reasons import Reason
from verifier.verify import Circumstances, verify

# The largest QR symbol, 40-L, holds 7,089 digits (ISO/IEC 18004, table 7).
PAYLOAD_BYTES_MAX = 7_089

CLAIMED_WITH_ENTRY = "claimed in the transaction of the journal entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One presentation, judged: the facts and the opinion."""

    verification: Verification
    decision: Decision


def parse(payload: bytes, formats: Iterable[Format] = BUILT_IN) -> Credential:
    """Return the credential in `payload`, of the one family that claims it.

    Raises:
        MalformedPayload: too short, too long, of no family or of two, or not in form.
    """
    if not 0 < len(payload) <= PAYLOAD_BYTES_MAX:
        raise MalformedPayload(Reason.PAYLOAD_LENGTH)
    claimants = [family for family in formats if family.claims(payload)]
    if len(claimants) != 1:
        raise MalformedPayload(Reason.FORMAT_UNKNOWN)
    return claimants[0].parse(payload)


def judge(
    payload: bytes,
    *,
    profile: Profile,
    lane: str | None,
    known: Circumstances,
    replay: str = CLAIMED_WITH_ENTRY,
    formats: Iterable[Format] = BUILT_IN,
) -> Judgement:
    """Return the facts about `payload` and what a lane of `profile` does about it.

    A GRANT or REFER is only provisional until its replay claim is won with the journal entry.

    Args:
        payload: octets as a scanner gave them.
        profile: the lane's rules.
        lane: the audience that a code may be bound to; None for an auditor, who is no lane.
        known: keys, lists and clock of this instant.
        replay: why the replay check is SKIPPED here.
        formats: the families read here.
    """
    try:
        credential = parse(payload, formats)
    except MalformedPayload as error:
        verification = _malformed(error.reason)
    else:
        verification = verify(credential, known, replay=replay)
    decision = decide(verification, profile, lane=lane, clock=known.clock)
    return Judgement(verification=verification, decision=decision)


def _malformed(reason: Reason) -> Verification:
    return Verification(
        checks=(Failed(name=CheckName.FORM, reason=reason),),
        credential=None,
        issuer=None,
        ages=Ages(keys_s=None, status_s=None),
    )
