"""The one text of a JSON value (RFC 8785, JSON Canonicalization Scheme), without fractions."""

import json

from verifier.errors import MalformedPayload
from verifier.reasons import Reason

# A seal's statement nests five deep; Python's own bound would take a thousand.
DEPTH_MAX = 16

# Integers that every JSON reader holds exactly (RFC 8785, section 3.2.2.3; RFC 7493, section 2.2).
INTEGER_MAX = 2**53 - 1


def canonical(value: object) -> bytes:
    """Return the octets of `value`: dict, list, str, int, bool or None, as `json` reads them.

    Raises:
        MalformedPayload: deeper than DEPTH_MAX, a number that is no integer or beyond
            INTEGER_MAX (its text would be another matter), half of a surrogate pair.
    """
    try:
        return _text(value, DEPTH_MAX).encode("utf-8")
    except UnicodeEncodeError as error:
        raise MalformedPayload(Reason.FORM_MALFORMED) from error


def _text(value: object, depth: int) -> str:
    match value:
        case None | bool() | str():
            # What json escapes, and how, is what section 3.2.2.2 says.
            return json.dumps(value, ensure_ascii=False)
        case int() if -INTEGER_MAX <= value <= INTEGER_MAX:
            return str(value)
        case list() if depth:
            return "[" + ",".join(_text(each, depth - 1) for each in value) + "]"
        case dict() if depth:
            members = (
                f"{_text(name, 1)}:{_text(value[name], depth - 1)}"
                for name in sorted(value, key=_utf16)
            )
            return "{" + ",".join(members) + "}"
        case _:
            raise MalformedPayload(Reason.FORM_MALFORMED)


def _utf16(name: str) -> bytes:
    """Return what names are sorted by: their UTF-16 code units (section 3.2.3)."""
    return name.encode("utf-16-be")
