"""The CBOR that CC1 may use, and no other: RFC 8949, section 4.2.1, of a few kinds.

An item is an int, bytes, str, list or dict. What a reader admits, the writer writes again octet
for octet: that is tested, not assumed.
"""

Item = int | bytes | str | list["Item"] | dict["Item", "Item"]

UNSIGNED, NEGATIVE, OCTETS, TEXT, ARRAY, MAP = range(6)
# An issuer's part within a holder's header is read on its own; cnf is the deepest map, at three.
DEPTH_MAX = 4


class NotOfFormError(ValueError):
    """The octets are not deterministic CBOR of the kinds that CC1 has."""


def head(kind: int, number: int, width: int | None = None) -> bytes:
    """Return the head of an item, in its shortest form unless a width of 0, 1, 2, 4, 8 is asked."""
    if width is None:
        width = next(
            (w for w, end in ((0, 24), (1, 1 << 8), (2, 1 << 16), (4, 1 << 32)) if number < end), 8
        )
    if width == 0:
        return bytes([kind << 5 | number])
    return bytes([kind << 5 | 23 + width.bit_length()]) + number.to_bytes(width, "big")


def encode(item: Item) -> bytes:
    """Return the octets of `item`; a map keeps the order in which it was made."""
    match item:
        case int():
            return head(UNSIGNED, item) if item >= 0 else head(NEGATIVE, -1 - item)
        case bytes():
            return head(OCTETS, len(item)) + item
        case str():
            octets = item.encode()
            return head(TEXT, len(octets)) + octets
        case list():
            return head(ARRAY, len(item)) + b"".join(map(encode, item))
        case dict():
            return head(MAP, len(item)) + b"".join(
                encode(key) + encode(value) for key, value in item.items()
            )


def decode(octets: bytes) -> Item:
    """Return the one item that `octets` are.

    Raises:
        NotOfFormError: they are longer, shorter, another kind, or another spelling of the item.
    """
    reader = _Reader(octets)
    item = reader.item(DEPTH_MAX)
    if reader.at != len(octets):
        raise NotOfFormError("something follows the item")
    return item


class _Reader:
    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.at = 0

    def take(self, length: int) -> bytes:
        if length > len(self.octets) - self.at:
            raise NotOfFormError("the item ends early")
        self.at += length
        return self.octets[self.at - length : self.at]

    def head(self) -> tuple[int, int]:
        kind, low = divmod(self.take(1)[0], 32)
        if low < 24:
            return kind, low
        if low > 27:
            raise NotOfFormError("a reserved or an indefinite length")
        width = 1 << (low - 24)
        number = int.from_bytes(self.take(width), "big")
        if head(kind, number)[0] % 32 != low:
            raise NotOfFormError("a longer form than needed")
        return kind, number

    def item(self, depth: int) -> Item:
        if depth == 0:
            raise NotOfFormError("nested too deeply")
        kind, number = self.head()
        if kind == UNSIGNED:
            return number
        if kind == NEGATIVE:
            return -1 - number
        if kind == OCTETS:
            return self.take(number)
        if kind == TEXT:
            return self.text(number)
        if kind == ARRAY:
            return self.array(number, depth)
        if kind == MAP:
            return self.map(number, depth)
        raise NotOfFormError("a tag, a simple value or a fraction")

    def text(self, length: int) -> str:
        try:
            return self.take(length).decode()
        except UnicodeDecodeError as error:
            raise NotOfFormError("no UTF-8") from error

    def array(self, length: int, depth: int) -> list[Item]:
        if length > len(self.octets) - self.at:
            raise NotOfFormError("more items than octets")
        return [self.item(depth - 1) for _ in range(length)]

    def map(self, length: int, depth: int) -> dict[Item, Item]:
        entries: dict[Item, Item] = {}
        last = b""
        for _ in range(min(length, len(self.octets))):
            start = self.at
            key = self.item(depth - 1)
            spelling = self.octets[start : self.at]
            if not isinstance(key, int | str | bytes) or spelling <= last:
                raise NotOfFormError("a label twice, out of order, or of a kind that is none")
            last = spelling
            entries[key] = self.item(depth - 1)
        if len(entries) != length:
            raise NotOfFormError("more entries than octets")
        return entries
