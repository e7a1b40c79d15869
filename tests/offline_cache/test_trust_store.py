import errno
import json
import os
from pathlib import Path

import pytest
from tuf.api.metadata import DelegatedRole

from offline_cache import files
from offline_cache.errors import CacheCorrupt
from offline_cache.files import FileCalls
from offline_cache.trust_client import lookup
from offline_cache.trust_client.limits import TARGET_OCTETS_MAX
from offline_cache.trust_store import TrustStore
from protocol.floor_reset import RESET_PATH, FloorReset, reset_octets
from protocol.trust_folder import KEYS_PATH, X_ISSUED
from tests.support.cards import NOW
from tests.support.publishing import PROFILE_PATH, Folder, digest
from tests.support.trust import CITY, LIST_NAME, keys_json
from verifier.errors import TrustError
from verifier.model import Role, UnixSeconds

AT = UnixSeconds(NOW)
LOAN = b'entry_type = "loan"\n'


@pytest.fixture
def folder() -> Folder:
    """A folder at version 5."""
    folder = Folder()
    folder.publish(version=5)
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "trust"


@pytest.fixture
def store(place: Path, folder: Folder) -> TrustStore:
    return TrustStore(place, folder.pinned)


@pytest.fixture
def held(store: TrustStore, folder: Folder) -> TrustStore:
    """A store that holds version 5."""
    assert store.accept(folder, now=AT)
    folder.asked.clear()
    folder.repository.asked.clear()
    return store


def version(store: TrustStore) -> int:
    trust = store.load(now=AT)
    assert trust is not None
    return trust.version


