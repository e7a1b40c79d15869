"""One HTTP connection: who takes too long, or sends what is no HTTP, loses his."""

import asyncio
import json
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.server import ServerState

from terminal.local.limits import Limits
from terminal.local.places import Held, Places
from terminal.local.problem_words import document
from terminal.local.problems import CONTENT_TYPE, STATUS_OF, LocalProblem


class LimitedProtocol(H11Protocol):
    """HTTP/1.1 that ends a connection on which nothing goes on.

    uvicorn waits for ever for a head, for a body and for an answer to be taken.
    """

    def __init__(self, config: Config, state: ServerState, about: dict[str, Any]) -> None:
        """Serve one connection.

        Args:
            config: of uvicorn, loaded.
            state: shared by all connections.
            about: what each request's `state` begins with: `held`, `places`, `limits`, `door`.
        """
        super().__init__(config, state, about)
        self._limits: Limits = about["limits"]
        self._held: Held = about["held"]
        self._places: Places = about["places"]
        self._limit: asyncio.TimerHandle | None = None
        self._unsent = 0  # octets of the last answer, when they were looked at last

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._held.end = transport.abort
        self._wait(self._limits.head_s)

    def data_received(self, data: bytes) -> None:
        """Wait for a body once a head has come, and for nothing once that is whole."""
        had = self._request()
        super().data_received(data)
        self._follow(had)

    def on_response_complete(self) -> None:
        """Begin to wait for the answer to be taken, and for the next head."""
        self._held.is_at_work = False
        had = self._request()
        self._wait_unread()
        if not self._unsent:
            self._wait(self._limits.idle_s)
        super().on_response_complete()
        self._follow(had)  # the next came with the last

    def pause_writing(self) -> None:
        """Begin to wait for an answer to be taken that is too long for the buffers."""
        super().pause_writing()
        self._wait_unread()

    def resume_writing(self) -> None:
        """Wait no more for it, where more of the answer is to come."""
        super().resume_writing()
        if self._is_answering():
            self._wait(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing, and give the place back."""
        self._wait(None)
        self._places.leave(self._held)
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, where no answer has begun."""
        del msg  # uvicorn's words
        is_long = len(self.conn.trailing_data[0]) > self._limits.head_octets_max
        self._refuse(LocalProblem.HEAD_TOO_LARGE if is_long else LocalProblem.HTTP)

    def _request(self) -> RequestResponseCycle | None:
        # uvicorn has no cycle before the first request, whatever it declares
        return self.cycle

    def _follow(self, had: RequestResponseCycle | None) -> None:
        """Set the limit of what is waited for now; `had` was the request before."""
        now = self._request()
        if now is None or now.response_complete or self.transport.is_closing():
            return
        if not now.more_body:
            self._wait_unread()  # of the answer before; this one is ours to give
        elif now is not had:
            self._wait(self._limits.body_s)

    def _is_answering(self) -> bool:
        now = self._request()
        return now is not None and not (now.response_complete or now.more_body)

    def _wait_unread(self) -> None:
        """Wait for what was answered to be taken, if anything is left of it."""
        self._unsent = self.transport.get_write_buffer_size()
        self._wait(self._limits.unread_s if self._unsent else None)

    def _wait(self, limit_s: float | None) -> None:
        if self._limit is not None:
            self._limit.cancel()
        self._limit = None if limit_s is None else self.loop.call_later(limit_s, self._late)

    def _late(self) -> None:
        """End what has taken too long; an answer of which something was taken is waited for."""
        unsent = self.transport.get_write_buffer_size()
        if unsent and unsent < self._unsent:
            self._unsent = unsent
            self._wait(self._limits.unread_s)
        elif unsent:
            self.transport.abort()
        elif self._is_answering():
            self._wait(None)  # all was taken
        elif self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]:
            self.transport.close()  # nothing was begun, so nothing is answered
        else:
            self._refuse(LocalProblem.TOO_SLOW)

    def _refuse(self, problem: LocalProblem) -> None:
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.abort()
            return
        status = STATUS_OF[problem]
        octets = json.dumps(document(problem, status), ensure_ascii=False).encode()
        headers = [
            ("content-type", CONTENT_TYPE),
            ("content-length", str(len(octets))),
            ("cache-control", "no-store"),
            ("connection", "close"),
        ]
        head = h11.Response(status_code=status, headers=headers)
        for event in (head, h11.Data(data=octets), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
