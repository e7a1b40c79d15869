"""The values that one scan is made of, in the order in which they come to be."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NewType

from verifier.reasons import Reason

UnixSeconds = NewType("UnixSeconds", int)

# Subjects, kids and digests are fixed-size octets; the sizes stand in docs/protocol.md.
SUBJECT_BYTES = 8
KID_BYTES = 8


class Verdict(Enum):
    """What a lane does about a presentation."""

    GRANT = "grant"
    REFER = "refer"  # to the attendant
    DENY = "deny"


class Role(Enum):
    """What a key may sign or open; a key has exactly one."""

    CARD = "card"
    STATUS = "status"
    COMMAND = "command"
    SEAL = "seal"


class KeyKind(Enum):
    """What sort of public key it is, by its curve (JWK `crv`) or family."""

    ED25519 = "Ed25519"
    X25519 = "X25519"
    P256 = "P-256"
    RSA = "RSA"


class Algorithm:
    """COSE numbers of the signature algorithms read here (IANA "COSE Algorithms")."""

    ED25519 = -19  # RFC 9864
    EDDSA = -8  # RFC 9053; on an Ed25519 key the same signature
    ES256 = -7
    PS256 = -37


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """One key and what it may do."""

    kid: bytes  # as codes carry it; empty: its codes name no key
    role: Role
    issuer: str
    kind: KeyKind
    key: bytes  # Ed25519, X25519: 32 octets; P-256, RSA: SubjectPublicKeyInfo, DER (RFC 5280)
    algorithms: tuple[int, ...]  # those it verifies: all of its kind, or the one it is pinned to
    formats: tuple[str, ...]  # families whose codes it signs; role card only
    not_before: UnixSeconds
    expires_at: UnixSeconds
    capabilities: int  # what its cards may carry at most
    status_lists: str | None  # template of the list's name, with "{shard}"
    statements: tuple[str, ...] = ()  # kinds its codes may state, by its certificate; empty: any

    def is_within(self, now: UnixSeconds) -> bool:
        """Return whether the key may be used at `now`."""
        return self.not_before <= now < self.expires_at


KeyTable = Mapping[tuple[Role, bytes], tuple[TrustedKey, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOctets:
    """One signed layer: the octets that were signed, and by which algorithm."""

    algorithm: int  # COSE number; JOSE names are mapped to it
    message: bytes  # for COSE the Sig_structure (RFC 9052, section 4.4)
    signature: bytes  # Ed25519, ES256: 64 octets (r and s, unwrapped); PS256: the modulus's length


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderProof:
    """What the phone signed when it drew the code."""

    key: bytes  # 32 octets, from the issuer's cnf claim (RFC 8747)
    signed: SignedOctets
    drawn_at: UnixSeconds  # iat, by the phone's clock
    audience: str | None  # aud: the lane it was drawn for
    challenge: bytes | None  # cnonce: the lane's own, echoed


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A signed statement about a holder, parsed; nothing is proven by having one.

    Families other than CC1 number their holders in ways of their own: `subject_of` makes
    the eight octets of them.
    """

    format: str
    kid: bytes  # empty: the code names no key, and those that carry none are tried
    issued: SignedOctets
    proof: HolderProof | None  # None: a static code, printed on a card
    not_before: UnixSeconds | None  # None: it names no beginning
    expires_at: UnixSeconds | None  # None: it names no end
    subject: bytes  # 8 octets
    types: int  # bit mask
    capabilities: int | None  # bit mask, 0..127; None: all that its key's cards may carry
    status_index: int | None  # place over all lists of its issuer, or in `status_list`
    status_list: str | None = None  # name of its list; None: as the key's template says
    issuer: str | None = None  # whom the code names; its key must be of that issuer
    statement: str | None = None  # its kind, where certificates limit who may state it


class Freshness(Enum):
    """How a list's age stands to a profile's limits."""

    FRESH = "fresh"
    STALE = "stale"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshnessLimits:
    """How old a list may be: FRESH up to soft, STALE up to hard, EXPIRED past it."""

    soft_s: int
    hard_s: int

    def of(self, age_s: int) -> Freshness:
        """Return how a list of this age stands."""
        if age_s <= self.soft_s:
            return Freshness.FRESH
        return Freshness.STALE if age_s <= self.hard_s else Freshness.EXPIRED


class CheckName(Enum):
    """The numbered checks, in the order in which they are made."""

    FORM = 1
    KEY = 2
    ISSUER_SIGNATURE = 3
    HOLDER_SIGNATURE = 4
    WINDOW = 5
    PROOF_TIME = 6
    STATUS = 7
    REPLAY = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """The check was made and holds."""

    name: CheckName


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The check was made and does not hold."""

    name: CheckName
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """The check was not made."""

    name: CheckName
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """The check holds by a list older than the profile likes."""

    name: CheckName
    age_s: int
    ended: bool = False  # past the list's own exp, whatever the profile likes


Check = Passed | Failed | Skipped | Stale


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """How old the lists were that a verification used, in seconds; None: not used."""

    keys_s: int | None
    status_s: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Facts about one credential at one instant."""

    checks: tuple[Check, ...]
    credential: Credential | None  # None: the form was refused
    issuer: str | None  # of the key whose signature verified; None: nothing is proven
    capabilities: int  # what the card may be used for, as proven; 0 while nothing is
    ages: Ages

    @property
    def failure(self) -> Reason | None:
        """Return the reason of the first failed check."""
        for check in self.checks:
            if isinstance(check, Failed):
                return check.reason
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one lane does about one presentation."""

    verdict: Verdict
    reason: Reason | None  # None only with GRANT
    decided_at: UnixSeconds
