"""ICAO's Visible Digital Seal for non-constrained environments (VDS-NC; Doc 9303, part 13).

JSON `{"data": {"hdr", "msg"}, "sig": {"alg", "cer", "sigvl"}}`; the signature covers the canonical
text (RFC 8785) of `data`. The signer's certificate travels in the code. It is no more than a
pointer: trusted are the certificates of the trust list, and this one must be among them.
"""

from collections.abc import Mapping

from verifier.encoding import base64url
from verifier.encoding.jcs import canonical
from verifier.encoding.strict_json import load_object
from verifier.errors import MalformedPayload
from verifier.formats.base import subject_of
from verifier.key_ids import short_digest
from verifier.model import Algorithm, Credential, SignedOctets
from verifier.reasons import Reason

# The members that make a text one of this family, whatever their order and the space between.
_NAMES = (b'"data"', b'"hdr"', b'"msg"', b'"sig"', b'"cer"', b'"sigvl"')
_SPACE = b" \t\r\n"  # RFC 8259, section 2

VERSION = 1
# What identifies the statement, by its type: proof of vaccination, proof of testing.
_IDENTIFIERS = {"icao.vacc": "uvci", "icao.test": "utci"}

# ES384 and ES512 are known, so that they are refused as what they are: no key here has them.
_ALGORITHMS = {"ES256": Algorithm.ES256, "ES384": -35, "ES512": -36}  # RFC 9053, section 2.1


class VdsNc:
    """The family of ICAO's seals; satisfies `Format`.

    A credential has more than one text; its subject stands in the signed part. The message names
    no time of its own: the key's is all there is.
    """

    name = "vds-nc"

    def claims(self, payload: bytes) -> bool:
        """Return whether `payload` is an object that names a seal's members."""
        return payload.lstrip(_SPACE).startswith(b"{") and all(name in payload for name in _NAMES)

    def parse(self, payload: bytes) -> Credential:
        """Return the credential in `payload`.

        Raises:
            MalformedPayload: D.FORM for anything but such an object of a known type, a member
                named twice, a number with a fraction, nesting without end.
        """
        match load_object(payload):
            case {
                "data": {"hdr": dict() as header, "msg": dict() as message, **others} as data,
                "sig": {"alg": str() as alg, "cer": str() as cer, "sigvl": str() as value, **more},
                **rest,
            } if not (others or more or rest):
                pass
            case _:
                raise MalformedPayload(Reason.FORM_MALFORMED)
        if alg not in _ALGORITHMS:
            raise MalformedPayload(Reason.FORM_MALFORMED)
        return Credential(
            format=self.name,
            kid=short_digest(_octets(cer)),
            issued=SignedOctets(
                algorithm=_ALGORITHMS[alg], message=canonical(data), signature=_octets(value)
            ),
            proof=None,
            not_before=None,
            expires_at=None,
            subject=subject_of(self.name, _identifier(header, message).encode()),
            types=0,
            capabilities=None,
            status_index=None,
        )


def _identifier(header: Mapping[str, object], message: Mapping[str, object]) -> str:
    """Return the statement's own identifier, behind its type: each type counts by itself."""
    match header:
        case {"t": str() as kind, "v": version, "is": str(), **rest} if (
            kind in _IDENTIFIERS and version == VERSION and version is not True and not rest
        ):
            identifier = message.get(_IDENTIFIERS[kind])
        case _:
            raise MalformedPayload(Reason.FORM_MALFORMED)
    if not isinstance(identifier, str) or not identifier:
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return f"{kind} {identifier}"


def _octets(text: str) -> bytes:
    """Return the octets of base64url `text`, padded or not: issuers write both."""
    bare = text.rstrip("=")
    if bare != text and len(text) != -(-len(bare) // 4) * 4:
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return base64url.decode(bare)
