"""Making enrolment slips: the QR that a terminal's own scanner reads (docs/protocol.md, "Slip").

Written with a general CBOR library, so that the two sides check each other.
"""

import cbor2

from central.errors import BadRequest
from central.site import Site
from protocol.enrolment import code_octets
from protocol.enrolment_slip import (
    CODE,
    EXPIRES_AT,
    PREFIX,
    ROOT,
    ROOT_OCTETS,
    SITE,
    SITE_CHARACTERS_MAX,
    URL,
    read_slip,
)
from verifier.encoding.base45 import encode
from verifier.encoding.cose import HEADER_ALG, HEADER_KID
from verifier.model import Algorithm, UnixSeconds


def slip_text(
    site: Site, code: str, expires_at: UnixSeconds, *, url: str = "", place: str = ""
) -> str:
    """Return the text of the slip for an enrolment code.

    Args:
        site: the centre, whose command key signs.
        code: as `allow_enrolment` made it.
        expires_at: its end.
        url: by which terminals reach the centre; empty: their settings say it.
        place: where the terminal will stand, in the operator's words, for the technician.

    Raises:
        BadRequest: `url` is no address, or `place` too long.
    """
    members: dict[int, object] = {
        CODE: code_octets(code),
        EXPIRES_AT: expires_at,
        ROOT: site.pin[:ROOT_OCTETS],
    }
    members |= {label: text for label, text in ((URL, url), (SITE, place)) if text}
    text = PREFIX + encode(_signed(site, _dump(members))).decode("ascii")
    try:
        read_slip(text)
    except ValueError as error:
        raise BadRequest(
            "--url wants an address such as https://centre.example, --site at most"
            f" {SITE_CHARACTERS_MAX} letters"
        ) from error
    return text


def _signed(site: Site, payload: bytes) -> bytes:
    """Return a COSE_Sign1 (RFC 9052, section 4.2)."""
    key = site.keys.command
    header = _dump({HEADER_ALG: Algorithm.ED25519, HEADER_KID: key.kid})
    signature = key.sign(_dump(["Signature1", header, b"", payload]))
    return _dump([header, {}, payload, signature])


def _dump(value: object) -> bytes:
    return cbor2.dumps(value, canonical=True)
