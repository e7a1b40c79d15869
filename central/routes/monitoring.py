"""`/metrics` for the operator's monitoring, by a token; `/health/live` and `/health/ready`."""

import asyncio
from functools import partial

from fastapi import APIRouter, Request, Response

from central.centre import Centre
from central.errors import StoreUnavailable
from central.metrics.fleet import Fleet, FleetWatch, look_at_fleet
from central.projectors.outlet import OutletProjector
from central.projectors.reports import ReportProjector
from central.records import Scope
from central.tokens import check_token

_PROJECTORS = (OutletProjector.name, ReportProjector.name)


def monitoring_routes(centre: Centre) -> APIRouter:
    """Return the routes of monitoring."""
    router = APIRouter(include_in_schema=False)
    one = asyncio.Lock()  # whoever asks beside another waits for the same look
    watch = FleetWatch(lambda: look_at_fleet(centre.store, _PROJECTORS, centre.now()))

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        """Return how the fleet and this process do."""
        from central.metrics.exposition import (  # noqa: PLC0415  # 80 ms, where it is read
            CONTENT_TYPE,
            exposition,
        )

        header = request.headers.get("authorization", "")
        async with one:
            fleet = await centre.work(partial(_fleet, centre, header, watch))
        text = exposition(fleet, retry_after_s=centre.admission.retry_after_s())
        return Response(text, media_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})

    @router.get("/health/live")
    async def live() -> Response:
        """Say that the centre answers."""
        return Response("live\n", media_type="text/plain")

    @router.get("/health/ready")
    async def ready() -> Response:
        """Say whether its database does."""
        try:
            await centre.work(centre.store.publications.last)
        except StoreUnavailable:
            return Response("not-ready\n", 503, media_type="text/plain")
        return Response("ready\n", media_type="text/plain")

    return router


def _fleet(centre: Centre, header: str, watch: FleetWatch) -> Fleet:
    check_token(centre.store, header, Scope.METRICS, now=centre.now())
    return watch.fleet()
