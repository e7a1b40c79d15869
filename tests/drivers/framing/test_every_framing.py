"""What holds of every framing."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.base import PAYLOAD_BYTES_MAX
from drivers.framing.base import Frame, Framing, LineFault, Outcome
from drivers.framing.delimited import Delimited
from drivers.framing.idle_gap import IdleGap
from drivers.framing.length import Layout, Length
from drivers.framing.ssi import Ssi
from drivers.framing.stx_etx import StxEtx
from tests.support.framings import KINDS, MAX, Kind

# Many streams by many framings: together they take half a minute.
pytestmark = pytest.mark.slow

EACH = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
MARKED = {name: kind for name, kind in KINDS.items() if kind.has_mark}
EACH_MARKED = pytest.mark.parametrize("kind", MARKED.values(), ids=MARKED)
LATER_MS = 10_000  # after every pause that means something

PAYLOADS = st.binary(min_size=1, max_size=MAX)
# Whatever makes frames begin and end, often enough to be met, and anything else.
STREAMS = st.lists(
    st.one_of(
        st.sampled_from(
            [b"\r", b"\n", b"\x02", b"\x03", b"\x04", b"<end>", b"\x55\xaa", b"\x5a", b"\x05\xf3"]
        ),
        st.binary(max_size=8),
        st.sampled_from(list(KINDS.values())).map(lambda kind: kind.encode(b"CODE")),
        st.binary(min_size=MAX, max_size=MAX + 2),
    ),
    max_size=8,
).map(b"".join)


def payloads(outcomes: Sequence[Outcome]) -> list[bytes]:
    return [outcome.payload for outcome in outcomes if isinstance(outcome, Frame)]


def all_of(framing: Framing, octets: bytes) -> list[Outcome]:
    """Return all that becomes of a stream, with the pause behind it."""
    return [*framing.receive(octets, 0), *framing.receive(b"", LATER_MS)]


@EACH
@given(octets=STREAMS, cuts=st.lists(st.integers(0, 400), max_size=8), pause_ms=st.integers(0, 60))
def test_any_division_of_a_stream_gives_the_same(
    kind: Kind, octets: bytes, cuts: list[int], pause_ms: int
) -> None:
    ends = sorted({0, *(cut for cut in cuts if cut < len(octets)), len(octets)})
    chunks = [octets[begin:end] for begin, end in pairwise(ends)]
    whole, single = kind.make(), kind.make()
    from_chunks: list[Outcome] = []
    from_octets: list[Outcome] = []
    for number, chunk in enumerate(chunks):
        now_ms = number * pause_ms
        from_chunks += whole.receive(chunk, now_ms)
        for octet in chunk:
            from_octets += single.receive(bytes((octet,)), now_ms)
    from_chunks += whole.receive(b"", LATER_MS)
    from_octets += single.receive(b"", LATER_MS)
    assert from_octets == from_chunks


@EACH
@given(lines=st.lists(PAYLOADS, min_size=1, max_size=3))
def test_codes_round_trip(kind: Kind, lines: list[bytes]) -> None:
    framing = kind.make()
    kept = [line.translate(None, kind.refuses) or b"x" for line in lines]
    read: list[bytes] = []
    for number, line in enumerate(kept):
        now_ms = number * LATER_MS
        read += payloads(framing.receive(kind.encode(line), now_ms))
        read += payloads(framing.receive(b"", now_ms + LATER_MS - 1))
    assert read == kept
    assert not framing.is_mid_line


@EACH_MARKED
@given(noise=st.binary(max_size=40), payload=PAYLOADS)
def test_noise_costs_no_code_that_follows_it(kind: Kind, noise: bytes, payload: bytes) -> None:
    """But where the noise itself made a code with the octets behind it, checks and all."""
    kept = payload.translate(None, kind.refuses) or b"x"
    assert payloads(all_of(kind.make(), noise + kind.encode(kept)))


@EACH_MARKED
@given(noise=st.text("\x00\x01", max_size=2 * MAX).map(str.encode), payload=PAYLOADS)
def test_octets_that_begin_no_frame_become_no_code(
    kind: Kind, noise: bytes, payload: bytes
) -> None:
    kept = payload.translate(None, kind.refuses) or b"x"
    assert payloads(all_of(kind.make(), noise + kind.encode(kept))) == [kept]


@EACH
@given(half=PAYLOADS, payload=PAYLOADS)
def test_half_a_code_is_dropped_after_a_pause_and_the_next_is_read(
    kind: Kind, half: bytes, payload: bytes
) -> None:
    framing = kind.make()
    if isinstance(framing, IdleGap):
        return  # there a pause ends a code
    kept = payload.translate(None, kind.refuses) or b"x"
    begun = kind.encode(half.translate(None, kind.refuses) or b"x")
    cut = begun[: len(begun) // 2]
    framing.receive(cut, 0)
    outcomes = [*framing.receive(kind.encode(kept), LATER_MS), *framing.receive(b"", 2 * LATER_MS)]
    assert payloads(outcomes) == [kept]


@EACH
def test_reset_drops_what_has_begun(kind: Kind) -> None:
    framing = kind.make()
    framing.receive(kind.encode(b"half of a code")[:9], 0)
    assert framing.is_mid_line
    framing.reset()
    assert (framing.is_mid_line, framing.due_ms) == (False, None)
    assert payloads(all_of(framing, kind.encode(b"whole"))) == [b"whole"]


@EACH
@pytest.mark.parametrize("octet", [b"x", b"\x02", b"\x55", b"\xf3", b"\x00", b"\xff"])
def test_octets_without_an_end_hold_no_memory_and_are_told_again_and_again(
    kind: Kind, octet: bytes
) -> None:
    framing = kind.make()
    told: list[Outcome] = []
    for number in range(100):
        told += framing.receive(octet * 1_000, number)
        assert len(framing._arrived.octets) <= MAX + 10
        assert len(framing._arrived._times) <= MAX + 10
    faults = [outcome for outcome in told if isinstance(outcome, LineFault)]
    assert 100_000 // MAX - 1 <= len(faults) <= 100_000 // MAX + 2
    framing.receive(b"", LATER_MS)
    assert payloads(
        [*framing.receive(kind.encode(b"whole"), 2 * LATER_MS), *framing.receive(b"", 3 * LATER_MS)]
    ) == [b"whole"]


@EACH
def test_code_carries_the_moment_of_its_first_octet(kind: Kind) -> None:
    framing = kind.make()
    octets = kind.encode(b"A CODE")
    framing.receive(octets[:1], 100)
    framing.receive(octets[1:5], 120)
    first = [*framing.receive(octets[5:] + octets[:1], 140)]
    second = [*framing.receive(octets[1:], 160), *framing.receive(b"", LATER_MS)]
    frames = [outcome for outcome in (*first, *second) if isinstance(outcome, Frame)]
    if isinstance(framing, IdleGap):
        assert [frame.began_ms for frame in frames] == [100]
    else:
        assert [frame.began_ms for frame in frames] == [100, 140]


@EACH
def test_pause_counts_from_the_last_octet_and_on_its_very_end(kind: Kind) -> None:
    framing = kind.make()
    framing.receive(kind.encode(b"half of a code")[:9], 100)
    due_ms = framing.due_ms
    assert due_ms is not None
    assert not framing.receive(b"", due_ms - 1)
    assert framing.due_ms == due_ms
    assert framing.receive(b"", due_ms)
    assert framing.due_ms is None


@pytest.mark.parametrize("line_bytes_max", [0, PAYLOAD_BYTES_MAX + 1])
@pytest.mark.parametrize(
    "make",
    [
        lambda size: Delimited(line_bytes_max=size),
        lambda size: IdleGap(line_bytes_max=size),
        lambda size: StxEtx(line_bytes_max=size),
        lambda size: Length(Layout(), size),
        Ssi,
    ],
)
def test_limit_outside_what_a_code_holds_is_a_bug(
    make: Callable[[int], Framing], line_bytes_max: int
) -> None:
    with pytest.raises(ValueError, match="line_bytes_max"):
        make(line_bytes_max)


def test_pause_of_nothing_is_a_bug() -> None:
    with pytest.raises(ValueError, match="gap_ms_max"):
        IdleGap(0)
