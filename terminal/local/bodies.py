"""Bodies of requests: small, JSON, and read one way alone."""

import asyncio
import json
from contextlib import suppress
from math import isfinite
from typing import NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Receive

from terminal.local.limits import Limits
from terminal.local.problems import LocalProblem, RequestRefused

# How long a refused sender may go on, so that it gets to read why.
_READ_AWAY_S_MAX = 1.0
# An answer sent while a body still arrives can be lost in a connection reset, so a body that is
# a little too large is read, not kept, before it is refused.
_READ_FACTOR = 4
# Of an object within an object: `details` is flat, or nearly; the parser's own stack is 1,000.
DEPTH_MAX = 8


class _Nothing(BaseModel):
    model_config = ConfigDict(extra="forbid")


_Model = TypeVar("_Model", bound=BaseModel)


async def read_body(request: Request, model: type[_Model], *, limits: Limits) -> _Model:
    """Return the body in the form of `model`.

    Raises:
        RequestRefused: no JSON, in another form, or too long.
    """
    _check_type(request)
    return _in_form(parse(await _octets(request, limits.body_octets_max)), model)


async def read_optional(request: Request, model: type[_Model], *, limits: Limits) -> _Model:
    """Return the body in the form of `model`, which may be without any member; no body is that.

    Raises:
        RequestRefused: as `read_body`.
    """
    octets = await _octets(request, limits.body_octets_max)
    if octets:
        _check_type(request)
    return _in_form(parse(octets or b"{}"), model)


def _in_form(told: object, model: type[_Model]) -> _Model:
    try:
        return model.model_validate(told)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])[:100]
        _refuse(f"{where}: {first['msg'].removeprefix('Value error, ')}".removeprefix(": "))


async def read_nothing(request: Request, *, limits: Limits) -> None:
    """Take the body of a request that says nothing: none, or an empty object.

    Raises:
        RequestRefused: it says something.
    """
    await read_optional(request, _Nothing, limits=limits)


def has_body(headers: Headers) -> bool:
    """Return whether a body follows the head."""
    return headers.get("content-length", "").strip("0") != "" or "transfer-encoding" in headers


async def read_away(receive: Receive, *, octets_max: int) -> None:
    """Take no notice of what comes of a body until its end, for a second and a few bodies."""
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_READ_AWAY_S_MAX):
            while size <= octets_max * _READ_FACTOR:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body"):
                    return
                size += len(message.get("body", b""))


def parse(octets: bytes) -> object:
    """Return what JSON says, where every reader would understand the same.

    Raises:
        RequestRefused: no JSON of RFC 8259 in UTF-8, a name twice, NaN, or too deep.
    """
    try:
        told = json.loads(
            octets.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant
        )
        _check(told, DEPTH_MAX)
    except (ValueError, RecursionError):
        _refuse("the body is no JSON in UTF-8, has a name twice, or is nested too deeply")
    return told


async def _octets(request: Request, octets_max: int) -> bytes:
    kept, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= octets_max:
            kept.append(chunk)
        elif size > octets_max * _READ_FACTOR:
            break
    if size > octets_max:
        raise RequestRefused(LocalProblem.TOO_LARGE, f"more than {octets_max} octets")
    return b"".join(kept)


def _check_type(request: Request) -> None:
    kind, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    charset = parameters.strip().replace('"', "")
    if kind.strip() != "application/json" or charset not in ("", "charset=utf-8"):
        raise RequestRefused(LocalProblem.CONTENT_TYPE)
    if "content-encoding" in request.headers:
        raise RequestRefused(LocalProblem.CONTENT_TYPE)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    told = dict(pairs)
    if len(told) < len(pairs):
        raise ValueError("a name stands twice")
    return told


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _check(told: object, depth: int) -> None:
    """Refuse what goes too deep, and halves of a UTF-16 pair, which no octets can say."""
    match told:
        case str():
            told.encode("utf-8")
        case float() if not isfinite(told):
            raise ValueError("too large a number")  # which JSON can say, and could not say again
        case dict() | list() if depth == 0:
            raise ValueError("too deep")
        case dict():
            for name, value in told.items():
                name.encode("utf-8")
                _check(value, depth - 1)
        case list():
            for value in told:
                _check(value, depth - 1)
        case _:
            pass  # a number, true, false or null


def _refuse(detail: str) -> NoReturn:
    raise RequestRefused(LocalProblem.MALFORMED, detail)
