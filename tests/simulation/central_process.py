"""The centre's program, its real ASGI application, in the simulation's one thread."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from fastapi import FastAPI

from central import workers
from central.app import create_app
from central.enrolments import allow_enrolment
from central.site import Site, open_site
from central.store.store import Store
from protocol.keys import to_base64url
from tests.crash.disk import Tree, read_tree
from tests.simulation.box import Box, End
from tests.simulation.rack import Rack
from tests.simulation.virtual_time import VirtualTime, standing_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it comes in; `whole` is False where the line breaks within the body."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class CentralProcess:
    """Serves a site, dies, and serves again what its disk held."""

    def __init__(self, rack: Rack, tree: Tree, time: VirtualTime, random: Random) -> None:
        self.box = Box(rack, "centre", random)
        self.box.insert(tree)
        self._time, self._loop = time, asyncio.new_event_loop()
        self._app: FastAPI | None = None
        self.deaths = 0
        self.pin = to_base64url(self.site.pin)  # what terminals pin
        self.start()

    @property
    def site(self) -> Site:
        """Return the centre's directory."""
        return open_site(self.box.root)

    def start(self) -> None:
        """Open the database and be ready."""
        with standing_in(workers, "ThreadPoolExecutor", self._executor):
            self._app = create_app(self.site, now=self._time.unix)

    def serve(self, asked: Sequence[Asked]) -> list[Said | None]:
        """Answer requests that come at once; None to whoever broke off."""

        async def all_of_them() -> list[Said | None]:
            return await asyncio.gather(*(self._one(each) for each in asked))

        return self._loop.run_until_complete(all_of_them())

    def die(self, how: End | None) -> None:
        """End and start again; `how` is as in `Box.end`."""
        self.box.fail(0.0)  # a disk that fails at every start is another story
        for _ in self.box.end(how, self._close):
            continue
        self.deaths += 1
        self.start()

    def stop(self) -> None:
        """End for good."""
        self._close()
        self._loop.close()

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Open the database beside the program, as a command does."""
        with closing(self.site.open_store()) as store:
            yield store

    def code_for(self, terminal: str) -> str:
        """Return a one-time code for a terminal's next epoch."""
        with self.store() as store:
            return allow_enrolment(store, terminal, now=self._time.unix())[0]

    def _close(self) -> None:
        """Shut the application down; after a death nothing of it counts."""
        self._loop.run_until_complete(_shut_down(self._of_now()))

    def _executor(self, **_: object) -> Executor:
        return LoopExecutor(self._loop)

    def _of_now(self) -> FastAPI:
        if self._app is None:
            raise ValueError("the centre does not serve")
        return self._app

    async def _one(self, asked: Asked) -> Said | None:
        sent: list[Mapping[str, Any]] = []
        parts: list[MutableMapping[str, Any]] = [
            {"type": "http.request", "body": asked.body, "more_body": not asked.whole}
        ]

        async def receive() -> MutableMapping[str, Any]:
            return parts.pop(0) if parts else {"type": "http.disconnect"}

        async def send(message: Mapping[str, Any]) -> None:
            sent.append(message)

        await self._of_now()(_scope(asked), receive, send)
        return _said(sent) if asked.whole else None


class LoopExecutor(Executor):
    """Does its tasks in the loop's own thread, one after the other, in the order they came."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()

        def run() -> None:
            try:
                future.set_result(fn(*args, **kwargs))
            except Exception as error:  # noqa: BLE001  # as an executor: whoever waits is told
                future.set_exception(error)

        self._loop.call_soon(run)
        return future


def _scope(asked: Asked) -> dict[str, Any]:
    length = {} if not asked.body else {"content-length": str(len(asked.body))}
    headers = {name.lower(): value for name, value in asked.headers.items()} | length
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": asked.method,
        "scheme": "http",
        "path": asked.path,
        "raw_path": asked.path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }


def _said(sent: Sequence[Mapping[str, Any]]) -> Said:
    head, *rest = sent
    headers = {name.decode(): value.decode("latin-1") for name, value in head["headers"]}
    body = b"".join(part.get("body", b"") for part in rest)
    return Said(status=int(head["status"]), headers=headers, body=body)


async def _shut_down(app: FastAPI) -> None:
    parts: list[MutableMapping[str, Any]] = [
        {"type": "lifespan.startup"},
        {"type": "lifespan.shutdown"},
    ]

    async def receive() -> MutableMapping[str, Any]:
        return parts.pop(0)

    async def send(_: Mapping[str, Any]) -> None:
        return

    await app({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)


def city_tree(folder: Path, time: VirtualTime) -> Tree:
    """Return what the disk of a fresh centre holds that has published its trust."""
    from central.publishing import publish  # noqa: PLC0415  # TUF takes 0.1 s to import
    from central.site import init_site  # noqa: PLC0415  # beside it

    site = init_site(folder / "centre", issuer="city.example", now=time.unix())
    publish(site, time.unix())
    return read_tree(folder / "centre")
