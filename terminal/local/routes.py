"""The resources of the local interface. Nothing here decides: the service does."""

import re
from collections.abc import Collection

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from terminal.local.answers import json_answer
from terminal.local.bodies import read_body, read_nothing, read_optional
from terminal.local.calls import Calls
from terminal.local.clients import Client, Scope
from terminal.local.limits import Limits
from terminal.local.openapi import EVENT_ID, openapi_document
from terminal.local.port import LocalService
from terminal.local.problems import LocalProblem, RequestRefused
from terminal.local.streams import EventStream, Streams
from terminal.local.views import (
    KEY,
    LANE,
    AbortBody,
    EmergencyBody,
    ScanBody,
    lane_members,
    request_members,
)


class Resources:
    """What each path and method does."""

    def __init__(self, calls: Calls[LocalService], streams: Streams, limits: Limits) -> None:
        self._calls, self._streams, self._limits = calls, streams, limits

    def routes(self) -> list[Route]:
        """Return every route."""
        one = "/v1/requests/{key}"
        return [
            Route("/openapi.json", self.description),
            Route("/v1/lanes", self.lanes),
            Route("/v1/lanes/{lane}", self.lane),
            Route("/v1/lanes/{lane}/totals", self.totals),
            Route("/v1/lanes/{lane}/requests", self.arm, methods=["POST"]),
            Route("/v1/lanes/{lane}/emergency", self.emergency, methods=["POST"]),
            Route(one, self.request),
            Route(f"{one}/abort", self.abort, methods=["POST"]),
            Route(f"{one}/reverse", self.reverse, methods=["POST"]),
            Route(f"{one}/receipt", self.receipt, methods=["POST"]),
            Route("/v1/events", self.events),
            Route("/v1/diagnosis", self.diagnosis),
        ]

    async def description(self, request: Request) -> Response:
        """Answer with the OpenAPI document."""
        _queried(request)
        return json_answer(openapi_document())

    async def lanes(self, request: Request) -> Response:
        """Answer with every lane that the client sees."""
        client = _allowed(request, Scope.STATUS)
        lanes = await self._calls.ask(lambda service: service.lanes())
        return json_answer(
            {"lanes": [lane_members(each) for each in lanes if client.sees(each.name)]}
        )

    async def lane(self, request: Request) -> Response:
        """Answer with one lane."""
        client = _allowed(request, Scope.STATUS)
        name = _lane(request, client)
        for each in await self._calls.ask(lambda service: service.lanes()):
            if each.name == name:
                return json_answer(lane_members(each))
        raise _no_lane()

    async def arm(self, request: Request) -> Response:
        """Ask a lane for one scan."""
        body = await read_body(request, ScanBody, limits=self._limits)
        client = _allowed(request, Scope.SALE)
        lane, key = _lane(request, client), _idempotency_key(request)
        try:
            asked = body.request(client, key, lane)
        except ValueError as error:
            raise RequestRefused(LocalProblem.MALFORMED, str(error)) from error
        view = await self._calls.ask(lambda service: service.arm(asked))
        place = {"Location": f"/v1/requests/{key}"}
        return json_answer(request_members(view), status=201, headers=place)

    async def request(self, request: Request) -> Response:
        """Answer how a request stands."""
        client = _allowed(request, Scope.SALE)
        key = _key(request)
        view = await self._calls.ask(lambda service: service.request(client.name, key))
        return json_answer(request_members(view))

    async def abort(self, request: Request) -> Response:
        """Take a request back."""
        body = await read_optional(request, AbortBody, limits=self._limits)
        client = _allowed(request, Scope.SALE)
        if body.not_handed_over:
            _allowed(request, Scope.REVERSE)
        key, annul = _key(request), body.not_handed_over
        view = await self._calls.ask(
            lambda service: service.abort(client.name, key, not_handed_over=annul)
        )
        return json_answer(request_members(view))

    async def reverse(self, request: Request) -> Response:
        """Annul what was granted."""
        await read_nothing(request, limits=self._limits)
        client = _allowed(request, Scope.REVERSE)
        key, own = _key(request), _idempotency_key(request)
        view = await self._calls.ask(lambda service: service.reverse(client.name, key, own))
        return json_answer(request_members(view))

    async def receipt(self, request: Request) -> Response:
        """Print a receipt again."""
        await read_nothing(request, limits=self._limits)
        client = _allowed(request, Scope.SALE)
        key = _key(request)
        view = await self._calls.ask(lambda service: service.print_receipt(client.name, key))
        return json_answer(request_members(view))

    async def totals(self, request: Request) -> Response:
        """Answer with what a lane sold."""
        client = _allowed(request, Scope.STATUS)
        lane = _lane(request, client)
        totals = await self._calls.ask(lambda service: service.totals(lane))
        return json_answer(totals.members())

    async def emergency(self, request: Request) -> Response:
        """Hold a gate open, or let it go."""
        body = await read_body(request, EmergencyBody, limits=self._limits)
        client = _allowed(request, Scope.EMERGENCY)
        lane = _lane(request, client)
        view = await self._calls.ask(
            lambda service: service.emergency(client.name, lane, is_open=body.open), is_urgent=True
        )
        return json_answer(lane_members(view))

    async def events(self, request: Request) -> EventStream:
        """Answer with events as they happen."""
        client = _allowed(request, Scope.STATUS, queried=("after",))
        after = request.headers.get("last-event-id") or request.query_params.get("after")
        if after is not None and re.fullmatch(EVENT_ID, after) is None:
            raise RequestRefused(LocalProblem.MALFORMED, "the id is none that an event has had")
        return self._streams.open(client, request.state.held, after=after)

    async def diagnosis(self, request: Request) -> Response:
        """Answer with the state of the terminal, and of the lanes that the client sees."""
        client = _allowed(request, Scope.DIAGNOSIS)
        told = dict(await self._calls.ask(lambda service: service.diagnosis()))
        match told.get("lanes"):
            case list() as lanes:
                told["lanes"] = [lane for lane in lanes if client.sees(lane["name"])]
            case _:
                pass  # no lanes
        match told.get("sales"):
            case {"days": list() as days, **others}:
                told["sales"] = others | {"days": [day for day in days if client.sees(day["lane"])]}
            case _:
                pass  # none
        return json_answer(told)


