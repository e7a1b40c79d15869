"""JOSE octets: a compact JWS (RFC 7515, section 7.1), read and not proven."""

from dataclasses import dataclass

from verifier.encoding.base64url import decode
from verifier.encoding.strict_json import load_object
from verifier.errors import MalformedPayload
from verifier.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Jws:
    """The parts of one signed text."""

    header: dict[str, object]
    payload: bytes
    message: bytes  # what the signature covers: header and payload as they were written
    signature: bytes


def read_jws(text: str) -> Jws:
    """Return the parts of `text`; there is one text for any parts.

    Raises:
        MalformedPayload: not three parts of base64url in its one form, or a header that is no
            object with each member once.
    """
    parts = text.split(".")
    if len(parts) != 3:
        raise MalformedPayload(Reason.FORM_MALFORMED)
    header, payload, signature = (decode(part) for part in parts)
    return Jws(
        header=load_object(header),
        payload=payload,
        message=text.rpartition(".")[0].encode("ascii"),
        signature=signature,
    )
