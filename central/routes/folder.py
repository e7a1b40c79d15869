"""The published folder over HTTP: what any web server could do as well."""

import json
import re
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, Request, Response

from central.routes.ranges import Slice, asked_slice
from protocol.problems import CONTENT_TYPE, Problem, ProblemCode
from protocol.trust_folder import METADATA, TIMESTAMP_NAME, TUF

# No part begins with a point, so nothing above the folder can be named, nor a file that is still
# being written.
_PATH = re.compile(rf"/{TUF}(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+")

# Shared caches may keep the timestamp for half of a terminal's round of a minute: the load of a
# fleet, and not its age, is cut by that.
_TIMESTAMP_CACHE = "public, max-age=30"
# Numbered and hash-named files never change; a year is what caches take for good (RFC 9111, 5.2.2).
_LASTING_CACHE = "public, max-age=31536000, immutable"
# The next root's number is asked for at each round. A cache that remembers for long that it is
# not there would hide a rotation.
_MISSING_CACHE = "public, max-age=60"

_MEDIA_TYPES = {
    ".json": "application/json",
    ".cwt": "application/statuslist+cwt",
    ".toml": "application/toml",
    "": "text/plain; charset=utf-8",
}


def folder_routes(folder: Path) -> APIRouter:
    """Return the routes below `/tuf`."""
    router = APIRouter()

    @router.api_route("/{top}/{rest:path}", methods=["GET", "HEAD"])
    def published(request: Request) -> Response:
        """Return one file, read afresh: publications happen in other processes."""
        path = request.scope["path"]
        target = folder / path[1:]
        if _PATH.fullmatch(path) is None or not target.is_file():
            return _missing()
        return _answer(request, path, target.read_bytes())

    return router


def _answer(request: Request, path: str, octets: bytes) -> Response:
    tag = f'"{sha256(octets).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": _cache(path), "Accept-Ranges": "bytes"}
    if _is_known(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    kind = _MEDIA_TYPES.get(Path(path).suffix, "application/octet-stream")
    match _asked(request, tag, len(octets)):
        case None:
            return Response(octets, media_type=kind, headers=headers)
        case Slice(first=first, last=last) if first <= last:
            headers["Content-Range"] = f"bytes {first}-{last}/{len(octets)}"
            part = octets[first : last + 1]
            return Response(part, HTTPStatus.PARTIAL_CONTENT, media_type=kind, headers=headers)
        case _:
            headers["Content-Range"] = f"bytes */{len(octets)}"
            return Response(status_code=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)


def _asked(request: Request, tag: str, size: int) -> Slice | None:
    """Return the part that is asked for; None where it is the whole."""
    if request.method != "GET" or request.headers.get("if-range", tag) != tag:
        return None
    return asked_slice(request.headers.get("range", ""), size)


def _cache(path: str) -> str:
    return _TIMESTAMP_CACHE if path.endswith(f"/{METADATA}/{TIMESTAMP_NAME}") else _LASTING_CACHE


def _missing() -> Response:
    """Answer that there is no such file, for now."""
    problem = Problem(code=ProblemCode.NOT_FOUND, detail="no such file is published")
    octets = json.dumps(problem.document()).encode()
    headers = {"Cache-Control": _MISSING_CACHE}
    return Response(octets, problem.status, media_type=CONTENT_TYPE, headers=headers)


def _is_known(if_none_match: str, etag: str) -> bool:
    """Return whether the client names `etag` (RFC 9110, section 13.1.2: weak comparison)."""
    named = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return bool(named & {etag, "*"})
