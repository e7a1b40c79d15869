import gzip
import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from protocol.problems import CONTENT_TYPE, Problem, ProblemCode
from terminal.centre.client import CentreClient
from terminal.centre.http_door import refusal
from terminal.errors import CentreRefused, CentreUnreachable
from tests.support.middleman import (
    SLOW_BODY,
    SLOW_BODY_WITHOUT_LENGTH,
    SLOW_HEAD,
    Answer,
    Drip,
    Middleman,
    Told,
)

LIMIT = 100_000
Make = Callable[[Answer], tuple[Middleman, CentreClient]]


@pytest.fixture
def make() -> Iterator[Make]:
    opened: list[tuple[Middleman, CentreClient]] = []

    def start(answer: Answer) -> tuple[Middleman, CentreClient]:
        man = Middleman(answer).__enter__()
        opened.append((man, CentreClient(man.url)))
        return opened[-1]

    yield start
    for man, client in opened:
        client.close()
        man.__exit__(None, None, None)


SLOW = pytest.mark.parametrize(
    "drip",
    [SLOW_HEAD, SLOW_BODY, SLOW_BODY_WITHOUT_LENGTH],
    ids=["head", "body", "body without length"],
)


def ask(client: CentreClient) -> bytes:
    """Return what is answered, or raise what it means that it is no success."""
    answer = client.door.send("GET", f"{client.url}/page", headers={}, limit=LIMIT)
    if not answer.is_taken:
        raise refusal(answer)
    return answer.body


def unreachable(client: CentreClient) -> CentreUnreachable:
    with pytest.raises(CentreUnreachable) as caught:
        ask(client)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://127.0.0.1:1", "no connection"),
        ("http://a..b", "correct centre.url"),
        ("http://*", "correct centre.url"),
        ("http://nowhere.invalid", "no connection"),
    ],
)
def test_a_centre_that_is_not_there_is_told_in_one_line(url: str, says: str) -> None:
    client = CentreClient(url)
    told = str(unreachable(client))
    client.close()
    assert told.startswith(url)
    assert says in told


def test_a_file_of_certificates_that_is_not_there_is_named() -> None:
    client = CentreClient("https://127.0.0.1:1", ca_file="/nonexistent.pem")
    assert "centre.ca_file" in str(unreachable(client))
    client.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(make: Make, status: int) -> None:
    man, client = make(lambda _: Told(status=status, headers={"Location": "/elsewhere"}))
    assert f"HTTP status {status}" in str(unreachable(client))
    assert [asked.path for asked in man.asked] == ["/page"]


def test_a_redirect_to_what_is_no_address_is_as_any_other(make: Make) -> None:
    _, client = make(lambda _: Told(status=307, headers={"location": "http://[::1"}))
    assert "307" in str(unreachable(client))


def test_an_answer_of_just_the_limit_is_taken(make: Make) -> None:
    _, client = make(lambda _: Told(body=bytes(LIMIT)))
    assert len(ask(client)) == LIMIT


def test_an_answer_without_end_is_cut_off(make: Make) -> None:
    _, client = make(lambda _: Told(body=bytes(LIMIT + 1)))
    assert "more than" in str(unreachable(client))


def test_a_compressed_answer_is_bounded_by_what_it_becomes(make: Make) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    _, client = make(lambda _: Told(body=bomb, headers={"Content-Encoding": "gzip"}))
    assert "more than" in str(unreachable(client))


def test_an_answer_that_breaks_off_is_no_answer(make: Make) -> None:
    _, client = make(lambda _: Told(body=b"half", headers={"content-length": "100"}))
    unreachable(client)


def test_a_connection_that_breaks_off_is_no_answer(make: Make) -> None:
    _, client = make(lambda _: None)
    assert "no connection" in str(unreachable(client))


def problem(code: ProblemCode, **members: int | str) -> Told:
    told = Problem(code=code, detail="says why", members=tuple(members.items()))
    body = json.dumps(told.document()).encode()
    return Told(status=told.status, body=body, headers={"Content-Type": CONTENT_TYPE})


