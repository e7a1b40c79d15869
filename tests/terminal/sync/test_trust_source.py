import gzip
import hashlib
import json
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from protocol.problems import CONTENT_TYPE, Problem, ProblemCode
from terminal.centre.http_door import HttpDoor
from terminal.errors import CentreRefused, CentreUnreachable
from terminal.sync.trust_source import TRIES_MAX, HttpSource, http_source
from tests.support.middleman import Answer, Asked, Middleman, Told

OCTETS = bytes(range(256)) * 300
Make = Callable[[Answer], tuple[Middleman, HttpSource]]


@pytest.fixture
def make() -> Iterator[Make]:
    opened: list[tuple[Middleman, HttpDoor]] = []

    def start(answer: Answer) -> tuple[Middleman, HttpSource]:
        man, door = Middleman(answer).__enter__(), HttpDoor()
        opened.append((man, door))
        return man, http_source(door, f"{man.url}/tuf/")

    yield start
    for man, door in opened:
        door.close()
        man.__exit__(None, None, None)


def timestamp(source: HttpSource, known: bytes | None = None) -> bytes | None:
    return source.metadata("timestamp.json", limit=1_000, known=known)


def tag_of(octets: bytes) -> str:
    """Return the tag that the centre gives a file: its digest."""
    return f'"{hashlib.sha256(octets).hexdigest()}"'


# Metadata.


def test_a_body_that_was_packed_thrice_costs_no_memory(make: Make) -> None:
    """Nobody asked for a content coding; whoever stands on the line sends one all the same."""
    bomb = bytes(1 << 26)
    for _ in range(3):
        bomb = gzip.compress(bomb)
    _, source = make(lambda _: Told(body=bomb, headers={"Content-Encoding": "gzip, gzip, gzip"}))
    tracemalloc.start()
    try:
        with pytest.raises(CentreUnreachable, match="more than 1000 octets"):
            timestamp(source)
        assert tracemalloc.get_traced_memory()[1] < 1 << 22
    finally:
        tracemalloc.stop()


def test_metadata_is_asked_for_by_the_digest_of_what_is_held(make: Make) -> None:
    def answer(asked: Asked) -> Told:
        if asked.headers.get("if-none-match") == tag_of(b"held"):
            return Told(status=304)
        return Told(body=b"newer")

    man, source = make(answer)
    assert timestamp(source) == b"newer"
    assert timestamp(source, b"held") == b"held"
    assert timestamp(source, b"older") == b"newer"
    assert [asked.path for asked in man.asked] == ["/tuf/metadata/timestamp.json"] * 3


@pytest.mark.parametrize("tag", ['"\x85a"', "\x0bx", tag_of(b"the next one"), f'"{"a" * 129}"'])
def test_no_tag_that_somebody_wrote_is_ever_sent(make: Make, tag: str) -> None:
    """Somebody on the line could name the next file, which would then look known for good."""
    man, source = make(lambda _: Told(body=b"held", headers={"ETag": tag}))
    timestamp(source)
    timestamp(source)
    timestamp(source, b"held")
    assert [asked.headers.get("if-none-match") for asked in man.asked] == [
        None,
        None,
        tag_of(b"held"),
    ]


def test_word_that_nothing_changed_is_no_answer_to_who_has_nothing(make: Make) -> None:
    _, source = make(lambda _: Told(status=304))
    with pytest.raises(CentreUnreachable, match="HTTP status 304"):
        timestamp(source)


@pytest.mark.parametrize("status", [403, 404])
def test_a_file_that_is_not_there_is_none(make: Make, status: int) -> None:
    _, source = make(lambda _: Told(status=status, body=b"<html>"))
    assert timestamp(source) is None


@pytest.mark.parametrize("status", [201, 204, 206, 301, 410, 500, 503])
def test_every_other_answer_is_a_fault(make: Make, status: int) -> None:
    _, source = make(lambda _: Told(status=status, headers={"Retry-After": "7"}))
    with pytest.raises(CentreUnreachable, match=f"HTTP status {status}") as caught:
        timestamp(source)
    assert caught.value.retry_after_s == 7.0


def test_a_refusal_of_the_centre_is_read(make: Make) -> None:
    told = Problem(code=ProblemCode.SUSPENDED, detail="says why")
    body, headers = json.dumps(told.document()).encode(), {"Content-Type": CONTENT_TYPE}
    _, source = make(lambda _: Told(status=409, body=body, headers=headers))
    with pytest.raises(CentreRefused, match="says why"):
        timestamp(source)


@pytest.mark.parametrize(("size", "is_taken"), [(1_000, True), (1_001, False)])
def test_metadata_is_bounded(make: Make, size: int, *, is_taken: bool) -> None:
    _, source = make(lambda _: Told(body=bytes(size)))
    if is_taken:
        assert timestamp(source) == bytes(size)
        return
    with pytest.raises(CentreUnreachable, match="more than 1000 octets"):
        timestamp(source)


# Targets.


