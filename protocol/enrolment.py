"""Enrolment: a one-time code, shown by an operator, turns a machine into a terminal.

The terminal makes its keys, and proves the code without sending it: `proof` is
HMAC-SHA256(code, "st-enrol-1" || 00 || public key || seal key). The answer is signed by the
centre's command key and brings the sector key sealed to the terminal.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from protocol.keys import SigningKey, random_octets, to_base64url
from protocol.signed_json import read_signed_json, sign_json
from protocol.snapshot import MEMBERS, Marks, read_marks
from verifier.errors import TrustError
from verifier.model import KeyTable, Role, UnixSeconds
from verifier.trust import base64url

CODE_OCTETS = 16  # 128 bits: not to be guessed, still typed in half a minute
CODE_LIFETIME_S = 900

# An answer is below 1 kB but for the marks: MARKS_MAX of them, with long names of lanes.
ANSWER_OCTETS_MAX = 524_288

_PURPOSE = "st-enrolment-1"
_GROUP = 5
_CODE_ID = re.compile("[0-9a-f]{16}")
_HEAD = re.compile("[0-9a-f]{64}")
_PROOF = re.compile("[0-9a-f]{64}")  # plain ASCII: compare_digest raises on anything else


def new_code() -> str:
    """Return a fresh one-time code as a person types it: 26 base32 characters in groups of five."""
    text = _code_text(random_octets(CODE_OCTETS))
    return "-".join(text[place : place + _GROUP] for place in range(0, len(text), _GROUP))


def code_octets(code: str) -> bytes:
    """Return the secret in a typed code; case, spaces and hyphens do not matter.

    Raises:
        ValueError: no such code.
    """
    text = "".join(code.upper().replace("-", "").split())
    octets = base64.b32decode(text + "=" * (-len(text) % 8))
    if len(octets) != CODE_OCTETS:
        raise ValueError("an enrolment code has 26 characters")
    # The last character carries two bits that mean nothing (RFC 4648, section 3.5).
    if _code_text(octets) != text:
        raise ValueError("no enrolment code in its one form: its last character is mistyped")
    return octets


def _code_text(octets: bytes) -> str:
    return base64.b32encode(octets).decode().rstrip("=")


def code_id(secret: bytes) -> str:
    """Return the name by which a code may be spoken of without giving it away."""
    return hashlib.sha256(b"st-enrol-id\0" + secret).hexdigest()[:16]


def code_proof(secret: bytes, *, public: bytes, seal: bytes) -> str:
    """Return the proof, 64 hex digits, that whoever holds these keys holds the code."""
    message = b"st-enrol-1\0" + public + seal
    return hmac.new(secret, message, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentRequest:
    """What a machine asks with; the request is signed by its new key as well."""

    code_id: str
    proof: str
    public: bytes  # Ed25519, 32 octets
    seal: bytes  # X25519, 32 octets

    def members(self) -> dict[str, object]:
        """Return the JSON body's members."""
        return {
            "code_id": self.code_id,
            "proof": self.proof,
            "public_key": to_base64url(self.public),
            "seal_key": to_base64url(self.seal),
        }


def read_enrolment_request(document: object) -> EnrolmentRequest:
    """Return the request in a decoded JSON body.

    Raises:
        ValueError: a member is missing, mistyped or one too many.
    """
    match document:
        case {
            "code_id": str() as name,
            "proof": str() as proof,
            "public_key": str() as public,
            "seal_key": str() as seal,
            **rest,
        } if not rest and _CODE_ID.fullmatch(name) and _PROOF.fullmatch(proof):
            pass
        case _:
            raise ValueError("the body is not code_id, proof, public_key and seal_key")
    try:
        keys = base64url(public), base64url(seal)
    except TrustError as error:
        raise ValueError("public_key or seal_key is no base64url") from error
    if any(len(key) != 32 for key in keys):
        raise ValueError("public_key or seal_key is not 32 octets")
    return EnrolmentRequest(code_id=name, proof=proof, public=keys[0], seal=keys[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What makes a machine a terminal."""

    terminal: str
    epoch: int
    public: bytes  # the terminal's own key, so that no answer fits another machine
    sector: str  # id of the sector key
    sector_box: bytes  # the sector key, sealed to the terminal's seal key
    date: UnixSeconds
    before: "Before | None" = None  # None: the terminal's first epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What the centre knows of the epoch that this enrolment ends."""

    epoch: int
    acked: int  # the last entry held of it; 0: none
    head: bytes  # 32 octets: the chain's value behind it
    marks: Marks  # of all earlier epochs: what was shown last, as far as it was told

    def members(self) -> dict[str, object]:
        """Return the members of the JSON object."""
        held = {"epoch": self.epoch, "acked": self.acked, "head": self.head.hex()}
        return {**held, **self.marks.members()}


def enrolment_octets(enrolment: Enrolment, key: SigningKey) -> bytes:
    """Return the signed answer."""
    members: dict[str, object] = {
        "terminal": enrolment.terminal,
        "epoch": enrolment.epoch,
        "public_key": to_base64url(enrolment.public),
        "sector": enrolment.sector,
        "sector_box": to_base64url(enrolment.sector_box),
        "date": enrolment.date,
    }
    if enrolment.before is not None:
        members["before"] = enrolment.before.members()
    return sign_json(_PURPOSE, members, key)


def read_enrolment(octets: bytes, keys: KeyTable, *, public: bytes) -> Enrolment:
    """Return the enrolment in `octets`, for the machine whose key is `public`.

    Raises:
        TrustError: not signed by a key of role command, for another machine, or not in form.
    """
    members = read_signed_json(
        _PURPOSE, octets, keys, role=Role.COMMAND, now=None, octets_max=ANSWER_OCTETS_MAX
    )
    before = _before(members.pop("before", None))
    match members:
        case {
            "terminal": str() as terminal,
            "epoch": int() as epoch,
            "public_key": str() as own,
            "sector": str() as sector,
            "sector_box": str() as box,
            "date": int() as date,
            **rest,
        } if not rest and base64url(own) == public:
            return Enrolment(
                terminal=terminal,
                epoch=epoch,
                public=public,
                sector=sector,
                sector_box=base64url(box),
                date=UnixSeconds(date),
                before=before,
            )
        case _:
            raise TrustError("the enrolment is not for this machine, or not in form")


def _before(value: object) -> Before | None:
    match value:
        case None:
            return None
        case {
            "epoch": int() as epoch,
            "acked": int() as acked,
            "head": str() as head,
            **rest,
        } if rest.keys() <= set(MEMBERS):
            marks = {str(name): told for name, told in rest.items()}
            try:
                return Before(epoch=epoch, acked=acked, head=_chain(head), marks=read_marks(marks))
            except ValueError as error:
                raise TrustError(f"what the enrolment carries over: {error}") from error
        case _:
            raise TrustError("what the enrolment carries over is not in form")


def _chain(text: str) -> bytes:
    if _HEAD.fullmatch(text) is None:
        raise ValueError("head is not 64 hex digits")
    return bytes.fromhex(text)
