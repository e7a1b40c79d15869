"""No code takes more than bounded work and memory, whatever it is made of.

Work is counted in lines that Python runs and memory in octets that it holds at once: both are the
same on every machine, where seconds are not. What runs below Python (zlib, json, patterns) gets no
more than the same few thousand octets, and is held by the memory and by the shape of the patterns.
"""

import importlib
import json
import pkgutil
import re
import sys
import tracemalloc
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import verifier
from tests.support.cards import NOW, base45, largest, text
from tests.support.families import cose, jws, pretix, pretix_octets, shc, ticket
from tests.support.foreign import dcc_layer, seal
from tests.support.lists import load_list
from tests.support.trust import CARD_KEY, GATE, STATUS_KEY, judged, status_token, table, world
from verifier.errors import TrustError
from verifier.formats import BUILT_IN
from verifier.formats.base import Format
from verifier.model import UnixSeconds, Verdict
from verifier.pipeline import PAYLOAD_BYTES_MAX
from verifier.status import SHARD_CARDS
from verifier.trust import KEYS_OCTETS_MAX, load_keys

EVERY = replace(GATE, formats=tuple(family.name for family in BUILT_IN), static=Verdict.GRANT)
# Characters of base45 in the largest symbol, 40-L, and the octets they stand for.
BASE45_MAX, BASE45_OCTETS_MAX = 4_296, 2_864
MILLIONS = 2_500_000  # octets of zeros that still deflate into one code

# Measured at most, each by a health card of some 20,000 empty arrays or objects: 2.0 million octets,
# 66,000 lines, some ten milliseconds.
PEAK_OCTETS_MAX = 2_500_000
LINES_MAX = 80_000