@pytest.mark.parametrize("code", [code for code in ProblemCode if code.value != "overloaded"])
def test_each_refusal_of_the_centre_is_read(make: Make, code: ProblemCode) -> None:
    _, client = make(lambda _: problem(code, need=7))
    with pytest.raises(CentreRefused, match=f"{code.value}.*says why") as caught:
        ask(client)
    assert caught.value.problem.code is code
    assert dict(caught.value.problem.members) == {"need": 7}


def test_a_refusal_for_load_is_tried_again_and_says_when(make: Make) -> None:
    told = problem(ProblemCode.OVERLOADED)
    headers = {**told.headers, "Retry-After": "40"}
    _, client = make(lambda _: Told(status=503, body=told.body, headers=headers))
    assert unreachable(client).retry_after_s == 40.0


@pytest.mark.parametrize(
    "text", ["", "-1", "1.5", "soon", "9999999", "٣", "Wed, 21 Oct 2026 07:28:00 GMT"]
)
def test_a_time_to_wait_that_makes_no_sense_is_no_time(make: Make, text: str) -> None:
    headers = {"Retry-After": text.encode().decode("latin-1")}
    _, client = make(lambda _: Told(status=429, headers=headers))
    assert unreachable(client).retry_after_s == 0.0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"<html>",
        b"[]",
        b"7",
        b'{"type":7}',
        b'{"type":"urn:scan-terminal:problem:joke"}',
        b'{"type":"about:blank"}',
        b"[" * 60_000,
        b'{"type":"urn:scan-terminal:problem:gap","need":' + b"9" * 5_000 + b"}",
    ],
)
def test_a_garbage_refusal_is_some_machine_in_between(make: Make, body: bytes) -> None:
    _, client = make(lambda _: Told(status=409, body=body, headers={"Content-Type": CONTENT_TYPE}))
    assert "HTTP status 409" in str(unreachable(client))


# Answers without end.


@SLOW
@pytest.mark.slow
def test_an_answer_that_comes_octet_by_octet_ends_at_the_deadline(make: Make, drip: Drip) -> None:
    man, _ = make(lambda _: drip)
    client = CentreClient(man.url, request_s_max=0.5)
    assert "no whole answer within 0.5 s" in str(unreachable(client))
    man.answer = lambda _: Told(body=b"index")
    assert ask(client) == b"index"
    client.close()


@SLOW
def test_a_request_in_hand_ends_at_once_when_another_thread_closes(make: Make, drip: Drip) -> None:
    man, client = make(lambda _: drip)
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(unreachable, client)
        assert man.drips.wait(20)
        client.close()
        assert "this side stops" in str(asked.result(5))
    assert len(man.asked) == 1


def test_a_client_that_was_closed_asks_nobody(make: Make) -> None:
    man, client = make(lambda _: Told(body=b"index"))
    client.close()
    assert "this side stops" in str(unreachable(client))
    assert man.asked == []


@pytest.mark.slow
def test_a_handshake_that_does_not_go_on_ends_at_the_deadline() -> None:
    """TLS takes the socket over; it is shut all the same."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = CentreClient(f"https://127.0.0.1:{silent.getsockname()[1]}", request_s_max=0.1)
        assert "no whole answer within 0.1 s" in str(unreachable(client))
        client.close()


@pytest.mark.slow
def test_a_connection_that_is_kept_is_watched_in_its_next_request() -> None:
    """The second answer drips over the socket that the first one came over."""
    with socket.create_server(("127.0.0.1", 0)) as door, ThreadPoolExecutor() as pool:
        client = CentreClient(f"http://127.0.0.1:{door.getsockname()[1]}", request_s_max=0.5)
        first = pool.submit(ask, client)
        line, _ = door.accept()
        with line:
            line.recv(65_536)
            line.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            assert first.result(5) == b"ok"
            second = pool.submit(unreachable, client)
            assert line.recv(65_536).startswith(b"GET ")
            line.sendall(b"HTTP/1.1 200 OK\r\n")
            assert "no whole answer" in str(second.result(5))
            assert line.recv(1) == b""
        client.close()
