"""CBOR of issuers who do not encode deterministically: any well-formed item, within bounds.

cbor2 is not asked here: it builds dates, decimals and patterns out of tags, keeps the last of
two equal keys and overlooks what stands behind an item. This reader builds plain values only.
"""

import struct
from dataclasses import dataclass

from verifier.errors import MalformedPayload
from verifier.reasons import Reason

# Claims in a card, groups of claims, lists in these, and tags around: nothing known has six.
DEPTH_MAX = 16

# A card of every field and ten biometrics has some hundred items; time grows with them.
ITEMS_MAX = 2_048

_BREAK = object()  # ends an item of indefinite length (RFC 8949, section 3.2.1)
_INDEFINITE = -1
_SIMPLE = {20: False, 21: True, 22: None, 23: None}
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """A tag and what it stands before; nobody has asked what it means."""

    tag: int
    value: object


def load(octets: bytes) -> object:
    """Return the one item in `octets`: int, float, bytes, str, list, dict, bool, None, Tagged.

    Raises:
        MalformedPayload: no well-formed item, octets behind it, a key twice or one that is
            neither number nor string, deeper than DEPTH_MAX or more than ITEMS_MAX.
    """
    reader = _Reader(octets)
    value = reader.item(DEPTH_MAX)
    if value is _BREAK or reader.place != len(octets):
        raise MalformedPayload(Reason.FORM_MALFORMED)
    return value


class _Reader:
    """Octets and how far they are read."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._items_left = ITEMS_MAX
        self.place = 0

    def item(self, depth: int) -> object:
        """Return the next item, or `_BREAK`.

        Raises:
            MalformedPayload: as `load` says.
        """
        self._items_left -= 1
        if depth == 0 or self._items_left < 0:
            raise MalformedPayload(Reason.FORM_MALFORMED)
        major, low = divmod(self._take(1)[0], 32)
        if major == 7:
            return self._simple(low)
        number = self._number(low)
        match major:
            case 0 | 1 if number != _INDEFINITE:
                return number if major == 0 else -1 - number
            case 2 | 3:
                return self._string(major, number)
            case 4:
                return self._members(number, depth)
            case 5:
                return self._map(number, depth)
            case 6 if number != _INDEFINITE:
                return Tagged(tag=number, value=self._whole(depth - 1))
            case _:
                raise MalformedPayload(Reason.FORM_MALFORMED)

    def _whole(self, depth: int) -> object:
        """Return the next item, where none may be missing."""
        value = self.item(depth)
        if value is _BREAK:
            raise MalformedPayload(Reason.FORM_MALFORMED)
        return value

    def _take(self, size: int) -> bytes:
        taken = self._octets[self.place : self.place + size]
        if len(taken) != size:
            raise MalformedPayload(Reason.FORM_MALFORMED)
        self.place += size
        return taken

    def _number(self, low: int) -> int:
        """Return the head's number: in its first octet, or in the 1, 2, 4 or 8 behind it."""
        if low < 24:
            return low
        if low < 28:
            return int.from_bytes(self._take(1 << low - 24), "big")
        if low == 31:
            return _INDEFINITE
        raise MalformedPayload(Reason.FORM_MALFORMED)

    def _simple(self, low: int) -> object:
        if low in _FLOATS:
            return struct.unpack(_FLOATS[low], self._take(1 << low - 24))[0]
        if low == 31:
            return _BREAK
        if low not in _SIMPLE:
            raise MalformedPayload(Reason.FORM_MALFORMED)
        return _SIMPLE[low]

    def _string(self, major: int, size: int) -> bytes | str:
        """Return a byte or text string; one of indefinite length is a row of whole ones."""
        if size != _INDEFINITE:
            return _checked(major, self._take(size))
        chunks: list[bytes] = []
        while (head := self._take(1)[0]) != 0xFF:
            self._items_left -= 1
            if head >> 5 != major or head & 31 == 31 or self._items_left < 0:
                raise MalformedPayload(Reason.FORM_MALFORMED)
            chunk = self._take(self._number(head & 31))
            _checked(major, chunk)
            chunks.append(chunk)
        return _checked(major, b"".join(chunks))

    def _members(self, count: int, depth: int) -> list[object]:
        if count != _INDEFINITE:
            self._affordable(count)
            return [self._whole(depth - 1) for _ in range(count)]
        members: list[object] = []
        while (member := self.item(depth - 1)) is not _BREAK:
            members.append(member)
        return members

    def _map(self, count: int, depth: int) -> dict[int | str | bytes, object]:
        if count != _INDEFINITE:
            self._affordable(count)
        entries: dict[int | str | bytes, object] = {}
        while len(entries) != count:
            key = self.item(depth - 1)
            if key is _BREAK and count == _INDEFINITE:
                break
            if isinstance(key, bool) or not isinstance(key, int | str | bytes) or key in entries:
                raise MalformedPayload(Reason.FORM_MALFORMED)
            entries[key] = self._whole(depth - 1)
        return entries

    def _affordable(self, count: int) -> None:
        """Refuse before the first of more items than may still come."""
        if count > self._items_left:
            raise MalformedPayload(Reason.FORM_MALFORMED)


def _checked(major: int, octets: bytes) -> bytes | str:
    if major == 2:
        return octets
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedPayload(Reason.FORM_MALFORMED) from error
