"""The slip: an enrolment code with what surrounds it, signed, in a QR that a terminal scans.

`STE1:` and base45 of a COSE_Sign1 by a command key (docs/protocol.md, "Slip"). It brings no trust:
the root that it names is compared with the one pinned here, and its signer is looked up in the
trust list under that. What is secret in it, the code, is shown by nothing here.
"""

import re
from dataclasses import dataclass, field

from protocol.enrolment import CODE_OCTETS
from verifier.encoding.base45 import decode
from verifier.encoding.cbor_reader import load
from verifier.encoding.cose import HEADER_ALG, HEADER_KID
from verifier.encoding.sign1 import Sign1, read_sign1
from verifier.errors import MalformedPayload, TrustError
from verifier.model import KID_BYTES, Algorithm, KeyTable, Role, UnixSeconds
from verifier.signature import is_signed_by

PREFIX = "STE1:"

# Labels of the payload's map.
CODE, EXPIRES_AT, ROOT, URL, SITE = 1, 2, 3, 4, 5

# Enough to tell one centre's root from another's by mistake; against malice stands the pin itself.
ROOT_OCTETS = 16
URL_CHARACTERS_MAX = 160
SITE_CHARACTERS_MAX = 64

# The longest address and site, Chinese at three octets a letter, are 490 octets: 740 characters,
# which a camera at arm's length still reads (version 17, 85 modules).
TEXT_CHARACTERS_MAX = 800

_URL = re.compile(rf"https?://[!-~]{{1,{URL_CHARACTERS_MAX}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What a slip says; nothing is proven before `prove_slip`."""

    secret: bytes = field(repr=False)  # of the enrolment code, 16 octets
    expires_at: UnixSeconds
    root: bytes  # the first 16 octets of the digest of the centre's first TUF root
    url: str  # of the centre; empty: as the terminal's settings say
    site: str  # in the operator's words; empty: none
    sign1: Sign1 = field(repr=False)


def is_slip(text: str) -> bool:
    """Return whether `text` wants to be a slip."""
    return text.startswith(PREFIX)


def read_slip(text: str) -> Slip:
    """Return the slip in `text`.

    Raises:
        ValueError: no slip, or not in its form; the words repeat nothing of it.
    """
    if not is_slip(text) or len(text) > TEXT_CHARACTERS_MAX:
        raise ValueError("this is no enrolment slip")
    try:
        sign1 = read_sign1(decode(text.removeprefix(PREFIX).encode("ascii", "replace")))
        members = load(sign1.payload)
    except MalformedPayload as error:
        raise ValueError("the enrolment slip is damaged, or was read wrong") from error
    match members:
        case {1: bytes() as secret, 2: int() as expires_at, 3: bytes() as root, **rest}:
            pass
        case _:
            raise ValueError("the enrolment slip lacks code, end or root")
    slip = Slip(
        secret=secret,
        expires_at=UnixSeconds(expires_at),
        root=root,
        url=_text(rest.pop(URL, "")),
        site=_text(rest.pop(SITE, "")),
        sign1=sign1,
    )
    if rest or not _is_in_form(slip):
        raise ValueError("the enrolment slip is not in form, or of a newer program")
    return slip


def prove_slip(slip: Slip, keys: KeyTable, *, now: UnixSeconds | None) -> None:
    """Return if a command key of the trust list signed the slip.

    Args:
        slip: as read.
        keys: the trust list's.
        now: when its signer must be in its window; None: this machine's clock is not to be asked.

    Raises:
        TrustError: nobody trusted for it did.
    """
    signed = slip.sign1.signed
    for key in keys.get((Role.COMMAND, slip.sign1.kid), ()):
        in_time = now is None or key.is_within(now)
        if in_time and is_signed_by(key.key, signed.message, signed.signature):
            return
    raise TrustError("the enrolment slip is not signed by this centre")


def _is_in_form(slip: Slip) -> bool:
    header = {HEADER_ALG: Algorithm.ED25519, HEADER_KID: slip.sign1.kid}
    return (
        slip.sign1.header == header
        and len(slip.sign1.kid) == KID_BYTES
        and len(slip.secret) == CODE_OCTETS
        and len(slip.root) == ROOT_OCTETS
        and slip.expires_at > 0
        and (not slip.url or _URL.fullmatch(slip.url) is not None)
        and len(slip.site) <= SITE_CHARACTERS_MAX
        and (not slip.site or slip.site.isprintable())
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("the enrolment slip is not in form, or of a newer program")  # noqa: TRY004  # as read_slip says
    return value
