from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_cache.errors import CacheCorrupt, CacheError
from offline_cache.floor_file import (
    BEGINNING,
    FLOOR_OCTETS_MAX,
    FloorFile,
    FloorRecord,
    JournalPlace,
    _octets,
    _record,
)
from verifier.clock import SPENT_MAX, FloorSource, KeptFloor
from verifier.model import UnixSeconds

RECORD = FloorRecord(
    kept=KeptFloor(
        floor=UnixSeconds(1_800_000_000),
        source=FloorSource.ACKNOWLEDGEMENT,
        reset_number=2,
        spent=((FloorSource.TRUST_INDEX, UnixSeconds(4_070_908_800)),),
    ),
    cut=JournalPlace(epoch=3, seq=17),
)
NUMBERS = st.integers(0, 2**63 - 1)
FLOORS = st.integers(0, 2**32 - 1)
SOURCES = st.sampled_from(FloorSource)
RECORDS = st.builds(
    lambda floor, source, number, spent, epoch, seq: FloorRecord(
        kept=KeptFloor(floor=floor, source=source, reset_number=number, spent=tuple(spent)),
        cut=JournalPlace(epoch=epoch, seq=seq),
    ),
    FLOORS,
    SOURCES,
    NUMBERS,
    st.lists(st.tuples(SOURCES, NUMBERS), max_size=SPENT_MAX),
    NUMBERS,
    NUMBERS,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clock.json"


def test_nothing_is_kept_at_first(path: Path) -> None:
    assert FloorFile(path).read() is None


def test_what_was_kept_is_read(path: Path) -> None:
    FloorFile(path).write(RECORD)
    assert FloorFile(path).read() == RECORD
    assert path.stat().st_mode & 0o777 == 0o600


@given(RECORDS)
def test_every_record_is_read_as_it_was_written(record: FloorRecord) -> None:
    octets = _octets(record)
    assert len(octets) <= FLOOR_OCTETS_MAX
    assert _record(octets) == record


def test_the_form_is_pinned(path: Path) -> None:
    FloorFile(path).write(RECORD)
    assert path.read_bytes() == (
        b'{"floor":1800000000,"source":"acknowledgement","reset":2,'
        b'"spent":[["trust-index",4070908800]],"cut":[3,17]}'
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"{", b""),
        (b"1800000000", b"-1"),
        (b"1800000000", b"4294967296"),
        (b"1800000000", b"true"),
        (b"acknowledgement", b"hearsay"),
        (b"trust-index", b"hearsay"),
        (b"4070908800", b'"4070908800"'),
        (b"[3,17]", b"[3]"),
        (b'"reset":2', b'"reset":2,"reset":3'),
        (b'"reset":2,', b""),
        (b"[[", b"[" * 5_000),
        (b'"cut"', b'"\xff"'),
        (b"}", b"}" + b" " * FLOOR_OCTETS_MAX),
    ],
)
def test_a_damaged_file_is_told_with_its_remedy(path: Path, old: bytes, new: bytes) -> None:
    FloorFile(path).write(RECORD)
    path.write_bytes(path.read_bytes().replace(old, new))
    with pytest.raises(CacheCorrupt, match="remove it"):
        FloorFile(path).read()


@given(st.binary(max_size=200))
def test_noise_is_no_record(octets: bytes) -> None:
    with pytest.raises((ValueError, RecursionError)):
        _record(octets)


def test_a_record_with_too_many_documents_is_damaged() -> None:
    octets = _octets(RECORD)
    document = b'["trust-index",4070908800]'
    assert _record(octets.replace(document, b",".join([document] * SPENT_MAX))) is not None
    with pytest.raises(ValueError, match="no record"):
        _record(octets.replace(document, b",".join([document] * (SPENT_MAX + 1))))


def test_a_disk_that_takes_nothing_is_told(path: Path) -> None:
    (path.parent / ".clock.json.new").mkdir()
    with pytest.raises(CacheError, match="could not be kept"):
        FloorFile(path).write(RECORD)
    assert FloorFile(path).read() is None


def test_a_folder_in_the_files_place_is_told(path: Path) -> None:
    path.mkdir()
    with pytest.raises(CacheCorrupt):
        FloorFile(path).read()


def test_a_new_epoch_lies_behind_the_one_before() -> None:
    places = [JournalPlace(epoch=1, seq=9), JournalPlace(epoch=2, seq=1)]
    assert BEGINNING < places[0] < JournalPlace(epoch=1, seq=10) < places[1]
