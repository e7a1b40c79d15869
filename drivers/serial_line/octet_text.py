"""Octets as a technician writes them: `"SYN 'M' CR 'PAPHHF!'"`, `"7E 00 08 01"`, `"CRLF"`."""

import re

# What is sent or awaited on a serial line; a scanner's longest command is far below.
OCTETS_MAX = 256

# No form feed: FF is an octet in hex.
_NAMES = {
    "NUL": b"\x00",
    "SOH": b"\x01",
    "STX": b"\x02",
    "ETX": b"\x03",
    "EOT": b"\x04",
    "ENQ": b"\x05",
    "ACK": b"\x06",
    "BEL": b"\x07",
    "TAB": b"\t",
    "LF": b"\n",
    "CR": b"\r",
    "CRLF": b"\r\n",
    "NAK": b"\x15",
    "SYN": b"\x16",
    "ESC": b"\x1b",
    "FS": b"\x1c",
    "GS": b"\x1d",
    "RS": b"\x1e",
    "SP": b" ",
}

# Two hex digits, a name, or printable ASCII between quotes.
_PART = re.compile(r"(?:([0-9A-Fa-f]{2})|([A-Z][A-Z0-9]+)|'([ -&(-~]+)')(?: +|$)")

# What stands between quotes, and what does not.
_RUN_OF_TEXT = re.compile(rb"[ -&(-~]+")
_RUNS = re.compile(rb"[ -&(-~]+|[^ -&(-~]+")


def octets_of(text: str) -> bytes:
    """Return the octets that `text` spells.

    Its parts are separated by spaces: two hex digits, the name of a control character (`CR`,
    `STX`, `CRLF` ...), or ASCII text between single quotes.

    Raises:
        ValueError: it is spelled otherwise, or has none or more than OCTETS_MAX octets.
    """
    octets, place = b"", 0
    while place < len(text):
        part = _PART.match(text, place)
        if part is None or (part[2] and part[2] not in _NAMES):
            raise ValueError(
                f"{text!r} is not understood at {text[place:]!r}: write hex pairs, names such as CR"
                " or ESC, and 'text' in single quotes, with spaces between"
            )
        octets += bytes.fromhex(part[1] or "") + _NAMES.get(part[2], b"")
        octets += (part[3] or "").encode("ascii")
        place = part.end()
    if not 0 < len(octets) <= OCTETS_MAX:
        raise ValueError(f"{len(octets)} octets; there must be 1 to {OCTETS_MAX}")
    return octets


def text_of(octets: bytes) -> str:
    """Return how a technician writes octets, so that `octets_of` gives them back.

    Raises:
        ValueError: there are none, or more than OCTETS_MAX.
    """
    if not 0 < len(octets) <= OCTETS_MAX:
        raise ValueError(f"{len(octets)} octets; there must be 1 to {OCTETS_MAX}")
    names = {named: name for name, named in _NAMES.items() if len(named) == 1 and named != b" "}
    parts: list[str] = []
    for run in _RUNS.findall(octets):
        if _RUN_OF_TEXT.fullmatch(run):
            parts.append(f"'{run.decode('ascii')}'")
        else:
            parts += [names.get(bytes([octet]), f"{octet:02X}") for octet in run]
    return " ".join(parts)
