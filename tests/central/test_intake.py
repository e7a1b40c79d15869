"""Senders that take their time: a place is for whoever has signed, and work for whole bodies."""

import gzip
import select
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPResponse
from itertools import count
from urllib.parse import urlsplit

import pytest

from central.routes.admission import UPLOADS_IN_FLIGHT_MAX
from central.routes.intake import BODIES_EACH_MAX
from protocol.batch import BATCH_OCTETS_MAX, CONTENT_TYPE, batch_octets
from protocol.http_signature import Request, sign_request
from protocol.keys import new_signing_key
from tests.central.peers import START, RunningCentre, Terminal, lines
from verifier.model import UnixSeconds

# Twice as many as uploads have places.
MANY = 2 * UPLOADS_IN_FLIGHT_MAX
PATIENCE_S = 20
_MOMENTS = count(START)

# What the store has no part in is shown on one engine.
on_sqlite = pytest.mark.parametrize("new_site", ["sqlite"], indirect=True)

Signer = Callable[[Terminal, Request], dict[str, str]]


def _body(terminal: Terminal) -> bytes:
    return gzip.compress(batch_octets(terminal.batch(lines(1, 1, 1), first=1)), mtime=0)


def _own(terminal: Terminal, request: Request) -> dict[str, str]:
    """Sign as an honest terminal does, whose tries have each a moment of their own."""
    now = UnixSeconds(next(_MOMENTS))
    return sign_request(request, key=terminal.key, key_id=terminal.name, now=now)


def _unsigned(_: Terminal, __: Request) -> dict[str, str]:
    return {}


def _forged(terminal: Terminal, request: Request) -> dict[str, str]:
    return sign_request(request, key=new_signing_key(), key_id=terminal.name, now=START)


def _by_another(terminal: Terminal, request: Request) -> dict[str, str]:
    return sign_request(request, key=terminal.key, key_id="gate-other", now=START)


def _without_digest(terminal: Terminal, request: Request) -> dict[str, str]:
    signed = _own(terminal, request)
    del signed["content-digest"]
    return signed


def _head(terminal: Terminal, signer: Signer = _own, **more: str) -> bytes:
    """Return the head of an upload, ready to be sent before its body."""
    body = _body(terminal)
    own = {"content-type": CONTENT_TYPE, "content-encoding": "gzip"}
    signed = signer(terminal, Request(method="POST", path=terminal.path, headers=own, body=body))
    fields = {"host": "centre", "content-length": str(len(body))} | own | signed | more
    rows = [f"POST {terminal.path} HTTP/1.1", *(f"{name}: {fields[name]}" for name in fields)]
    return "\r\n".join([*rows, "", ""]).encode()


@contextmanager
def _sockets(centre: RunningCentre, heads: Sequence[bytes]) -> Iterator[list[socket.socket]]:
    """Open a connection for each head and send it."""
    address = urlsplit(centre.url)
    with ExitStack() as stack:
        opened = []
        for head in heads:
            connection = socket.create_connection((address.hostname, address.port), PATIENCE_S)
            opened.append(stack.enter_context(connection))
            connection.sendall(head)
        yield opened


def _is_asked_for_its_body(connection: socket.socket) -> bool:
    """Return whether 100 Continue comes, which says that the body is waited for."""
    start = connection.recv(12, socket.MSG_PEEK | socket.MSG_WAITALL)
    assert start.startswith(b"HTTP/1.1 ")
    return start == b"HTTP/1.1 100"


def _answer(connection: socket.socket) -> HTTPResponse:
    answer = HTTPResponse(connection)
    answer.begin()  # it passes over 100 Continue
    return answer


def _comes_through(terminal: Terminal) -> bool:
    """Return whether an upload is taken once the centre has noticed who hung up."""
    return any(terminal.upload(1, 1).status_code == 200 for _ in range(1000))


@pytest.mark.slow
@on_sqlite
@pytest.mark.parametrize("signer", [_own, _unsigned, _forged, _by_another, _without_digest])
def test_slow_senders_that_cannot_be_genuine_hold_up_nobody(
    centre: RunningCentre, terminal: Terminal, signer: Signer
) -> None:
    """They are told so though most of what they announced never comes."""
    known = signer is not _own
    named = terminal if known else Terminal(url=centre.url, name="nobody")
    other = centre.enrolled(f"beside-{terminal.name}")
    with _sockets(centre, [_head(named, signer) + b"\x1f"] * MANY) as waiting:
        assert other.upload(1, 3).status_code == 200
        assert not known or terminal.upload(1, 3).status_code == 200
        answers = [_answer(connection) for connection in waiting]
        assert {answer.status for answer in answers} == {401}
        assert all(b"problem:signature" in answer.read() for answer in answers)


