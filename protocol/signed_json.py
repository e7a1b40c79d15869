"""A JSON object that carries its own signature, so that it can be kept as evidence.

`sig` is Ed25519 over `<purpose> 00 <the compact object without kid and sig>`; the purpose keeps a
signature made for one kind of document from passing for another.
"""

import json
from collections.abc import Mapping

from protocol.journal import compact, is_compact
from protocol.keys import SigningKey, to_base64url
from verifier.errors import TrustError
from verifier.model import KeyTable, Role, UnixSeconds
from verifier.signature import is_signed_by
from verifier.trust import base64url

# All but an enrolment's answer, which may carry marks of what was shown, are below 1 kB.
DOCUMENT_BYTES_MAX = 16_384


def sign_json(purpose: str, members: Mapping[str, object], key: SigningKey) -> bytes:
    """Return `members` as compact JSON with kid and sig behind them."""
    signature = key.sign(_message(purpose, members))
    return compact({**members, "kid": key.kid.hex(), "sig": to_base64url(signature)})


def read_signed_json(  # each named at the call
    purpose: str,
    octets: bytes,
    keys: KeyTable,
    *,
    role: Role,
    now: UnixSeconds | None,
    octets_max: int = DOCUMENT_BYTES_MAX,
) -> dict[str, object]:
    """Return the members, without kid and sig, of a document that a trusted key signed.

    Args:
        purpose: the kind of document expected.
        octets: the document, exactly as it came.
        keys: the trust list's.
        role: what the signer must be.
        now: the instant at which its key must be in its window; None for a kept document, whose
            key may have ended since.
        octets_max: the longest that is read.

    Raises:
        TrustError: no such document, unsigned, or signed by nobody trusted for it.
    """
    members = _object(octets, octets_max)
    kid, signature = members.pop("kid", None), members.pop("sig", None)
    if not isinstance(kid, str) or not isinstance(signature, str):
        raise TrustError("the document carries no kid or no sig")
    if not is_compact({**members, "kid": kid, "sig": signature}, octets):
        raise TrustError("the document is no compact JSON object with kid and sig at its end")
    message = _message(purpose, members)
    for key in keys.get((role, _kid(kid)), ()):
        in_time = now is None or key.is_within(now)
        if in_time and is_signed_by(key.key, message, base64url(signature)):
            return members
    raise TrustError(f"no trusted key of role {role.value} signed the document")


def _message(purpose: str, members: Mapping[str, object]) -> bytes:
    return purpose.encode() + b"\0" + compact(members)


def _object(octets: bytes, octets_max: int) -> dict[str, object]:
    try:
        value = json.loads(octets) if len(octets) <= octets_max else None
    except (ValueError, RecursionError) as error:
        raise TrustError("the document is no JSON") from error
    if not isinstance(value, dict):
        raise TrustError("the document is no JSON object")
    return value


def _kid(text: str) -> bytes:
    try:
        kid = bytes.fromhex(text)
    except ValueError as error:
        raise TrustError("the document's kid is no hex") from error
    if kid.hex() != text:  # white space or capitals: kid is not under the signature
        raise TrustError("the document's kid is not in its one form")
    return kid
