"""The bench's one card, and what a terminal knows when it comes."""

from dataclasses import dataclass, replace

from central.cards import CardClaims, code_text, dynamic_code, issuer_part
from protocol.keys import SigningKey, new_signing_key
from verifier.clock import ClockQuality, ClockReading
from verifier.formats import BUILT_IN
from verifier.model import (
    FreshnessLimits,
    KeyKind,
    KeyTable,
    Role,
    TrustedKey,
    UnixSeconds,
    Verdict,
)
from verifier.profile import EntryType, Profile
from verifier.status import StatusList
from verifier.verify import Circumstances, TrustedSet

NOW = UnixSeconds(1_800_000_000)
ISSUER, TEMPLATE = "city.example", "status/city.example/{shard}.cwt"
PROFILE = Profile(
    name="bench",
    entry_type=EntryType.PASSAGE,
    formats=tuple(family.name for family in BUILT_IN),
    static=Verdict.GRANT,
    status_unknown=Verdict.GRANT,
)
STATUS_INDEX = 70_000
_DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchedCard:
    """One card in both its forms, and the circumstances it is judged in."""

    static: bytes
    dynamic: bytes
    key: SigningKey
    known: Circumstances


def make_card() -> BenchedCard:
    """Return a card of new keys."""
    key, holder = new_signing_key(), new_signing_key()
    claims = claims_of(b"holder-7", NOW)
    printed = issuer_part(claims=claims, key=key, holder_key=None)
    bound = issuer_part(claims=claims, key=key, holder_key=holder.public)
    return BenchedCard(
        static=code_text(printed).encode(),
        dynamic=dynamic_code(bound, holder=holder, drawn_at=NOW).encode(),
        key=key,
        known=_known(key),
    )


def claims_of(subject: bytes, now: UnixSeconds) -> CardClaims:
    """Return what an issuer says of a holder whose card is good at `now`."""
    return CardClaims(
        not_before=UnixSeconds(now - _DAY_S),
        expires_at=UnixSeconds(now + _DAY_S),
        subject=subject,
        types=3,
        capabilities=127,
        status_index=STATUS_INDEX,
    )


def trusted_key(key: SigningKey, *formats: str, now: UnixSeconds = NOW) -> TrustedKey:
    """Return `key` as a trust list of `now` has it, for cards of `formats`."""
    return TrustedKey(
        kid=key.kid,
        role=Role.CARD,
        issuer=ISSUER,
        kind=KeyKind.ED25519,
        key=key.public,
        algorithms=(-19, -8),
        formats=formats,
        not_before=UnixSeconds(now - _DAY_S),
        expires_at=UnixSeconds(now + _DAY_S),
        capabilities=127,
        status_lists=TEMPLATE,
    )


def trusted_set(
    key: SigningKey, now: UnixSeconds, *, commands: SigningKey | None = None
) -> TrustedSet:
    """Return what a terminal holds that trusts `key` for CC1 cards, all of it of `now`.

    Args:
        key: of role card.
        now: the instant.
        commands: of role command; None: the centre says nothing.
    """
    name = TEMPLATE.format(shard=0)
    shard = StatusList(
        name=name, issuer=ISSUER, bits=2, octets=bytes(1 << 18), issued_at=now, expires_at=None
    )
    return TrustedSet(
        keys={
            (Role.CARD, key.kid): (trusted_key(key, "cc1", now=now),),
            **_commands(commands, now),
        },
        issued_at=now,
        lists={(ISSUER, name): shard},
    )


def _commands(key: SigningKey | None, now: UnixSeconds) -> KeyTable:
    if key is None:
        return {}
    trusted = replace(trusted_key(key, now=now), role=Role.COMMAND, status_lists=None)
    return {(Role.COMMAND, key.kid): (trusted,)}


def _known(key: SigningKey) -> Circumstances:
    return Circumstances(
        trusted=trusted_set(key, NOW),
        clock=ClockReading(now=NOW, quality=ClockQuality.TRUSTED, uncertainty_s=0),
        status_limits=FreshnessLimits(soft_s=3_600, hard_s=259_200),
    )