def listing(place: Path) -> dict[str, tuple[int, bytes]]:
    """Return every file below `place` with its time and octets."""
    return {
        str(path.relative_to(place)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in place.rglob("*")
        if path.is_file()
    }


def object_of(place: Path, octets: bytes) -> Path:
    return place / "objects" / digest(octets)


def test_nothing_is_held_at_first(store: TrustStore) -> None:
    assert store.load(now=AT) is None
    assert store.look(now=AT) is None


@pytest.mark.usefixtures("held")
def test_what_was_accepted_is_what_is_loaded(place: Path, folder: Folder) -> None:
    trust = TrustStore(place, folder.pinned).load(now=AT)
    assert trust is not None
    assert trust.version == 5
    assert trust.trusted.issued_at == AT
    assert {role for role, _ in trust.trusted.keys} == {Role.CARD, Role.STATUS, Role.COMMAND}
    assert set(trust.trusted.lists) == {(CITY, LIST_NAME)}
    assert set(trust.profiles) == {"gate"}
    assert trust.problems == ()
    assert trust.expired == ()
    assert trust.source == folder.name
    roles = {versions[-1] for versions in folder.repository.published.values()}
    kept = {digest(octets) for octets in (*folder.files.values(), *roles)}
    assert {path.name for path in (place / "objects").iterdir()} == kept


def test_nothing_is_written_or_fetched_when_nothing_changed(
    held: TrustStore, place: Path, folder: Folder
) -> None:
    before = listing(place)
    assert not held.accept(folder, now=AT)
    assert listing(place) == before
    assert folder.asked == []
    assert folder.repository.asked == ["metadata/2.root.json", "metadata/timestamp.json"]


def test_a_newer_publication_fetches_what_changed_and_forgets_what_nobody_names(
    held: TrustStore, place: Path, folder: Folder
) -> None:
    before, gone = listing(place), folder.files[PROFILE_PATH]
    folder.files[PROFILE_PATH] = LOAN
    folder.publish()
    assert held.accept(folder, now=AT)
    assert folder.asked == [PROFILE_PATH]
    assert not [each for each in folder.repository.asked if "status" in each]
    kept = f"objects/{digest(folder.files[KEYS_PATH])}"
    assert listing(place)[kept] == before[kept]
    assert f"objects/{digest(gone)}" not in listing(place)
    assert version(held) == 6


def test_a_timestamp_that_was_signed_anew_makes_all_it_covers_younger(
    held: TrustStore, folder: Folder
) -> None:
    folder.publish(issued_at=NOW + 60)
    assert held.accept(folder, now=AT)
    trust = held.load(now=AT)
    assert trust is not None
    assert trust.trusted.issued_at == NOW + 60
    assert folder.asked == []


# What is refused leaves what was held.


def refuse(store: TrustStore, folder: Folder) -> str:
    with pytest.raises(TrustError) as caught:
        store.accept(folder, now=AT)
    assert version(store) == 5
    return str(caught.value)


def test_an_older_timestamp_is_refused(held: TrustStore, place: Path, folder: Folder) -> None:
    before = listing(place)
    folder.publish(version=4, issued_at=NOW + 1)
    assert "an old timestamp came" in refuse(held, folder)
    assert listing(place) == before


def test_a_date_that_goes_back_is_refused(held: TrustStore, place: Path, folder: Folder) -> None:
    before = listing(place)
    folder.publish(issued_at=NOW - 1)
    told = refuse(held, folder)
    assert f"(version 6, x-issued {NOW - 1}) is older than what is held (5, {NOW})" in told
    assert "scan-central publish --reset-floor" in told
    assert listing(place) == before


@pytest.mark.parametrize("date", [None, True, "1800000000", -1, 10**12])
def test_a_timestamp_that_does_not_say_when_it_was_made_is_refused(
    held: TrustStore, folder: Folder, date: object
) -> None:
    folder.publish(issued_at=date)  # type: ignore[arg-type]  # the peer writes what it likes
    assert X_ISSUED in refuse(held, folder)
    assert folder.asked == []


def test_a_date_at_the_end_of_time_is_one(held: TrustStore, folder: Folder) -> None:
    folder.publish(issued_at=10**12 - 1)
    assert held.accept(folder, now=AT)


def test_another_centre_than_the_pinned_one_is_refused(place: Path, folder: Folder) -> None:
    store = TrustStore(place, bytes(32))
    with pytest.raises(TrustError, match=r"not the one that is pinned.*scan-central init"):
        store.accept(folder, now=AT)
    assert listing(place) == {}


def test_a_centre_that_published_nothing_is_told(store: TrustStore, folder: Folder) -> None:
    folder.repository.published.clear()
    with pytest.raises(TrustError, match=r"no 1.root.json; publish there first"):
        store.accept(folder, now=AT)


def test_a_file_that_is_not_what_was_named_is_refused_and_not_kept(
    held: TrustStore, place: Path, folder: Folder
) -> None:
    before = listing(place)
    folder.files[PROFILE_PATH] = LOAN
    folder.publish()
    folder.repository.files[PROFILE_PATH] = LOAN.replace(b"loan", b"sale")
    assert PROFILE_PATH in refuse(held, folder)
    assert listing(place) == before


@pytest.mark.parametrize("path", ["status/city.example/a/b.cwt", "trust/more.json", "file"])
def test_a_file_that_its_role_may_not_name_is_not_taken(
    held: TrustStore, folder: Folder, path: str
) -> None:
    folder.repository.add("status", path, b"octets")
    folder.repository.publish("status", "snapshot", "timestamp")
    assert held.accept(folder, now=AT)
    assert folder.asked == []


@pytest.mark.parametrize("path", ["../evil", "/etc/passwd", "trust//x", ".hidden", "a/.b", "a b/c"])
def test_no_metadata_can_name_a_file_outside_the_folder(
    held: TrustStore, folder: Folder, path: str
) -> None:
    folder.repository.add("targets", path, b"octets")
    folder.repository.publish("targets", "snapshot", "timestamp")
    assert "none of a trust folder" in refuse(held, folder)
    assert folder.asked == []


def test_a_file_beyond_all_measure_is_not_asked_for(held: TrustStore, folder: Folder) -> None:
    folder.files["status/city.example/9.cwt"] = bytes(TARGET_OCTETS_MAX + 1)
    folder.publish()
    assert "larger than" in refuse(held, folder)
    assert folder.asked == []


def test_more_files_than_a_site_has_are_not_asked_for(
    held: TrustStore, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stolen status key names files as it likes: the journal needs the disk too."""
    monkeypatch.setattr(lookup, "FILES_MAX", len(folder.files))
    folder.publish()
    assert held.accept(folder, now=AT)
    folder.files["status/x/1.cwt"] = b"one more"
    folder.publish()
    with pytest.raises(TrustError, match=f"more than {len(folder.files) - 1} files"):
        held.accept(folder, now=AT)
    assert folder.asked == []


def test_files_too_large_together_are_not_asked_for(
    held: TrustStore, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    octets = sum(map(len, folder.files.values()))
    monkeypatch.setattr(lookup, "FILES_OCTETS_MAX", octets)
    folder.publish()
    assert held.accept(folder, now=AT)
    folder.files["status/x/1.cwt"] = b"x"
    folder.publish()
    with pytest.raises(TrustError, match=f"more than {octets} octets"):
        held.accept(folder, now=AT)
    assert folder.asked == []


def test_roles_that_all_delegate_to_each_other_are_not_followed(
    held: TrustStore, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stolen status key delegates as it likes, and each pair costs a signature."""
    names = [f"r{number}" for number in range(4)]
    for above in ("status", *names):
        for name in names:
            role = DelegatedRole(name, [], 1, terminating=True, paths=["status/*/*"])
            folder.repository.delegate(above, role)
    folder.repository.publish(*names)
    folder.publish()
    monkeypatch.setattr(lookup, "ROLES_MAX", 22)  # 3 of ours, 4 below status, 4 times 4
    with pytest.raises(TrustError, match="more than 22 roles are delegated"):
        held.accept(folder, now=AT)
    monkeypatch.setattr(lookup, "ROLES_MAX", 23)
    assert held.accept(folder, now=AT)


def test_roles_too_large_together_are_refused(
    held: TrustStore, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    octets = sum(len(versions[-1]) for versions in folder.repository.published.values())
    monkeypatch.setattr(lookup, "METADATA_OCTETS_MAX", octets + 100)
    folder.files["status/x/1.cwt"] = b"a name of more than a hundred octets"
    folder.publish()
    with pytest.raises(TrustError, match=f"more than {octets + 100} octets of metadata"):
        held.accept(folder, now=AT)


def test_files_of_sets_that_were_never_whole_do_not_pile_up(
    held: TrustStore, place: Path, folder: Folder
) -> None:
    begun = [b"entry_type = 'a'", b"entry_type = 'b'"]
    for number, octets in enumerate(begun):
        folder.files[PROFILE_PATH] = octets
        folder.files[KEYS_PATH] = b"%d" % number
        folder.publish()
        del folder.repository.files[KEYS_PATH]  # asked for last
        with pytest.raises(TrustError, match="is not there"):
            held.accept(folder, now=AT)
        assert object_of(place, octets).exists(), "it need not be fetched a second time"
    assert not object_of(place, begun[0]).exists()
    assert version(held) == 5


def test_keys_that_can_not_be_read_refuse_the_whole(held: TrustStore, folder: Folder) -> None:
    folder.files[KEYS_PATH] = b"no JSON"
    folder.publish()
    refuse(held, folder)


def test_a_publication_without_keys_is_refused(held: TrustStore, folder: Folder) -> None:
    del folder.files[KEYS_PATH]
    folder.publish()
    assert KEYS_PATH in refuse(held, folder)


@pytest.mark.parametrize(
    "octets",
    [b"no TOML", b'entry_type = "joyride"\n', b'entry_type = "passage"\nlater = 1\n'],
)
def test_a_profile_that_can_not_be_read_loses_only_itself(
    held: TrustStore, folder: Folder, octets: bytes
) -> None:
    """One for a later version must not keep revocations from every terminal of this one."""
    folder.files["policy/profiles/later.toml"] = octets
    folder.publish()
    assert held.accept(folder, now=AT)
    trust = held.load(now=AT)
    assert trust is not None
    assert set(trust.profiles) == {"gate"}
    assert "profile later" in trust.problems[0]


def test_a_status_list_that_nobody_signed_loses_only_itself(
    held: TrustStore, folder: Folder
) -> None:
    folder.files[LIST_NAME] = b"junk"
    folder.publish()
    assert held.accept(folder, now=AT)
    trust = held.load(now=AT)
    assert trust is not None
    assert not trust.trusted.lists
    assert LIST_NAME in trust.problems[0]


def test_a_bad_key_loses_only_itself(held: TrustStore, folder: Folder) -> None:
    folder.files[KEYS_PATH] = keys_json({"role": "card"})
    folder.publish()
    assert held.accept(folder, now=AT)
    trust = held.load(now=AT)
    assert trust is not None
    assert trust.problems


# Age is told, and refuses nothing.


def test_expired_metadata_is_taken_and_told(store: TrustStore, folder: Folder) -> None:
    late = UnixSeconds(NOW + 40 * 86_400)
    assert store.accept(folder, now=late)
    trust = store.load(now=late)
    assert trust is not None
    assert trust.expired == (
        "root",
        "timestamp",
        "snapshot",
        "targets",
        "issuers",
        "policy",
        "status",
    )


def test_what_expired_here_is_loaded_without_a_centre(held: TrustStore) -> None:
    trust = held.load(now=UnixSeconds(NOW + 40 * 86_400))
    assert trust is not None
    assert "timestamp" in trust.expired
    assert trust.trusted.issued_at == NOW


# Roots.


def test_a_new_root_is_kept_though_nothing_else_can_be_had(
    held: TrustStore, place: Path, folder: Folder
) -> None:
    folder.publish_root("timestamp", "snapshot")
    del folder.repository.published["timestamp"]
    assert "no timestamp.json" in refuse(held, folder)
    roots = json.loads((place / "held").read_bytes())["roots"]
    assert roots == [digest(octets) for octets in folder.repository.published["root"]]
    assert version(TrustStore(place, folder.pinned)) == 5, (
        "what was held is used until it is replaced"
    )


def test_what_a_key_signed_that_was_taken_away_is_taken_no_more(
    held: TrustStore, folder: Folder
) -> None:
    stolen = folder.repository.signers["timestamp"]
    folder.publish_root("timestamp")
    assert held.accept(folder, now=AT)
    folder.repository.signers["timestamp"] = stolen
    folder.publish(version=9)
    with pytest.raises(TrustError, match="signed by 0 of 1"):
        held.accept(folder, now=AT)


def test_versions_may_begin_anew_under_new_keys_and_dates_may_not(
    held: TrustStore, folder: Folder
) -> None:
    folder.publish_root("timestamp")
    folder.publish(version=1, issued_at=NOW - 1)
    assert "is older" in refuse(held, folder)
    folder.publish(version=1)
    assert held.accept(folder, now=AT)
    assert version(held) == 1


def test_a_root_alone_is_no_news_to_lanes(held: TrustStore, place: Path, folder: Folder) -> None:
    folder.repository.publish("root")
    assert not held.accept(folder, now=AT)
    before = listing(place)
    assert not held.accept(folder, now=AT)
    assert listing(place) == before
    assert version(held) == 5


def test_a_chain_of_roots_is_proven_from_the_pinned_one_at_each_start(
    held: TrustStore, place: Path, folder: Folder
) -> None:
    for _ in range(3):
        folder.publish_root("root")
    folder.publish()
    assert held.accept(folder, now=AT)
    assert version(TrustStore(place, folder.pinned)) == 6
    object_of(place, folder.repository.published["root"][1]).unlink()
    with pytest.raises(CacheCorrupt, match=r"\(root\)"):
        held.load(now=AT)
    assert held.accept(folder, now=AT)
    assert version(held) == 6


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
    folder.publish()
    whole = folder.repository.answer

    def answer(path: str) -> bytes | None:
        if path.startswith("targets/") and len(folder.asked) > survived:
            raise PowerCut
        return whole(path)

    folder.repository.answer = answer  # type: ignore[method-assign]  # where the power goes
    with pytest.raises(PowerCut):
        held.accept(folder, now=AT)
    folder.repository.answer = whole  # type: ignore[method-assign]  # and comes back
    again = TrustStore(place, folder.pinned)
    assert version(again) == 5
    fetched = set(folder.asked[:-1])
    folder.asked.clear()
    assert again.accept(folder, now=AT)
    assert version(again) == 6
    assert not fetched & set(folder.asked), "what was already here is not fetched again"


def test_a_set_that_can_not_be_written_keeps_what_was_held(
    held: TrustStore, place: Path, folder: Folder
) -> None:
    folder.files[PROFILE_PATH] = LOAN
    folder.publish()
    (place / ".held.new").mkdir()
    with pytest.raises(OSError, match="irectory"):
        held.accept(folder, now=AT)
    assert version(held) == 5


# What is on disk is not believed either.


@pytest.mark.parametrize("path", [KEYS_PATH, LIST_NAME, PROFILE_PATH])
@pytest.mark.parametrize("damage", ["altered", "gone", "folder"])
def test_a_damaged_file_is_noticed_when_loaded_and_fetched_again(
    held: TrustStore, place: Path, folder: Folder, path: str, damage: str
) -> None:
    target = object_of(place, folder.files[path])
    octets = bytearray(target.read_bytes())
    octets[len(octets) // 2] ^= 1
    target.unlink()
    if damage == "altered":
        target.write_bytes(octets)
    if damage == "folder":
        target.mkdir()
    with pytest.raises(CacheCorrupt, match=f"{target}.*; sync again"):
        held.load(now=AT)
    if damage == "folder":
        return  # a person must remove it
    assert held.accept(folder, now=AT)
    assert folder.asked == [path]
    assert version(held) == 5


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", "status"])
def test_damaged_metadata_is_noticed_and_fetched_again(
    held: TrustStore, place: Path, folder: Folder, role: str
) -> None:
    object_of(place, folder.repository.published[role][-1]).write_bytes(b"damaged")
    with pytest.raises(CacheCorrupt, match="sync again"):
        held.load(now=AT)
    assert held.accept(folder, now=AT)
    assert version(held) == 5
    assert folder.asked == []


@pytest.mark.parametrize("octets", [b"", b"junk", b"\xff\xfe", b"{}", b"[" * 9_999])
def test_what_names_all_others_may_be_damaged_and_lets_nothing_old_in(
    held: TrustStore, place: Path, folder: Folder, octets: bytes
) -> None:
    """One flipped bit on the disk must not bring back what was revoked since."""
    (place / "held").write_bytes(octets)
    with pytest.raises(CacheCorrupt, match=f"{place / 'held'}: ") as caught:
        held.load(now=AT)
    assert "\n" not in str(caught.value)
    folder.publish(version=4)
    with pytest.raises(TrustError, match="is older"):
        held.accept(folder, now=AT)
    folder.publish(version=6, issued_at=NOW - 1)
    with pytest.raises(TrustError, match="is older"):
        held.accept(folder, now=AT)
    folder.publish(version=7)
    assert held.accept(folder, now=AT)
    assert version(held) == 7


def test_an_old_root_is_not_let_in_again_when_the_new_one_was_lost(
    held: TrustStore, place: Path, folder: Folder
) -> None:
    """Whoever stole a key that was taken away serves roots up to the last that knew it."""
    stolen = folder.repository.signers["timestamp"]
    folder.publish_root("timestamp")
    folder.publish()
    assert held.accept(folder, now=AT)
    (place / "held").write_bytes(b"damaged")
    folder.repository.published["root"].pop()
    folder.repository.signers["timestamp"] = stolen
    folder.publish(version=99, issued_at=NOW + 60)
    with pytest.raises(TrustError, match="is older"):
        held.accept(folder, now=AT)


@pytest.mark.parametrize(
    "members",
    [
        {"roots": []},
        {"roots": ["0" * 63]},
        {"roots": ["../../etc/passwd"]},
        {"metadata": {"timestamp": "../x"}},
        {"metadata": {"timestamp": 1}},
        {"metadata": {"timestamp": []}},
        {"roots": ["0" * 64, {}]},
        {"proven_by": 0},
        {"proven_by": 2},
        {"proven_by": -1},
        {"more": 1},
    ],
)
@pytest.mark.usefixtures("held")
def test_what_names_all_others_has_one_form(
    place: Path, folder: Folder, members: dict[str, object]
) -> None:
    path = place / "held"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | members, separators=(",", ":")))
    with pytest.raises(CacheCorrupt):
        TrustStore(place, folder.pinned).load(now=AT)


@pytest.mark.usefixtures("held")
def test_a_folder_of_another_centre_is_not_believed(place: Path) -> None:
    other = Folder()
    other.publish_root("root")
    other.repository.published["root"].pop(0)
    with pytest.raises(CacheCorrupt, match="another root"):
        TrustStore(place, other.pinned).load(now=AT)


@pytest.mark.usefixtures("held")
def test_only_what_the_store_made_is_in_its_folder(place: Path) -> None:
    """Nothing is named after what came from outside but its digest."""
    assert {path.name for path in place.iterdir()} == {"held", "newest", "objects", "arrays"}
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
    folder.publish(version=5, issued_at=YEAR_2099)
    assert store.accept(folder, now=AT)
    return store


def test_an_earlier_date_is_taken_with_a_new_reset(poisoned: TrustStore, folder: Folder) -> None:
    reset_to(folder, 4)
    folder.publish()
    assert poisoned.accept(folder, now=AT)
    trust = poisoned.load(now=AT)
    assert trust is not None
    assert trust.trusted.issued_at == NOW
    assert trust.floor_reset == FloorReset(number=4, floor=UnixSeconds(NOW - 500))


@pytest.mark.parametrize("number", [3, 2])
def test_an_earlier_date_is_refused_with_an_old_reset(
    poisoned: TrustStore, folder: Folder, number: int
) -> None:
    reset_to(folder, number)
    folder.publish()
    assert "is older" in refuse(poisoned, folder)


@pytest.mark.parametrize("octets", [b'{"number":4}', b" " * 65, b""])
def test_an_earlier_date_is_refused_with_a_reset_out_of_form(
    poisoned: TrustStore, folder: Folder, octets: bytes
) -> None:
    folder.files[RESET_PATH] = octets
    folder.publish()
    assert "is older" in refuse(poisoned, folder)


def test_an_earlier_date_is_refused_where_its_reset_can_not_be_had(
    poisoned: TrustStore, folder: Folder
) -> None:
    reset_to(folder, 4)
    folder.publish()
    del folder.repository.files[RESET_PATH]
    assert "is older" in refuse(poisoned, folder)


def test_a_reset_lets_one_date_go_back_and_not_the_next(
    poisoned: TrustStore, folder: Folder
) -> None:
    reset_to(folder, 4)
    folder.publish()
    assert poisoned.accept(folder, now=AT)
    folder.publish(issued_at=NOW - 1)
    with pytest.raises(TrustError, match="is older"):
        poisoned.accept(folder, now=AT)
    del folder.files[RESET_PATH]
    folder.publish()
    assert poisoned.accept(folder, now=AT)
    reset_to(folder, 4)
    folder.publish(issued_at=NOW - 1)
    with pytest.raises(TrustError, match="is older"):
        poisoned.accept(folder, now=AT)


@pytest.mark.parametrize(("number", "is_taken"), [(3, False), (4, True)])
def test_a_damaged_set_does_not_forget_which_resets_were_seen(
    poisoned: TrustStore, place: Path, folder: Folder, number: int, *, is_taken: bool
) -> None:
    (place / "held").write_bytes(b"damaged")
    reset_to(folder, number)
    folder.publish()
    if is_taken:
        assert poisoned.accept(folder, now=AT)
        return
    with pytest.raises(TrustError, match="is older"):
        poisoned.accept(folder, now=AT)


class FailingOnce(FileCalls):
    """Fails the first sync of the objects' folder, and tells what is made durable, in order."""

    def __init__(self) -> None:
        self.has_failed, self.made = False, list[str]()

    def sync(self, descriptor: int, path: Path) -> None:
        if path.name == "objects" and not self.has_failed:
            self.has_failed = True
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self.made.append(path.name)
        super().sync(descriptor, path)


def test_names_are_durable_before_the_set_that_needs_them(
    store: TrustStore, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file whose name may be lost is there, and looks as if it were kept."""
    calls = FailingOnce()
    monkeypatch.setattr(files, "calls", calls)
    with pytest.raises(OSError, match="Input/output"):
        store.accept(folder, now=AT)
    calls.made.clear()
    assert store.accept(folder, now=AT)
    swapped = calls.made.index(".held.new")
    assert {"objects", "trust"} <= set(calls.made[swapped - 3 : swapped])