def _allowed(request: Request, scope: Scope, *, queried: Collection[str] = ()) -> Client:
    """Return who asks, where he may ask for this; what the query says is looked at too."""
    client: Client = request.state.client
    if scope not in client.scopes:
        raise RequestRefused(LocalProblem.SCOPE, f"this wants the scope {scope.value}")
    _queried(request, queried)
    return client


def _queried(request: Request, names: Collection[str] = ()) -> None:
    asked = [name for name, _ in request.query_params.multi_items()]
    if len(set(asked)) < len(asked) or not set(asked) <= set(names):
        raise RequestRefused(LocalProblem.MALFORMED, "the query names what is not asked for here")


def _lane(request: Request, client: Client) -> str:
    lane: str = request.path_params["lane"]
    if re.fullmatch(LANE, lane) is None or not client.sees(lane):
        raise _no_lane()
    return lane


def _no_lane() -> RequestRefused:
    return RequestRefused(LocalProblem.LANE_UNKNOWN)


def _key(request: Request) -> str:
    key: str = request.path_params["key"]
    if re.fullmatch(KEY, key) is None:
        raise RequestRefused(LocalProblem.REQUEST_UNKNOWN)
    return key


def _idempotency_key(request: Request) -> str:
    # As a structured field a key would stand in quotes (draft-ietf-httpapi-idempotency-key).
    key = request.headers.get("idempotency-key", "")
    if re.fullmatch(KEY, key) is None:
        raise RequestRefused(LocalProblem.KEY_MISSING)
    return key
