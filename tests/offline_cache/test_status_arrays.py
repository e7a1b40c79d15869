"""Arrays on disk: exact, made anew where they are damaged, and few of them open at a time."""

import signal
import subprocess
import sys
import tracemalloc
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offline_cache.errors import CacheCorrupt
from offline_cache.status_arrays import MAPS_OPEN_MAX, Make, StatusArrays
from tests.support.lists import array_of
from tests.support.trust import status_list
from verifier.errors import StatusUnreadable, TrustError
from verifier.status import BitArray, value_in

OCTETS = bytes(range(256)) * 32
NAME = "a" * 64


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "arrays"


@pytest.fixture
def arrays(folder: Path) -> StatusArrays:
    return StatusArrays(folder, writes=True)


def made(octets: bytes = OCTETS) -> Make:
    return lambda: octets


def gone() -> bytes:
    raise CacheCorrupt("the signed list is gone too")


def read(array: BitArray) -> bytes:
    return bytes(array[place] for place in range(len(array)))


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_array_says_what_was_kept(arrays: StatusArrays, folder: Path) -> None:
    array = arrays.keep(NAME, made())
    assert read(array) == OCTETS
    assert (folder / NAME).read_bytes() == OCTETS
    assert arrays.keep(NAME, gone) is array


@settings(deadline=None, max_examples=50)  # no real time in tests
@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@given(written=st.data())
def test_mapped_list_says_what_a_dictionary_would(
    tmp_path_factory: pytest.TempPathFactory, bits: int, written: st.DataObject
) -> None:
    model = written.draw(st.dictionaries(st.integers(0, 511), st.integers(0, (1 << bits) - 1)))
    octets = array_of(model, bits=bits, entries=512)
    arrays = StatusArrays(tmp_path_factory.mktemp("a"), writes=True)
    told = status_list(octets=arrays.keep(NAME, made(octets)), bits=bits)
    assert [value_in(told, p) for p in range(512)] == [model.get(p, 0) for p in range(512)]
    arrays.forget_all_but(())


def test_nothing_is_opened_before_a_card_is_looked_up(arrays: StatusArrays) -> None:
    before = open_files()
    array = arrays.keep(NAME, made())
    assert (len(arrays), open_files()) == (0, before)
    assert array[7] == 7
    assert (len(arrays), open_files()) == (1, before + 1)


def test_sound_file_is_not_written_again(arrays: StatusArrays, folder: Path) -> None:
    arrays.keep(NAME, made())
    before = (folder / NAME).stat()
    assert read(StatusArrays(folder, writes=True).keep(NAME, made())) == OCTETS
    after = (folder / NAME).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        OCTETS[:-1],
        OCTETS + b"\0",
        OCTETS[:-1] + b"\0",
        b"\1" + OCTETS[1:],
        bytes(len(OCTETS)),
    ],
    ids=len,
)
def test_damaged_file_is_made_anew_when_it_is_loaded(
    arrays: StatusArrays, folder: Path, damaged: bytes
) -> None:
    arrays.keep(NAME, made())
    (folder / NAME).write_bytes(damaged)
    again = StatusArrays(folder, writes=True)
    assert read(again.keep(NAME, made())) == OCTETS
    assert (folder / NAME).read_bytes() == OCTETS
    assert again.take_troubles() == []


def test_list_that_can_not_be_made_is_not_kept(arrays: StatusArrays, folder: Path) -> None:
    def refuse() -> bytes:
        raise TrustError("does not inflate")

    with pytest.raises(TrustError):
        arrays.keep(NAME, refuse)
    assert not folder.exists()


# While in use.


@pytest.mark.parametrize("octets", [None, b"", OCTETS[:-1], OCTETS + b"\0"], ids=repr)
def test_file_lost_before_it_was_opened_is_read_from_the_signed_list(
    arrays: StatusArrays, folder: Path, octets: bytes | None
) -> None:
    """A map of a shorter file would end the process at the first look-up behind its end."""
    array = arrays.keep(NAME, made())
    (folder / NAME).unlink()
    if octets is not None:
        (folder / NAME).write_bytes(octets)
    assert read(array) == OCTETS


