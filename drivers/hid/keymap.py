"""What a key says, by the layout a scanner was set to.

Only ASCII is said: which octets stood behind an "ä" on the code, nobody can tell from a key. A
place without a character, and everything that systems read differently, is left blank: a code
with such a key is dropped, never guessed.

A new layout is one entry of `LAYOUTS`: the characters of the four rows, left to right, at each
level, blank where the key says none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """What is held while a key is pressed."""

    PLAIN = "plain"
    SHIFT = "shift"
    ALTGR = "altgr"


# KEY_* of include/uapi/linux/input-event-codes.h. The rows of an ISO keyboard; on an ANSI one
# the last key of the third row stands above it, and the first of the fourth is missing.
_ROWS = (
    (41, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13),  # left of 1, digits, two
    (16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27),  # Q of a US keyboard to ]
    (30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 43),  # A to ', and \
    (86, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53),  # the ISO key, Z to /
)
TAB, SPACE = 15, 57
ENTER, KEYPAD_ENTER = 28, 96
_EVERYWHERE = {SPACE: " ", TAB: "\t"}
# Scanners that type on the keypad take NumLock for granted, and so do we.
KEYPAD_DIGITS = {82: "0", 79: "1", 80: "2", 81: "3", 75: "4", 76: "5", 77: "6"} | {
    71: "7",
    72: "8",
    73: "9",
}
# The keypad's point is a comma in some countries, hence blank.
_KEYPAD = KEYPAD_DIGITS | {55: "*", 74: "-", 78: "+", 98: "/"}
# No system's CapsLock changes these.
CAPS_FREE = frozenset(_EVERYWHERE) | frozenset(_KEYPAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A keyboard of one country."""

    characters: Mapping[tuple[int, Level], str]  # by key and level, one ASCII character each
    # Keys that say nothing by themselves, and this character with the space bar behind them.
    dead: Mapping[tuple[int, Level], str]
    # Whether CapsLock leaves all but letters alone on every system. Where it is Shift for the
    # digits on some, such a key says nothing while it is on.
    caps_is_for_letters: bool


def _layout(
    plain: tuple[str, str, str, str],
    shift: tuple[str, str, str, str],
    altgr: tuple[str, str, str, str] = ("", "", "", ""),
    *,
    dead: Mapping[tuple[int, Level], str] | None = None,
    caps_is_for_letters: bool = False,
) -> Layout:
    characters = {
        (key, level): character
        for level, rows in zip(Level, (plain, shift, altgr), strict=True)
        for keys, row in zip(_ROWS, rows, strict=True)
        for key, character in zip(keys, row, strict=False)
        if character != " "
    }
    for level in (Level.PLAIN, Level.SHIFT):
        characters |= {(key, level): character for key, character in _EVERYWHERE.items()}
    characters |= {(key, Level.PLAIN): character for key, character in _KEYPAD.items()}
    return Layout(characters=characters, dead=dead or {}, caps_is_for_letters=caps_is_for_letters)


# The characters are those of Windows and X11 alike; a blank is where they differ, or no ASCII.
LAYOUTS: Mapping[str, Layout] = {
    "us": _layout(
        ("`1234567890-=", "qwertyuiop[]", "asdfghjkl;'\\", " zxcvbnm,./"),
        ("~!@#$%^&*()_+", "QWERTYUIOP{}", 'ASDFGHJKL:"|', " ZXCVBNM<>?"),
        caps_is_for_letters=True,
    ),
    "de": _layout(
        (" 1234567890  ", "qwertzuiop +", "asdfghjkl  #", "<yxcvbnm,.-"),
        (' !" $%&/()=? ', "QWERTZUIOP *", "ASDFGHJKL  '", ">YXCVBNM;:_"),
        ("       {[]}\\ ", "@          ~", "            ", "|          "),
        dead={(41, Level.PLAIN): "^", (13, Level.SHIFT): "`"},
    ),
    "fr": _layout(
        (" & \"'(- _  )=", "azertyuiop $", "qsdfghjklm *", "<wxcvbn,;:!"),
        (" 1234567890 +", "AZERTYUIOP  ", "QSDFGHJKLM% ", ">WXCVBN?./ "),
        ("   #{[| \\^@]}", "            ", "            ", "           "),
        dead={(26, Level.PLAIN): "^"},
    ),
}
