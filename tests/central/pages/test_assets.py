"""The pages' files: all there, all our own, and in the one visual language."""

import re
from importlib.resources import files

import pytest

from central.pages.assets import load_assets

_SITE = files("central").joinpath("pages", "site")
_SCRIPTS = sorted(each.name for each in _SITE.iterdir() if each.name.endswith(".js"))


def test_files_that_are_served_are_those_that_are_there() -> None:
    assert set(load_assets()) == {each.name for each in _SITE.iterdir()}


def test_visual_language_is_that_of_the_terminals_screens() -> None:
    screens = files("terminal").joinpath("screens", "site", "tokens.css")
    assert _SITE.joinpath("tokens.css").read_bytes() == screens.read_bytes()


@pytest.mark.parametrize("name", sorted(load_assets()))
def test_nothing_comes_from_elsewhere(name: str) -> None:
    text = _SITE.joinpath(name).read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
    assert re.search(r"https?://|//[a-z]+\.[a-z]|@import|url\(\"?(?!\"?#)", text) is None


@pytest.mark.parametrize("name", _SCRIPTS)
def test_no_text_becomes_markup_or_script(name: str) -> None:
    text = _SITE.joinpath(name).read_text("utf-8")
    for forbidden in (
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
        "Function(",
    ):
        assert forbidden not in text


def test_every_word_that_a_page_asks_for_is_there_in_both_languages() -> None:
    words = dict(_words())
    asked = set().union(*(re.findall(r'\bt\("([\w.-]+)"', _text(name)) for name in _SCRIPTS))
    assert asked <= set(words)
    assert all(zh and en and zh != en for zh, en in words.values())


def _text(name: str) -> str:
    return _SITE.joinpath(name).read_text("utf-8")


def _words() -> list[tuple[str, tuple[str, str]]]:
    found = re.findall(r'"?([\w.-]+)"?: \[\s*"([^"]*)",\s*"([^"]*)",?\s*\]', _text("words.js"))
    return [(key, (zh, en)) for key, zh, en in found]
