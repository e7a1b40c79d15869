from pathlib import Path

import pytest

from offline_cache.trust_store import TrustStore
from terminal.errors import CentreUnreachable
from terminal.sync.timely_source import TimelySource
from tests.support.cards import NOW
from tests.support.publishing import Folder
from verifier.model import UnixSeconds


class Dripping(Folder):
    """A mirror of which every file takes a minute."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def metadata(self, name: str, *, limit: int, known: bytes | None) -> bytes | None:
        self.now_s += 60
        return super().metadata(name, limit=limit, known=known)

    def target(self, name: str, *, limit: int) -> bytes:
        self.now_s += 60
        return super().target(name, limit=limit)


def test_a_source_that_drips_file_after_file_is_left_when_its_time_is_up() -> None:
    folder = Dripping()
    source = TimelySource(folder, 120, lambda: folder.now_s)
    assert source.name == folder.name
    assert source.metadata("1.root.json", limit=99_999, known=None) is not None
    assert source.metadata("2.root.json", limit=99_999, known=None) is None
    with pytest.raises(CentreUnreachable, match="within 120 s"):
        source.metadata("timestamp.json", limit=99_999, known=None)
    with pytest.raises(CentreUnreachable, match="within 120 s"):
        source.target("trust/keys.json", limit=99_999)
    assert folder.asked == []


def test_what_came_before_is_not_asked_for_again(tmp_path: Path) -> None:
    """Eight files of metadata leave time for one target: each round brings one target more."""
    folder, rounds = Dripping(), 0
    store = TrustStore(tmp_path / "trust", folder.pinned)
    while store.load(now=UnixSeconds(NOW)) is None:
        source = TimelySource(folder, 500, lambda: folder.now_s)
        rounds += 1
        try:
            assert store.accept(source, now=UnixSeconds(NOW))
        except CentreUnreachable:
            assert rounds <= len(folder.files)
    assert sorted(folder.asked) == sorted(folder.files)
    assert rounds > 1
