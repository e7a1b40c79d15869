import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest
from starlette.types import Message

from terminal.events import EVENTS_KEPT, EventFeed
from terminal.local.clients import Client, ClientBook, ClientsFile, Scope
from terminal.local.limits import Limits
from terminal.local.places import Held
from terminal.local.streams import Streams
from tests.support.local_service import PATIENCE_S, Counter, counter, told
from verifier.model import UnixSeconds

Block = dict[str, str]


class Reader:
    """A program at the other end of a stream."""

    def __init__(self, answer: HTTPResponse) -> None:
        self.answer = answer

    def block(self) -> Block:
        """Return the next block, comments too; empty: the stream has ended."""
        lines: Block = {}
        while line := self.answer.readline().decode():
            if line == "\n":
                return lines
            name, _, value = line.rstrip("\n").partition(":")
            lines[name] = value.strip()
        return {}

    def event(self) -> tuple[str, dict[str, object], str]:
        """Return the next event's kind, what it says, and its id."""
        while block := self.block():
            if "event" in block:
                return block["event"], json.loads(block["data"]), block.get("id", "")
        raise EOFError


@contextmanager
def reading(
    till: Counter, *, client: str = "till-1", after: str = "", query: str = ""
) -> Iterator[Reader]:
    connection = HTTPConnection("127.0.0.1", till.port, timeout=PATIENCE_S)
    headers = {"Authorization": f"Bearer {till.token(client)}"}
    if after:
        headers["Last-Event-ID"] = after
    try:
        connection.request("GET", f"/v1/events{query}", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        reader = Reader(answer)
        assert reader.block()["retry"] == "2000"
        yield reader
    finally:
        connection.close()


def pass_through(till: Counter, count: int = 1, lane: str = "gate-1") -> None:
    for _ in range(count):
        till.feed.publish("passage", {"lane": lane, "what": "passed"})


def test_event_is_told_as_it_happens_with_its_id(till: Counter) -> None:
    with reading(till) as reader:
        pass_through(till)
        event = ("passage", {"lane": "gate-1", "what": "passed"}, f"{till.feed.boot}-1")
        assert reader.event() == event


@pytest.mark.parametrize("by_query", [False, True])
def test_what_was_missed_is_read_again_from_an_id(till: Counter, *, by_query: bool) -> None:
    pass_through(till, 3)
    last = till.feed.id_of(1)
    how = {"query": f"?after={last}"} if by_query else {"after": last}
    with reading(till, **how) as reader:
        assert [reader.event()[2] for _ in range(2)] == [till.feed.id_of(n) for n in (2, 3)]


def test_header_of_a_reader_that_comes_back_counts_before_the_query(till: Counter) -> None:
    pass_through(till, 3)
    query = f"?after={till.feed.id_of(0)}"
    with reading(till, after=till.feed.id_of(2), query=query) as reader:
        assert reader.event()[2] == till.feed.id_of(3)


def test_id_of_another_start_is_told_to_begin_anew(till: Counter) -> None:
    pass_through(till, 2)
    with reading(till, after="00000000-1") as reader:
        assert reader.event() == ("reset", {}, till.feed.id_of(2))
        pass_through(till)
        assert reader.event()[2] == till.feed.id_of(3)


@pytest.mark.parametrize("after", ["1", "x", "0123abcd-", "0123abcd-1\x01", "0123ABCD-1"])
def test_id_that_none_has_had_is_refused(till: Counter, after: str) -> None:
    told(till.send("GET", "/v1/events", params={"after": after}), "malformed")


def test_client_hears_of_its_own_requests_alone(till: Counter) -> None:
    with reading(till, client="till-2") as other, reading(till) as own:
        till.arm("till-1_sale_0001")
        till.feed.publish(
            "decision",
            {
                "lane": "pharmacy-1",
                "verdict": "grant",
                "client": "till-1",
                "key": "till-1_sale_0001",
                "amount_minor": 1_250,
                "currency": "CNY",
            },
        )
        kind, data, _ = own.event()
        assert (kind, data["key"]) == ("request", "till-1_sale_0001")
        assert "client" not in data
        assert own.event()[1]["amount_minor"] == 1_250
        assert other.event()[1] == {"lane": "pharmacy-1", "verdict": "grant"}


def test_client_hears_of_its_lanes_alone(till: Counter) -> None:
    till.add("kiosk", lanes=frozenset({"gate-1"}))
    with reading(till, client="kiosk") as reader:
        pass_through(till, lane="pharmacy-1")
        pass_through(till)
        assert reader.event()[2] == till.feed.id_of(2)


def test_reader_of_nothing_is_told_that_we_live_and_where_he_is(tmp_path: Path) -> None:
    with counter(tmp_path, limits={"stream_alive_s": 0.02}) as till:
        till.add("kiosk", lanes=frozenset({"gate-1"}))
        with reading(till, client="kiosk") as reader:
            pass_through(till, lane="pharmacy-1")
            while (block := reader.block())["id"] != till.feed.id_of(1):
                assert "data" not in block
            assert "" in block  # a comment


def test_client_that_is_removed_hears_no_more(tmp_path: Path) -> None:
    with counter(tmp_path) as till, reading(till) as reader:
        till.clients.remove("till-1")
        pass_through(till)
        with pytest.raises(EOFError):
            reader.event()


def test_client_whose_scope_was_taken_hears_no_more(tmp_path: Path) -> None:
    with counter(tmp_path) as till, reading(till) as reader:
        till.clients.remove("till-1")
        till.add("till-1", scopes=frozenset({Scope.SALE}))
        pass_through(till)
        with pytest.raises(EOFError):
            reader.event()


def test_streams_of_one_client_leave_room_for_others(tmp_path: Path) -> None:
    bounds = {"streams_of_client_max": 1, "streams_max": 2}
    with counter(tmp_path, limits=bounds) as till, reading(till), reading(till, client="till-2"):
        told(till.send("GET", "/v1/events"), "streams")
        told(till.send("GET", "/v1/events", client="till-3"), "streams")
        assert till.send("GET", "/v1/lanes").status_code == 200


def test_stream_that_ended_leaves_its_place(tmp_path: Path) -> None:
    with counter(tmp_path, limits={"streams_of_client_max": 1, "stream_alive_s": 0.01}) as till:
        with reading(till):
            pass
        answer = till.send("HEAD", "/v1/events")
        while answer.status_code != 200:
            answer = till.send("HEAD", "/v1/events")


def test_head_of_a_stream_ends_at_once(till: Counter) -> None:
    for _ in range(5):
        answer = till.send("HEAD", "/v1/events")
        assert (answer.status_code, answer.content) == (200, b"")


def test_daemon_that_stops_ends_its_streams(tmp_path: Path) -> None:
    with counter(tmp_path) as till, reading(till) as reader:
        till.interface.stop()
        with pytest.raises(EOFError):
            reader.event()


def test_id_that_fell_out_of_the_ring_is_told_to_begin_anew(till: Counter) -> None:
    pass_through(till, EVENTS_KEPT + 2)
    with reading(till, after=till.feed.id_of(2)) as reader:
        assert reader.event()[2] == till.feed.id_of(3)
    with reading(till, after=till.feed.id_of(1)) as reader:
        assert reader.event()[0] == "reset"


def test_reader_whom_the_ring_has_passed_is_told_what_he_lost_and_comes_back(
    tmp_path: Path,
) -> None:
    feed, sent = EventFeed(kept=2), list[bytes]()
    client = Client(
        name="slow", digest=b"", scopes=frozenset(), lanes=None, added_at=UnixSeconds(1)
    )

    class AlwaysThere(ClientBook):
        def is_current(self, client: Client) -> bool:
            return client.name == "slow"

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message.get("body", b""))
        if len(sent) == 2:  # while he takes the first words
            for number in range(3):
                feed.publish("passage", {"lane": "gate-1", "what": str(number)})

    streams = Streams(feed, AlwaysThere(ClientsFile(tmp_path / "none")), Limits())
    stream = streams.open(client, Held(peer="", end=lambda: None), after=None)
    asyncio.run(stream({"type": "http", "method": "GET"}, receive, send))
    assert sent[-2:] == [b"event: lost\ndata: {}\n\n", b""]
    assert len(streams) == 0


@pytest.mark.slow
def test_reader_that_takes_nothing_loses_its_connection_and_keeps_nobody(tmp_path: Path) -> None:
    with (
        counter(tmp_path, limits={"unread_s": 0.2, "stream_alive_s": 0.05}) as till,
        socket.create_connection(("127.0.0.1", till.port), PATIENCE_S) as deaf,
    ):
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        head = f"GET /v1/events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {till.token()}"
        deaf.sendall(f"{head}\r\n\r\n".encode())
        assert deaf.recv(12) == b"HTTP/1.1 200"
        with reading(till, client="till-2") as reader:
            while till.interface.status()["streams"] == 2:
                till.feed.publish("device", {"lane": "gate-1", "detail": "x" * 60_000})
                assert reader.event()[0] == "device"