@on_sqlite
@pytest.mark.parametrize("signer", [_unsigned, _forged, _by_another])
def test_body_is_not_asked_for_where_the_headers_say_enough(
    centre: RunningCentre, terminal: Terminal, signer: Signer
) -> None:
    with _sockets(centre, [_head(terminal, signer, expect="100-continue")]) as (connection,):
        assert not _is_asked_for_its_body(connection)
        assert _answer(connection).status == 401


@on_sqlite
@pytest.mark.parametrize(
    ("octets", "status"), [(BATCH_OCTETS_MAX, 100), (BATCH_OCTETS_MAX + 1, 413)]
)
def test_body_too_long_by_its_own_word_is_not_asked_for(
    centre: RunningCentre, terminal: Terminal, octets: int, status: int
) -> None:
    head = _head(terminal, **{"content-length": str(octets), "expect": "100-continue"})
    with _sockets(centre, [head]) as (connection,):
        assert _is_asked_for_its_body(connection) is (status == 100)
        if status != 100:
            assert _answer(connection).status == status


@pytest.mark.slow
@on_sqlite
def test_headers_seen_on_the_way_and_sent_again_hold_one_place_at_most(
    centre: RunningCentre, terminal: Terminal
) -> None:
    """Their signature holds for a day; the terminal itself must get through all the same."""
    seen = _head(terminal) + b"\x1f"
    with _sockets(centre, [seen] * (BODIES_EACH_MAX + 1)) as (_, *again):
        assert {_answer(connection).status for connection in again} == {429}
        assert terminal.upload(1, 3).status_code == 200


def test_head_brings_no_body(terminal: Terminal) -> None:
    refusal = terminal.send("GET", f"{terminal.path}/head", body=b"x")
    assert refusal.status_code == 413
    assert terminal.head().status_code == 200


@pytest.mark.slow
@on_sqlite
def test_slow_bodies_of_one_terminal_hold_up_that_one_alone(
    centre: RunningCentre, terminal: Terminal
) -> None:
    """Its key is good, so nothing but the time it takes tells that something is wrong."""
    other = centre.enrolled(f"beside-{terminal.name}")
    with _sockets(centre, [_head(terminal, expect="100-continue") for _ in range(MANY)]) as waiting:
        asked = [one for one in waiting if _is_asked_for_its_body(one)]
        assert len(asked) == BODIES_EACH_MAX
        refused = [_answer(one) for one in waiting if one not in asked]
        assert {answer.status for answer in refused} == {429}
        assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
        assert terminal.upload(1, 1).status_code == 429
        assert other.upload(1, 3).status_code == 200
    assert _comes_through(terminal)


@pytest.mark.slow
def test_slow_bodies_take_no_place_of_the_work(centre: RunningCentre, terminal: Terminal) -> None:
    """More bodies are under way than there are uploads in flight; whole ones are, and wait."""
    names = range(UPLOADS_IN_FLIGHT_MAX // BODIES_EACH_MAX)
    slow = [centre.enrolled(f"slow-{number}-{terminal.name}") for number in names]
    senders = [one for one in slow for _ in range(BODIES_EACH_MAX)] + [terminal]
    heads = [_head(one, expect="100-continue") for one in senders]
    other = centre.enrolled(f"beside-{terminal.name}")
    with _sockets(centre, heads) as waiting, ExitStack() as stack:
        assert all(_is_asked_for_its_body(connection) for connection in waiting)
        assert other.upload(1, 3).status_code == 200
        for connection in waiting:
            _pass_over_continue(connection)
        store = centre.site.open_store()
        stack.callback(store.close)
        with store.transaction():  # uploads wait for their terminals' rows, others for those
            assert all(store.terminals.locked(name) for name in {one.name for one in senders})
            for connection, sender in zip(waiting, senders, strict=True):
                connection.sendall(_body(sender))
            (refused, *_), _, _ = select.select(waiting, [], [], PATIENCE_S)
            answer = _answer(refused)
            assert (answer.status, int(answer.headers["retry-after"]) > 0) == (503, True)
        taken = [_answer(one).status for one in waiting if one is not refused]
        assert taken == [200] * UPLOADS_IN_FLIGHT_MAX


def _pass_over_continue(connection: socket.socket) -> None:
    while not connection.recv(4096).endswith(b"\r\n\r\n"):
        pass
