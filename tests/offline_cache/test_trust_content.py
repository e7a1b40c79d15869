"""Content packs in the trust folder: the ones that are shown here alone, and each read when asked."""

from pathlib import Path

import pytest

from offline_cache.errors import CacheCorrupt
from offline_cache.trust_store import TrustStore
from protocol.trust_folder import content_path
from tests.conftest import ROOT
from tests.support.cards import NOW
from tests.support.publishing import Folder
from verifier.model import UnixSeconds

AT = UnixSeconds(NOW)
PACK = (ROOT / "docs" / "examples" / "content.json").read_bytes()
HALL, TOWN = content_path("hall"), content_path("town")


@pytest.fixture
def folder() -> Folder:
    folder = Folder()
    folder.files |= {HALL: PACK, TOWN: PACK + b"\n"}
    folder.publish()
    return folder


def store(place: Path, folder: Folder, *names: str) -> TrustStore:
    return TrustStore(place / "trust", folder.pinned, contents=frozenset(names))


def test_pack_that_no_lane_names_is_not_fetched(tmp_path: Path, folder: Folder) -> None:
    held = store(tmp_path, folder, "hall")
    assert held.accept(folder, now=AT)
    assert HALL in folder.asked
    assert TOWN not in folder.asked
    trust = held.load(now=AT)
    assert trust is not None
    assert trust.files[HALL] == PACK
    assert TOWN not in trust.files
    assert not held.accept(folder, now=AT), "it is whole"


@pytest.mark.slow
def test_pack_that_a_lane_names_later_is_fetched_then(tmp_path: Path, folder: Folder) -> None:
    assert store(tmp_path, folder).accept(folder, now=AT)
    assert HALL not in folder.asked
    later = store(tmp_path, folder, "hall")
    assert later.accept(folder, now=AT)
    assert HALL in folder.asked


def test_pack_that_was_altered_on_the_disk_is_not_read(tmp_path: Path, folder: Folder) -> None:
    held = store(tmp_path, folder, "hall")
    held.accept(folder, now=AT)
    trust = held.load(now=AT)
    assert trust is not None
    for path in (tmp_path / "trust" / "objects").iterdir():
        if path.read_bytes() == PACK:
            path.write_bytes(PACK.replace(b"newborn", b"newborm"))
    with pytest.raises(CacheCorrupt):
        trust.files[HALL]
