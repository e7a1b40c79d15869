"""CC1, the citizen code: `CC1:` and base45 of a COSE_Sign1 in one closed form (docs/cc1.md).

The form is written as regular expressions over octets. They admit exactly the deterministic
encoding (RFC 8949, section 4.2.1) of the profile: an unknown label, another order, a longer
integer, a trailing octet match nothing, so one credential has exactly one text. What a pattern
can't say, that a length is that of what follows, is compared behind it.
"""

import re
from struct import Struct

from verifier.encoding.base45 import decode
from verifier.encoding.cose import SIG_STRUCTURE_BEGIN, bstr
from verifier.errors import MalformedPayload
from verifier.model import Credential, HolderProof, SignedOctets
from verifier.reasons import Reason

PREFIX = b"CC1:"
HOLDER_AAD = b"cc1.holder"

# The largest dynamic code (largest integers, aud and cnonce of 16 octets) is 288 octets:
# 144 pairs of 3 characters, behind the prefix.
TEXT_BYTES_MAX = 4 + 144 * 3

_NO_AAD, _AAD = bstr(b""), bstr(HOLDER_AAD)
_ALG_VALUES = {b"\x27": -8, b"\x32": -19}

# In a pattern `.` is any octet. Groups take whole byte strings with their heads, as they stand in
# the Sig_structure.
_UINT32 = rb"[\x00-\x17]|\x18[\x18-\xff]|\x19(?!\x00)..|\x1a(?!\x00\x00)...."
_TIME = rb"\x1a[\x40-\xff]..."  # 1073741824..4294967295
_ALG = rb"\x01([\x27\x32])"  # -8 or -19
_CNF = rb"\x08\xa1\x01\xa3\x01\x01\x20\x06\x21\x58\x20(.{32})"  # RFC 8747
_CARD = (  # -65537: version 1, subject, types, capabilities, status
    rb"\x3a\x00\x01\x00\x00\x85\x01\x48(.{8})(" + _UINT32 + rb")([\x00-\x17]|\x18[\x18-\x7f])"
    rb"(" + _UINT32 + rb")"
)
_SIGNATURE = rb"\x58\x40(.{64})"


def _issuer_part(claims: bytes) -> bytes:
    """Return the pattern of an issuer's part: protected, alg, kid, payload, its members, signature."""
    protected = rb"(\x4d\xa2" + _ALG + rb"\x04\x48(.{8}))"
    payload = rb"(\x58." + claims + _CARD + rb")"
    return rb"\x84" + protected + rb"\xa0" + payload + _SIGNATURE


_TIMES = rb"(\x04" + _TIME + rb"\x05" + _TIME + rb")"  # exp, nbf
_READ_TIMES = Struct(">2xI2xI").unpack
_READ_TIME = Struct(">xI").unpack
_STATIC = re.compile(_issuer_part(rb"\xa3" + _TIMES + rb"()"), re.DOTALL)  # no cnf
_WITH_CNF = _issuer_part(rb"\xa4" + _TIMES + _CNF)
_INNER = re.compile(_WITH_CNF, re.DOTALL)  # of a dynamic code, shown alone
_AUD = b"|".join(rb"%c.{%d}" % (0x60 + size, size) for size in range(1, 17))
_CNONCE = b"|".join(rb"%c.{%d}" % (0x40 + size, size) for size in range(8, 17))
_DYNAMIC = re.compile(
    rb"\x84(\x58.\xa2" + _ALG + rb"\x0d" + _WITH_CNF + rb")\xa0"
    rb"((?:[\x46-\x57]|\x58[\x18-\xff])([\xa1-\xa3])(?:\x03("
    + _AUD
    + rb"))?\x06("
    + _TIME
    + rb")(?:\x18\x27("
    + _CNONCE
    + rb"))?)"
    + _SIGNATURE,
    re.DOTALL,
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
        if found := _DYNAMIC.fullmatch(octets):
            return _dynamic(found)
        if found := _STATIC.fullmatch(octets):
            return _credential(found.groups(), None)
        inner = _INNER.fullmatch(octets)
        if inner is not None and _has_length(inner[4]):
            raise MalformedPayload(Reason.HOLDER_PROOF_MISSING)
        raise MalformedPayload(Reason.FORM_MALFORMED)


def _dynamic(found: re.Match[bytes]) -> Credential:
    """Return the credential of a dynamic code: the issuer's part and the phone's proof."""
    groups = found.groups()
    outer, alg = groups[:2]
    claims, count, audience, drawn_at, challenge, signature = groups[13:]
    members = 1 + (audience is not None) + (challenge is not None)
    if not (_has_length(outer) and _has_length(claims) and count[0] == 0xA0 + members):
        raise MalformedPayload(Reason.FORM_MALFORMED)
    proof = HolderProof(
        key=groups[7],
        signed=SignedOctets(
            algorithm=_ALG_VALUES[alg],
            message=SIG_STRUCTURE_BEGIN + outer + _AAD + claims,
            signature=signature,
        ),
        drawn_at=_READ_TIME(drawn_at)[0],
        audience=None if audience is None else _text(audience[1:]),
        challenge=None if challenge is None else challenge[1:],
    )
    return _credential(groups[2:13], proof)


def _credential(groups: tuple[bytes, ...], proof: HolderProof | None) -> Credential:
    """Return the issuer's statement, from the groups of its pattern."""
    protected, alg, kid, payload, times, _, subject, types, rights, status, signature = groups
    if not _has_length(payload):
        raise MalformedPayload(Reason.FORM_MALFORMED)
    expires_at, not_before = _READ_TIMES(times)
    return Credential(
        format=CC1.name,
        kid=kid,
        issued=SignedOctets(
            algorithm=_ALG_VALUES[alg],
            message=SIG_STRUCTURE_BEGIN + protected + _NO_AAD + payload,
            signature=signature,
        ),
        proof=proof,
        not_before=not_before,
        expires_at=expires_at,
        subject=subject,
        types=_uint(types),
        capabilities=_uint(rights),
        status_index=_uint(status),
    )


def _has_length(octets: bytes) -> bool:
    """Return whether a byte string's head says how long it is; its shortest form is proven."""
    if octets[0] == 0x58:
        return octets[1] == len(octets) - 2
    return octets[0] == 0x40 + len(octets) - 1


def _uint(octets: bytes) -> int:
    """Return the value of a CBOR unsigned integer of which the form is already proven."""
    return octets[0] if len(octets) == 1 else int.from_bytes(octets[1:], "big")


def _text(octets: bytes) -> str:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedPayload(Reason.FORM_MALFORMED) from error
