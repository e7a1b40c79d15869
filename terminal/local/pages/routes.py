"""The pages' own resources: documents, assets, and what a screen shows now."""

import asyncio
import re
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from terminal.local.answers import json_answer
from terminal.local.pages.assets import Asset, asset, document, made
from terminal.local.pages.screens import PagesOf, ScreenPage
from terminal.local.pages.streams import ScreenStream, ScreenStreams, settings_of
from terminal.local.pages.visits import VisitResources
from terminal.local.problems import LocalProblem, RequestRefused
from terminal.local.views import LANE

_DOCUMENT_OF: Mapping[str, str] = {"lane": "lane.html", "kiosk": "kiosk.html"}
# Asked again each time, and told in 200 octets that it is as it was: after an update of the
# terminal no page is made of old and new parts.
_CACHE = "no-cache"


class PageResources:
    """What each path of a page does."""

    def __init__(
        self, pages: PagesOf, streams: ScreenStreams, visits: VisitResources | None = None
    ) -> None:
        self._pages, self._streams, self._visits = pages, streams, visits

    def routes(self) -> list[BaseRoute]:
        """Return every route."""
        one = "/screen/v1/{lane}"
        return [
            Route("/screen/", self.list_page),
            Route("/screen/v1/screens", self.screens),
            Route(f"{one}/state", self.state),
            Route(f"{one}/events", self.events),
            Route(f"{one}/sounds/{{language}}/{{name}}.wav", self.sound),
            Route("/screen/{lane}", self.screen_page),
            Route("/counter/{lane}", self.counter_page),
            Route("/assets/{name:path}", self.asset),
            *([] if self._visits is None else self._visits.routes()),
        ]

    async def list_page(self, request: Request) -> Response:
        """Answer with the page that lists the screens."""
        return _file(request, document("screens.html"))

    async def screen_page(self, request: Request) -> Response:
        """Answer with a screen's page, by its kind."""
        page = self._page(request)
        return _file(request, document(_DOCUMENT_OF[page.kind]))

    async def counter_page(self, request: Request) -> Response:
        """Answer with the cashier's page; which lanes there are, its token tells and nobody else."""
        if re.fullmatch(LANE, request.path_params["lane"]) is None:
            raise RequestRefused(LocalProblem.NOT_FOUND)
        return _file(request, document("counter.html"))

    async def asset(self, request: Request) -> Response:
        """Answer with a file of the table."""
        found = asset(request.path_params["name"])
        if found is None:
            raise RequestRefused(LocalProblem.NOT_FOUND)
        return _file(request, found)

    async def screens(self, request: Request) -> Response:
        """Answer with every screen."""
        del request  # every screen is everybody's
        return json_answer({"screens": [page.members() for page in self._pages.all()]})

    async def state(self, request: Request) -> Response:
        """Answer with what a screen shows now."""
        page = self._page(request)
        told = {each.kind: each.data for each in self._pages.board.read(page.lane)}
        screen = dict(told.get("screen", {"lane": page.lane, "view": "starting"}))
        return json_answer({**screen, "settings": settings_of(page)})

    async def events(self, request: Request) -> ScreenStream:
        """Answer with what a screen shows, from now on."""
        return self._streams.open(self._page(request), request.state.held)

    async def sound(self, request: Request) -> Response:
        """Answer with a recorded sentence."""
        page, asked = self._page(request), request.path_params
        octets = await asyncio.to_thread(page.recording, asked["language"], asked["name"])
        if octets is None:
            raise RequestRefused(LocalProblem.NOT_FOUND)
        return _file(request, made(octets, "wav"))

    def _page(self, request: Request) -> ScreenPage:
        page = self._pages.of(request.path_params["lane"])
        if page is None:
            raise RequestRefused(LocalProblem.NOT_FOUND)
        return page


def _file(request: Request, found: Asset) -> Response:
    headers = {"ETag": found.etag, "Cache-Control": _CACHE}
    if found.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(found.octets, 200, headers, media_type=found.media_type)
