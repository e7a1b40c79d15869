"""Which keys of a US keyboard type a text. Pure."""

from collections.abc import Mapping

from drivers.hid.keymap import ENTER, LAYOUTS, TAB, Level

SHIFT = 42  # KEY_LEFTSHIFT of include/uapi/linux/input-event-codes.h

# A program that gets Enter takes what was typed; one that gets Tab goes to its next field.
ENDS: Mapping[str, int] = {"enter": ENTER, "tab": TAB}

# Of two keys that type the same the first: that is the one of the main rows, never the keypad's,
# which types something else while NumLock is off.
_KEYS: dict[str, tuple[int, Level]] = {}
for _place, _character in LAYOUTS["us"].characters.items():
    _KEYS.setdefault(_character, _place)

# Every key that may be pressed: what a virtual keyboard must say that it has.
KEYS = frozenset(key for key, _ in _KEYS.values()) | {SHIFT, *ENDS.values()}

# One key that goes down (True) or up.
Stroke = tuple[int, bool]


def strokes_of(character: str) -> tuple[Stroke, ...]:
    """Return what types one character, in order.

    Raises:
        ValueError: it is no printable ASCII.
    """
    if not " " <= character <= "~":
        raise ValueError("a keyboard types printable ASCII alone")
    key, level = _KEYS[character]
    pressed: tuple[Stroke, ...] = ((key, True), (key, False))
    return ((SHIFT, True), *pressed, (SHIFT, False)) if level is Level.SHIFT else pressed


def strokes_of_end(end: str) -> tuple[Stroke, ...]:
    """Return what ends a line; nothing for "none"."""
    return ((ENDS[end], True), (ENDS[end], False)) if end in ENDS else ()
