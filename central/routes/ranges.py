"""Range requests: one range of octets, so that a cut download goes on where it ended."""

import re
from dataclasses import dataclass

# RFC 9110, section 14.1.2. Numbers longer than a file's are cut by its size.
_RANGE = re.compile(r"bytes=([0-9]{0,12})-([0-9]{0,12})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Octets `first` to `last`, both included; empty where `last` is before `first`."""

    first: int
    last: int


def asked_slice(header: str, size: int) -> Slice | None:
    """Return the part of a file of `size` octets that `header` asks for.

    None where it asks for the whole: no range, several, or one that is not in form, all of which
    a server may pass over (RFC 9110, section 14.2).
    """
    found = _RANGE.fullmatch(header.strip())
    if found is None:
        return None
    first, last = found.groups()
    if first:
        end = int(last) if last else size - 1
        if end < int(first) and last:
            return None  # backwards: not in form
        return Slice(first=int(first), last=min(end, size - 1))
    if not last:
        return None
    return Slice(first=max(0, size - int(last)), last=size - 1)
