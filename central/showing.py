"""Drawing a dynamic code as a phone would, for a technician who has the card but no phone."""

import json
import re
from dataclasses import dataclass

import cbor2

from central.cards import dynamic_code
from central.errors import BadRequest
from protocol.keys import SEED_BYTES, SigningKey
from verifier.errors import MalformedPayload, TrustError
from verifier.model import UnixSeconds
from verifier.pipeline import parse
from verifier.trust import base64url

# The first card of a file of many; one takes some 600 octets.
CARD_BYTES_MAX = 65_536

_AUDIENCE_BYTES_MAX = 16  # docs/cc1.md
_CHALLENGE = re.compile(r"CC1Q:([^:]{1,16}):((?:[0-9a-f]{2}){8,16})")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneCard:
    """What a phone holds of a card."""

    issuer_part: bytes
    holder: SigningKey


def read_card(octets: bytes) -> PhoneCard:
    """Return the card in the first JSON object that `scan-central issue --dynamic` printed.

    Raises:
        BadRequest: no such object; a static card; or one whose key only the phone has.
    """
    try:
        members, _ = json.JSONDecoder().raw_decode(octets.decode("utf-8", "replace").lstrip())
    except (ValueError, RecursionError) as error:
        raise _no_card("no JSON object") from error
    match members:
        case {"issuer_part": str() as part, "holder_key": str() as seed}:
            return _card(part, seed)
        case {"kind": "static"}:
            raise _no_card("a static card, which is shown as it is")
        case {"kind": "dynamic"}:
            raise _no_card("issued for a phone's own key, so that only the phone can show it")
        case _:
            raise _no_card("without issuer_part and holder_key")


def _card(part: str, seed: str) -> PhoneCard:
    try:
        card = PhoneCard(issuer_part=base64url(part), holder=SigningKey(base64url(seed)))
    except TrustError as error:
        raise _no_card(str(error)) from error
    if len(card.holder.seed) != SEED_BYTES:
        raise _no_card(f"holder_key is not {SEED_BYTES} octets")
    return card


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What a code is drawn for."""

    audience: str | None = None  # the one lane; None: any
    challenge: bytes | None = None  # what that lane shows; None: nothing


def answer_to(text: str) -> Bound:
    """Return what a code must be drawn for to answer `text`, as a lane shows it.

    Raises:
        BadRequest: it is no challenge (docs/protocol.md, "Challenge").
    """
    found = _CHALLENGE.fullmatch(text)
    if found is None:
        raise BadRequest("--challenge must be what a lane shows: CC1Q:<lane>:<hex digits>")
    return Bound(audience=found[1], challenge=bytes.fromhex(found[2]))


def draw_code(card: PhoneCard, *, bound: Bound, now: UnixSeconds) -> str:
    """Return the text of the card's code, drawn at `now`.

    Args:
        card: what the phone holds.
        bound: what it is drawn for.
        now: goes into the code, which is good for some seconds from then.

    Raises:
        BadRequest: `audience` is no lane's name, or the card makes no code.
    """
    audience = bound.audience
    if audience is not None and not _is_audience(audience):
        raise BadRequest(f"--audience must be text of 1 to {_AUDIENCE_BYTES_MAX} octets")
    try:
        text = dynamic_code(
            card.issuer_part,
            holder=card.holder,
            drawn_at=now,
            audience=audience,
            challenge=bound.challenge,
        )
        credential = parse(text.encode())
    except (cbor2.CBORError, MalformedPayload, ValueError, RecursionError) as error:
        raise _no_card("issuer_part is not what an issuer signs") from error
    if credential.proof is None or credential.proof.key != card.holder.public:
        raise _no_card("holder_key is not the key that issuer_part names")
    return text


def _is_audience(text: str) -> bool:
    return text.isprintable() and 0 < len(text.encode()) <= _AUDIENCE_BYTES_MAX


def _no_card(why: str) -> BadRequest:
    return BadRequest(f"the card can't be shown ({why}): give what `issue --dynamic` printed")
