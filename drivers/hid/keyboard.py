"""What a keyboard types: the keys that are held, CapsLock, dead keys and Alt with the keypad."""

from dataclasses import dataclass

from drivers.hid.keymap import (
    CAPS_FREE,
    ENTER,
    KEYPAD_DIGITS,
    KEYPAD_ENTER,
    TAB,
    Layout,
    Level,
)

_SHIFTS = {42, 54}
_CTRLS = {29, 97}
_ALT, _ALTGR = 56, 100
_METAS = {125, 126}
_CAPS_LOCK, _NUM_LOCK = 58, 69
_MODIFIERS = _SHIFTS | _CTRLS | _METAS | {_ALT, _ALTGR}

# Windows knows Alt with up to four digits; more is a keyboard out of step.
_ALT_DIGITS_MAX = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A character."""

    character: str  # one, ASCII


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPressed:
    """Enter or Tab: what a scanner sends behind a code."""

    name: str  # "enter" or "tab"


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A key that the layout gives no character."""


Stroke = Typed | EndPressed | Unsaid

_ENDS = {ENTER: "enter", KEYPAD_ENTER: "enter", TAB: "tab"}


class Keyboard:
    """Turns key presses into strokes.

    It begins with nothing held and CapsLock off, and nobody but the keyboard itself switches
    CapsLock: whoever owns it makes its light say what `is_caps` says, so that a scanner that
    looks at the light and one that does not both type the same.

    Args:
        layout: what the scanner was set to.
        ends: the keys that are ends and no characters, of "enter" and "tab".
    """

    def __init__(self, layout: Layout, ends: frozenset[str]) -> None:
        if not ends <= set(_ENDS.values()):
            raise ValueError(f"no such end: {sorted(ends)}")
        self._layout = layout
        self._ends = ends
        self._held = frozenset[int]()
        self._dead: str | None = None
        self._alt_digits = ""
        self.is_caps = False

    def resume(self, held: frozenset[int]) -> None:
        """Go on after keys were lost, with what is held now and CapsLock off."""
        self._held = held & _MODIFIERS
        self._dead = None
        # What was typed on the keypad before is lost.
        self._alt_digits = ""
        self.is_caps = False

    def receive(self, code: int, *, is_down: bool) -> tuple[Stroke, ...]:
        """Return what a key that went down or up typed; a modifier types nothing by itself."""
        if code in _MODIFIERS:
            return self._modifier(code, is_down=is_down)
        if not is_down or code == _NUM_LOCK:
            return ()
        if code == _CAPS_LOCK:
            self.is_caps = not self.is_caps
            return ()
        return self._pressed(code)

    def _modifier(self, code: int, *, is_down: bool) -> tuple[Stroke, ...]:
        self._held = self._held | {code} if is_down else self._held - {code}
        if code != _ALT:
            return ()
        digits, self._alt_digits = self._alt_digits, ""
        if is_down or not digits:
            return ()
        # Below and above, the character depends on the host's code page.
        is_ascii = len(digits) <= _ALT_DIGITS_MAX and 32 <= int(digits) <= 126
        return self._said(chr(int(digits)) if is_ascii else None)

    def _pressed(self, code: int) -> tuple[Stroke, ...]:
        level = self._level()
        if level is None and self._held == {_ALT} and code in KEYPAD_DIGITS:
            # One digit over the limit is kept, to be told from a good number.
            self._alt_digits = (self._alt_digits + KEYPAD_DIGITS[code])[: _ALT_DIGITS_MAX + 1]
            return ()
        if level is None:
            return self._said(None)
        if _ENDS.get(code) in self._ends:
            return self._ended(_ENDS[code])
        if (code, level) in self._layout.dead:
            return self._dead_pressed(self._layout.dead[code, level])
        return self._said(self._character(code, level))

    def _level(self) -> Level | None:
        """Return the level of what is held; None: no layout has characters there."""
        is_shift = bool(self._held & _SHIFTS)
        others = self._held - _SHIFTS
        if not others:
            return Level.SHIFT if is_shift else Level.PLAIN
        # Windows takes Ctrl and Alt together for AltGr, and some scanners send that.
        is_both = _ALT in others and bool(others & _CTRLS) and others <= {_ALT} | _CTRLS
        return Level.ALTGR if not is_shift and (others == {_ALTGR} or is_both) else None

    def _character(self, code: int, level: Level) -> str | None:
        character = self._layout.characters.get((code, level))
        if character is None or not self.is_caps or level is Level.ALTGR:
            return character
        if character.isalpha():
            return character.swapcase()
        certain = self._layout.caps_is_for_letters or code in CAPS_FREE
        return character if certain else None

    def _dead_pressed(self, character: str) -> tuple[Stroke, ...]:
        if self._dead is not None:
            return self._said(None)
        self._dead = character
        return ()

    def _said(self, character: str | None) -> tuple[Stroke, ...]:
        dead, self._dead = self._dead, None
        # A dead key with a letter is a letter with an accent, which is no ASCII.
        if character is None or (dead is not None and character != " "):
            return (Unsaid(),)
        return (Typed(character=character if dead is None else dead),)

    def _ended(self, name: str) -> tuple[Stroke, ...]:
        # A code that ends on a dead key lacks its last character.
        before = () if self._dead is None else self._said(None)
        return (*before, EndPressed(name=name))
