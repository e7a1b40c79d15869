"""Lists and the deltas beside them, as an index names them."""

import json
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from offline_cache.status_arrays import StatusArrays
from offline_cache.status_lists import HeldLists, read_lists
from offline_cache.trust_store import TrustStore
from tests.support.cards import NOW, STATUS_INDEX
from tests.support.lists import FOREIGN, FOREIGN_KEY, FOREIGN_NAME, array_of, changes_of, delta, jwt
from tests.support.publishing import Folder
from tests.support.trust import CARD_KEY, CITY, LIST_NAME, STATUS_KEY, status_token, table
from verifier.model import UnixSeconds
from verifier.status import StatusList, value_at

AT = UnixSeconds(NOW)
KEYS = table(STATUS_KEY, CARD_KEY, FOREIGN_KEY)
PLACE = STATUS_INDEX % (1 << 20)
DELTA = LIST_NAME.replace(".cwt", ".delta")
BASE = bytes(1 << 18)
RESULT = array_of({PLACE: 1}, bits=2, entries=1 << 20)
CHANGE = delta(BASE, RESULT, changes_of([(PLACE, 1)], bits=2))


def held(
    files: dict[str, bytes], arrays: StatusArrays | None = None, *, now: int = NOW
) -> HeldLists:
    return read_lists(files, KEYS, arrays, now=UnixSeconds(now))


def one(read: HeldLists) -> StatusList:
    (told,) = read.lists.values()
    return told


@pytest.fixture
def arrays(tmp_path: Path) -> StatusArrays:
    return StatusArrays(tmp_path / "arrays", writes=True)


def test_delta_changes_the_list_beside_it(arrays: StatusArrays) -> None:
    files = {LIST_NAME: status_token(BASE), DELTA: CHANGE}
    for where in (None, arrays):
        read = held(files, where)
        told = one(read)
        assert (value_at(told, STATUS_INDEX), value_at(told, STATUS_INDEX + 1)) == (1, 0)
        assert (told.issued_at, told.is_behind, read.problems) == (NOW, False, ())
    assert len(read.arrays) == 1


@pytest.mark.parametrize(
    "change",
    [
        b"",
        CHANGE[:-1],
        delta(RESULT, BASE, changes_of([(PLACE, 1)], bits=2)),
        delta(BASE, BASE, changes_of([(PLACE, 1)], bits=2)),
        delta(BASE, RESULT, changes_of([(PLACE, 1)], bits=2), base_iat=NOW - 61),
        delta(BASE, RESULT, changes_of([(PLACE, 1)], bits=2), claims={2: "status/x/1.cwt"}),
    ],
    ids=["empty", "cut", "other base", "other result", "other date", "other list"],
)
def test_delta_that_can_not_be_applied_is_told_and_leaves_the_base_in_force(
    arrays: StatusArrays, change: bytes
) -> None:
    """Its list does not count as young as the folder: what others know is missing in it."""
    files = {LIST_NAME: status_token(BASE), DELTA: change}
    for where in (None, arrays):
        read = held(files, where)
        told = one(read)
        assert value_at(told, STATUS_INDEX) == 0
        assert (told.issued_at, told.is_behind) == (NOW - 60, True)
        (problem,) = read.problems
        assert problem.startswith(f"{DELTA}: ")


def test_delta_without_a_list_is_told() -> None:
    read = held({DELTA: CHANGE})
    assert (dict(read.lists), read.problems) == ({}, (f"{DELTA}: there is no list beside it",))


def test_bad_list_is_told_and_loses_only_itself_and_its_delta() -> None:
    files = {
        "status/a.cwt": b"junk",
        "status/a.delta": CHANGE,
        LIST_NAME: status_token(BASE),
        "trust/keys.json": b"no list",
    }
    read = held(files)
    assert one(read).name == LIST_NAME
    (problem,) = read.problems
    assert problem.startswith("status/a.cwt: ")


