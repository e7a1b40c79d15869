"""What the local interface sends back: JSON, and nothing that says how it was made."""

import json
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from offline_cache.errors import CacheError
from terminal.local.problem_words import document
from terminal.local.problems import CONTENT_TYPE, LocalProblem, RequestRefused

# A commit that failed is mended within seconds, or not at all.
_JOURNAL_RETRY_S = 5

_RETRY_S: Mapping[LocalProblem, int] = {
    LocalProblem.TOO_FAST: 1,
    LocalProblem.GUESSING: 5,
    LocalProblem.STREAMS: 5,
    LocalProblem.TOO_MANY: 1,
    LocalProblem.JOURNAL_FAILED: _JOURNAL_RETRY_S,
}


def json_answer(
    told: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an answer that says `told`."""
    octets = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(octets, status, headers, media_type="application/json")


def refusal(refused: RequestRefused) -> Response:
    """Return the problem document of a refusal."""
    problem, headers = refused.problem, dict[str, str]()
    wait_s = refused.retry_after_s or _RETRY_S.get(problem)
    if wait_s is not None:
        headers["Retry-After"] = str(wait_s)
    if problem is LocalProblem.TOKEN:  # RFC 9110, 15.5.2
        headers["WWW-Authenticate"] = "Bearer"
    if problem is LocalProblem.HTTP:  # nobody knows where the next request would begin
        headers["Connection"] = "close"
    return _answer(problem, refused.status, refused.detail, headers)


async def refused(_: Request, error: Exception) -> Response:
    """Answer an expected no."""
    assert isinstance(error, RequestRefused)  # noqa: S101  # it is registered for these alone
    return refusal(error)


async def not_routed(_: Request, error: Exception) -> Response:
    """Answer what no route takes."""
    assert isinstance(error, HTTPException)  # noqa: S101  # as above
    problem = LocalProblem.METHOD if error.status_code == 405 else LocalProblem.NOT_FOUND
    answer = refusal(RequestRefused(problem))
    answer.headers.update(error.headers or {})
    return answer


async def journal_failed(_: Request, error: Exception) -> Response:
    """Answer that the disk fails; the log and `status` say how."""
    assert isinstance(error, CacheError)  # noqa: S101  # as above
    return refusal(RequestRefused(LocalProblem.JOURNAL_FAILED))


async def fault(_: Request, __: Exception) -> Response:
    """Answer a bug of ours; the server writes the traceback to the log."""
    return refusal(RequestRefused(LocalProblem.FAULT))


def _answer(
    problem: LocalProblem, status: int, detail: str, headers: Mapping[str, str]
) -> Response:
    octets = json.dumps(document(problem, status, detail), ensure_ascii=False).encode()
    return Response(octets, status, headers, media_type=CONTENT_TYPE)
