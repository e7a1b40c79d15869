import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.hid.keyboard import EndPressed, Keyboard, Typed
from drivers.hid.keymap import LAYOUTS
from drivers.keyboard_out.keys import KEYS, strokes_of, strokes_of_end

PRINTABLE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=64)


@given(PRINTABLE)
def test_a_us_keyboard_types_what_was_to_be_typed(text: str) -> None:
    keyboard = Keyboard(LAYOUTS["us"], frozenset({"enter"}))
    said = [
        stroke
        for character in text
        for key, is_down in strokes_of(character)
        for stroke in keyboard.receive(key, is_down=is_down)
    ]
    assert said == [Typed(character=character) for character in text]


def test_the_end_is_a_key_of_its_own() -> None:
    keyboard = Keyboard(LAYOUTS["us"], frozenset({"enter", "tab"}))
    for end in ("enter", "tab"):
        (down, _), _ = strokes_of_end(end)
        assert keyboard.receive(down, is_down=True) == (EndPressed(name=end),)
    assert strokes_of_end("none") == ()


@pytest.mark.parametrize("character", ["\n", "\r", "\t", "\x1b", "\x1f", "\x7f", "é", "卡"])
def test_what_is_no_printable_ascii_is_not_typed(character: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        strokes_of(character)


def test_every_key_that_is_pressed_is_released_and_announced() -> None:
    for octet in range(0x20, 0x7F):
        strokes = strokes_of(chr(octet))
        assert sorted(key for key, is_down in strokes if is_down) == sorted(
            key for key, is_down in strokes if not is_down
        )
        assert {key for key, _ in strokes} <= KEYS
