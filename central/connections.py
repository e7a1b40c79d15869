"""Connections of the served centre: who says nothing, or reads nothing, loses his."""

import asyncio
import resource
from typing import ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

# A head of 1.5 kB takes 2 s on the slowest modem link we know of (9.6 kbit/s); whoever takes
# longer holds a connection that a terminal waits for.
HEAD_S = 20.0

# Without one octet of an answer taken. The kernel's buffer frees a third of itself at once, which
# is a minute's worth on that link.
UNREAD_S = 120.0

# A fleet that comes back at once has a connection each, for seconds; services begin with 1,024
# open files, and each costs some kB only while it is used.
FILES_MAX = 65_536


def allow_connections() -> None:
    """Let this process hold as many connections as the machine allows it, FILES_MAX at most."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES_MAX if hard == resource.RLIM_INFINITY else min(hard, FILES_MAX)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


class LimitedProtocol(H11Protocol):
    """HTTP that ends a connection on which nothing goes on.

    uvicorn waits for ever for a connection's first octet, for the rest of a head, and for a
    client to read its answer. Bodies have limits of their own (routes/bodies.py).
    """

    head_s: ClassVar = HEAD_S
    unread_s: ClassVar = UNREAD_S

    _limit: asyncio.TimerHandle | None = None
    _unsent = 0  # octets of the last answer, when they were looked at last

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._begin()

    def data_received(self, data: bytes) -> None:
        """Wait no more for a head that has come."""
        super().data_received(data)
        self._end_within_request()

    def on_response_complete(self) -> None:
        """Begin to wait for the answer to be taken, and for the next head."""
        self._begin()
        super().on_response_complete()
        self._end_within_request()  # the next came with the last

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing."""
        self._end()
        super().connection_lost(exc)

    def _begin(self) -> None:
        self._end()
        self._unsent = self.transport.get_write_buffer_size()
        limit_s = self.unread_s if self._unsent else self.head_s
        self._limit = self.loop.call_later(limit_s, self._look)

    def _look(self) -> None:
        unsent = self.transport.get_write_buffer_size()
        if unsent < self._unsent:
            self._begin()
            self._end_within_request()
        else:
            self.transport.abort()

    def _end_within_request(self) -> None:
        """Wait no more for a head that came, unless for the answer before it to be taken.

        Until then the answer to this one waits too, and whoever asks on and on never takes any.
        """
        # uvicorn has no cycle before the first request, whatever it declares
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete and not self._unsent:
            self._end()

    def _end(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None


def protocol_with(*, head_s: float, unread_s: float) -> type[LimitedProtocol]:
    """Return the protocol with limits.

    Args:
        head_s: from a connection's begin, or an answer that was taken, to a whole head.
        unread_s: in which a client takes something of an answer that waits for it.
    """
    limits = {"head_s": head_s, "unread_s": unread_s}
    return type(LimitedProtocol.__name__, (LimitedProtocol,), limits)
