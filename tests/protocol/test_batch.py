from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.batch import (
    BATCH_ENTRIES_MAX,
    BATCH_OCTETS_MAX,
    Batch,
    BatchMalformed,
    batch_octets,
    fits,
    read_batch,
)
from protocol.journal import LINE_BYTES_MAX, compact

PREV = bytes(range(32))


def line(seq: int, *, epoch: int = 3, lane: str = "gate-1") -> bytes:
    members = {"epoch": epoch, "seq": seq, "at": 1_800_000_000, "clock": "trusted", "lane": lane}
    return compact({**members, "type": "passage"})


def batch(count: int = 3, first: int = 1) -> Batch:
    lines = tuple(line(first + place) for place in range(count))
    return Batch(epoch=3, first=first, prev=PREV, lines=lines)


def refusal(octets: bytes) -> int:
    with pytest.raises(BatchMalformed) as caught:
        read_batch(octets)
    assert str(caught.value).startswith(f"line {caught.value.line}: ")
    return caught.value.line


def with_header(**changes: object) -> bytes:
    members = {"epoch": 3, "first": 1, "last": 3, "prev": PREV.hex(), **changes}
    return compact(members) + b"\n" + batch_octets(batch()).partition(b"\n")[2]


def test_batch_is_a_header_line_and_one_line_an_entry() -> None:
    octets = batch_octets(batch(2, first=7))
    header = b'{"epoch":3,"first":7,"last":8,"prev":"' + PREV.hex().encode() + b'"}'
    assert octets == header + b"\n" + line(7) + b"\n" + line(8) + b"\n"


@given(st.integers(1, 12), st.integers(1, 2**62))
def test_batches_round_trip(count: int, first: int) -> None:
    assert read_batch(batch_octets(batch(count, first))) == batch(count, first)


def test_header_of_the_helper_is_the_right_one() -> None:
    assert with_header() == batch_octets(batch())


def test_batch_exactly_on_the_limit_passes_and_one_entry_more_is_refused() -> None:
    assert len(read_batch(batch_octets(batch(BATCH_ENTRIES_MAX))).lines) == BATCH_ENTRIES_MAX
    assert refusal(batch_octets(batch(BATCH_ENTRIES_MAX + 1))) == 1


def test_batch_without_entries_is_refused() -> None:
    assert refusal(with_header(last=0).partition(b"\n")[0] + b"\n") == 1


@pytest.mark.parametrize("octets", [b"", b"\n", b"\n\n", b"{}\n", b"null\n", b"[]\n", b"\xff\n"])
def test_octets_that_are_no_batch_are_refused_at_their_first_line(octets: bytes) -> None:
    assert refusal(octets) == 1


def test_batch_that_does_not_end_in_a_line_feed_is_refused() -> None:
    octets = batch_octets(batch())
    assert refusal(octets[:-1]) == 3
    assert refusal(octets + b"x") == 4
    assert refusal(octets + b"\n") == 1  # an empty line is one entry more than announced


@pytest.mark.parametrize(
    "changes",
    [
        {"epoch": True},
        {"epoch": "3"},
        {"epoch": 3.0},
        {"first": 0},
        {"first": True},
        {"first": -1, "last": 1},
        {"last": 2},
        {"last": 4},
        {"last": 3.0},
        {"prev": PREV.hex().upper()},
        {"prev": PREV.hex()[:-1]},
        {"prev": PREV.hex() + "00"},
        {"prev": "z" * 64},
        {"prev": None},
        {"extra": 1},
    ],
    ids=repr,
)
def test_header_out_of_form_is_refused(changes: dict[str, object]) -> None:
    assert refusal(with_header(**changes)) == 1


def test_header_in_a_second_spelling_is_refused() -> None:
    header, feed, lines = with_header().partition(b"\n")
    for other in (
        header.replace(b":", b": "),
        header[:-1] + b',"epoch":3}',
        header.replace(b'"epoch":3,', b"")[:-1] + b',"epoch":3}',
        b" " + header,
        header + b" " * 600,
    ):
        assert refusal(other + feed + lines) == 1


def test_header_nested_too_deep_is_refused() -> None:
    assert refusal(b"[" * 400 + b"\n") == 1


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("wrong", [line(9), line(1, epoch=4), b"{}", b"", b"\xff"])
def test_entry_out_of_place_is_named_by_its_line(place: int, wrong: bytes) -> None:
    lines = list(batch().lines)
    lines[place] = wrong
    if wrong != line(1, epoch=4) or place == 0:
        assert refusal(batch_octets(replace(batch(), lines=tuple(lines)))) == place + 2


def test_gap_repetition_and_swap_are_refused() -> None:
    one, two, three = batch().lines
    for lines, at in (((one, three, two), 3), ((one, one, two), 3), ((two, two, three), 2)):
        assert refusal(batch_octets(replace(batch(), lines=lines))) == at


def test_lone_surrogate_in_an_entry_is_refused_and_no_fault() -> None:
    """It escaped as UnicodeEncodeError, and one terminal's line was a fault of the centre."""
    wrong = line(2).replace(b"gate-1", b"\\ud800")
    lines = (line(1), wrong, line(3))
    assert refusal(batch_octets(replace(batch(), lines=lines))) == 3


@given(st.binary(max_size=100))
def test_noise_is_refused(noise: bytes) -> None:
    refusal(noise)
    header, feed, _ = batch_octets(batch()).partition(b"\n")
    refusal(header + feed + noise)


def test_fits_says_yes_up_to_both_limits() -> None:
    assert fits([])
    assert fits([b"x"] * BATCH_ENTRIES_MAX)
    assert not fits([b"x"] * (BATCH_ENTRIES_MAX + 1))
    room = BATCH_OCTETS_MAX - LINE_BYTES_MAX
    assert fits([b"x" * (room - 1)])
    assert not fits([b"x" * room])


def test_what_fits_is_within_the_limit_with_its_header() -> None:
    longest = [line(seq, lane="x" * 2_000) for seq in range(1, BATCH_ENTRIES_MAX + 1)]
    while not fits(longest):
        longest.pop()
    octets = batch_octets(Batch(epoch=3, first=1, prev=PREV, lines=tuple(longest)))
    assert len(octets) <= BATCH_OCTETS_MAX