@pytest.mark.parametrize("paths", [(LIST_NAME, "status/z.cwt"), ("status/a.cwt", LIST_NAME)])
def test_list_at_two_paths_is_told_and_the_younger_is_taken(paths: tuple[str, str]) -> None:
    """An auditor's folder with yesterday's copy in it granted a card revoked today."""
    revoked, older = status_token(RESULT), status_token(BASE, claims={6: NOW - 9_000})
    for tokens in ((revoked, older), (older, revoked)):
        read = held(dict(zip(paths, tokens, strict=True)))
        assert (one(read).issued_at, value_at(one(read), STATUS_INDEX)) == (NOW - 60, 1)
        assert "another path" in read.problems[0]


def test_list_of_a_foreign_issuer_stands_beside_the_citys() -> None:
    files = {LIST_NAME: status_token(BASE), f"status/{FOREIGN}/1.jwt": jwt()}
    read = held(files)
    assert set(read.lists) == {(CITY, LIST_NAME), (FOREIGN, FOREIGN_NAME)}
    assert read.problems == ()


# In the trust folder.


def new_store(place: Path) -> tuple[Folder, TrustStore]:
    folder = Folder()
    return folder, TrustStore(place, folder.pinned)


def test_terminal_that_holds_the_base_fetches_the_delta_alone(tmp_path: Path) -> None:
    folder, store = new_store(tmp_path / "trust")
    folder.files[LIST_NAME] = status_token(BASE)
    folder.publish()
    store.accept(folder, now=AT)
    before = store.load(now=AT)
    folder.asked.clear()
    folder.files[DELTA] = CHANGE
    folder.publish(issued_at=NOW + 5)
    store.accept(folder, now=AT)
    after = store.load(now=AT)
    assert folder.asked == [DELTA]
    assert before is not None
    assert after is not None
    values = [value_at(t.trusted.lists[CITY, LIST_NAME], STATUS_INDEX) for t in (before, after)]
    assert values == [0, 1]
    assert after.problems == ()


def test_arrays_of_the_trust_before_stay_until_there_is_another(tmp_path: Path) -> None:
    """A lane may look a card up in the old list until it is handed the new one."""
    folder, store = new_store(tmp_path / "trust")
    names: list[set[str]] = []
    for version in range(1, 5):
        folder.files[LIST_NAME] = status_token(BASE[version:])
        folder.publish()
        store.accept(folder, now=AT)
        for _ in range(2):  # loading the same again forgets nothing
            trust = store.load(now=AT)
        assert trust is not None
        names.append(set(trust.arrays))
        there = {path.name for path in (tmp_path / "trust" / "arrays").iterdir()}
        assert there == set().union(*names[-2:])


def test_arrays_of_a_trust_that_another_store_loaded_stay_as_well(tmp_path: Path) -> None:
    """The daemon's start and its sync have a store each."""
    place = tmp_path / "trust"
    folder, first = new_store(place)
    first.accept(folder, now=AT)
    before = first.load(now=AT)
    assert before is not None
    store = TrustStore(place, folder.pinned, in_use=before.arrays)
    for version in (2, 3):
        folder.files[LIST_NAME] = status_token(BASE[version:])
        folder.publish()
        store.accept(folder, now=AT)
        assert store.load(now=AT) is not None
        there = {path.name for path in (place / "arrays").iterdir()}
        assert (before.arrays <= there) == (version == 2)


def test_no_file_that_can_not_be_removed_keeps_a_revocation_from_the_lanes(tmp_path: Path) -> None:
    """A folder of somebody else's, or one file that belongs to root."""
    folder, store = new_store(tmp_path / "trust")
    store.accept(folder, now=AT)
    (tmp_path / "trust" / "arrays" / "lost+found").mkdir()
    folder.files |= {LIST_NAME: status_token(RESULT)}
    for _ in (2, 3):
        folder.publish()
        store.accept(folder, now=AT)
        trust = store.load(now=AT)
        assert trust is not None
        assert value_at(trust.trusted.lists[CITY, LIST_NAME], STATUS_INDEX) == 1
    (told,) = trust.problems
    assert "lost+found" in told


