import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import numpy as np
import pytest

from simulator.network import Cable

DEADLINE_S = 10.0
LARGE = np.random.default_rng(0).bytes(5_000_000)


class Echo(BaseHTTPRequestHandler):
    """Answers with the octets it was sent; at /wait only once the test ends."""

    protocol_version = "HTTP/1.1"
    released = threading.Event()

    def do_POST(self) -> None:
        octets = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/wait":
            self.released.wait(DEADLINE_S)
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
        pass


class Centre(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64


@pytest.fixture
def centre() -> Iterator[ThreadingHTTPServer]:
    server = Centre(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    Echo.released.set()
    server.shutdown()
    thread.join()
    server.server_close()
    Echo.released.clear()


@pytest.fixture
def cable(centre: ThreadingHTTPServer) -> Iterator[Cable]:
    with Cable(host="127.0.0.1", port=centre.server_port) as laid:
        yield laid


def connection(cable: Cable) -> http.client.HTTPConnection:
    address = urlsplit(cable.url)
    assert address.hostname is not None
    return http.client.HTTPConnection(address.hostname, address.port, timeout=DEADLINE_S)


def echoed(cable: Cable, octets: bytes) -> bytes:
    with contextlib.closing(connection(cable)) as caller:
        caller.request("POST", "/", octets)
        return caller.getresponse().read()


@pytest.mark.slow
def test_five_megabytes_pass_both_ways_unmodified(cable: Cable) -> None:
    assert echoed(cable, LARGE) == LARGE


@pytest.mark.slow
def test_concurrent_connections_do_not_mix(cable: Cable) -> None:
    sent = [bytes([number]) * 300_000 for number in range(16)]
    with ThreadPoolExecutor(len(sent)) as pool:
        assert list(pool.map(lambda octets: echoed(cable, octets), sent)) == sent


def test_a_pulled_cable_resets_what_is_connected(cable: Cable) -> None:
    kept, waiting = connection(cable), connection(cable)
    kept.request("POST", "/", b"before")
    assert kept.getresponse().read() == b"before"
    waiting.request("POST", "/wait", b"never answered")
    cable.pull()
    assert not cable.is_plugged
    with pytest.raises(ConnectionResetError):
        waiting.getresponse()
    assert kept.sock is not None
    with pytest.raises(ConnectionResetError):
        kept.sock.recv(1)
    kept.close()
    waiting.close()


@pytest.mark.slow
def test_pulling_and_plugging_amid_traffic_leaves_no_caller_hanging(cable: Cable) -> None:
    def call(_: int) -> bool:
        with contextlib.suppress(ConnectionError):
            return echoed(cable, b"amid") == b"amid"
        return True  # refused or reset, but neither cut short nor stuck

    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(call, number) for number in range(400)]
        while not all(done.done() for done in calls):
            cable.pull()
            cable.plug()
        assert all(done.result() for done in calls)


def test_pulling_at_the_moment_of_connecting_resets(cable: Cable) -> None:
    for _ in range(20):
        caller = connection(cable)
        caller.connect()
        cable.pull()
        assert caller.sock is not None
        with pytest.raises(ConnectionResetError):
            caller.sock.recv(1)
        caller.close()
        cable.plug()


def test_a_pulled_cable_refuses_callers_until_it_is_plugged_again(cable: Cable) -> None:
    address = cable.url
    for _ in range(3):
        cable.pull()
        cable.pull()
        caller = connection(cable)
        with pytest.raises(ConnectionRefusedError):
            caller.connect()
        caller.close()
        cable.plug()
        cable.plug()
        assert cable.is_plugged
        assert cable.url == address
        assert echoed(cable, b"again") == b"again"


def test_a_pulled_cable_keeps_its_port(cable: Cable) -> None:
    cable.pull()
    with socket.socket() as thief, pytest.raises(OSError, match="in use"):
        thief.bind(("127.0.0.1", urlsplit(cable.url).port))


def test_a_centre_that_is_down_looks_like_a_reset(centre: ThreadingHTTPServer) -> None:
    with Cable(host="127.0.0.1", port=centre.server_port) as cable:
        centre.shutdown()
        centre.socket.close()
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            echoed(cable, b"nobody there")


def test_a_stopped_cable_leaves_no_thread(centre: ThreadingHTTPServer) -> None:
    before = set(threading.enumerate())
    cable = Cable(host="127.0.0.1", port=centre.server_port)
    cable.start()
    assert echoed(cable, b"once") == b"once"
    cable.stop()
    cable.stop()
    assert not any(thread.name == "cable" for thread in set(threading.enumerate()) - before)
