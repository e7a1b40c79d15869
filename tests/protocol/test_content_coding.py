"""Content codings: whole streams come back, and a bomb costs what it weighs."""

import gzip
import tracemalloc

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from protocol.content_coding import (
    Coding,
    CodingMalformed,
    CodingTooLarge,
    decoded,
    encoded,
)

LIMIT = 1_048_576
COMPRESSED = pytest.mark.parametrize("coding", [Coding.GZIP, Coding.ZSTD])
CODINGS = pytest.mark.parametrize("coding", list(Coding))


def streamed(content: bytes, **how: int) -> bytes:
    """Return a zstd frame that does not say how long it is."""
    parameters = zstandard.ZstdCompressionParameters(write_content_size=False, **how)
    maker = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return maker.compress(content) + maker.flush()


@CODINGS
@given(content=st.binary(max_size=2_000))
def test_what_was_encoded_comes_back(coding: Coding, content: bytes) -> None:
    assert decoded(encoded(content, coding), coding, octets_max=len(content)) == content


@CODINGS
def test_the_limit_is_exact(coding: Coding) -> None:
    assert decoded(encoded(bytes(LIMIT), coding), coding, octets_max=LIMIT) == bytes(LIMIT)
    with pytest.raises(CodingTooLarge):
        decoded(encoded(bytes(LIMIT + 1), coding), coding, octets_max=LIMIT)


@COMPRESSED
def test_a_bomb_is_refused_without_being_inflated(coding: Coding) -> None:
    bomb = encoded(bytes(64 * LIMIT), coding)
    tracemalloc.start()
    try:
        with pytest.raises(CodingTooLarge):
            decoded(bomb, coding, octets_max=LIMIT)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * LIMIT


@COMPRESSED
@pytest.mark.parametrize("cut", [slice(0, -1), slice(0, 3), slice(1, None), slice(0, 0)])
def test_a_stream_that_is_cut_is_refused(coding: Coding, cut: slice) -> None:
    with pytest.raises(CodingMalformed):
        decoded(encoded(b"entries" * 99, coding)[cut], coding, octets_max=LIMIT)


@COMPRESSED
def test_what_follows_a_stream_is_refused(coding: Coding) -> None:
    whole = encoded(b"entries", coding)
    for behind in (b"x", whole):
        with pytest.raises(CodingMalformed):
            decoded(whole + behind, coding, octets_max=LIMIT)


@COMPRESSED
@given(octets=st.binary(max_size=200))
def test_noise_is_refused(coding: Coding, octets: bytes) -> None:
    with pytest.raises((CodingMalformed, CodingTooLarge)):
        decoded(octets, coding, octets_max=LIMIT)


@COMPRESSED
@given(place=st.integers(min_value=0, max_value=80), flip=st.integers(min_value=1, max_value=255))
def test_an_altered_octet_ends_within_the_limit(coding: Coding, place: int, flip: int) -> None:
    """Neither has to notice it, zstd carries no checksum here; the digest above them does."""
    octets = bytearray(encoded(b"entries, and more of them" * 4, coding))
    octets[place % len(octets)] ^= flip
    try:
        assert len(decoded(bytes(octets), coding, octets_max=LIMIT)) <= LIMIT
    except (CodingMalformed, CodingTooLarge):
        return


@pytest.mark.parametrize("size", [0, 5, 64 * LIMIT])
def test_a_frame_that_does_not_say_its_length_is_refused_unread(size: int) -> None:
    with pytest.raises(CodingMalformed, match="how long"):
        decoded(streamed(bytes(size)), Coding.ZSTD, octets_max=LIMIT)


def test_a_frame_that_claims_less_than_it_holds_is_refused() -> None:
    frame = bytearray(encoded(b"x" * 200, Coding.ZSTD))
    assert frame[5] == 200  # one octet of content size: single segment, below 256
    frame[5] = 199
    with pytest.raises(CodingMalformed):
        decoded(bytes(frame), Coding.ZSTD, octets_max=LIMIT)


def test_skippable_frames_are_no_body() -> None:
    skipped = b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"
    for octets in (skipped, skipped + encoded(b"entries", Coding.ZSTD)):
        with pytest.raises(CodingMalformed):
            decoded(octets, Coding.ZSTD, octets_max=LIMIT)


def test_gzip_is_the_same_on_every_day() -> None:
    assert encoded(b"entries", Coding.GZIP) == gzip.compress(b"entries", 6, mtime=0)
