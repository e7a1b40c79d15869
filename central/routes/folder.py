"""The published folder over HTTP: what any web server could do as well."""

import re
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, Request, Response

from central.errors import Refused
from protocol.problems import Problem, ProblemCode

# As in the trust index: no part begins with a point, so nothing above the folder can be named,
# nor a file that is still being written.
_PATH = re.compile(r"/(?:trust|status|policy)(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+")

# Shared caches may keep a file, and ask whether it still holds.
_CACHE = "public, no-cache"

_MEDIA_TYPES = {
    ".json": "application/json",
    ".cwt": "application/statuslist+cwt",
    ".toml": "application/toml",
    "": "text/plain; charset=utf-8",
}


def folder_routes(folder: Path) -> APIRouter:
    """Return the routes below `/trust`, `/status` and `/policy`."""
    router = APIRouter()

    @router.api_route("/{top}/{rest:path}", methods=["GET", "HEAD"])
    def published(request: Request) -> Response:
        """Return one file, read afresh: publications happen in other processes."""
        path = request.scope["path"]
        target = folder / path[1:]
        if _PATH.fullmatch(path) is None or not target.is_file():
            raise Refused(Problem(code=ProblemCode.NOT_FOUND, detail="no such file is published"))
        octets = target.read_bytes()
        headers = {"ETag": f'"{sha256(octets).hexdigest()}"', "Cache-Control": _CACHE}
        if _is_known(request.headers.get("if-none-match", ""), headers["ETag"]):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        kind = _MEDIA_TYPES.get(target.suffix, "application/octet-stream")
        return Response(octets, media_type=kind, headers=headers)

    return router


def _is_known(if_none_match: str, etag: str) -> bool:
    """Return whether the client names `etag` (RFC 9110, section 13.1.2: weak comparison)."""
    named = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return bool(named & {etag, "*"})
