"""What monitoring asks: `/metrics`, and whether the terminal lives and serves, in one word each."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from terminal.lanes.machine import LaneState
from terminal.local.admission import Door
from terminal.local.calls import Calls
from terminal.local.clients import Client, Scope
from terminal.local.port import LaneView, LocalService
from terminal.local.problems import LocalProblem, RequestRefused
from terminal.metrics.metric import Family

# A lane waits for the loop as long as a probe does; one that took longer has no citizen left.
HEALTH_S_MAX = 2.0

_LIVE, _READY, _METRICS = "/health/live", "/health/ready", "/metrics"


def is_open(path: str, door: Door, *, metrics_open: bool) -> bool:
    """Return whether a path is anybody's who runs a program on this machine.

    Args:
        path: of the request.
        door: through which it came.
        metrics_open: as the settings say.
    """
    if not door.is_loopback:
        return False
    return path in (_LIVE, _READY) or (metrics_open and path == _METRICS)


class Monitoring:
    """Routes of monitoring."""

    def __init__(self, calls: Calls[LocalService]) -> None:
        self._calls = calls

    def routes(self) -> list[Route]:
        """Return every route."""
        return [
            Route(_LIVE, self.live),
            Route(_READY, self.ready),
            Route(_METRICS, self.metrics),
        ]

    async def live(self, request: Request) -> Response:
        """Say whether the daemon's loop answers; who restarts it for `stuck` does no harm."""
        _unqueried(request)
        return _word("stuck", 503) if await self._lanes() is None else _word("live", 200)

    async def ready(self, request: Request) -> Response:
        """Say whether every lane serves; a restart helps none that does not."""
        _unqueried(request)
        lanes = await self._lanes()
        is_ready = bool(lanes) and all(_serves(lane) for lane in lanes or ())
        return _word("ready", 200) if is_ready else _word("not-ready", 503)

    async def metrics(self, request: Request) -> Response:
        """Answer with everything that is measured of the lanes that the client sees."""
        from terminal.metrics.exposition import (  # noqa: PLC0415  # 80 ms, where it is read
            CONTENT_TYPE,
            exposition,
        )

        client: Client | None = request.state.client
        if client is not None and Scope.METRICS not in client.scopes:
            raise RequestRefused(LocalProblem.SCOPE, f"this wants the scope {Scope.METRICS.value}")
        _unqueried(request)
        families = await self._calls.ask(lambda service: service.figures())
        told = families if client is None else [_seen(each, client) for each in families]
        return Response(exposition(told), media_type=CONTENT_TYPE)

    async def _lanes(self) -> Sequence[LaneView] | None:
        """Return the lanes, None where the daemon does not answer in time."""
        try:
            async with asyncio.timeout(HEALTH_S_MAX):
                return await self._calls.ask(lambda service: service.lanes())
        except (TimeoutError, RequestRefused):
            return None


def _serves(lane: LaneView) -> bool:
    return lane.state != LaneState.OUT_OF_SERVICE.value


def _seen(of: Family, client: Client) -> Family:
    """Return what a family says of the lanes that a client sees, and of no lane."""
    if "lane" not in of.metric.labels:
        return of
    place = of.metric.labels.index("lane")
    kept = tuple(each for each in of.samples if client.sees(each.labels[place]))
    return replace(of, samples=kept)


def _unqueried(request: Request) -> None:
    if request.url.query:
        raise RequestRefused(LocalProblem.MALFORMED, "the query names what is not asked for here")


def _word(word: str, status: int) -> Response:
    return Response(f"{word}\n", status, media_type="text/plain")
