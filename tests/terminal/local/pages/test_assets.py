import re
import weakref
from pathlib import Path

import pytest

from terminal.local.pages.assets import ASSETS, CHIMES, DOCUMENTS, asset, document

SITE = Path(__file__).resolve().parents[4] / "terminal" / "screens" / "site"
# What a page loads, imports or draws, as an address of ours.
_NAMED = re.compile(r'"/assets/([a-z0-9_./-]+)')
_IMPORTED = re.compile(r'from "(\.[a-z0-9_./-]+)"')


def test_every_file_of_the_site_is_listed_and_every_name_is_a_file() -> None:
    files = {str(path.relative_to(SITE)) for path in SITE.rglob("*") if path.is_file()}
    assert files == {*ASSETS, *DOCUMENTS}
    assert len(set(ASSETS)) == len(ASSETS)


@pytest.mark.parametrize("name", [*ASSETS, *DOCUMENTS])
def test_whatever_a_file_names_is_served(name: str) -> None:
    if name.endswith(".svg"):
        return
    text = (SITE / name).read_text(encoding="utf-8")
    named = {each.partition("#")[0] for each in _NAMED.findall(text)}
    assert named <= {*ASSETS, *CHIMES}
    folder = (SITE / name).parent
    imported = {(folder / each).resolve() for each in _IMPORTED.findall(text)}
    assert all(str(path.relative_to(SITE)) in ASSETS for path in imported)


@pytest.mark.parametrize("name", [*ASSETS, *CHIMES])
def test_file_is_served_as_what_it_is(name: str) -> None:
    found = asset(name)
    assert found is not None
    assert found.octets
    assert found.media_type.partition("/")[0] in ("text", "image", "audio")
    assert re.fullmatch(r'"[0-9a-f]{32}"', found.etag)


def test_page_writes_text_alone() -> None:
    """Trusted Types would stop it in the browser; here it is not even tried."""
    forbidden = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(")
    for name in ASSETS:
        if name.endswith(".js"):
            assert not forbidden.search((SITE / name).read_text(encoding="utf-8")), name


def test_what_is_no_document_is_a_bug_to_ask_for() -> None:
    with pytest.raises(ValueError, match="no document"):
        document("base.css")
    assert asset("lane.html") is None


class _Name(str):  # noqa: SLOT000  # a text that can be watched
    pass


def test_name_that_is_nothing_is_not_remembered() -> None:
    """Anybody on the network may ask for names of 16 kB, day and night; each was kept for ever."""
    name = _Name("nothing.css")
    assert asset(name) is None
    watched = weakref.ref(name)
    del name
    assert watched() is None
