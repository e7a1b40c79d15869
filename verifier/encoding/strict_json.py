"""JSON of issuers: one object, each member once, and nothing that JSON does not have."""

import json
from typing import NoReturn

from verifier.errors import MalformedPayload
from verifier.reasons import Reason


def load_object(octets: bytes) -> dict[str, object]:
    """Return the object in `octets`, UTF-8 without a mark.

    Raises:
        MalformedPayload: no JSON (RFC 8259), no object, a member named twice in any object,
            NaN or Infinity, deeper than Python reads, a number longer than it converts.
    """
    try:
        value = json.loads(
            octets.decode("utf-8"), object_pairs_hook=_once_each, parse_constant=_refused
        )
    except (ValueError, RecursionError) as error:
        raise MalformedPayload(Reason.FORM_MALFORMED) from error
    if not isinstance(value, dict):
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return value


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return members


def _refused(constant: str) -> NoReturn:
    raise MalformedPayload(Reason.FORM_MALFORMED) from ValueError(constant)
