"""Too much, too slow, too many: each is bounded, and lanes and honest programs are served."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from terminal.local.limits import Limits
from terminal.local.places import Held, Places
from tests.support.local_service import Counter, counter, told
from tests.support.raw_http import PATIENCE_S, answer, answered, connected, head, is_ended

LIMITS = Limits()
JSON = "Content-Type: application/json"
OPEN = "/v1/lanes/gate-1/emergency"
SLOW = {"head_s": 0.2, "body_s": 0.2, "idle_s": 0.2, "unread_s": 0.2}


def own(till: Counter, client: str = "till-1") -> str:
    return f"Authorization: Bearer {till.token(client)}"


@contextmanager
def many(till: Counter, count: int, octets: bytes) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        found = []
        for _ in range(count):
            with suppress(ConnectionError):  # who came before is put out already
                found.append(stack.enter_context(connected(till.port, octets)))
        yield found


@pytest.mark.parametrize(("more", "status"), [(0, 422), (1, 413)])
def test_body_is_just_so_long(till: Counter, more: int, status: int) -> None:
    body = b'{"x":"' + b"y" * (LIMITS.body_octets_max + more - 8) + b'"}'
    assert len(body) == LIMITS.body_octets_max + more
    kind = {"Content-Type": "application/json"}
    assert till.send("POST", OPEN, data=body, headers=kind).status_code == status
    chunks = till.send("POST", OPEN, data=iter([body[:5], body[5:]]), headers=kind)
    assert chunks.status_code == status
    assert till.service.effects == []


def test_body_that_never_ends_is_ended(till: Counter) -> None:
    """A length of gigabytes is not waited for, and what comes of it is not kept."""
    octets = head("POST", OPEN, own(till), JSON, "Content-Length: 8000000000")
    with connected(till.port, octets) as connection, suppress(ConnectionError):
        for _ in range(1_000):
            connection.sendall(b"x" * 65_536)
        pytest.fail("64 MB were taken")
    assert till.send("GET", "/v1/lanes").status_code == 200


def test_body_that_is_too_long_is_told_so_and_the_connection_ended(till: Counter) -> None:
    octets = head("POST", OPEN, own(till), JSON, "Content-Length: 1000000")
    with connected(till.port, octets + b"x" * 200_000) as connection:
        said = answer(connection)
        assert (said.status, said.code) == (413, "too-large")
        assert said.headers["connection"] == "close"
        assert is_ended(connection)


@pytest.mark.parametrize(
    ("octets", "status"),
    [(LIMITS.head_octets_max - 300, 200), (LIMITS.head_octets_max, 431), (200_000, 431)],
)
def test_head_is_just_so_long(till: Counter, octets: int, status: int) -> None:
    answered = till.send("GET", "/v1/lanes", headers={"X": "y" * octets})
    assert answered.status_code == status


def test_head_that_never_ends_is_ended(till: Counter) -> None:
    with connected(till.port, b"GET / HTTP/1.1\r\n") as connection, suppress(ConnectionError):
        for number in range(100_000):
            connection.sendall(b"X%d: y\r\n" % number)
        pytest.fail("it went on")
    assert till.send("GET", "/v1/lanes").status_code == 200


@pytest.mark.slow
def test_who_is_slow_is_told_so_and_ended(tmp_path: Path) -> None:
    with counter(tmp_path, limits=SLOW) as till:
        length = head("POST", OPEN, own(till), JSON, "Content-Length: 13") + b'{"op'
        begun = head("GET", "/v1/lanes", own(till))
        with (
            connected(till.port) as silent,
            connected(till.port, b"GET / HTTP/1.1\r\nX: ") as half,
            connected(till.port, length) as body,
            connected(till.port, begun) as idle,
        ):
            assert is_ended(silent)
            for connection in (half, body):
                assert answer(connection).code == "too-slow"
                assert is_ended(connection)
            assert answer(idle).status == 200
            assert is_ended(idle)
        again = answered(till.port, begun + b"GET /")
        assert [said.code for said in again] == ["", "too-slow"]
        assert till.service.effects == []


@pytest.mark.slow
def test_who_sends_an_octet_now_and_then_is_slow_too(tmp_path: Path) -> None:
    with counter(tmp_path, limits=SLOW) as till, connected(till.port, b"GET /") as connection:
        connection.settimeout(0.02)
        with suppress(ConnectionError):
            for _ in range(int(PATIENCE_S / 0.02)):
                connection.sendall(b"x")
                with suppress(TimeoutError):
                    if b"too-slow" in connection.recv(4_096):
                        return
            pytest.fail("it was waited for")


@pytest.mark.slow
def test_who_asks_on_and_on_and_takes_no_answer_loses_his_connection(tmp_path: Path) -> None:
    path, bounds = str(tmp_path / "s"), {"unread_s": 0.2, "requests_burst": 10_000}
    with (
        counter(tmp_path, loopback=[], socket={"path": path}, limits=bounds) as till,
        socket.socket(socket.AF_UNIX) as deaf,
    ):
        deaf.connect(path)
        deaf.sendall(head("GET", "/openapi.json", own(till)) * 100)  # of 60 kB each
        assert deaf.recv(15) == b"HTTP/1.1 200 OK"
        while till.interface.status()["connections"]:
            assert till.interface.listeners[0].trouble == ""


@pytest.mark.slow
def test_thousands_of_streams_are_bounded_and_programs_are_served(till: Counter) -> None:
    """A client that opens streams without end has four; the till beside it sells."""
    greedy = head("GET", "/v1/events", own(till, "greedy"))
    till.token("till-1")
    with many(till, 1_000, greedy):
        assert till.arm("sale_in_the_storm").status_code == 201
        till.do(till.service.show_card, "pharmacy-1")
        status = till.interface.status()
        assert status["streams"] in range(LIMITS.streams_of_client_max + 1)
        assert status["connections"] in range(LIMITS.connections_max + 1)
    told(till.arm("sale_in_the_storm", amount_minor=1), "key-used")


@pytest.mark.slow
def test_strangers_that_hold_every_connection_keep_no_program_out(till: Counter) -> None:
    with many(till, 500, b"GET /v1/lanes HTTP/1.1\r\n"):
        for _ in range(5):
            assert till.send("GET", "/v1/lanes").status_code == 200
        assert till.interface.status()["connections"] in range(LIMITS.connections_max + 1)


def test_who_is_refused_on_and_on_waits_and_others_do_not(tmp_path: Path) -> None:
    """Thousands of requests in a row, each refused, would keep the loop from everybody else's."""
    bounds = {"refusals_at_once": 2, "refused_s": 60.0, "stop_s": 0.1, "requests_burst": 1}
    with counter(tmp_path, limits=bounds) as till:
        stranger, hasty = head("GET", "/v1/lanes"), head("GET", "/v1/lanes", own(till))
        with connected(till.port) as one, connected(till.port) as other:
            assert _codes(one, stranger, 2) == ["token"] * 2
            assert _codes(other, hasty, 3) == ["", "too-fast", "too-fast"]
            one.sendall(stranger)
            other.sendall(hasty)
            assert till.send("GET", "/v1/lanes", client="till-2").status_code == 200
            for connection in (one, other):
                connection.setblocking(False)
                with pytest.raises(BlockingIOError):
                    connection.recv(1)


