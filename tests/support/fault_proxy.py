"""A line between terminal and centre that does to requests what networks do, by a seed.

It cuts either way at any octet, holds answers back so that others overtake them, sends a request
twice, or again long after, and drops the answer to one that was taken. It reads no more of HTTP
than where a message ends.
"""

import random
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from threading import Event, Lock, Thread
from urllib.parse import urlsplit

_PATIENCE_S = 10.0
_CHUNK_OCTETS = 65_536
# What is sent again comes out of so many requests before.
_REMEMBERED = 8


class Fault(Enum):
    """What becomes of one request and its answer."""

    NONE = "none"
    CUT_REQUEST = "cut-request"  # the centre gets a part of it
    CUT_ANSWER = "cut-answer"  # the terminal gets a part of it
    DROP_ANSWER = "drop-answer"  # taken, and nobody hears of it
    DUPLICATE = "duplicate"  # the centre gets it twice, the terminal the second answer
    REPLAY = "replay"  # the centre first gets an older request again
    DELAY = "delay"  # the answer waits for a moment
    OVERTAKE = "overtake"  # the answer waits until another request was answered, or for long


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How often what happens: parts of 1; the rest goes through as it came."""

    seed: int
    share: float = 0.5
    kinds: tuple[Fault, ...] = tuple(Fault)[1:]
    delay_s_max: float = 0.01
    overtake_s_max: float = 0.05


class FaultProxy:
    """Listens on loopback; each connection carries one request and is closed."""

    def __init__(self, url: str, faults: Faults) -> None:
        address = urlsplit(url)
        self._to = (str(address.hostname), int(address.port or 80))
        self._faults = faults
        self._random = random.Random(faults.seed)  # noqa: S311  # seeded on purpose
        self._lock, self._answered, self._ended = Lock(), Event(), Event()
        self._older: list[bytes] = []
        self.done: Counter[Fault] = Counter()
        self._door = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._threads = [Thread(target=self._accept, daemon=True)]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._door.getsockname()[1]}"

    def calm(self) -> None:
        """Let everything through from now on."""
        self._faults = Faults(seed=0, share=0.0)

    def start(self) -> None:
        self._threads[0].start()

    def stop(self) -> None:
        self._ended.set()
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for thread in self._threads:
            thread.join(_PATIENCE_S)

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                line, _ = self._door.accept()
            except OSError:  # the door was shut
                return
            thread = Thread(target=self._serve, args=(line,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, line: socket.socket) -> None:
        line.settimeout(_PATIENCE_S)
        with line, suppress(OSError, ValueError):  # either side may go at any moment
            request = _closing(_message(line))
            fault, where, pause = self._draw()
            if fault is Fault.REPLAY:
                self._again()
            if fault is Fault.CUT_REQUEST:
                self._exchanged(request[: int(where * len(request))])
                return
            answer = self._exchanged(request)
            if fault is Fault.DUPLICATE:
                answer = self._exchanged(request)
            self._remember(request)
            self._tell(line, answer, fault, where, pause)

    def _tell(
        self, line: socket.socket, answer: bytes, fault: Fault, where: float, pause: float
    ) -> None:
        match fault:
            case Fault.DROP_ANSWER:
                return
            case Fault.CUT_ANSWER:
                answer = answer[: int(where * len(answer))]
            case Fault.DELAY:
                self._ended.wait(pause * self._faults.delay_s_max)
            case Fault.OVERTAKE:
                self._answered.clear()
                self._answered.wait(pause * self._faults.overtake_s_max)
            case _:
                pass
        line.sendall(answer)
        self._answered.set()

    def _draw(self) -> tuple[Fault, float, float]:
        with self._lock:
            faults, dice = self._faults, self._random
            fault = dice.choice(faults.kinds) if dice.random() < faults.share else Fault.NONE
            self.done[fault] += 1
            return fault, dice.random(), dice.random()

    def _again(self) -> None:
        with self._lock:
            old = self._random.choice(self._older) if self._older else b""
        if old:
            self._exchanged(old)

    def _remember(self, request: bytes) -> None:
        with self._lock:
            self._older = [*self._older[1 - _REMEMBERED :], request]

    def _exchanged(self, octets: bytes) -> bytes:
        """Send octets to the centre and return all that it says until it hangs up."""
        with socket.create_connection(self._to, _PATIENCE_S) as centre:
            centre.sendall(octets)
            if not _is_whole(octets):
                return b""  # cut: the centre is left with a part
            return _message(centre)


def _message(line: socket.socket) -> bytes:
    """Return one message, head and body; ValueError: it broke off."""
    octets = b""
    while not _is_whole(octets):
        chunk = line.recv(_CHUNK_OCTETS)
        if not chunk:
            raise ValueError("the line broke off")
        octets += chunk
    return octets


def _is_whole(octets: bytes) -> bool:
    head, mark, body = octets.partition(b"\r\n\r\n")
    if not mark:
        return False
    lengths = [
        int(row.partition(b":")[2])
        for row in head.split(b"\r\n")
        if row.lower().startswith(b"content-length:")
    ]
    return len(body) >= sum(lengths)


def _closing(request: bytes) -> bytes:
    """Return a request that asks for its connection to be closed; that header is not signed."""
    head, mark, body = request.partition(b"\r\n\r\n")
    rows = [row for row in head.split(b"\r\n") if not row.lower().startswith(b"connection:")]
    return b"\r\n".join([*rows, b"connection: close"]) + mark + body


@contextmanager
def fault_proxy(url: str, faults: Faults) -> Iterator[FaultProxy]:
    """Stand between whoever speaks to the proxy and the centre at `url`."""
    proxy = FaultProxy(url, faults)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
