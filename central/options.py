"""What the commands' options mean, where typer does not know it."""

import re
import sys
from datetime import datetime
from pathlib import Path

from central.errors import BadRequest
from verifier.errors import TrustError
from verifier.model import UnixSeconds
from verifier.trust import base64url

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d([Zz]|[+-]\d\d:\d\d)")


def moment(option: str, text: str) -> UnixSeconds:
    """Return the moment that `text` names.

    Raises:
        BadRequest: no RFC 3339 time.
    """
    try:
        found = datetime.fromisoformat(text.upper()) if _RFC_3339.fullmatch(text) else None
    except ValueError as error:
        raise BadRequest(f"{option}: {error}") from error
    if found is None:
        raise BadRequest(f"{option} must be like 2027-01-31T08:00:00Z")
    return UnixSeconds(int(found.timestamp()))


def public_key(option: str, text: str) -> bytes:
    """Return the octets of a key given as base64url.

    Raises:
        BadRequest: no base64url.
    """
    try:
        return base64url(text)
    except TrustError as error:
        raise BadRequest(f"{option}: {error}") from error


def octets_of(path: Path, size_max: int) -> bytes:
    """Return the first `size_max` octets of a file, or of standard input, which is called -."""
    if str(path) == "-":
        return sys.stdin.buffer.read(size_max)
    with path.open("rb") as file:
        return file.read(size_max)