def _codes(connection: socket.socket, octets: bytes, count: int) -> list[str]:
    found = []
    for _ in range(count):
        connection.sendall(octets)
        found.append(answer(connection).code)
    return found


def test_program_at_work_keeps_its_place_before_strangers(tmp_path: Path) -> None:
    with counter(tmp_path, limits={"connections_max": 2}) as till:
        events = head("GET", "/v1/events", own(till))
        with connected(till.port, events) as stream:
            assert stream.recv(15) == b"HTTP/1.1 200 OK"
            with many(till, 20, b""):
                till.feed.publish("passage", {"lane": "gate-1", "what": "passed"})
                text = b""
                while b"passed" not in text:
                    text += stream.recv(4_096)


def test_client_that_sends_no_bodies_keeps_no_other_out(tmp_path: Path) -> None:
    """A token that was stolen opens connections by the dozen, each with a body that never comes."""
    with counter(tmp_path, limits={"connections_max": 4}) as till:
        begun = head("POST", OPEN, own(till, "stolen"), JSON, "Content-Length: 13")
        till.token()
        with many(till, 8, begun):
            assert till.arm("sale_beside_thief").status_code == 201


def _held(
    peer: str, ended: list[str], name: str, *, known: bool = False, busy: bool = False
) -> Held:
    return Held(peer=peer, end=lambda: ended.append(name), is_known=known, is_at_work=busy)


def test_place_goes_first_from_strangers_then_from_the_idle_and_never_from_who_works() -> None:
    ended: list[str] = []
    places = Places(most=3, most_of_peer=3)
    for held in (
        _held("a", ended, "busy", known=True, busy=True),
        _held("b", ended, "idle", known=True),
        _held("c", ended, "stranger"),
    ):
        assert places.enter(held)
    assert places.enter(_held("d", ended, "busy too", known=True, busy=True))
    assert places.enter(_held("e", ended, "busy as well", known=True, busy=True))
    assert ended == ["stranger", "idle"]
    assert not places.enter(_held("f", ended, "late"))
    assert (len(places), ended) == (3, ["stranger", "idle"])


def test_peer_that_has_its_share_takes_from_itself() -> None:
    ended: list[str] = []
    places = Places(most=9, most_of_peer=1)
    assert places.enter(_held("a", ended, "first"))
    assert places.enter(_held("b", ended, "other"))
    assert places.enter(_held("a", ended, "second"))
    assert ended == ["first"]
    places.end_all()
    assert ended == ["first", "other", "second"]