def test_array_damaged_on_disk_is_made_anew_at_the_next_start(tmp_path: Path) -> None:
    folder, store = new_store(tmp_path / "trust")
    folder.files |= {LIST_NAME: status_token(BASE), DELTA: CHANGE}
    folder.publish()
    store.accept(folder, now=AT)
    (array,) = (tmp_path / "trust" / "arrays").iterdir()
    array.write_bytes(BASE)
    trust = TrustStore(tmp_path / "trust", folder.pinned).load(now=AT)
    assert trust is not None
    assert value_at(trust.trusted.lists[CITY, LIST_NAME], STATUS_INDEX) == 1
    assert array.read_bytes() == RESULT


def test_onlooker_sees_the_trust_and_touches_nothing(tmp_path: Path) -> None:
    folder, store = new_store(tmp_path / "trust")
    folder.files |= {LIST_NAME: status_token(BASE), DELTA: CHANGE}
    folder.publish()
    store.accept(folder, now=AT)
    (array,) = (tmp_path / "trust" / "arrays").iterdir()
    array.unlink()
    trust = TrustStore(tmp_path / "trust", folder.pinned).look(now=AT)
    assert trust is not None
    assert value_at(trust.trusted.lists[CITY, LIST_NAME], STATUS_INDEX) == 1
    assert not list((tmp_path / "trust" / "arrays").iterdir())


# A country.

SHARDS = 954  # of 2^20 cards: a billion
REVOKED = 777  # of each shard, this place alone

_LOOK_CARDS_UP = """
import json, os, random, sys
from pathlib import Path
from offline_cache.trust_store import TrustStore
from verifier.status import list_name, value_at

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

place, root, now, issuer = Path(sys.argv[1]), bytes.fromhex(sys.argv[2]), *sys.argv[3:]
template = f"status/{issuer}/{{shard}}.cwt"
before = resident()
lists = TrustStore(place, root).load(now=int(now)).trusted.lists
loaded, chance, wrong = resident(), random.Random(954), 0
for _ in range(20_000):
    shard, place = chance.randrange(954), chance.choice((777, chance.randrange(1 << 20)))
    index = shard << 20 | place
    wrong += value_at(lists[issuer, list_name(template, index)], index) != (place == 777)
print(json.dumps({
    "lists": len(lists), "wrong": wrong, "loading": loaded - before,
    "looking": resident() - loaded, "files": len(os.listdir("/proc/self/fd")),
}))
"""


@pytest.mark.slow
def test_billion_cards_lie_on_disk_and_take_little_memory(tmp_path: Path) -> None:
    """125 MB of arrays, looked up at random: some megabytes are mapped, some dozens open."""
    packed = zlib.compress(array_of({REVOKED: 1}, bits=1, entries=1 << 20))
    names = [f"status/{CITY}/{shard}.cwt" for shard in range(SHARDS)]
    tokens = {
        name: status_token(claims={2: name, 65533: {"bits": 1, "lst": packed}}) for name in names
    }
    folder, store = new_store(tmp_path / "trust")
    folder.files |= tokens
    folder.publish()
    store.accept(folder, now=AT)
    sizes = [path.stat().st_size for path in (tmp_path / "trust" / "arrays").iterdir()]
    assert (len(sizes), sum(sizes)) == (SHARDS, SHARDS << 17)
    arguments = (str(tmp_path / "trust"), folder.pinned.hex(), str(NOW), CITY)
    told = subprocess.run(
        [sys.executable, "-c", _LOOK_CARDS_UP, *arguments], check=True, capture_output=True
    )
    seen = json.loads(told.stdout)
    assert (seen["lists"], seen["wrong"]) == (SHARDS, 0)
    assert seen["files"] < 100
    assert seen["loading"] < 16_000_000
    assert seen["looking"] < 16_000_000
