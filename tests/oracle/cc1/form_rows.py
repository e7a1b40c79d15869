"""What the cases of bad form share: comments, longer spellings, times out of place."""

from collections.abc import Iterable, Iterator

from tests.oracle.cc1 import codes
from tests.oracle.cc1.cbor import head
from tests.oracle.cc1.scene import ISSUER, KID, NOW, Case, Raw, claims, spell

Row = tuple[str, str, object]
EXP, NBF = NOW + 86_400, NOW - 86_400
LOOSE = "A reader that decodes loosely and checks values admits a second text of one credential."
CLOSED = "The profile is closed: what it does not name is refused, not skipped."
RANGE = "The range is part of the form."
KIND = "Another kind of item with the same meaning, or none."


def longer(number: int, kind: int = 0) -> Iterator[tuple[int, Raw]]:
    """Return every spelling of a head that is longer than needed, with its width."""
    shortest = len(head(kind, number)) - 1
    for width in (1, 2, 4, 8):
        if width > shortest:
            yield width, Raw(head(kind, number, width))


def cases_of(rows: Iterable[Row]) -> Iterator[Case]:
    for name, comment, octets in rows:
        yield Case(name=name, comment=comment, octets=Raw(octets), reason="D.FORM")


def time_rows(label: str) -> Iterator[Row]:
    for name, item in (
        ("one below the least", (1 << 30) - 1),
        ("0", 0),
        ("one above the most", 1 << 32),
        ("negative", -NOW),
    ):
        yield f"{label}: {name}", RANGE, item
    for name, octets in (
        ("in eight octets", head(0, NOW, 8)),
        ("a float of the same value", b"\xfb\x41\xda\xd2\x74\x80\x00\x00\x00"),
        ("tagged as a date", b"\xc1" + head(0, NOW)),
        ("a bignum", b"\xc2\x44" + NOW.to_bytes(4, "big")),
        ("text", b"\x6a1800000000"),
        ("octets", b"\x44" + NOW.to_bytes(4, "big")),
        ("null", b"\xf6"),
        ("an array of one", b"\x81" + head(0, NOW)),
    ):
        yield f"{label}: {name}", LOOSE if "eight" in name else KIND, Raw(octets)


def card_signed(
    *, protected: bytes | None = None, payload: bytes | None = None, key: object = ISSUER
) -> Raw:
    header = spell({1: -19, 4: KID}) if protected is None else protected
    body = spell(claims()) if payload is None else payload
    return Raw(codes.sign(header, body, key))
