"""What scanners make of a whole text: letter case, keyboard layouts, code pages. Pure."""

from collections.abc import Iterator
from functools import cache

from drivers.hid.keyboard import EndPressed, Keyboard, Typed, Unsaid
from drivers.hid.keymap import LAYOUTS, Layout, Level
from terminal.diagnosis.scanner.faults import Fault, FaultKind

# What stands for a key that says nothing in the layout by which it is read (ASCII, SUB).
UNSAID = b"\x1a"

_SHIFT, _ALTGR = 42, 100
_ENDS = {"enter": b"\r", "tab": b"\t"}
# What scanners with another idea of a character set than the code's make of UTF-8.
_PAGES = ("latin-1", "cp1252", "gbk", "gb18030", "big5", "shift-jis", "utf-16-le", "utf-16-be")


def alterations(octets: bytes, *, layout: str | None) -> Iterator[tuple[bytes, tuple[Fault, ...]]]:
    """Yield what a scanner may make of a sample, unchanged first, and the fault that it is.

    Args:
        octets: the sample's.
        layout: of `keymap.LAYOUTS`, by which keys are read; None: nothing types.
    """
    yield octets, ()
    for kind, altered in (
        (FaultKind.UPPER, octets.upper()),
        (FaultKind.LOWER, octets.lower()),
        (FaultKind.SWAPPED, octets.swapcase()),
    ):
        if altered != octets:
            yield altered, (Fault(kind=kind),)
    for other in LAYOUTS if layout is not None else ():
        if layout is not None and other != layout:
            typed = typed_as(octets, scanner=other, read_by=layout)
            yield typed, (Fault(kind=FaultKind.LAYOUT, detail=other),)
            yield (
                typed.swapcase(),
                (
                    Fault(kind=FaultKind.LAYOUT, detail=other),
                    Fault(kind=FaultKind.SWAPPED),
                ),
            )
    yield from _pages(octets)


def _pages(octets: bytes) -> Iterator[tuple[bytes, tuple[Fault, ...]]]:
    """Yield a sample as other character sets write it; ASCII is the same in most of them."""
    text, seen = octets.decode(), {octets}
    for page in _PAGES:
        for altered in (text.encode(page, "replace"), _doubly(octets, page)):
            if altered not in seen:
                seen.add(altered)
                yield altered, (Fault(kind=FaultKind.CODE_PAGE, detail=page),)


def _doubly(octets: bytes, page: str) -> bytes:
    """Return what comes of UTF-8 that is taken for another set and made UTF-8 once more."""
    return octets.decode(page, "replace").encode() if page in {"latin-1", "cp1252"} else octets


def typed_as(octets: bytes, *, scanner: str, read_by: str) -> bytes:
    """Return what is read where a scanner types a text by another layout than ours.

    Args:
        octets: ASCII; what is none can't be typed.
        scanner: the layout for which the scanner types, of `keymap.LAYOUTS`.
        read_by: the layout by which its keys are read.
    """
    keys = _keys_of(scanner)
    keyboard = Keyboard(LAYOUTS[read_by], frozenset(_ENDS))
    told = bytearray()
    for character in octets.decode("ascii", "replace"):
        if character not in keys:
            told += UNSAID
            continue
        for code, is_down in _moves(*keys[character]):
            for stroke in keyboard.receive(code, is_down=is_down):
                told += said(stroke)
    return bytes(told)


def said(stroke: Typed | EndPressed | Unsaid) -> bytes:
    """Return a stroke as octets, what says nothing as UNSAID."""
    match stroke:
        case Typed(character=character):
            return character.encode("ascii")
        case EndPressed(name=name):
            return _ENDS[name]
        case Unsaid():
            return UNSAID


@cache
def _keys_of(name: str) -> dict[str, tuple[int, Level]]:
    """Return the key and level of each character; of several the plainest."""
    layout: Layout = LAYOUTS[name]
    found: dict[str, tuple[int, Level]] = {}
    for (code, level), character in layout.characters.items():
        found.setdefault(character, (code, level))
    return found


def _moves(code: int, level: Level) -> tuple[tuple[int, bool], ...]:
    press = ((code, True), (code, False))
    held = {Level.PLAIN: 0, Level.SHIFT: _SHIFT, Level.ALTGR: _ALTGR}[level]
    return ((held, True), *press, (held, False)) if held else press
