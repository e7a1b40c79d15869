"""`/v1/events` and `/v1/health`: what operators' programs read, by a token."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from central.centre import Centre
from central.events import EVENTS_DEFAULT, EVENTS_MAX, events_behind
from central.health import TERMINALS_DEFAULT, TERMINALS_MAX, health_behind
from central.records import Scope
from central.routes.places import Places
from central.tokens import check_token

# Each holds an answer of 2 MB at most, and waits for the database beside the uploads.
READERS_MAX = 8

# A database's largest number.
_CURSOR_MAX = (1 << 63) - 2

After = Annotated[int, Query(ge=0, le=_CURSOR_MAX)]
Limit = Annotated[int, Query(ge=1, le=EVENTS_MAX)]
AfterTerminal = Annotated[str, Query(pattern="^[A-Za-z0-9._-]{0,64}$")]
LimitTerminals = Annotated[int, Query(ge=1, le=TERMINALS_MAX)]


def operator_routes(centre: Centre) -> APIRouter:
    """Return the routes of operators."""
    router = APIRouter(prefix="/v1")
    readers = Places(READERS_MAX, what="readers")

    @router.get("/events")
    async def events(request: Request, after: After = 0, limit: Limit = EVENTS_DEFAULT) -> Response:
        """Return entries as CloudEvents, in the order in which the centre first saw them."""
        header = request.headers.get("authorization", "")
        with readers.one(""):
            batch, last = await centre.work(partial(_events, centre, header, after, limit))
        return Response(
            batch,
            media_type="application/cloudevents-batch+json",
            headers=_private(f"/v1/events?after={last}&limit={limit}"),
        )

    @router.get("/health")
    async def health(
        request: Request, after: AfterTerminal = "", limit: LimitTerminals = TERMINALS_DEFAULT
    ) -> Response:
        """Return how terminals do, by id."""
        header = request.headers.get("authorization", "")
        with readers.one(""):
            page, last = await centre.work(partial(_health, centre, header, after, limit))
        follows = None if last is None else f"/v1/health?after={last}&limit={limit}"
        return Response(page, media_type="application/json", headers=_private(follows))

    return router


def _events(centre: Centre, header: str, after: int, limit: int) -> tuple[bytes, int]:
    check_token(centre.store, header, Scope.EVENTS, now=centre.now())
    return events_behind(centre.store, after, limit)


def _health(centre: Centre, header: str, after: str, limit: int) -> tuple[bytes, str | None]:
    check_token(centre.store, header, Scope.HEALTH, now=centre.now())
    return health_behind(centre.store, after, limit)


def _private(follows: str | None) -> dict[str, str]:
    """Return the headers of a page: where the next is (RFC 8288), and that no cache keeps it."""
    link = {} if follows is None else {"Link": f'<{follows}>; rel="next"'}
    return {"Cache-Control": "no-store", **link}
