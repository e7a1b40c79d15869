"""What a machine sends under its own signature, and in which coding."""

import json
from collections.abc import Callable, Iterator

import pytest

from protocol.batch import Batch, batch_octets
from protocol.content_coding import Coding, decoded
from protocol.http_signature import Request, Signed, read_signature
from protocol.keys import SigningKey
from protocol.problems import CONTENT_TYPE, Problem, ProblemCode
from terminal.centre.client import CentreClient
from terminal.centre.signed_client import SignedClient, Signer
from terminal.errors import CentreRefused, CentreUnreachable
from tests.support.middleman import Answer, Asked, Middleman, Told
from verifier.model import UnixSeconds

KEY = SigningKey(bytes(range(32)))
SIGNER = Signer(key=KEY, key_id="gate-7", now=lambda: UnixSeconds(1_800_000_000))
BATCH = Batch(epoch=1, first=1, prev=bytes(32), lines=(b'{"epoch":1,"seq":1}',))

Make = Callable[[Answer], tuple[Middleman, SignedClient]]


@pytest.fixture
def make() -> Iterator[Make]:
    opened: list[tuple[Middleman, CentreClient]] = []

    def start(answer: Answer, below: str = "") -> tuple[Middleman, SignedClient]:
        man = Middleman(answer).__enter__()
        opened.append((man, CentreClient(man.url + below)))
        return man, SignedClient(opened[-1][1], SIGNER)

    yield start
    for man, client in opened:
        client.close()
        man.__exit__(None, None, None)


def signature(asked: Asked) -> Signed:
    request = Request(method=asked.method, path=asked.path, headers=asked.headers, body=asked.body)
    return read_signature(request)


def content(asked: Asked) -> bytes:
    coding = Coding(asked.headers.get("content-encoding", "identity"))
    return decoded(asked.body, coding, octets_max=1_000)


def refusal(code: ProblemCode) -> Told:
    told = Problem(code=code, detail="says why")
    body = json.dumps(told.document()).encode()
    return Told(status=told.status, body=body, headers={"Content-Type": CONTENT_TYPE})


def takes(*codings: str) -> Answer:
    """Return a centre that knows `codings` alone, and plain where nothing is named."""

    def answer(asked: Asked) -> Told:
        named = asked.headers.get("content-encoding", "identity")
        return Told(body=b"ok") if named in codings else refusal(ProblemCode.ENCODING)

    return answer


def test_an_upload_is_compressed_and_signed_over_all_that_matters(make: Make) -> None:
    man, client = make(lambda _: Told(body=b"acknowledged"))
    assert client.upload(BATCH, waiting=7) == b"acknowledged"
    (asked,) = man.asked
    assert (asked.method, asked.path) == ("POST", "/v1/terminals/gate-7/journal")
    assert asked.headers["content-encoding"] == "zstd"
    assert asked.headers["x-backlog"] == "7"
    assert signature(asked).is_by(KEY.public)
    assert signature(asked).key_id == "gate-7"
    assert content(asked) == batch_octets(BATCH)


def test_a_path_in_front_of_the_centre_is_kept_and_signed() -> None:
    with Middleman(lambda _: Told(body=b"ok")) as man:
        client = CentreClient(f"{man.url}/city/")
        SignedClient(client, SIGNER).upload(BATCH, waiting=1)
        client.close()
        (asked,) = man.asked
    assert asked.path == "/city/v1/terminals/gate-7/journal"
    assert signature(asked).is_by(KEY.public)


def test_a_centre_that_is_older_than_zstd_gets_gzip_from_then_on(make: Make) -> None:
    man, client = make(takes("gzip", "identity"))
    assert client.upload(BATCH, waiting=7) == client.upload(BATCH, waiting=7) == b"ok"
    named = [asked.headers["content-encoding"] for asked in man.asked]
    assert named == ["zstd", "gzip", "gzip"]
    assert [content(asked) for asked in man.asked] == [batch_octets(BATCH)] * 3
    assert all(signature(asked).is_by(KEY.public) for asked in man.asked)


def test_a_centre_that_knows_no_coding_gets_plain_lines(make: Make) -> None:
    man, client = make(takes("identity"))
    assert client.upload(BATCH, waiting=7) == b"ok"
    assert [asked.headers.get("content-encoding") for asked in man.asked] == ["zstd", "gzip", None]
    assert content(man.asked[-1]) == batch_octets(BATCH)


def test_a_centre_that_takes_nothing_at_all_is_asked_three_times_and_no_more(make: Make) -> None:
    man, client = make(takes())
    with pytest.raises(CentreRefused, match="encoding"):
        client.upload(BATCH, waiting=7)
    assert len(man.asked) == 3
    with pytest.raises(CentreRefused, match="encoding"):
        client.upload(BATCH, waiting=7)
    assert len(man.asked) == 4


@pytest.mark.parametrize("status", [301, 302, 303, 304, 307, 308])
def test_a_redirect_takes_no_upload_elsewhere(make: Make, status: int) -> None:
    man, client = make(lambda _: Told(status=status, headers={"Location": "/elsewhere"}))
    with pytest.raises(CentreUnreachable, match=f"HTTP status {status}"):
        client.upload(BATCH, waiting=7)
    assert len(man.asked) == 1
