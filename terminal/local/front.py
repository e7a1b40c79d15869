"""The ASGI application in front of the routes: admits, refuses, and says what every answer says."""

import asyncio
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from terminal.local.admission import Admission
from terminal.local.answers import refusal
from terminal.local.bodies import has_body, read_away
from terminal.local.limits import Limits
from terminal.local.monitoring import is_open
from terminal.local.pages.admission import PageAdmission, is_page
from terminal.local.pages.headers import PAGE_HEADERS
from terminal.local.places import Held
from terminal.local.problems import RequestRefused

_CACHE = "Cache-Control"
_ALWAYS: Mapping[str, str] = {
    _CACHE: "no-store",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Origin",
}
_ALWAYS_OF_PAGES: Mapping[str, str] = {**_ALWAYS, **PAGE_HEADERS}
_EXPOSED = "Location, Retry-After"
_PREFLIGHT: Mapping[str, str] = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Last-Event-ID",
    "Access-Control-Max-Age": "600",
}
# A page that is not on this machine asks for it too: by the name of the W3C's first draft
# (Private Network Access), and by that of its successor.
_NETWORKS = ("Private-Network", "Local-Network")


class Front:
    """Everything that comes in passes here."""

    def __init__(
        self,
        app: ASGIApp,
        admission: Admission,
        limits: Limits,
        *,
        metrics_open: bool = False,
        pages: PageAdmission | None = None,
    ) -> None:
        """Admit requests to `app`; those for pages by `pages`, None: there are none."""
        self._app, self._admission, self._limits = app, admission, limits
        self._metrics_open, self._pages = metrics_open, pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        exchange = _Exchange(scope, receive, send, octets_max=self._limits.body_octets_max)
        try:
            answer = self._admit(scope, exchange)
        except RequestRefused as error:
            await self._slow(scope["state"]["held"])
            answer = refusal(error)
        inner = self._app if answer is None else answer
        await inner(scope, exchange.receive, exchange.send)

    def _admit(self, scope: Scope, exchange: "_Exchange") -> Response | None:
        """Return what is answered at once; None: the routes have the word."""
        state, headers = scope["state"], exchange.headers
        self._admission.check_form(scope, headers, state["door"])
        if self._pages is not None and is_page(scope["path"]):
            exchange.always = _ALWAYS_OF_PAGES
            self._pages.admit(scope, headers, state["door"], state["held"].peer)
            exchange.admitted(state["held"], is_known=state["held"].is_known)
            return None
        own = None if self._pages is None else state["door"].own_origin(headers.get("host", ""))
        exchange.origin = self._admission.origin(headers, own=own)
        if exchange.origin is not None and _is_preflight(scope, headers):
            return _preflight(headers)
        if is_open(scope["path"], state["door"], metrics_open=self._metrics_open):
            self._admission.check_rate()
            state["client"] = None
            return None
        client = self._admission.client(headers, state["held"].peer)
        state["client"] = client
        exchange.admitted(state["held"])
        return None

    async def _slow(self, held: Held) -> None:
        """Have whoever is refused on and on wait: thousands in a row would keep others waiting."""
        held.refusals += 1
        if held.refusals > self._limits.refusals_at_once:
            await asyncio.sleep(self._limits.refused_s)


class _Exchange:
    """One request and its answer; a body that nobody has read does not stay on the line."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, *, octets_max: int) -> None:
        self._receive, self._send, self._octets_max = receive, send, octets_max
        self.headers = Headers(scope=scope)
        self.origin: str | None = None
        self.always = _ALWAYS
        self._is_whole = not has_body(self.headers)
        self._held: Held | None = None

    def admitted(self, held: Held, *, is_known: bool = True) -> None:
        """Keep the connection's place from now on; while a body is awaited it may still go."""
        self._held = held
        held.is_known, held.is_at_work = is_known, self._is_whole

    async def receive(self) -> Message:
        """Return the next part of the body."""
        message = await self._receive()
        if not self._is_whole and not message.get("more_body"):
            self._is_whole = True
            if self._held is not None:
                self._held.is_at_work = True
        return message

    async def send(self, message: Message) -> None:
        """Send a part of the answer, the head with what every head has."""
        if message["type"] == "http.response.start":
            if not self._is_whole and "expect" not in self.headers:
                await read_away(self.receive, octets_max=self._octets_max)
            headers = MutableHeaders(scope=message)
            _complete(headers, self.always)
            if self.origin is not None:
                headers["Access-Control-Allow-Origin"] = self.origin
                headers["Access-Control-Expose-Headers"] = _EXPOSED
            if not self._is_whole:
                headers["Connection"] = "close"
        await self._send(message)


def _complete(headers: MutableHeaders, always: Mapping[str, str]) -> None:
    """Add what every head has; a page's file alone says itself how long it may be kept."""
    keeps = headers.get("etag") is not None
    headers.update({name: told for name, told in always.items() if not (keeps and name == _CACHE)})


def _is_preflight(scope: Scope, headers: Headers) -> bool:
    return scope["method"] == "OPTIONS" and "access-control-request-method" in headers


def _preflight(headers: Headers) -> Response:
    answer = Response(status_code=204, headers=_PREFLIGHT)
    for network in _NETWORKS:
        if headers.get(f"access-control-request-{network}") == "true":
            answer.headers[f"Access-Control-Allow-{network}"] = "true"
    return answer
