import logging
from pathlib import Path

import pytest

from offline_cache.errors import CacheCorrupt
from protocol.trust_folder import content_path
from terminal.visits.shelf import ContentShelf
from tests.support.hall import PACK

PATH = content_path("hall")
NEWER = PACK.replace(b'"version": 3', b'"version": 4')
BAD = PACK.replace(b'"version": 3', b'"version": 0')


class Unreadable(dict[str, bytes]):
    """A trust folder whose file is damaged."""

    def __getitem__(self, path: str) -> bytes:
        raise CacheCorrupt(f"{path} is damaged")


def version(shelf: ContentShelf) -> int | None:
    held = shelf.get("hall")
    return None if held is None else held.pack.version


@pytest.fixture
def shelf(tmp_path: Path) -> ContentShelf:
    return ContentShelf({"hall"}, tmp_path / "content")


def test_newest_is_shown_and_what_nobody_names_is_not(shelf: ContentShelf) -> None:
    shelf.take({PATH: PACK, content_path("town"): b"whatever"})
    assert version(shelf) == 3
    shelf.take({PATH: NEWER})
    assert version(shelf) == 4
    assert shelf.get("town") is None
    assert not shelf.troubles


def test_pack_is_read_once_while_it_stays_the_same(shelf: ContentShelf) -> None:
    shelf.take({PATH: PACK})
    first = shelf.get("hall")
    shelf.take({PATH: PACK})
    assert shelf.get("hall") is first


def test_bad_one_leaves_the_last_good_one_and_is_told_once(
    shelf: ContentShelf, caplog: pytest.LogCaptureFixture
) -> None:
    shelf.take({PATH: PACK})
    with caplog.at_level(logging.ERROR):
        shelf.take({PATH: BAD})
        shelf.take({PATH: BAD})
    assert version(shelf) == 3
    assert "version" in shelf.troubles["hall"]
    assert len(caplog.records) == 1
    shelf.take({PATH: NEWER})
    assert (version(shelf), shelf.troubles) == (4, {})


def test_last_good_one_outlives_a_restart_with_a_bad_one(
    shelf: ContentShelf, tmp_path: Path
) -> None:
    shelf.take({PATH: PACK})
    for files in ({PATH: BAD}, Unreadable({PATH: PACK})):
        again = ContentShelf({"hall"}, tmp_path / "content")
        again.take(files)
        assert version(again) == 3
    (tmp_path / "content" / "hall.json").write_bytes(BAD)
    again = ContentShelf({"hall"}, tmp_path / "content")
    again.take({PATH: BAD})
    assert version(again) is None


def test_pack_that_was_withdrawn_is_shown_no_more(shelf: ContentShelf) -> None:
    shelf.take({PATH: PACK})
    shelf.take({})
    assert version(shelf) is None


def test_disk_that_keeps_no_copy_loses_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "content").write_text("a file in its place")
    shelf = ContentShelf({"hall"}, tmp_path / "content")
    shelf.take({PATH: PACK})
    assert version(shelf) == 3


def test_status_says_what_is_shown_and_why_it_is_not_the_newest(shelf: ContentShelf) -> None:
    assert shelf.status() == {
        "hall": {"version": None, "digest": None, "trouble": "it is not published"}
    }
    shelf.take({PATH: PACK})
    held = shelf.get("hall")
    assert held is not None
    assert shelf.status() == {"hall": {"version": 3, "digest": held.digest, "trouble": ""}}
    shelf.take({PATH: BAD})
    told = shelf.status()["hall"]
    assert isinstance(told, dict)
    assert (told["version"], "version" in told["trouble"]) == (3, True)
