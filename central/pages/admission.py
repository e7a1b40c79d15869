"""Who may send what: the page's own origin, a session's own token, and TLS before a password."""

from dataclasses import dataclass
from hmac import compare_digest
from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import Request, Response

from central.errors import BadRequest
from central.operators.sessions import ABSOLUTE_S, form_token
from central.pages.answers import PageCode, PageRefused

# Sent to these pages alone, and never by another site's page or link.
PATH = "/operate/"
_PLAIN_COOKIE = "operate"
_SECURE_COOKIE = "__Secure-operate"
FORM_HEADER = "x-form"
JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How browsers come here."""

    public_url: str | None  # https://HOST of what stands in front; None: nothing does


def way_of(public_url: str | None) -> Way:
    """Return the way by the address that operators type.

    Raises:
        BadRequest: it is no https://HOST, and nothing behind that.
    """
    if public_url is None:
        return Way(public_url=None)
    parts = urlsplit(public_url)
    text = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme != "https" or not parts.hostname or public_url.rstrip("/") != text:
        raise BadRequest("--public-url is https://HOST or https://HOST:PORT, nothing behind it")
    return Way(public_url=text.lower())


def is_secure(request: Request, way: Way) -> bool:
    """Return whether the browser came by TLS: of what stands in front, or the centre's own."""
    return way.public_url is not None or request.url.scheme == "https"


def check_secure(request: Request, way: Way) -> None:
    """Let nobody type a password into a page that came over a network in clear.

    Raises:
        PageRefused: there is no TLS, and the browser is not on this machine.
    """
    if not is_secure(request, way) and not _is_loopback(_peer(request)):
        detail = "start serve with --tls-cert, or with --public-url behind what has TLS"
        raise PageRefused(PageCode.INSECURE, detail)


def check_own(request: Request, way: Way) -> None:
    """Let only the pages themselves send changes.

    Raises:
        PageRefused: another site's page sends it, or a browser that does not say whose.
    """
    origin = request.headers.get("origin", "")
    own = way.public_url or f"{request.url.scheme}://{request.headers.get('host', '')}"
    site = request.headers.get("sec-fetch-site", "same-origin")
    if origin.lower() != own.lower() or site != "same-origin":
        raise PageRefused(PageCode.ORIGIN, "this is not sent by a page of this centre")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON:
        raise PageRefused(PageCode.FORM, f"changes are sent as {JSON}")


def check_form(request: Request, cookie: str) -> None:
    """Let only a page that could read this session's token send changes.

    Raises:
        PageRefused: another token, or none.
    """
    sent = request.headers.get(FORM_HEADER, "")
    if not compare_digest(sent.encode(), form_token(cookie).encode()):
        raise PageRefused(PageCode.FORM, "the page is of another session: load it anew")


def cookie_of(request: Request, way: Way) -> str:
    """Return the session's cookie, empty where there is none."""
    return request.cookies.get(_cookie_name(request, way), "")


def _cookie_name(request: Request, way: Way) -> str:
    return _SECURE_COOKIE if is_secure(request, way) else _PLAIN_COOKIE


def give_cookie(response: Response, request: Request, way: Way, cookie: str) -> None:
    """Have the browser keep the session's cookie; empty: forget it."""
    response.set_cookie(
        _cookie_name(request, way),
        cookie,
        max_age=ABSOLUTE_S if cookie else 0,
        path=PATH,
        secure=is_secure(request, way),
        httponly=True,
        samesite="strict",
    )


def address_of(request: Request, way: Way) -> str:
    """Return where the browser is: what stands in front says it, if anything does."""
    peer = _peer(request)
    if way.public_url is None or not _is_loopback(peer):
        return peer
    # The last is what the nearest one wrote, be it behind the others or in a line of its own; what
    # stands before it anybody may have sent.
    told = ",".join(request.headers.getlist("x-forwarded-for")).rpartition(",")[2].strip()
    return told or peer


def _peer(request: Request) -> str:
    return request.client.host if request.client is not None else ""


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
