"""Ends a request that takes too long or is not wanted any more, whatever its thread waits for."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection


class RequestWatch:
    """Shuts the socket of the request in hand: at its deadline, or at once when told to.

    A socket's own timeout is for one read: a peer that sends an octet now and then never meets it.
    """

    def __init__(self, request_s_max: float) -> None:
        self.reason = ""  # why the request was ended; empty while it was not
        self._request_s_max = request_s_max
        self._lock = threading.Lock()
        self._connection: HTTPConnection | None = None
        # A second descriptor: TLS takes the first one over, and a shutdown reaches both.
        self._handle: socket.socket | None = None
        self._number, self._is_closed = 0, False

    @contextmanager
    def request(self) -> Iterator[None]:
        """Watch one request, from its first step to its last octet.

        Raises:
            InterruptedError: `close` was called before.
        """
        number = self._begin()
        timer = threading.Timer(self._request_s_max, self._expire, (number,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self._end()

    def hold(self, connection: HTTPConnection, line: socket.socket) -> socket.socket:
        """Return `line` after noting it as what `connection` now speaks over."""
        with self._lock:
            self._let_go()
            self._connection, self._handle = connection, line.dup()
            if self.reason:  # ended while it was connecting
                self._shut()
        return line

    def close(self) -> None:
        """End the request in hand now and every later one at once; for any thread."""
        with self._lock:
            self._is_closed, self.reason = True, "this side stops"
            self._shut()

    def _begin(self) -> int:
        with self._lock:
            if self._is_closed:
                raise InterruptedError(self.reason)
            self._number, self.reason = self._number + 1, ""
            return self._number

    def _end(self) -> None:
        with self._lock:
            self._number += 1  # a timer that is late finds another request, or none
            if self._connection is not None and self._connection.sock is None:
                self._let_go()  # not kept for the next request

    def _expire(self, number: int) -> None:
        with self._lock:
            if number == self._number and not self.reason:
                self.reason = f"no whole answer within {self._request_s_max:g} s"
                self._shut()

    def _shut(self) -> None:
        if self._handle is not None:
            with suppress(OSError):  # the peer was first
                self._handle.shutdown(socket.SHUT_RDWR)
        self._let_go()

    def _let_go(self) -> None:
        if self._handle is not None:
            self._handle.close()
        self._connection = self._handle = None