def cut_at(*sizes: int) -> tuple[Answer, list[str]]:
    """Return a server that cuts its answers, each after so many octets, and what was asked of it."""
    ranges: list[str] = []

    def answer(asked: Asked) -> Told:
        header = asked.headers.get("range", "")
        ranges.append(header)
        first = int(header.removeprefix("bytes=").removesuffix("-") or 0)
        rest = OCTETS[first:]
        size = sizes[len(ranges) - 1] if len(ranges) <= len(sizes) else len(rest)
        headers = {"content-length": str(len(rest))}
        if header:
            headers["content-range"] = f"bytes {first}-{len(OCTETS) - 1}/{len(OCTETS)}"
        return Told(status=206 if header else 200, body=rest[:size], headers=headers)

    return answer, ranges


def test_a_cut_file_is_gone_on_with_where_it_broke_off(make: Make) -> None:
    answer, ranges = cut_at(16_384)
    _, source = make(answer)
    assert source.target("a/b", limit=len(OCTETS)) == OCTETS
    assert ranges == ["", "bytes=16384-"]


def test_what_came_is_kept_for_the_next_time(make: Make) -> None:
    answer, ranges = cut_at(16_384, 8_192)
    _, source = make(answer)
    with pytest.raises(CentreUnreachable):
        source.target("a/b", limit=len(OCTETS))
    assert source.target("a/b", limit=len(OCTETS)) == OCTETS
    assert ranges == ["", "bytes=16384-", "bytes=24576-"]


def test_what_came_of_one_file_is_no_part_of_another(make: Make) -> None:
    answer, ranges = cut_at(20_000, 0)
    _, source = make(answer)
    with pytest.raises(CentreUnreachable):
        source.target("a/b", limit=len(OCTETS))
    assert source.target("a/c", limit=len(OCTETS)) == OCTETS
    assert ranges[-1] == ""


def test_a_line_that_is_cut_again_and_again_is_given_up_for_this_round(make: Make) -> None:
    answer, ranges = cut_at(*[8_192] * 99)
    _, source = make(answer)
    with pytest.raises(CentreUnreachable):
        source.target("a/b", limit=2 * len(OCTETS))
    assert len(ranges) == TRIES_MAX


def test_a_server_that_knows_no_ranges_sends_the_whole_again(make: Make) -> None:
    tries: list[Asked] = []

    def answer(asked: Asked) -> Told:
        tries.append(asked)
        body = OCTETS if len(tries) > 1 else OCTETS[:9_000]
        return Told(body=body, headers={"content-length": str(len(OCTETS))})

    _, source = make(answer)
    assert source.target("a/b", limit=len(OCTETS)) == OCTETS


@pytest.mark.parametrize(
    "told",
    ["bytes 1-5/6", "bytes 0-3/4", "", "octets 9000-9001/9002", "bytes 9000-/9002", "bytes */4"],
)
def test_another_part_than_asked_for_is_not_sewn_on(make: Make, told: str) -> None:
    tries: list[Asked] = []

    def answer(asked: Asked) -> Told:
        tries.append(asked)
        if len(tries) == 1:
            return Told(body=OCTETS[:8_192], headers={"content-length": str(len(OCTETS))})
        return Told(status=206, body=b"strange", headers={"content-range": told})

    _, source = make(answer)
    assert source.target("a/b", limit=len(OCTETS)) == b"strange", "whoever asked checks the digest"


def test_a_part_that_nobody_asked_for_is_a_fault(make: Make) -> None:
    _, source = make(lambda _: Told(status=206, body=b"part"))
    with pytest.raises(CentreUnreachable, match="HTTP status 206"):
        source.target("a/b", limit=4)


@pytest.mark.parametrize("status", [404, 416, 500])
def test_a_refused_file_is_begun_anew_the_next_time(make: Make, status: int) -> None:
    answer, ranges = cut_at(20_000, 0)
    man, source = make(answer)
    with pytest.raises(CentreUnreachable):
        source.target("a/b", limit=len(OCTETS))
    man.answer = lambda _: Told(status=status)
    with pytest.raises(CentreUnreachable, match=f"HTTP status {status}"):
        source.target("a/b", limit=len(OCTETS))
    man.answer = answer
    assert source.target("a/b", limit=len(OCTETS)) == OCTETS
    assert ranges[-1] == ""


def test_a_file_longer_than_named_is_cut_off(make: Make) -> None:
    _, source = make(lambda _: Told(body=OCTETS))
    with pytest.raises(CentreUnreachable, match="more than 100 octets"):
        source.target("a/b", limit=100)
    with pytest.raises(CentreUnreachable, match="more than 100 octets"):
        source.target("a/b", limit=100)


def test_a_path_is_quoted_into_the_address(make: Make) -> None:
    man, source = make(lambda _: Told(body=b"octets"))
    source.target("a/b?c#d e", limit=6)
    assert man.asked[0].path == "/tuf/targets/a/b%3Fc%23d%20e"