def test_array_of_which_nothing_is_left_is_unreadable(arrays: StatusArrays, folder: Path) -> None:
    octets = iter((OCTETS,))

    def once() -> bytes:
        return next(octets, None) or gone()

    array = arrays.keep(NAME, once)
    (folder / NAME).unlink()
    with pytest.raises(StatusUnreadable):
        array[0]


def test_file_replaced_while_it_is_mapped_is_read_as_it_was(
    arrays: StatusArrays, folder: Path
) -> None:
    array = arrays.keep(NAME, made())
    assert array[1] == 1
    (folder / "new").write_bytes(bytes(len(OCTETS)))
    (folder / "new").replace(folder / NAME)
    assert read(array) == OCTETS
    (folder / NAME).unlink()
    assert read(array) == OCTETS


_TRUNCATE_UNDER_A_READER = """
import os, sys
from pathlib import Path
from offline_cache.status_arrays import StatusArrays
folder = Path(sys.argv[1])
array = StatusArrays(folder, writes=True).keep("a" * 64, lambda: bytes(range(256)) * 32)
assert array[1] == 1
os.truncate(folder / ("a" * 64), 0)
print(array[8191])
"""


@pytest.mark.slow
def test_file_truncated_under_its_reader_ends_the_process_and_is_whole_at_the_next_start(
    folder: Path,
) -> None:
    """SIGBUS can't be caught. Nobody but a hand on the disk does this; no wrong answer is given."""
    ended = subprocess.run(
        [sys.executable, "-c", _TRUNCATE_UNDER_A_READER, str(folder)],
        check=False,
        capture_output=True,
    )
    assert ended.returncode == -signal.SIGBUS
    assert ended.stdout == b""
    assert (folder / NAME).stat().st_size == 0
    assert read(StatusArrays(folder, writes=True).keep(NAME, made())) == OCTETS


# Bounds.


def test_only_some_dozens_are_open_and_the_longest_unused_is_closed(arrays: StatusArrays) -> None:
    before = open_files()
    many = [arrays.keep(f"{n:064}", made(bytes([n]))) for n in range(MAPS_OPEN_MAX + 1)]
    for array in many[:-1]:
        assert array[0] == many.index(array)
    assert (len(arrays), open_files()) == (MAPS_OPEN_MAX, before + MAPS_OPEN_MAX)
    assert many[0][0] == 0  # used again: now the second is the oldest
    assert many[-1][0] == MAPS_OPEN_MAX
    assert (len(arrays), open_files()) == (MAPS_OPEN_MAX, before + MAPS_OPEN_MAX)
    assert many[0]._view is not None  # type: ignore[attr-defined]  # what can't be seen
    assert many[1]._view is None  # type: ignore[attr-defined]  # as above
    assert [array[0] for array in many] == list(range(MAPS_OPEN_MAX + 1))
    assert open_files() == before + MAPS_OPEN_MAX


@pytest.mark.slow
def test_lanes_and_sync_may_use_arrays_at_once(arrays: StatusArrays) -> None:
    """One thread loads and forgets while others look cards up in more lists than may be open."""
    many = [arrays.keep(f"{n:064}", made(bytes([n]) * 8)) for n in range(2 * MAPS_OPEN_MAX)]
    names = {f"{n:064}" for n in range(len(many))}

    def look(start: int) -> int:
        places = [(start * 7 + step * 13) % len(many) for step in range(2_000)]
        return sum(many[place][place % 8] != place for place in places)

    def load(start: int) -> int:
        for step in range(50):
            arrays.keep(f"{start}{step:063}", made())
            arrays.forget_all_but(names)
        return 0

    with ThreadPoolExecutor(4) as pool:
        wrong = [*pool.map(look, range(3)), pool.submit(load, 9).result()]
    assert wrong == [0, 0, 0, 0]
    assert len(arrays) <= MAPS_OPEN_MAX


