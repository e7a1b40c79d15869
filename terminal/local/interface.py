"""The local interface at work: a thread with its own loop, so that HTTP never slows a lane."""

import asyncio
import logging
import socket
import threading
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path

from uvicorn.config import Config
from uvicorn.server import ServerState

from terminal.events import EventFeed
from terminal.local.admission import Admission, Door
from terminal.local.app import make_app
from terminal.local.calls import Calls
from terminal.local.certificates import Files
from terminal.local.clients import ClientBook, ClientsFile
from terminal.local.connections import LimitedProtocol
from terminal.local.limits import Limits
from terminal.local.listener import Listener, Open, Serving
from terminal.local.monitoring import Monitoring
from terminal.local.pages.routes import PageResources
from terminal.local.pages.screens import PagesOf
from terminal.local.pages.streams import ScreenStreams
from terminal.local.pages.visits import VisitResources
from terminal.local.port import LocalService
from terminal.local.routes import Resources
from terminal.local.sockets import remove_socket, tcp_listener, unix_listener
from terminal.local.streams import Streams
from terminal.local.table import LanSettings, LocalSettings, SocketSettings
from terminal.screens.board import ScreenBoard

log = logging.getLogger(__name__)

# Ours are shorter (connections.py): this one would cut a till's connection after 5 s.
_NO_KEEP_ALIVE_LIMIT_S = 86_400
_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})


class LocalInterface:
    """Listeners, clients and streams of one terminal."""

    def __init__(
        self,
        settings: LocalSettings,
        clients: Path,
        service: LocalService,
        feed: EventFeed,
        *,
        limits: Limits | None = None,
        screens: PagesOf | None = None,
    ) -> None:
        """Prepare everything; nothing listens yet.

        Args:
            settings: where to listen, and which pages may ask.
            clients: the file of tokens' digests.
            service: the terminal; its methods run in the loop that `start` is called in.
            feed: what happens at the lanes.
            limits: other bounds than the usual ones.
            screens: of the lanes that have one; None: no lane has.
        """
        self._settings, self._service, self._feed = settings, service, feed
        self._limits = limits or Limits()
        self._screens = screens or PagesOf(ScreenBoard(()), ())
        self.book = ClientBook(ClientsFile(clients))
        self.listeners: tuple[Listener, ...] = ()
        self._ready, self._stopping = threading.Event(), asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._streams: Streams | None = None
        self._pages: ScreenStreams | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Listen, and ask the service in `loop`; returns when every listener was tried once."""
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._run(loop)), name="local-interface"
        )
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Give the answers that are in hand, end the streams and the thread."""
        if self._thread is None or self._loop is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._thread = None

    def status(self) -> Mapping[str, object]:
        """Return what `scan-terminal status` shows of the interface; from any thread."""
        return {
            "listeners": [
                {
                    "name": each.name if each.door is None else each.door.name,
                    "trouble": each.trouble,
                }
                for each in self.listeners
            ],
            "clients": self.book.trouble,
            "connections": sum(len(each.places) for each in self.listeners),
            "streams": 0 if self._streams is None else len(self._streams),
            "pages": 0 if self._pages is None else len(self._pages),
        }

    async def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = asyncio.get_running_loop()
        limits, state = self._limits, ServerState()
        streams = self._streams = Streams(self._feed, self.book, limits)
        calls = Calls(self._service, loop, limits)
        resources = Resources(calls, streams, limits)
        admission = Admission(self.book, origins=self._settings.origins, limits=limits)
        config = Config(
            make_app(
                resources,
                Monitoring(calls),
                admission,
                limits,
                metrics_open=self._settings.metrics_open,
                pages=self._page_resources(loop),
            ),
            http=LimitedProtocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level="error",
            access_log=False,  # nobody's traces are kept
            proxy_headers=False,
            timeout_keep_alive=_NO_KEEP_ALIVE_LIMIT_S,
            h11_max_incomplete_event_size=limits.head_octets_max,
        )
        config.load()
        serving = Serving(config=config, state=state, limits=limits)
        self.listeners = tuple(self._make_listeners(serving))
        streams.start()
        if self._pages is not None:
            self._pages.start()
        try:
            await self._serve()
        finally:
            self._ready.set()
            streams.stop()
            if self._pages is not None:
                self._pages.stop()
            await self._close(state)

    def _page_resources(self, loop: asyncio.AbstractEventLoop) -> PageResources | None:
        """Return what pages are served by; None: the settings want none."""
        if not self._settings.screens:
            return None
        self._pages = ScreenStreams(self._screens, self._limits)
        visits = self._screens.visits
        resources = (
            None
            if visits is None
            else VisitResources(Calls(visits, loop, self._limits), self._limits)
        )
        return PageResources(self._screens, self._pages, resources)

    async def _serve(self) -> None:
        while not self._stopping.is_set():
            for each in self.listeners:
                each.care()
            self._ready.set()
            try:
                await asyncio.wait_for(self._stopping.wait(), self._limits.retry_s)
            except TimeoutError:
                continue

    async def _close(self, state: ServerState) -> None:
        for each in self.listeners:
            each.close()
        for connection in list(state.connections):
            connection.shutdown()
        if state.tasks:
            await asyncio.wait(set(state.tasks), timeout=self._limits.stop_s)
        for each in self.listeners:
            each.places.end_all()
        if self._settings.socket is not None:
            remove_socket(Path(self._settings.socket.path))

    def _make_listeners(self, serving: Serving) -> Iterator[Listener]:
        settings, most = self._settings, serving.limits.connections_max
        # All programs of this machine are one peer, or one user: each may have every place.
        for address in settings.loopback:
            opened = _loopback(address, settings.port)
            yield Listener(address, opened, serving=serving, most_of_peer=most)
        if settings.socket is not None:
            opened = _unix(settings.socket)
            yield Listener("socket", opened, serving=serving, most_of_peer=most)
        if settings.lan is not None:
            lan = settings.lan
            yield Listener(
                "lan",
                _lan(lan),
                serving=serving,
                most_of_peer=serving.limits.connections_of_peer_max,
                files=Files(certificate=Path(lan.certificate), key=Path(lan.key)),
            )


def _loopback(address: str, port: int) -> Open:
    def opened() -> tuple[socket.socket, Door]:
        listener = tcp_listener(address, port)
        bound = listener.getsockname()[1]
        name = f"http://{_bracketed(address)}:{bound}"
        return listener, Door(name=name, hosts=_LOOPBACK_HOSTS, port=bound, is_loopback=True)

    return opened


def _unix(settings: SocketSettings) -> Open:
    def opened() -> tuple[socket.socket, Door]:
        path = Path(settings.path)
        listener = unix_listener(path, mode=int(settings.mode, 8), group=settings.group)
        return listener, Door(name=f"unix:{path}", hosts=_LOOPBACK_HOSTS, port=None)

    return opened


def _lan(settings: LanSettings) -> Open:
    def opened() -> tuple[socket.socket, Door]:
        listener = tcp_listener(settings.address, settings.port)
        bound, own = listener.getsockname()[1], _bracketed(settings.address)
        # Of an address that is every one, no program's Host can say which is meant.
        named = () if ip_address(settings.address).is_unspecified else (own,)
        hosts = frozenset((*settings.hosts, *named))
        name = f"https://{own}:{bound}"
        return listener, Door(name=name, hosts=hosts, port=bound, scheme="https")

    return opened


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address
