from pathlib import Path

import pytest

from offline_cache.errors import CacheCorrupt
from offline_cache.trust_store import TrustStore
from protocol.floor_reset import RESET_PATH, FloorReset, reset_octets
from protocol.keys import SigningKey
from protocol.note import sign_note
from protocol.trust_index import KEYS_PATH, SIGNER_NAME, IndexedFile, read_index
from tests.support.cards import NOW
from tests.support.publishing import PROFILE_PATH, ROOT, Folder, digest
from tests.support.trust import CITY, LIST_NAME, keys_json
from verifier.errors import TrustError
from verifier.model import Role, UnixSeconds

AT = UnixSeconds(NOW)


@pytest.fixture
def folder() -> Folder:
    return Folder()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "trust"


@pytest.fixture
def store(place: Path) -> TrustStore:
    return TrustStore(place, ROOT.public)


@pytest.fixture
def held(store: TrustStore, folder: Folder) -> TrustStore:
    """A store that holds version 5."""
    assert store.accept(folder.index(5), folder.fetch, now=AT)
    folder.asked.clear()
    return store


def version(store: TrustStore) -> int:
    trust = store.load(now=AT)
    assert trust is not None
    return trust.version


def listing(place: Path) -> dict[str, tuple[int, bytes]]:
    """Return every file below `place` with its inode, time and octets."""
    return {
        str(path.relative_to(place)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in place.rglob("*")
        if path.is_file()
    }


def test_nothing_is_held_at_first(store: TrustStore) -> None:
    assert store.held_index() is None
    assert store.load(now=AT) is None


@pytest.mark.usefixtures("held")
def test_what_was_accepted_is_what_is_loaded(place: Path, folder: Folder) -> None:
    trust = TrustStore(place, ROOT.public).load(now=AT)
    assert trust is not None
    assert trust.version == 5
    assert trust.trusted.issued_at == AT
    assert {role for role, _ in trust.trusted.keys} == {Role.CARD, Role.STATUS, Role.COMMAND}
    assert set(trust.trusted.lists) == {(CITY, LIST_NAME)}
    assert set(trust.profiles) == {"gate"}
    assert trust.problems == ()
    assert {path.name for path in (place / "objects").iterdir()} == {
        digest(octets) for octets in folder.files.values()
    }


def test_nothing_is_written_or_fetched_when_nothing_changed(
    held: TrustStore, place: Path, folder: Folder
) -> None:
    before = listing(place)
    assert not held.accept(folder.index(5), folder.fetch, now=AT)
    assert listing(place) == before
    assert folder.asked == []


def test_a_newer_index_fetches_only_what_changed_and_forgets_what_nobody_names(
    held: TrustStore, place: Path, folder: Folder
) -> None:
    before = listing(place)
    gone = folder.files[PROFILE_PATH]
    folder.files[PROFILE_PATH] = b'entry_type = "loan"\n'
    assert held.accept(folder.index(6), folder.fetch, now=AT)
    assert folder.asked == [PROFILE_PATH]
    kept = f"objects/{digest(folder.files[KEYS_PATH])}"
    assert listing(place)[kept] == before[kept]
    assert f"objects/{digest(gone)}" not in listing(place)


# What is refused leaves what was held.


def refuse(store: TrustStore, octets: bytes, folder: Folder) -> str:
    with pytest.raises(TrustError) as caught:
        store.accept(octets, folder.fetch, now=AT)
    assert version(store) == 5
    return str(caught.value)


@pytest.mark.parametrize(
    ("number", "issued_at"), [(4, NOW), (4, NOW + 1), (6, NOW - 1), (1, NOW + 999)]
)
def test_an_older_index_is_refused(
    held: TrustStore, place: Path, folder: Folder, number: int, issued_at: int
) -> None:
    before = listing(place)
    octets = folder.index(number, issued_at=issued_at)
    assert "not newer" in refuse(held, octets, folder)
    assert listing(place) == before


def test_the_same_version_with_other_content_is_refused(held: TrustStore, folder: Folder) -> None:
    folder.files[PROFILE_PATH] = b'entry_type = "loan"\n'
    assert "not newer" in refuse(held, folder.index(5), folder)
    assert folder.asked == []


def test_an_index_of_another_root_is_refused(held: TrustStore, folder: Folder) -> None:
    refuse(held, folder.index(6, key=SigningKey(bytes(32))), folder)


@pytest.mark.parametrize("place_of_bit", [5, 40, 200, -20])
def test_an_altered_index_is_refused(held: TrustStore, folder: Folder, place_of_bit: int) -> None:
    octets = bytearray(folder.index(6))
    octets[place_of_bit] ^= 1
    refuse(held, bytes(octets), folder)


def test_a_file_that_is_not_the_indexs_is_refused_and_not_kept(
    held: TrustStore, place: Path, folder: Folder
) -> None:
    before, wanted = listing(place), b'entry_type = "loan"\n'
    folder.files[PROFILE_PATH] = wanted
    octets = folder.index(6)
    folder.files[PROFILE_PATH] = wanted.replace(b"loan", b"sale")
    assert PROFILE_PATH in refuse(held, octets, folder)
    assert listing(place) == before


def test_keys_that_can_not_be_read_refuse_the_whole(held: TrustStore, folder: Folder) -> None:
    folder.files[KEYS_PATH] = b"no JSON"
    refuse(held, folder.index(6), folder)


@pytest.mark.parametrize(
    "octets",
    [b"no TOML", b'entry_type = "joyride"\n', b'entry_type = "passage"\nlater = 1\n'],
)
def test_a_profile_that_can_not_be_read_loses_only_itself(
    held: TrustStore, folder: Folder, octets: bytes
) -> None:
    """One for a later version must not keep revocations from every terminal of this one."""
    folder.files["policy/profiles/later.toml"] = octets
    assert held.accept(folder.index(6), folder.fetch, now=AT)
    trust = held.load(now=AT)
    assert trust is not None
    assert set(trust.profiles) == {"gate"}
    assert "profile later" in trust.problems[0]


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_damaged_file_is_fetched_again_from_the_index_that_is_held(
    held: TrustStore, place: Path, folder: Folder, *, is_gone: bool
) -> None:
    target = place / "objects" / digest(folder.files[LIST_NAME])
    if is_gone:
        target.unlink()
    else:
        target.write_bytes(b"damaged")
    with pytest.raises(CacheCorrupt):
        held.load(now=AT)
    assert held.accept(folder.index(5), folder.fetch, now=AT)
    assert folder.asked == [LIST_NAME]
    assert held.load(now=AT) is not None


def test_a_damaged_index_lets_no_older_one_in(
    held: TrustStore, place: Path, folder: Folder
) -> None:
    """One flipped bit on the disk must not bring back what was revoked since."""
    (place / "index").write_bytes(b"damaged")
    with pytest.raises(TrustError, match="old one"):
        held.accept(folder.index(4), folder.fetch, now=AT)
    with pytest.raises(TrustError, match="old one"):
        held.accept(folder.index(6, issued_at=NOW - 1), folder.fetch, now=AT)


@pytest.mark.parametrize("name", ["index", "objects"])
def test_a_folder_in_a_files_place_is_healed_or_told(
    held: TrustStore, place: Path, folder: Folder, name: str
) -> None:
    target = place / name if name == "index" else place / name / digest(folder.files[LIST_NAME])
    target.unlink()
    target.mkdir()
    with pytest.raises(CacheCorrupt, match="sync again"):
        held.load(now=AT)


def test_a_damaged_index_is_replaced_by_a_whole_one(
    held: TrustStore, place: Path, folder: Folder
) -> None:
    (place / "index").write_bytes(b"damaged")
    assert held.accept(folder.index(5), folder.fetch, now=AT)
    assert version(held) == 5


def test_an_index_without_keys_is_refused(held: TrustStore, folder: Folder) -> None:
    del folder.files[KEYS_PATH]
    assert KEYS_PATH in refuse(held, folder.index(6), folder)


def test_a_status_list_that_nobody_signed_loses_only_itself(
    held: TrustStore, folder: Folder
) -> None:
    folder.files[LIST_NAME] = b"junk"
    assert held.accept(folder.index(6), folder.fetch, now=AT)
    trust = held.load(now=AT)
    assert trust is not None
    assert not trust.trusted.lists
    assert LIST_NAME in trust.problems[0]


def test_a_bad_key_loses_only_itself(held: TrustStore, folder: Folder) -> None:
    folder.files[KEYS_PATH] = keys_json({"role": "card"})
    assert held.accept(folder.index(6), folder.fetch, now=AT)
    trust = held.load(now=AT)
    assert trust is not None
    assert trust.problems


# Power cuts.


class PowerCut(Exception):  # noqa: N818  # what happens
    """The end of everything, at one instant."""


@pytest.mark.parametrize("survived", range(3))
def test_a_power_cut_between_two_files_keeps_what_was_held(
    held: TrustStore, place: Path, folder: Folder, survived: int
) -> None:
    old = dict(folder.files)
    folder.files = {path: octets + b"\n" for path, octets in old.items()}
    folder.files[LIST_NAME] = old[LIST_NAME]
    folder.files["policy/profiles/door.toml"] = b'entry_type = "query"\n'

    def fetch(path: str, file: IndexedFile) -> bytes:
        if len(folder.asked) == survived:
            raise PowerCut
        return folder.fetch(path, file)

    with pytest.raises(PowerCut):
        held.accept(folder.index(6), fetch, now=AT)
    again = TrustStore(place, ROOT.public)
    assert version(again) == 5
    fetched = set(folder.asked)
    folder.asked.clear()
    assert again.accept(folder.index(6), folder.fetch, now=AT)
    assert version(again) == 6
    assert not fetched & set(folder.asked), "what was already here is not fetched again"
    kept = {digest(octets) for octets in folder.files.values()}
    assert {path.name for path in (place / "objects").iterdir()} == kept


def test_an_index_that_can_not_be_written_keeps_what_was_held(
    held: TrustStore, place: Path, folder: Folder
) -> None:
    folder.files[PROFILE_PATH] = b'entry_type = "loan"\n'
    (place / ".index.new").mkdir()
    with pytest.raises(OSError, match="irectory"):
        held.accept(folder.index(6), folder.fetch, now=AT)
    assert version(held) == 5


# What is on disk is not believed either.


@pytest.mark.parametrize("path", [KEYS_PATH, LIST_NAME, PROFILE_PATH])
def test_an_altered_file_is_noticed_when_loaded_and_fetched_again(
    held: TrustStore, place: Path, folder: Folder, path: str
) -> None:
    target = place / "objects" / digest(folder.files[path])
    octets = bytearray(target.read_bytes())
    octets[len(octets) // 2] ^= 1
    target.write_bytes(octets)
    with pytest.raises(CacheCorrupt, match=f"{target}.*altered; sync again"):
        held.load(now=AT)
    assert held.accept(folder.index(6), folder.fetch, now=AT)
    assert folder.asked == [path]
    assert version(held) == 6


def test_a_file_that_is_gone_is_noticed(held: TrustStore, place: Path, folder: Folder) -> None:
    target = place / "objects" / digest(folder.files[KEYS_PATH])
    target.unlink()
    with pytest.raises(CacheCorrupt, match=f"{target}.*No such file.*; sync again"):
        held.load(now=AT)


@pytest.mark.parametrize("octets", [b"", b"junk", b"\xff\xfe"])
def test_an_index_that_is_damaged_on_disk_is_told_in_one_line(
    held: TrustStore, place: Path, octets: bytes
) -> None:
    (place / "index").write_bytes(octets)
    with pytest.raises(CacheCorrupt, match=f"{place / 'index'}: ") as caught:
        held.load(now=AT)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("held")
def test_a_folder_of_another_root_is_not_believed(place: Path) -> None:
    with pytest.raises(CacheCorrupt):
        TrustStore(place, SigningKey(bytes(32)).public).load(now=AT)


@pytest.mark.parametrize(
    "path",
    [
        "../evil",
        "/etc/passwd",
        "trust/../../evil",
        "./x",
        "trust//x",
        ".hidden",
        "a/.b",
        "a\\b",
        "a b",
        "a/",
    ],
)
def test_no_index_can_name_a_file_outside_the_folder(store: TrustStore, path: str) -> None:
    text = f"scan-terminal-trust-1\nversion 1\nissued {NOW}\n{'0' * 64} 1 {path}\n"
    octets = sign_note(text, name=SIGNER_NAME, key=ROOT)
    with pytest.raises(TrustError, match="names no file"):
        read_index(octets, ROOT.public)
    with pytest.raises(TrustError):
        store.accept(octets, Folder().fetch, now=AT)


@pytest.mark.usefixtures("held")
def test_only_what_the_store_made_is_in_its_folder(place: Path) -> None:
    """Nothing is named after what came from outside but its digest."""
    assert {path.name for path in place.iterdir()} == {"index", "newest", "objects", "arrays"}
    for folder in ("objects", "arrays"):
        assert all(len(path.name) == 64 for path in (place / folder).iterdir())


# Dates that go back: only with a new order to reset the clock's floor.


def reset_to(folder: Folder, number: int) -> None:
    order = FloorReset(number=number, floor=UnixSeconds(NOW - 500))
    folder.files[RESET_PATH] = reset_octets(order)


YEAR_2099 = 4_070_908_800


@pytest.fixture
def poisoned(store: TrustStore, folder: Folder) -> TrustStore:
    """A store that holds version 5, dated 2099, and had followed reset 3 before."""
    reset_to(folder, 3)
    assert store.accept(folder.index(5, issued_at=YEAR_2099), folder.fetch, now=AT)
    return store


def test_an_index_dated_earlier_is_taken_with_a_new_reset(
    poisoned: TrustStore, folder: Folder
) -> None:
    reset_to(folder, 4)
    assert poisoned.accept(folder.index(6), folder.fetch, now=AT)
    trust = poisoned.load(now=AT)
    assert trust is not None
    assert trust.trusted.issued_at == NOW
    assert trust.floor_reset == FloorReset(number=4, floor=UnixSeconds(NOW - 500))


@pytest.mark.parametrize(("version", "number"), [(6, 3), (6, 2), (5, 4), (4, 4)])
def test_an_index_dated_earlier_is_refused_with_an_old_reset_or_version(
    poisoned: TrustStore, folder: Folder, version: int, number: int
) -> None:
    reset_to(folder, number)
    assert "not newer" in refuse(poisoned, folder.index(version), folder)


def test_an_index_dated_earlier_is_refused_with_a_reset_out_of_form(
    poisoned: TrustStore, folder: Folder
) -> None:
    for octets in (b'{"number":4}', b" " * 65, b""):
        folder.files[RESET_PATH] = octets
        assert "not newer" in refuse(poisoned, folder.index(6), folder)


def test_an_index_dated_earlier_is_refused_where_its_reset_can_not_be_had(
    poisoned: TrustStore, folder: Folder
) -> None:
    reset_to(folder, 4)
    octets = folder.index(6)
    reset_to(folder, 5)
    assert "not newer" in refuse(poisoned, octets, folder)


def test_a_reset_lets_one_date_go_back_and_not_the_next(
    poisoned: TrustStore, folder: Folder
) -> None:
    reset_to(folder, 4)
    assert poisoned.accept(folder.index(6), folder.fetch, now=AT)
    with pytest.raises(TrustError, match="not newer"):
        poisoned.accept(folder.index(7, issued_at=NOW - 1), folder.fetch, now=AT)
    del folder.files[RESET_PATH]
    assert poisoned.accept(folder.index(7), folder.fetch, now=AT)
    reset_to(folder, 4)
    with pytest.raises(TrustError, match="not newer"):
        poisoned.accept(folder.index(8, issued_at=NOW - 1), folder.fetch, now=AT)


@pytest.mark.parametrize(("number", "is_taken"), [(3, False), (4, True)])
def test_a_damaged_index_does_not_forget_which_resets_were_seen(
    poisoned: TrustStore, place: Path, folder: Folder, number: int, *, is_taken: bool
) -> None:
    (place / "index").write_bytes(b"damaged")
    reset_to(folder, number)
    if is_taken:
        assert poisoned.accept(folder.index(6), folder.fetch, now=AT)
        return
    with pytest.raises(TrustError, match="old one"):
        poisoned.accept(folder.index(6), folder.fetch, now=AT)


def test_what_an_earlier_program_kept_of_the_newest_index_is_still_read(
    held: TrustStore, place: Path, folder: Folder
) -> None:
    (place / "newest").write_bytes(f"5 {NOW}\n".encode())
    (place / "index").write_bytes(b"damaged")
    with pytest.raises(TrustError, match="old one"):
        held.accept(folder.index(4), folder.fetch, now=AT)
    reset_to(folder, 1)
    assert held.accept(folder.index(6, issued_at=NOW - 1), folder.fetch, now=AT)