def nested() -> Iterator[bytes]:
    """Yield CBOR that asks for depth, for room, or for patience; each may be cut anywhere."""
    for octets in (b"\x81", b"\x9f", b"\xa1\x00", b"\xbf\x00", b"\xc6", b"\xd8\x3d\xd2", b"\x5f"):
        yield octets * (65_536 // len(octets))
    for head in (b"\x9a\xff\xff\xff\xff", b"\x9b" + b"\xff" * 8, b"\xba\xff\xff\xff\xff"):
        yield head + bytes(8_000)
    for head in (b"\x5a\xff\xff\xff\xff", b"\x5b" + b"\xff" * 8, b"\x7b\x7f" + b"\xff" * 7):
        yield head
    yield b"\x99\x07\xf0" + b"\x80" * 2_032  # as many items as are read at all
    yield b"\x9f" + b"\x00" * 65_000 + b"\xff"
    yield b"\x5f" + b"\x40" * 65_000 + b"\xff"
    yield b"\xb9\x03\xe8" + b"".join(b"\x19" + n.to_bytes(2, "big") + b"\x00" for n in range(1_000))
    yield b"\x84" * 16 + b"\x00" * 60_000


def nested_json() -> Iterator[bytes]:
    for octets in (b"[", b'{"a":', b'{"vc":[', b'"', b"\\", b"1", b"-", b"1e", b"\xf0\x9f\x98\x80"):
        yield octets * (65_000 // len(octets))
    yield b"{" + b",".join(b'"%d":0' % n for n in range(7_000)) + b"}"
    yield b"{" + b",".join([b'"a":0'] * 9_000) + b"}"
    for item in (b"{}", b"[]", b"1.5", b'"x"', b'{"a":{}}'):
        yield b"[" + item + (b"," + item) * (65_000 // (len(item) + 1)) + b"]"
        yield b'{"iss":[' + item + (b"," + item) * (60_000 // (len(item) + 1)) + b"]}"
    yield b'{"a":' + b"[" * 500 + b"]" * 500 + b"}"
    yield json.dumps({"nbf": "x" * 60_000}).encode()
    yield b'{"nbf":' + b"9" * 4_299 + b"}"


def zipped(made: Iterator[bytes], wrap: Callable[[bytes], bytes]) -> Iterator[bytes]:
    """Yield what fits a symbol, of all that is made."""
    for octets in made:
        payload = wrap(octets)
        if len(payload) <= PAYLOAD_BYTES_MAX:
            yield payload


def of_cbor(prefix: bytes, seal_of: Callable[[bytes], bytes]) -> Iterator[bytes]:
    """Yield texts of a family of base45, zlib and COSE."""

    def packed(octets: bytes) -> bytes:
        return prefix + base45(zlib.compress(octets, 9)).encode()

    yield packed(bytes(MILLIONS))
    yield prefix + b":" * BASE45_MAX
    yield prefix + base45(bytes(BASE45_OCTETS_MAX)).encode()
    for layer in (bytes, seal_of):
        yield from zipped(nested(), lambda octets, layer=layer: packed(layer(octets)))


def of_cc1() -> Iterator[bytes]:
    """Yield octets that begin as a code does, and go on as its patterns like it."""
    code = largest()
    for size in range(0, len(code), 7):
        for filling in (b"\x00", b"\x0a", b"\x1a", b"\x60", b"\xff"):
            yield text(code[:size] + filling * (len(code) - size))
    for octets in nested():
        yield text(octets[:288])


def of_shc() -> Iterator[bytes]:
    def packed(octets: bytes) -> bytes:
        return shc(jws(octets))

    yield packed(bytes(MILLIONS))
    yield from zipped(nested_json(), packed)
    yield from zipped(nested_json(), lambda octets: shc(jws(header=octets[:2_000])))
    yield b"shc:/" + b"0" * 7_084
    yield b"shc:/" + b"7" * 7_084
    yield b"shc:/" + b"1/" * 3_542
    yield b"shc:/" + b"01" * 3_542


def of_pretix() -> Iterator[bytes]:
    for fields in (b"\x80" * 255, b"\x0a" * 255, b"\x0a\xff\x01" + b"a" * 252, b"\x10\x80" * 127):
        yield pretix(pretix_octets(fields))
    yield pretix(pretix_octets(ticket({1: b"a" * 252})))
    for octets in (b"KAEAAAQA", b"KAEA", b"a", b"A"):
        yield octets * (430 // len(octets)) + b"KAEAAAQA"
        yield b"=" + octets * (PAYLOAD_BYTES_MAX // len(octets) - 2) + b"QA"


def of_vds_nc() -> Iterator[bytes]:
    whole = seal().decode()
    for octets in nested_json():
        filling = octets[:5_000].decode("utf-8", "replace")
        yield whole.replace('"HOLDER 0007"', filling).encode()
        yield whole.encode() + filling.encode()
        yield (whole[: whole.index('"msg"')] + filling + whole).encode()[:PAYLOAD_BYTES_MAX]
    yield whole.replace('"HOLDER 0007"', "[" * 900 + "]" * 900).encode()
    members = ",".join(f'"{n:x}":0' for n in range(700))
    yield whole.replace('"HOLDER 0007"', f"{{{members}}}").encode()


WORST: dict[str, Callable[[], Iterator[bytes]]] = {
    "cc1": of_cc1,
    "claim169": lambda: of_cbor(b"", cose),
    "eu-dcc": lambda: of_cbor(b"HC1:", dcc_layer),
    "shc": of_shc,
    "pretix": of_pretix,
    "vds-nc": of_vds_nc,
}
BEGINNINGS = (b"", b"CC1:", b"HC1:", b"NCF", b"shc:/", b'{"data":{"hdr":', b"https://s.sh.gov.cn/")
FILLINGS = tuple(bytes((octet,)) for octet in b'0123459AKQZaz:%$ /+=[{"\\#,.-\x00\x0a\x80\xff')


def lines_run(work: Callable[[], object]) -> int:
    """Return how many lines of Python `work` runs."""
    count = 0

    def trace(_frame: FrameType, event: str, _arg: object) -> object:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def peak_of(work: Callable[[], object]) -> int:
    """Return the most octets that Python held at once for `work`."""
    work()  # what is imported late is not counted
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def check(payload: bytes) -> None:
    known = world()

    def work() -> None:
        judgement = judged(payload, known, profile=EVERY)
        assert judgement.decision.verdict is Verdict.DENY

    assert peak_of(work) <= PEAK_OCTETS_MAX, payload[:40]
    assert lines_run(work) <= LINES_MAX, payload[:40]


@pytest.mark.slow
@pytest.mark.parametrize("family", BUILT_IN, ids=[family.name for family in BUILT_IN])
def test_worst_texts_of_every_family_take_bounded_work_and_memory(family: Format) -> None:
    texts = list(WORST[family.name]())
    assert any(family.claims(payload) for payload in texts)
    for payload in texts:
        check(payload)


@pytest.mark.slow
@given(
    beginning=st.sampled_from(BEGINNINGS),
    filling=st.sampled_from(FILLINGS) | st.binary(min_size=1, max_size=4),
    size=st.sampled_from((364, 433, 728, BASE45_MAX, PAYLOAD_BYTES_MAX)) | st.integers(1, 7_100),
    end=st.sampled_from((b"", b"QA", b"##", b"==", b":1:20260101", b"}")),
)
def test_rows_of_anything_take_bounded_work_and_memory(
    beginning: bytes, filling: bytes, size: int, end: bytes
) -> None:
    check((beginning + filling * size)[: size - len(end)] + end)


# What is no code, but comes from outside as well.


def test_lists_that_swell_take_bounded_memory() -> None:
    """A list that inflates past a shard is refused, and no more than a shard was made of it."""
    token = status_token(bytes(64 * SHARD_CARDS))
    keys = table(STATUS_KEY, CARD_KEY)

    def work() -> None:
        with pytest.raises(TrustError, match="inflate"):
            load_list(token, keys, now=UnixSeconds(NOW))

    assert peak_of(work) <= SHARD_CARDS


def test_trust_list_of_nothing_but_bad_entries_takes_memory_by_its_length() -> None:
    """Each entry of three octets is told with a sentence; the list itself is bounded."""
    octets = b'{"keys":[' + b"{}," * 30_000 + b"{}]}"
    assert len(octets) <= KEYS_OCTETS_MAX
    assert peak_of(lambda: load_keys(octets)) <= 64 * len(octets)


# Patterns: a single repetition without a bound, and none within another, is tried once for each
# octet; two in a row are tried for each pair of octets, and nested ones for each way to part them.

UNBOUNDED = 1_000


def patterns() -> dict[str, re.Pattern[bytes] | re.Pattern[str]]:
    """Return every pattern of the verifier by its name."""
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(verifier.__path__, "verifier.")
    ]
    return {
        f"{module.__name__}.{name}": value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, re.Pattern)
    }


def unbounded_in_a_row(parsed: Iterable[tuple[object, object]], *, within: bool) -> int:
    """Return how many repetitions without a bound one match may try in a row."""
    count = 0
    for operation, argument in parsed:
        match str(operation), argument:
            case "MAX_REPEAT" | "MIN_REPEAT", (_, most, inner):
                is_unbounded = int(most) > UNBOUNDED
                assert not (is_unbounded and within), "a repetition within a repetition"
                count += is_unbounded
                count += unbounded_in_a_row(inner, within=within or is_unbounded)
            case "SUBPATTERN", (_, _, _, inner):
                count += unbounded_in_a_row(inner, within=within)
            case "BRANCH", (_, branches):
                count += max(unbounded_in_a_row(each, within=within) for each in branches)
            case "ASSERT" | "ASSERT_NOT", (_, inner):  # made once, at its place
                assert unbounded_in_a_row(inner, within=within) <= 1
    return count


def test_no_pattern_can_be_made_to_try_for_long() -> None:
    found = patterns()
    assert len(found) >= 8
    for name, pattern in found.items():
        parsed = re._parser.parse(pattern.pattern, pattern.flags)  # type: ignore[attr-defined]  # the standard library's own reading of it
        assert unbounded_in_a_row(parsed, within=False) <= 1, name


@pytest.mark.parametrize("pattern", ["(a+)+b", "(?:a*b?)*", "a+a+b"])
def test_pattern_that_tries_for_long_would_be_found(pattern: str) -> None:
    parsed = re._parser.parse(pattern)  # type: ignore[attr-defined]  # as above
    with pytest.raises(AssertionError):
        assert unbounded_in_a_row(parsed, within=False) <= 1
