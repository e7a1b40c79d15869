"""CC1, the citizen code: `CC1:` and base45 of a COSE_Sign1 in one closed form (docs/cc1.md).

The form is written as regular expressions over octets. They admit exactly the deterministic
encoding (RFC 8949, section 4.2.1) of the profile: an unknown label, another order, a longer
integer, a trailing octet match nothing, so one credential has exactly one text.
"""

import re

from verifier.encoding.base45 import decode
from verifier.encoding.cose import bstr, sig_structure
from verifier.errors import MalformedPayload
from verifier.model import Credential, HolderProof, SignedOctets, UnixSeconds
from verifier.reasons import Reason

PREFIX = b"CC1:"
HOLDER_AAD = b"cc1.holder"

# The largest dynamic code (largest integers, aud and cnonce of 16 octets) is 288 octets:
# 144 pairs of 3 characters, behind the prefix.
TEXT_BYTES_MAX = 4 + 144 * 3

_UINT32 = rb"[\x00-\x17]|\x18[\x18-\xff]|\x19(?!\x00)[\x00-\xff]{2}|\x1a(?!\x00\x00)[\x00-\xff]{4}"
_TIME = rb"\x1a([\x40-\xff][\x00-\xff]{3})"  # 1073741824..4294967295
_ALG = rb"([\x27\x32])"  # -8 or -19
_ALG_VALUES = {b"\x27": -8, b"\x32": -19}
_SIGNATURE_HEAD = b"\x58\x40"
_SIGNATURE_BYTES = 66  # with its head

_ISSUER = re.compile(
    rb"\x84\x4d(\xa2\x01" + _ALG + rb"\x04\x48([\x00-\xff]{8}))\xa0\x58([\x00-\xff])"
    rb"([\xa3\xa4]\x04"
    + _TIME
    + rb"\x05"
    + _TIME
    + rb"(?:\x08\xa1\x01\xa3\x01\x01\x20\x06\x21\x58\x20([\x00-\xff]{32}))?"  # cnf, RFC 8747
    rb"\x3a\x00\x01\x00\x00\x85\x01\x48([\x00-\xff]{8})"  # -65537: version 1, subject
    rb"(" + _UINT32 + rb")([\x00-\x17]|\x18[\x18-\x7f])(" + _UINT32 + rb"))"
    rb"\x58\x40([\x00-\xff]{64})"
)
_HOLDER_PROTECTED = re.compile(rb"\xa2\x01" + _ALG + rb"\x0d(\x84[\x00-\xff]+)")
_AUD = b"|".join(rb"%c[\x00-\xff]{%d}" % (0x60 + size, size) for size in range(1, 17))
_CNONCE = b"|".join(rb"%c[\x00-\xff]{%d}" % (0x40 + size, size) for size in range(8, 17))
_HOLDER_CLAIMS = re.compile(
    rb"[\xa1-\xa3](?:\x03(" + _AUD + rb"))?\x06" + _TIME + rb"(?:\x18\x27(" + _CNONCE + rb"))?"
)


class CC1:
    """The family of the city's own code; satisfies `Format`."""

    name = "cc1"

    def claims(self, payload: bytes) -> bool:
        """Return whether `payload` begins with the prefix."""
        return payload.startswith(PREFIX)

    def parse(self, payload: bytes) -> Credential:
        """Return the credential in `payload`.

        Raises:
            MalformedPayload: anything but the one text of a static code, or of a dynamic one;
                D.CNF where a dynamic code's inner part is shown alone.
        """
        if len(payload) > TEXT_BYTES_MAX:
            raise MalformedPayload(Reason.PAYLOAD_LENGTH)
        octets = decode(payload[len(PREFIX) :])
        if octets.startswith(b"\x84\x58"):
            return _dynamic(octets)
        credential, holder_key = _issuer_part(octets)
        if holder_key is not None:
            raise MalformedPayload(Reason.HOLDER_PROOF_MISSING)
        return credential


