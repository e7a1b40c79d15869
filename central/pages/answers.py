"""What the pages answer with, and the headers that every answer has."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

from fastapi import Response

from protocol.problems import CONTENT_TYPE

# Nothing but our own files, no form that leaves, no frame, no text that becomes markup.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_NO_STORE = {"Cache-Control": "no-store"}


class PageCode(Enum):
    """Why a page's request is refused; the page has the words, in its language."""

    SIGNED_OUT = "signed-out"
    WRONG = "wrong"
    WAIT = "wait"
    BUSY = "busy"
    ROLE = "role"
    ORIGIN = "origin"
    FORM = "form"
    INSECURE = "insecure"
    MALFORMED = "malformed"
    PASSWORD = "password"  # noqa: S105  # the name of a refusal
    NOT_FOUND = "not-found"
    TAKEN = "taken"


_STATUS = {
    PageCode.SIGNED_OUT: HTTPStatus.UNAUTHORIZED,
    PageCode.WRONG: HTTPStatus.UNAUTHORIZED,
    PageCode.WAIT: HTTPStatus.TOO_MANY_REQUESTS,
    PageCode.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    PageCode.ROLE: HTTPStatus.FORBIDDEN,
    PageCode.ORIGIN: HTTPStatus.FORBIDDEN,
    PageCode.FORM: HTTPStatus.FORBIDDEN,
    PageCode.INSECURE: HTTPStatus.FORBIDDEN,
    PageCode.MALFORMED: HTTPStatus.UNPROCESSABLE_ENTITY,
    PageCode.PASSWORD: HTTPStatus.UNPROCESSABLE_ENTITY,
    PageCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    PageCode.TAKEN: HTTPStatus.CONFLICT,
}


class PageRefused(Exception):  # noqa: N818  # the house's word for it
    """A page's request is refused.

    Args:
        code: why.
        detail: for whoever reads the answer without the page.
        wait_s: how long to wait before it is asked again; 0: no matter.
    """

    def __init__(self, code: PageCode, detail: str, *, wait_s: int = 0) -> None:
        super().__init__(detail)
        self.code, self.detail, self.wait_s = code, detail, wait_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file to be kept."""

    octets: bytes
    name: str
    media_type: str


def answer(found: Mapping[str, object] | Sheet) -> Response:
    """Return what was asked for."""
    if isinstance(found, Sheet):
        named = {"Content-Disposition": f'attachment; filename="{found.name}"'}
        headers = {**HEADERS, **_NO_STORE, **named}
        return Response(found.octets, media_type=found.media_type, headers=headers)
    octets = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(octets, media_type="application/json", headers={**HEADERS, **_NO_STORE})


def refusal(error: PageRefused) -> Response:
    """Return a refusal as a problem document (RFC 9457)."""
    status = _STATUS[error.code]
    members: dict[str, object] = {
        "type": "about:blank",
        "title": error.code.value,
        "status": status.value,
        "detail": error.detail,
    }
    headers = {**HEADERS, **_NO_STORE}
    if error.wait_s:
        members["wait_s"] = error.wait_s
        headers["Retry-After"] = str(error.wait_s)
    octets = json.dumps(members, ensure_ascii=False).encode()
    return Response(octets, status.value, media_type=CONTENT_TYPE, headers=headers)
