"""The operators' pages over HTTP: /operate/, on the port of the centre."""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from central.centre import Centre
from central.operators.sessions import operator_of
from central.operators.values import Operator
from central.pages import signing
from central.pages.admission import PATH, Way, check_form, check_own, check_secure, cookie_of
from central.pages.answers import (
    HEADERS,
    PageCode,
    PageRefused,
    Sheet,
    answer,
    refusal,
)
from central.pages.asked import Asked, malformed
from central.pages.assets import Asset, load_assets
from central.pages.fleet import Fleet
from central.pages.passwords import Passwords
from central.pages.signing import Desk
from central.pages.table import ROUTES, Route
from central.routes.bodies import read_request
from central.routes.places import Places

API = f"{PATH}api/"
ASSETS = f"{PATH}assets/"
BARE_PATH = PATH.rstrip("/")  # as people type it
INDEX = "index.html"
# What needs no sign-in: the page itself, which shows nothing before, its files, and the door.
OPEN = frozenset({BARE_PATH, PATH, f"{ASSETS}{{name}}", f"{API}session"})

# A page that asks by itself, for whoever has left his desk is to be signed out.
QUIET_HEADER = "x-quiet"
# A note of 1,000 characters of four octets each, escaped.
BODY_OCTETS_MAX = 16_384
# Each waits for the database beside the uploads; a page has three in flight at most.
ASKED_AT_ONCE_MAX = 8

_Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """What the routes work with."""

    centre: Centre
    way: Way
    fleet: Fleet
    desk: Desk
    places: Places

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve until left."""
        yield
        self.desk.passwords.shut_down()


def make_pages(centre: Centre, way: Way, passwords: Passwords | None = None) -> Pages:
    """Return the pages of a centre.

    Args:
        centre: at work.
        way: how browsers come here.
        passwords: tries them; by default at full cost.
    """
    return Pages(
        centre=centre,
        way=way,
        fleet=Fleet(centre.store, time.monotonic),
        desk=Desk(centre=centre, passwords=passwords or Passwords(), way=way),
        places=Places(ASKED_AT_ONCE_MAX, what="operators"),
    )


def page_routes(pages: Pages) -> APIRouter:
    """Return the routes below /operate/."""
    router, assets = APIRouter(include_in_schema=False), load_assets()

    @router.get(PATH)
    async def index(request: Request) -> Response:
        return _file(request, assets[INDEX])

    @router.get(BARE_PATH)
    async def bare() -> Response:
        return RedirectResponse(PATH, HTTPStatus.PERMANENT_REDIRECT.value, headers=dict(HEADERS))

    @router.get(ASSETS + "{name}")
    async def asset(request: Request, name: str) -> Response:
        if name not in assets:
            return refusal(PageRefused(PageCode.NOT_FOUND, "there is no such file"))
        return _file(request, assets[name])

    for method, path, endpoint in _endpoints(pages):
        router.add_api_route(path, _guarded(endpoint), methods=[method])
    return router


def _endpoints(pages: Pages) -> list[tuple[str, str, _Endpoint]]:
    found = [(each.method, API + each.path, _endpoint(pages, each)) for each in ROUTES]
    return [
        ("GET", f"{API}session", partial(_who, pages)),
        ("POST", f"{API}session", partial(_sign_in, pages)),
        ("POST", f"{API}session/end", partial(_sign_out, pages)),
        ("POST", f"{API}password", partial(_set_password, pages)),
        *found,
    ]


def _guarded(endpoint: _Endpoint) -> _Endpoint:
    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except PageRefused as error:
            return refusal(error)

    return guarded


def _endpoint(pages: Pages, route: Route) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        check_secure(request, pages.way)
        body = {} if route.method == "GET" else await _change(pages, request)
        with pages.places.one(""):
            return answer(await pages.centre.work(partial(_do, pages, route, request, body)))

    return endpoint


def _do(
    pages: Pages, route: Route, request: Request, body: Mapping[str, object]
) -> Mapping[str, object] | Sheet:
    centre, now = pages.centre, pages.centre.now()
    operator = _operator(pages, request)
    if not operator.role.may(route.least):
        raise PageRefused(PageCode.ROLE, f"this wants the role {route.least.value}")
    return route.do(
        Asked(
            centre=centre,
            fleet=pages.fleet,
            who=operator,
            now=now,
            path=request.path_params,
            query=request.query_params,
            body=body,
        )
    )


def _operator(pages: Pages, request: Request) -> Operator:
    """Return who asks; in a thread of the store's.

    Raises:
        PageRefused: nobody who has signed in.
    """
    centre = pages.centre
    cookie, is_there = cookie_of(request, pages.way), QUIET_HEADER not in request.headers
    operator = operator_of(centre.store, cookie, centre.now(), is_there=is_there)
    if operator is None:
        raise PageRefused(PageCode.SIGNED_OUT, "sign in first")
    return operator


async def _who(pages: Pages, request: Request) -> Response:
    check_secure(request, pages.way)
    operator = await pages.centre.work(partial(_operator, pages, request))
    return answer(signing.who(operator, cookie_of(request, pages.way)))


async def _sign_in(pages: Pages, request: Request) -> Response:
    check_secure(request, pages.way)
    check_own(request, pages.way)
    return await signing.sign_in(pages.desk, request, await _object(request))


async def _sign_out(pages: Pages, request: Request) -> Response:
    await _change(pages, request)
    operator = await pages.centre.work(partial(_operator, pages, request))
    return await signing.sign_out(pages.desk, request, operator)


async def _set_password(pages: Pages, request: Request) -> Response:
    body = await _change(pages, request)
    operator = await pages.centre.work(partial(_operator, pages, request))
    return await signing.set_password(pages.desk, request, operator, body)


async def _change(pages: Pages, request: Request) -> Mapping[str, object]:
    """Return the body of what changes something, if our own page has sent it."""
    check_secure(request, pages.way)
    check_own(request, pages.way)
    check_form(request, cookie_of(request, pages.way))
    return await _object(request)


async def _object(request: Request) -> Mapping[str, object]:
    octets = (await read_request(request, octets_max=BODY_OCTETS_MAX)).body
    try:
        body = json.loads(octets)
    except (ValueError, RecursionError) as error:
        raise malformed("the body is no JSON") from error
    if not isinstance(body, dict):
        raise malformed("the body is no JSON object")
    return body


def _file(request: Request, asset: Asset) -> Response:
    headers = {**HEADERS, "ETag": asset.tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == asset.tag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(asset.octets, media_type=asset.media_type, headers=headers)
