"""Reading requests: bodies with a limit in octets and time, and signatures over them."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from fastapi import Request
from starlette.requests import ClientDisconnect

from central.errors import Overloaded, Refused
from central.routes.refusals import malformed
from protocol.content_coding import Coding, CodingMalformed, CodingTooLarge, decoded
from protocol.http_signature import Request as SignedRequest
from protocol.problems import Problem, ProblemCode

# A compressed batch of 14 kB takes 12 s on the slowest modem link we know of (9.6 kbit/s);
# whoever takes longer would hold a place that another terminal waits for.
BODY_S_MAX = 30

# How long a refused sender may go on, so that it gets to read why: a batch on a fast line. One
# on a slow line may lose the answer, and asks again.
READ_AWAY_S_MAX = 1

# An answer sent while a body still arrives can be lost in a connection reset, so a body that is
# a little too large is read, not kept, before it is refused.
_READ_FACTOR = 4


async def read_request(request: Request, *, octets_max: int) -> SignedRequest:
    """Return the request as its signature covers it, with the body as it came.

    Raises:
        Refused: the body is longer than `octets_max`, or did not arrive in time.
    """
    try:
        async with asyncio.timeout(BODY_S_MAX):
            body = await _read_body(request, octets_max)
    except TimeoutError as error:
        raise Overloaded(f"the body did not arrive within {BODY_S_MAX} s") from error
    return replace(unread_request(request), body=body)


def unread_request(request: Request) -> SignedRequest:
    """Return the request as its signature covers it, but for the body."""
    return SignedRequest(
        method=request.method,
        path=request.scope["raw_path"].decode("ascii"),
        headers=_joined_headers(request),
        body=b"",
    )


def check_length(request: Request, octets_max: int) -> None:
    """Refuse a body that is too long by its own word.

    Raises:
        Refused: Content-Length is above `octets_max`.
    """
    if _length(request) > octets_max:
        raise _too_large(octets_max)


def has_body(request: Request) -> bool:
    """Return whether a body follows the headers."""
    return _length(request) > 0 or "transfer-encoding" in request.headers


def _length(request: Request) -> int:
    # The HTTP parser has refused everything but up to 20 digits.
    return int(request.headers.get("content-length", "0"))


async def read_away(request: Request, *, octets_max: int) -> None:
    """Take no notice of what comes of a body until its end, for a second and a few bodies."""
    if "expect" in request.headers:
        return  # nothing comes before we ask for it
    size = 0
    try:
        async with asyncio.timeout(READ_AWAY_S_MAX):
            async for chunk in request.stream():
                size += len(chunk)
                if size > octets_max * _READ_FACTOR:
                    return
    except (TimeoutError, ClientDisconnect):
        return


async def _read_body(request: Request, octets_max: int) -> bytes:
    kept, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= octets_max:
            kept.append(chunk)
        elif size > octets_max * _READ_FACTOR:
            break
    if size > octets_max:
        raise _too_large(octets_max)
    return b"".join(kept)


def _joined_headers(request: Request) -> dict[str, str]:
    """Return every header by its name in lower case, repeated ones joined (RFC 9421, 2.1)."""
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def decoded_body(request: SignedRequest, *, octets_max: int) -> bytes:
    """Return the body without its content coding: none, gzip or zstd.

    Raises:
        Refused: another coding; no whole stream of it; more than `octets_max` inside.
    """
    try:
        return decoded(request.body, coding(request.headers), octets_max=octets_max)
    except CodingMalformed as error:
        raise malformed(str(error)) from error
    except CodingTooLarge as error:
        raise _too_large(octets_max) from error


def coding(headers: Mapping[str, str]) -> Coding:
    """Return the content coding that a request names.

    Raises:
        Refused: none of ours.
    """
    name = headers.get("content-encoding", "identity").strip().lower()
    try:
        return Coding(name)
    except ValueError as error:
        known = ", ".join(each.value for each in Coding)
        detail = f"{name[:20]!r} is not among the content codings here: {known}"
        raise Refused(Problem(code=ProblemCode.ENCODING, detail=detail)) from error


def _too_large(octets_max: int) -> Refused:
    detail = f"more than {octets_max} octets"
    return Refused(Problem(code=ProblemCode.TOO_LARGE, detail=detail))
