"""Who may ask at all: looked at from the head of a request, before a word of it is believed.

A token, the name in Host and the page in Origin must all be right: a page of somebody else's has
no token, a name of somebody else's that leads to this machine (DNS rebinding) is not ours, and a
token that a page has got hold of is of no use to it.
"""

import logging
import re
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Scope as AsgiScope

from terminal.local.bodies import has_body
from terminal.local.clients import Client, ClientBook
from terminal.local.limits import Limits
from terminal.local.problems import LocalProblem, RequestRefused
from terminal.local.rates import Rates

log = logging.getLogger(__name__)

_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9.-]{1,253})(?::([0-9]{1,5}))?")
# Paths of ours have no escapes, so each resource has one spelling.
_TARGET = re.compile(rb"/[A-Za-z0-9/._-]*")
# One of each, or two readers could see different requests.
_ONCE = (
    *("host", "origin", "authorization", "content-type", "content-length", "transfer-encoding"),
    *("idempotency-key", "last-event-id", "sec-fetch-site", "access-control-request-method"),
)
_VERSIONS = ("1.0", "1.1")
_WITHOUT_BODY = ("GET", "HEAD", "OPTIONS")
# Whoever needs no token shares one bucket; no client is called so.
_NOBODY = "(nobody)"
# What a browser says of a request that no other site's page has made, or nobody's.
OWN_SITE = (None, "same-origin", "none")
_TOLD_EACH_S = 60.0
# Which a browser leaves out of an origin (RFC 6454, 6.1).
_USUAL_PORT = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """How one listener is called."""

    name: str  # for the log and `status`
    hosts: frozenset[str]  # what Host may say, in small letters
    port: int | None  # None: a Unix socket has none
    scheme: str = "http"
    is_loopback: bool = False  # TCP that nobody reaches but programs of this machine

    def own_origin(self, host: str) -> str | None:
        """Return the origin of pages that came by this door, to whoever names it `host`.

        None: no page comes this way, or `host` is no name.
        """
        match = _HOST.fullmatch(host.lower())
        if self.port is None or match is None:
            return None
        usual = _USUAL_PORT[self.scheme]
        return f"{self.scheme}://{match[1]}" + ("" if self.port == usual else f":{self.port}")


class Admission:
    """Looks at heads; counts who guesses and who asks too often."""

    def __init__(
        self,
        book: ClientBook,
        *,
        origins: Collection[str],
        limits: Limits,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._book, self._origins = book, frozenset(origins)
        self._limits, self._now_s = limits, now_s
        names_max = limits.peers_max
        self._wrong = Rates(burst=limits.wrong_burst, per_s=limits.wrong_per_s, names_max=names_max)
        self._asked = Rates(
            burst=limits.requests_burst, per_s=limits.requests_per_s, names_max=names_max
        )
        self._told = Rates(burst=1, per_s=1 / _TOLD_EACH_S, names_max=names_max)

    def origin(self, headers: Headers, *, own: str | None = None) -> str | None:
        """Return the page that asks, where it is one of those that may; None: no page.

        Args:
            headers: of the request.
            own: the origin of our own pages; None: there are none.

        Raises:
            RequestRefused: another page, or one that hides itself.
        """
        origin = headers.get("origin")
        if origin is None and headers.get("sec-fetch-site") in OWN_SITE:
            return None
        if origin is None or (origin != own and origin not in self._origins):
            raise RequestRefused(LocalProblem.ORIGIN)
        return origin

    def check_form(self, scope: AsgiScope, headers: Headers, door: Door) -> None:
        """Look whether a head has one meaning, and is for this terminal.

        Raises:
            RequestRefused: it has not, or is not.
        """
        if scope["http_version"] not in _VERSIONS:
            raise RequestRefused(LocalProblem.HTTP, "HTTP/1.1 is spoken here")
        size = sum(len(name) + len(value) for name, value in headers.raw)
        if size + len(scope["raw_path"]) + len(scope["query_string"]) > (
            self._limits.head_octets_max
        ):
            raise RequestRefused(LocalProblem.HEAD_TOO_LARGE)
        twice = next((name for name in _ONCE if len(headers.getlist(name)) > 1), None)
        if twice is not None:
            raise RequestRefused(LocalProblem.HTTP, f"{twice} stands twice")
        if "transfer-encoding" in headers and "content-length" in headers:
            raise RequestRefused(LocalProblem.HTTP, "the body has two lengths")
        _check_host(headers.get("host", ""), door)
        if scope["method"] in _WITHOUT_BODY and has_body(headers):
            raise RequestRefused(LocalProblem.HTTP, f"{scope['method']} carries no body")
        if _TARGET.fullmatch(scope["raw_path"]) is None:
            raise RequestRefused(LocalProblem.NOT_FOUND)

    def client(self, headers: Headers, peer: str) -> Client:
        """Return whose token a request carries (RFC 6750, 2.1).

        Raises:
            RequestRefused: nobody's, or its owner asks too often.
        """
        scheme, _, token = headers.get("authorization", "").partition(" ")
        client = self._book.of(token) if scheme.lower() == "bearer" else None
        if client is None:
            raise self._wrong_token(peer, is_guess=bool(token))
        wait_s = self._asked.wait_s(client.name, self._now_s())
        if wait_s:
            raise RequestRefused(LocalProblem.TOO_FAST, retry_after_s=_whole(wait_s))
        return client

    def check_rate(self) -> None:
        """Count a request that needs no token.

        Raises:
            RequestRefused: there are too many of them.
        """
        wait_s = self._asked.wait_s(_NOBODY, self._now_s())
        if wait_s:
            raise RequestRefused(LocalProblem.TOO_FAST, retry_after_s=_whole(wait_s))

    def _wrong_token(self, peer: str, *, is_guess: bool) -> RequestRefused:
        """Return the refusal; a good token is taken from the same peer all the while."""
        wait_s = self._wrong.wait_s(peer, self._now_s()) if is_guess else 0
        if is_guess and not self._told.wait_s(peer, self._now_s()):
            log.warning("local interface: a token that opens nothing came from %s", peer)
        if wait_s:
            return RequestRefused(LocalProblem.GUESSING, retry_after_s=_whole(wait_s))
        return RequestRefused(LocalProblem.TOKEN)


def _check_host(host: str, door: Door) -> None:
    match = _HOST.fullmatch(host.lower())
    is_ours = match is not None and match[1] in door.hosts
    if match is None or not is_ours:
        raise RequestRefused(LocalProblem.HOST)
    if door.port is not None and match[2] is not None and int(match[2]) != door.port:
        raise RequestRefused(LocalProblem.HOST, "another port")


def _whole(seconds: float) -> int:
    return int(seconds) + 1
