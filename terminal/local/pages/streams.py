"""What screens show, as it changes: server-sent events for pages, the newest of each kind alone.

A page that reads too slowly misses what was shown in between, and nothing is kept for it.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress

from starlette.types import Receive, Scope, Send

from terminal.local.limits import Limits
from terminal.local.pages.assets import site_version
from terminal.local.pages.screens import PagesOf, ScreenPage
from terminal.local.places import Held
from terminal.local.problems import LocalProblem, RequestRefused

# Milliseconds after which a page connects again.
_RETRY_MS = 1_000
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
]


class ScreenStreams:
    """All open streams of pages; lives in the interface's loop."""

    def __init__(self, pages: PagesOf, limits: Limits) -> None:
        self.board, self.limits = pages.board, limits
        self.is_stopping = False
        self._open = set["ScreenStream"]()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_rung = False

    def __len__(self) -> int:
        return len(self._open)

    def start(self) -> None:
        """Hear of changes from here on."""
        self._loop = asyncio.get_running_loop()
        self.board.watch(self._wake)

    def stop(self) -> None:
        """End every stream."""
        self.is_stopping = True
        self.board.unwatch(self._wake)
        self._ring()

    def open(self, page: ScreenPage, held: Held) -> "ScreenStream":
        """Return a stream of one screen, on the connection `held`.

        Raises:
            RequestRefused: too many are open.
        """
        own = sum(stream.page.lane == page.lane for stream in self._open)
        limits = self.limits
        if len(self._open) >= limits.page_streams_max or own >= limits.page_streams_of_lane_max:
            raise RequestRefused(LocalProblem.STREAMS)
        stream = ScreenStream(self, page, held)
        self._open.add(stream)
        return stream

    def close(self, stream: "ScreenStream") -> None:
        """Forget a stream that has ended."""
        self._open.discard(stream)

    def _wake(self) -> None:
        """Have streams look for news; called by whoever puts something, from any thread."""
        if self._is_rung or self._loop is None:
            return
        self._is_rung = True
        with suppress(RuntimeError):  # the loop has ended between a look and this
            self._loop.call_soon_threadsafe(self._ring)

    def _ring(self) -> None:
        self._is_rung = False
        for stream in self._open:
            stream.news.set()


class ScreenStream:
    """One answer that goes on until the page has gone."""

    def __init__(self, streams: ScreenStreams, page: ScreenPage, held: Held) -> None:
        self.page, self.news = page, asyncio.Event()
        self._streams, self._held = streams, held
        self._at, self._is_gone = 0, False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with what the screen shows."""
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
        limits = self._streams.limits
        text = f"retry: {_RETRY_MS}\n\n{_block('settings', settings_of(self.page))}{self._news()}"
        while not self._has_ended():
            async with asyncio.timeout(limits.unread_s):
                await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
            await self._until_news(limits.page_alive_s)
            text = self._news()

    async def _until_news(self, alive_s: float) -> None:
        """Wait for something to tell, or until the page must hear that we live."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.news.wait(), alive_s)
        self.news.clear()

    def _has_ended(self) -> bool:
        return self._is_gone or self._streams.is_stopping

    def _news(self) -> str:
        """Return what the page has not heard; else a sign of life, where there is life.

        It is the daemon's: a page that hears none of it for some seconds tells people so.
        """
        board = self._streams.board
        notices = board.read(self.page.lane, self._at)
        if notices:
            self._at = notices[-1].number
        told = "".join(_block(each.kind, each.data) for each in notices)
        return told + (_block("alive", {}) if board.is_alive else ": late\n\n")

    async def _until_gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._is_gone = True
        self.news.set()


def settings_of(page: ScreenPage) -> dict[str, object]:
    """Return what a page must know of itself, and which files it should be made of."""
    return {**page.members(), "site": site_version()}


def _block(kind: str, data: Mapping[str, object]) -> str:
    text = json.dumps(dict(data), ensure_ascii=False, separators=(",", ":"))
    return f"event: {kind}\ndata: {text}\n\n"
