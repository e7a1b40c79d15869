"""Lines of text on a roll of so many columns, and their octets. Pure."""

import unicodedata
from collections.abc import Iterator, Mapping
from enum import Enum


class Encoding(Enum):
    """What the printer was set to; a test print of its menu says."""

    GB18030 = "gb18030"
    GBK = "gbk"
    UTF_8 = "utf-8"
    CP437 = "cp437"  # no Chinese


# Before the text, each after ESC @: Chinese characters on (FS &); UTF-8 (FS ( C, function 48);
# Chinese characters off (FS .) and code page 0, which is 437.
_PREAMBLES: Mapping[Encoding, bytes] = {
    Encoding.GB18030: b"\x1c&",
    Encoding.GBK: b"\x1c&",
    Encoding.UTF_8: b"\x1c(C\x02\x000\x02",
    Encoding.CP437: b"\x1c.\x1bt\x00",
}


def preamble(encoding: Encoding) -> bytes:
    """Return what sets the printer up for text of this encoding."""
    return _PREAMBLES[encoding]


def text_octets(text: str, encoding: Encoding) -> bytes:
    """Return the octets of a text; what is not in the encoding is a question mark.

    No octet of it is a control character, so that no text holds a command of the printer.
    """
    plain = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in text)
    return plain.encode(encoding.value, "replace")


def columns(text: str) -> int:
    """Return how many columns a text takes: a Chinese character takes two."""
    return sum(_width(letter) for letter in text)


def wrapped(text: str, width: int) -> Iterator[str]:
    """Yield lines of at most `width` columns, at least one; words are kept whole if they fit.

    Raises:
        ValueError: not even one wide character fits.
    """
    if width < 2:
        raise ValueError(f"width is below two columns: {width}")
    while columns(text) > width:
        cut = _cut(text, width)
        yield text[:cut].rstrip()
        text = text[cut:].lstrip()
    yield text


def _cut(text: str, width: int) -> int:
    """Return where the first line of a text that is too long ends."""
    taken = end = 0
    while taken + _width(text[end]) <= width:
        taken += _width(text[end])
        end += 1
    space = text.rfind(" ", 0, end + 1)
    # A word that began in the first half of the line is cut: the rest of it would be as ragged.
    return space if space > end // 2 else end


def _width(letter: str) -> int:
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
