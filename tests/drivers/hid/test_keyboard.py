from collections.abc import Iterable

import pytest
from hid_peers import ALT, ALTGR, CAPS, CTRL, ENTER, SHIFT, TAB, US_KEYS

from drivers.hid.keyboard import EndPressed, Keyboard, Typed, Unsaid
from drivers.hid.keymap import LAYOUTS

A, KEYPAD = (
    US_KEYS["a"],
    dict(zip("0123456789", (82, 79, 80, 81, 75, 76, 77, 71, 72, 73), strict=True)),
)
META, RIGHT_SHIFT, RIGHT_CTRL, F1, NUM_LOCK, SPACE = 125, 54, 97, 59, 69, 57
BOTH = frozenset({"enter", "tab"})


def keyboard(layout: str = "us", ends: frozenset[str] = BOTH) -> Keyboard:
    return Keyboard(LAYOUTS[layout], ends)


def press(board: Keyboard, *codes: int, held: Iterable[int] = ()) -> list[str]:
    """Press keys one after the other while others are held; what each typed, in short."""
    strokes = [stroke for code in held for stroke in board.receive(code, is_down=True)]
    for code in codes:
        strokes += board.receive(code, is_down=True)
        strokes += board.receive(code, is_down=False)
    strokes += [stroke for code in held for stroke in board.receive(code, is_down=False)]
    words = []
    for stroke in strokes:
        match stroke:
            case Typed(character=character):
                words.append(character)
            case EndPressed(name=name):
                words.append(name)
            case Unsaid():
                words.append("?")
    return words


@pytest.mark.parametrize("shift", [SHIFT, RIGHT_SHIFT])
def test_shift_counts_while_it_is_held(shift: int) -> None:
    board = keyboard()
    assert press(board, A, US_KEYS[";"], held=[shift]) == ["A", ":"]
    assert press(board, A, US_KEYS[";"]) == ["a", ";"]


def test_one_shift_let_go_leaves_the_other() -> None:
    board = keyboard()
    press(board, held=[])
    board.receive(SHIFT, is_down=True)
    assert press(board, held=[RIGHT_SHIFT]) == []
    assert press(board, A) == ["A"]


def test_caps_lock_turns_letters_and_nothing_else() -> None:
    board = keyboard()
    assert press(board, CAPS, A, US_KEYS["1"], US_KEYS[";"], SPACE, KEYPAD["7"]) == list("A1; 7")
    assert board.is_caps
    assert press(board, A, held=[SHIFT]) == ["a"]
    assert press(board, CAPS, A) == ["a"]
    assert not board.is_caps


def test_caps_lock_over_foreign_digits_is_doubtful() -> None:
    """Windows takes it for Shift there, others do not."""
    board = keyboard("fr")
    assert press(board, CAPS, US_KEYS["1"], US_KEYS["a"], SPACE, KEYPAD["1"]) == list("?Q 1")
    assert press(board, CAPS, US_KEYS["1"]) == ["&"]


def test_altgr_reaches_the_third_level() -> None:
    assert press(keyboard("de"), US_KEYS["q"], US_KEYS["7"], held=[ALTGR]) == ["@", "{"]
    assert press(keyboard("de"), US_KEYS["q"], held=[CTRL, ALT]) == ["@"]
    assert press(keyboard("us"), US_KEYS["q"], held=[ALTGR]) == ["?"]
    assert press(keyboard("de"), US_KEYS["q"], held=[ALTGR, SHIFT]) == ["?"]
    assert press(keyboard("de"), US_KEYS["q"], held=[ALT, META]) == ["?"]


@pytest.mark.parametrize("modifier", [CTRL, RIGHT_CTRL, META, ALT])
def test_commands_are_no_characters(modifier: int) -> None:
    board = keyboard()
    assert press(board, A, held=[modifier]) == ["?"]
    assert press(board, A) == ["a"]


def test_key_without_a_character_is_said_to_be_one() -> None:
    assert press(keyboard(), F1, 0, 767) == ["?", "?", "?"]
    assert press(keyboard(), NUM_LOCK) == []


def test_enter_and_tab_end_and_so_does_the_keypads() -> None:
    assert press(keyboard(), ENTER, 96, TAB) == ["enter", "enter", "tab"]


def test_what_is_no_end_is_its_character_or_none() -> None:
    board = keyboard(ends=frozenset({"enter"}))
    assert press(board, TAB, ENTER) == ["\t", "enter"]
    assert press(keyboard(ends=frozenset()), ENTER) == ["?"]


def test_unknown_end_is_a_bug() -> None:
    with pytest.raises(ValueError, match="no such end"):
        keyboard(ends=frozenset({"escape"}))


def test_dead_key_says_its_character_before_a_space() -> None:
    board = keyboard("de")
    assert press(board, 41, SPACE, A) == ["^", "a"]
    assert press(board, 13, held=[SHIFT]) == []
    assert press(board, SPACE) == ["`"]


def test_dead_key_before_anything_else_is_no_ascii() -> None:
    board = keyboard("de")
    assert press(board, 41, A, A) == ["?", "a"]
    assert press(board, 41, 41, A) == ["?", "a"]
    assert press(board, 41, F1, A) == ["?", "a"]


def test_dead_key_at_the_end_spoils_the_code_and_ends_it() -> None:
    assert press(keyboard("de"), 41, ENTER, A) == ["?", "enter", "a"]


def alt(board: Keyboard, digits: str) -> list[str]:
    return press(board, *(KEYPAD[digit] for digit in digits), held=[ALT])


@pytest.mark.parametrize("digits", ["65", "065", "0065", "00065"])
def test_alt_with_the_keypad_says_a_character(digits: str) -> None:
    assert alt(keyboard(), digits) == ["A"]


@pytest.mark.parametrize(("digits", "word"), [("31", "?"), ("32", " "), ("126", "~"), ("127", "?")])
def test_alt_numbers_are_ascii_or_nothing(digits: str, word: str) -> None:
    assert alt(keyboard(), digits) == [word]


def test_alt_number_of_six_digits_is_out_of_step() -> None:
    assert alt(keyboard(), "000065") == ["?"]
    assert alt(keyboard(), "0" * 1000) == ["?"]


def test_alt_alone_says_nothing() -> None:
    board = keyboard()
    assert alt(board, "") == []
    assert alt(board, "66") == ["B"]
    assert press(board, KEYPAD["6"]) == ["6"]


def test_alt_number_is_not_turned_by_shift_or_caps_lock() -> None:
    board = keyboard()
    press(board, CAPS)
    assert alt(board, "97") == ["a"]


def test_alt_let_go_twice_is_one_character() -> None:
    board = keyboard()
    alt(board, "65")
    assert press(board, held=[]) == []
    assert board.receive(ALT, is_down=False) == ()


def test_after_a_loss_only_what_is_held_counts() -> None:
    board = keyboard("de")
    press(board, CAPS)
    board.receive(SHIFT, is_down=True)
    press(board, 41)
    board.resume(frozenset({ALTGR, A}))
    assert not board.is_caps
    assert press(board, US_KEYS["q"]) == ["@"]
    board.receive(ALTGR, is_down=False)
    assert press(board, A) == ["a"]


def test_after_a_loss_an_alt_number_is_forgotten() -> None:
    board = keyboard()
    board.receive(ALT, is_down=True)
    board.receive(KEYPAD["6"], is_down=True)
    board.resume(frozenset({ALT}))
    assert board.receive(ALT, is_down=False) == ()