def test_ten_million_cards_at_one_bit_take_no_more_memory_than_their_bits(
    arrays: StatusArrays,
) -> None:
    """Ten shards are 10,485,760 cards, 1.25 MiB; beside the maps there are some kilobytes."""
    octets = bytes(1 << 17)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        held = [arrays.keep(f"{n:064}", made(octets)) for n in range(10)]
        assert sum(array[(1 << 17) - 1] for array in held) == 0
        overhead = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert sum(len(array) for array in held) == 10 * (1 << 20) // 8 == 1.25 * (1 << 20)
    assert overhead < 16_384
    assert len(arrays) == 10


# Files that nobody names.


def test_arrays_that_nobody_names_are_removed_and_others_stay(
    arrays: StatusArrays, folder: Path
) -> None:
    kept, dropped = arrays.keep(NAME, made()), arrays.keep("b" * 64, made())
    assert dropped[3] == 3
    (folder / ".half.new").write_bytes(b"left by a power cut")
    arrays.forget_all_but({NAME})
    assert {path.name for path in folder.iterdir()} == {NAME}
    assert dropped[4] == 4  # still mapped by whoever looks a card up in it
    assert kept[5] == 5
    assert arrays.keep("b" * 64, made(b"anew"))[0] == ord("a")


def test_map_is_closed_with_the_last_trust_that_names_it(arrays: StatusArrays) -> None:
    before = open_files()
    array = arrays.keep(NAME, made())
    assert array[1] == 1
    arrays.forget_all_but(())
    assert (len(arrays), open_files()) == (1, before + 1)
    del array
    assert (len(arrays), open_files()) == (0, before)


def test_what_can_not_be_removed_is_told_and_the_rest_is(
    arrays: StatusArrays, folder: Path
) -> None:
    arrays.keep(NAME, made())
    for name in ("a-folder", "lost+found", "z-folder"):
        (folder / name).mkdir()
    (folder / "x").write_bytes(b"of a trust of before")
    arrays.forget_all_but(())
    assert {path.name for path in folder.iterdir()} == {"a-folder", "lost+found", "z-folder"}
    told = arrays.take_troubles()
    assert sorted(line.split(":")[0] for line in told) == [
        str(folder / name) for name in ("a-folder", "lost+found", "z-folder")
    ]


def test_array_is_made_by_the_trust_that_kept_it_last(arrays: StatusArrays, folder: Path) -> None:
    """Else each array of a thousand holds on to an index of its own, for days."""
    first = made()
    array = arrays.keep(NAME, first)
    held = weakref.ref(first)
    assert arrays.keep(NAME, made()) is array
    del first
    assert held() is None
    (folder / NAME).unlink()
    assert read(array) == OCTETS


def test_onlooker_writes_and_removes_nothing(arrays: StatusArrays, folder: Path) -> None:
    arrays.keep(NAME, made())
    (folder / NAME).write_bytes(b"damaged")
    onlooker = StatusArrays(folder, writes=False)
    assert read(onlooker.keep(NAME, made())) == OCTETS
    assert read(onlooker.keep("b" * 64, made())) == OCTETS
    onlooker.forget_all_but(())
    assert {path.name for path in folder.iterdir()} == {NAME}
    assert (folder / NAME).read_bytes() == b"damaged"


def test_array_that_can_not_be_written_is_told_and_serves_from_memory(
    arrays: StatusArrays, folder: Path
) -> None:
    folder.write_bytes(b"a file where the folder should be")
    assert read(arrays.keep(NAME, made())) == OCTETS
    (told,) = arrays.take_troubles()
    assert str(folder / NAME) in told
    assert arrays.take_troubles() == []
    folder.unlink()
    assert read(arrays.keep(NAME, made())) == OCTETS
    assert (folder / NAME).read_bytes() == OCTETS
