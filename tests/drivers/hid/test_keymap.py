import pytest
from hid_peers import US_KEYS

from drivers.hid.keymap import LAYOUTS, Layout, Level

# What a citizen code is made of: RFC 9285's alphabet, and the letters before it.
BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
ASCII = {chr(code) for code in range(32, 127)}

EACH = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)


@EACH
def test_characters_are_ascii_and_one_each(layout: Layout) -> None:
    said = [*layout.characters.values(), *layout.dead.values()]
    assert set(said) <= ASCII | {"\t"}


@EACH
def test_no_key_is_both_dead_and_alive(layout: Layout) -> None:
    assert not set(layout.dead) & set(layout.characters)


@EACH
def test_every_layout_says_a_citizen_code(layout: Layout) -> None:
    assert set(BASE45) <= set(layout.characters.values())


def test_us_keyboard_says_all_of_ascii() -> None:
    assert set(LAYOUTS["us"].characters.values()) - {"\t"} == ASCII


def test_us_keyboard_agrees_with_a_table_written_down_apart() -> None:
    for character, code in US_KEYS.items():
        assert LAYOUTS["us"].characters[code, Level.PLAIN] == character


def test_german_keyboard_lacks_nothing_of_ascii() -> None:
    german = LAYOUTS["de"]
    assert set(german.characters.values()) | set(german.dead.values()) >= ASCII


def test_french_keyboard_lacks_only_what_systems_read_differently() -> None:
    french = LAYOUTS["fr"]
    assert ASCII - set(french.characters.values()) == {"~", "`"}


@pytest.mark.parametrize(
    ("name", "code", "level", "character"),
    [
        ("de", 21, Level.PLAIN, "z"),  # the key that is Y in the US
        ("de", 44, Level.SHIFT, "Y"),
        ("de", 8, Level.SHIFT, "/"),
        ("de", 52, Level.SHIFT, ":"),
        ("de", 16, Level.ALTGR, "@"),
        ("de", 12, Level.ALTGR, "\\"),
        ("de", 86, Level.ALTGR, "|"),
        ("fr", 16, Level.PLAIN, "a"),
        ("fr", 39, Level.SHIFT, "M"),
        ("fr", 2, Level.SHIFT, "1"),
        ("fr", 51, Level.SHIFT, "."),
        ("fr", 52, Level.SHIFT, "/"),
        ("fr", 40, Level.SHIFT, "%"),
        ("fr", 27, Level.PLAIN, "$"),
        ("fr", 11, Level.ALTGR, "@"),
        ("us", 73, Level.PLAIN, "9"),  # keypad
    ],
)
def test_keys_stand_where_the_country_has_them(
    name: str, code: int, level: Level, character: str
) -> None:
    assert LAYOUTS[name].characters[code, level] == character


@pytest.mark.parametrize(
    ("name", "code", "level"),
    [
        ("de", 26, Level.PLAIN),  # ü
        ("fr", 3, Level.PLAIN),  # é
        ("fr", 3, Level.ALTGR),  # dead on some systems
        ("us", 86, Level.PLAIN),  # no such key in the US
        ("de", 83, Level.PLAIN),  # the keypad's comma, or point
    ],
)
def test_what_is_no_ascii_or_doubtful_is_not_said(name: str, code: int, level: Level) -> None:
    assert (code, level) not in LAYOUTS[name].characters
