"""Events to programs as they happen: server-sent events over the ring of `terminal/events.py`.

A stream has a place in the ring and no queue of its own, so a thousand that are not read cost no
more memory than one, and nobody who publishes waits for any of them.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress

from starlette.types import Receive, Scope, Send

from terminal.events import EventFeed, FeedEvent
from terminal.local.clients import Client, ClientBook
from terminal.local.limits import Limits
from terminal.local.places import Held
from terminal.local.problems import LocalProblem, RequestRefused

# Milliseconds after which a browser's reader connects again.
_RETRY_MS = 2_000
# Of a request that another program has made.
_OWN_MEMBERS = frozenset({"key", "amount_minor", "currency"})
_HEADERS = [(b"content-type", b"text/event-stream; charset=utf-8")]


class Streams:
    """All open streams; lives in the interface's loop."""

    def __init__(self, feed: EventFeed, book: ClientBook, limits: Limits) -> None:
        self.feed, self.book, self.limits = feed, book, limits
        self.is_stopping = False
        self._open = set["EventStream"]()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_rung = False

    def __len__(self) -> int:
        return len(self._open)

    def start(self) -> None:
        """Hear of events from here on."""
        self._loop = asyncio.get_running_loop()
        self.feed.watch(self._wake)

    def stop(self) -> None:
        """End every stream."""
        self.is_stopping = True
        self.feed.unwatch(self._wake)
        self._ring()

    def open(self, client: Client, held: Held, *, after: str | None) -> "EventStream":
        """Return a stream for `client`, on the connection `held`.

        Args:
            client: who reads.
            held: where; it is ended when he does not.
            after: the id of the event that he read last; None: from now on.

        Raises:
            RequestRefused: too many are open.
        """
        own = sum(stream.client.name == client.name for stream in self._open)
        if len(self._open) >= self.limits.streams_max or own >= self.limits.streams_of_client_max:
            raise RequestRefused(LocalProblem.STREAMS)
        number = self.feed.last if after is None else self.feed.number_of(after)
        stream = EventStream(self, client, held, number)
        self._open.add(stream)
        return stream

    def close(self, stream: "EventStream") -> None:
        """Forget a stream that has ended."""
        self._open.discard(stream)

    def _wake(self) -> None:
        """Have streams look for news; called by whoever publishes, from any thread."""
        if self._is_rung or self._loop is None:
            return
        self._is_rung = True
        with suppress(RuntimeError):  # the loop has ended between a look and this
            self._loop.call_soon_threadsafe(self._ring)

    def _ring(self) -> None:
        self._is_rung = False
        for stream in self._open:
            stream.news.set()


class EventStream:
    """One answer that goes on until somebody has had enough."""

    def __init__(self, streams: Streams, client: Client, held: Held, after: int | None) -> None:
        self.client, self.news = client, asyncio.Event()
        self._streams, self._held = streams, held
        self._is_reset = after is None
        self._at = streams.feed.last if after is None else after
        self._told = self._at  # the id that the reader has
        self._is_gone = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with events."""
        leaving = asyncio.create_task(self._until_gone(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            if scope["method"] != "HEAD":
                await self._tell(send)
            await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            self._held.end()
        finally:
            leaving.cancel()
            self._streams.close(self)

    async def _tell(self, send: Send) -> None:
        feed, limits = self._streams.feed, self._streams.limits
        text, is_lost = f"retry: {_RETRY_MS}\n{self._id()}\n\n", False
        if self._is_reset:
            text += _block("reset", {}, feed.id_of(self._at))
        while not is_lost:
            async with asyncio.timeout(limits.unread_s):
                await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
            await self._until_news(limits.stream_alive_s)
            if self._has_ended():
                return
            reading = feed.read(self._at, most=limits.stream_batch_max)
            is_lost = reading.is_gone
            text = _block("lost", {}, None) if is_lost else self._blocks(reading.events)
        await send({"type": "http.response.body", "body": text.encode(), "more_body": True})

    async def _until_news(self, alive_s: float) -> None:
        """Wait for something to read, or until the reader must hear that we live."""
        self.news.clear()
        if self._streams.feed.last == self._at:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.news.wait(), alive_s)

    def _has_ended(self) -> bool:
        is_client = self._streams.book.is_current(self.client)
        return self._is_gone or self._streams.is_stopping or not is_client

    def _blocks(self, events: tuple[FeedEvent, ...]) -> str:
        """Return what is to be written of `events`; without any, a sign of life."""
        if events:
            self._at = events[-1].number
        told = [
            _block(event.kind, data, self._streams.feed.id_of(event.number))
            for event in events
            if (data := visible(event, self.client)) is not None
        ]
        # An id without data is no event: it keeps the reader's place where all was for others.
        return "".join(told) if told else f": alive\n{self._id()}\n\n"

    def _id(self) -> str:
        return f"id: {self._streams.feed.id_of(self._at)}"

    async def _until_gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._is_gone = True
        self.news.set()


def visible(event: FeedEvent, client: Client) -> dict[str, object] | None:
    """Return what `client` is told of an event; None: it is none of his."""
    told, lane = dict(event.data), event.data.get("lane")
    owner = told.pop("client", "")
    if not isinstance(lane, str) or not client.sees(lane):
        return None
    if owner not in ("", client.name):
        if event.kind == "request":
            return None
        told = {name: value for name, value in told.items() if name not in _OWN_MEMBERS}
    return told


def _block(kind: str, data: Mapping[str, object], event_id: str | None) -> str:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    named = "" if event_id is None else f"id: {event_id}\n"
    return f"{named}event: {kind}\ndata: {text}\n\n"
