"""A network cable between a terminal and its centre, which can be pulled."""

import asyncio
import socket
import struct
from collections.abc import Coroutine
from threading import Lock, Thread
from types import TracebackType
from typing import Self

PUMP_OCTETS = 65_536  # one read; a slow side holds up the other at about this much
CONNECTIONS_MAX = 256  # far above one terminal's; more are refused
BACKLOG = 64  # connections that wait to be taken up
WAIT_S_MAX = 10.0  # every step here is local: a longer one is a bug
# SO_LINGER on, 0 s: close sends RST and throws away what was still to be sent (socket(7)).
RESET = struct.pack("ii", 1, 0)


class Cable:
    """A TCP proxy on loopback; what goes in at `url` comes out at the far end, unmodified.

    Its port stays its own while the cable is pulled: a bound socket that never listens makes
    the kernel refuse every caller and give the port to nobody else.
    """

    def __init__(self, *, host: str, port: int) -> None:
        """Lay a cable to `host` and `port`; nothing passes before `start`."""
        self._far = (host, port)
        self._claim = _bound(0)
        self._port: int = self._claim.getsockname()[1]
        self._listener: socket.socket | None = None
        self._carrying: set[asyncio.Task[None]] = set()
        self._one_step = Lock()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="cable", daemon=True)

    @property
    def url(self) -> str:
        """The near end, to be given to a terminal as its centre's address."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def is_plugged(self) -> bool:
        """Whether octets can pass."""
        return self._listener is not None

    def start(self) -> None:
        """Plug the cable in for the first time."""
        self._thread.start()
        self.plug()

    def plug(self) -> None:
        """Take connections, on the same port as ever."""
        self._do(self._plug())

    def pull(self) -> None:
        """Reset every connection and refuse new ones; returns when that is so."""
        self._do(self._pull())

    def stop(self) -> None:
        """Pull the cable for good and end its thread."""
        if self._loop.is_closed():
            return
        if self._thread.is_alive():
            self.pull()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()
        self._claim.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _do(self, step: Coroutine[None, None, None]) -> None:
        with self._one_step:
            asyncio.run_coroutine_threadsafe(step, self._loop).result(WAIT_S_MAX)

    async def _plug(self) -> None:
        if self._listener is None:
            self._listener = _bound(self._port)
            self._listener.listen(BACKLOG)
            self._loop.add_reader(self._listener, self._take_up, self._listener)

    async def _pull(self) -> None:
        if self._listener is not None:
            self._loop.remove_reader(self._listener)
            self._listener.close()  # the kernel resets whoever still waits to be taken up
            self._listener = None
        for task in self._carrying:
            task.cancel()
        if self._carrying:
            await asyncio.wait(self._carrying)

    def _take_up(self, listener: socket.socket) -> None:
        try:
            near, _ = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # the caller has left again
        if len(self._carrying) >= CONNECTIONS_MAX:
            _reset(near)
            return
        task = self._loop.create_task(self._carry(_prompt(near)))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)
        # Not in the task: one that is cancelled before its first step does nothing at all.
        task.add_done_callback(lambda _: _reset(near))

    async def _carry(self, near: socket.socket) -> None:
        """Carry one connection to its end; a fault at one side is a reset at the other."""
        far = _prompt(socket.socket())
        try:
            await self._loop.sock_connect(far, self._far)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(near, far))
                group.create_task(self._pump(far, near))
            near.close()
            far.close()
        except* OSError:
            pass  # the centre is down, or one side went away
        finally:
            _reset(far)

    async def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        while octets := await self._loop.sock_recv(source, PUMP_OCTETS):
            await self._loop.sock_sendall(sink, octets)
        sink.shutdown(socket.SHUT_WR)


def _reset(end: socket.socket) -> None:
    """Reset a connection, unless it was closed in order already."""
    if end.fileno() != -1:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        end.close()


def _prompt(end: socket.socket) -> socket.socket:
    """Return `end`, made to send at once and to block nobody."""
    end.setblocking(False)
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return end


def _bound(port: int) -> socket.socket:
    """Return a socket bound to loopback that does not listen yet."""
    bound = socket.socket()
    bound.setblocking(False)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound
