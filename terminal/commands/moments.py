"""Moments as people name them in options."""

from datetime import datetime

from terminal.errors import UsageError
from verifier.model import UnixSeconds


def moment(option: str, text: str) -> UnixSeconds:
    """Return the instant that an option's value names.

    Raises:
        UsageError: no RFC 3339 time, or without a time zone.
    """
    try:
        named = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{option} {text}: no RFC 3339 time, such as 2026-11-22T10:00:00Z"
        ) from error
    if named.tzinfo is None:
        raise UsageError(f"{option} {text}: names no time zone; end it in Z for UTC")
    return UnixSeconds(int(named.timestamp()))