def _dynamic(octets: bytes) -> Credential:
    """Return the credential of a dynamic code: the issuer's part and the phone's proof."""
    protected, claims = _holder_layer(octets)
    layer = _matched(_HOLDER_PROTECTED, protected)
    credential, holder_key = _issuer_part(layer[2])
    if holder_key is None:
        raise MalformedPayload(Reason.FORM_MALFORMED)
    signed = SignedOctets(
        algorithm=_ALG_VALUES[layer[1]],
        message=sig_structure(protected, claims, HOLDER_AAD),
        signature=octets[-64:],
    )
    return _with_proof(credential, _proof(holder_key, signed, claims))


def _holder_layer(octets: bytes) -> tuple[bytes, bytes]:
    """Return the protected header and the claims of the outer COSE_Sign1, checked octet by octet."""
    end = 3 + octets[2] if len(octets) > 2 else 0
    protected = octets[3:end]
    wrapped = octets[end:-_SIGNATURE_BYTES]  # A0, then the claims as a byte string
    claims = wrapped[2:] if len(wrapped) < 2 + 24 else wrapped[3:]
    rebuilt = b"\x84" + bstr(protected) + b"\xa0" + bstr(claims) + _SIGNATURE_HEAD + octets[-64:]
    if rebuilt != octets:
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return protected, claims


def _proof(key: bytes, signed: SignedOctets, claims: bytes) -> HolderProof:
    """Return the holder's proof from its claims."""
    found = _matched(_HOLDER_CLAIMS, claims)
    audience, drawn_at, challenge = found.groups()
    if claims[0] != 0xA1 + (audience is not None) + (challenge is not None):
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return HolderProof(
        key=key,
        signed=signed,
        drawn_at=_time(drawn_at),
        audience=None if audience is None else _text(audience[1:]),
        challenge=None if challenge is None else challenge[1:],
    )


def _issuer_part(octets: bytes) -> tuple[Credential, bytes | None]:
    """Return the issuer's statement and the holder's key, if it names one."""
    found = _matched(_ISSUER, octets)
    protected, alg, kid, length, claims, expires, not_before, holder_key = found.groups()[:8]
    subject, types, capabilities, status, signature = found.groups()[8:]
    if length[0] != len(claims) or claims[0] != 0xA3 + (holder_key is not None):
        raise MalformedPayload(Reason.FORM_MALFORMED)
    credential = Credential(
        format=CC1.name,
        kid=kid,
        issued=SignedOctets(
            algorithm=_ALG_VALUES[alg],
            message=sig_structure(protected, claims),
            signature=signature,
        ),
        proof=None,
        not_before=_time(not_before),
        expires_at=_time(expires),
        subject=subject,
        types=_uint(types),
        capabilities=_uint(capabilities),
        status_index=_uint(status),
    )
    return credential, holder_key


def _with_proof(credential: Credential, proof: HolderProof) -> Credential:
    """Return `credential` with the phone's proof; written out, for `replace` costs a signature."""
    return Credential(
        format=credential.format,
        kid=credential.kid,
        issued=credential.issued,
        proof=proof,
        not_before=credential.not_before,
        expires_at=credential.expires_at,
        subject=credential.subject,
        types=credential.types,
        capabilities=credential.capabilities,
        status_index=credential.status_index,
    )


def _matched(pattern: re.Pattern[bytes], octets: bytes) -> re.Match[bytes]:
    found = pattern.fullmatch(octets)
    if found is None:
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return found


def _time(octets: bytes) -> UnixSeconds:
    return UnixSeconds(int.from_bytes(octets, "big"))


def _uint(octets: bytes) -> int:
    """Return the value of a CBOR unsigned integer of which the form is already proven."""
    return octets[0] if len(octets) == 1 else int.from_bytes(octets[1:], "big")


def _text(octets: bytes) -> str:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedPayload(Reason.FORM_MALFORMED) from error
