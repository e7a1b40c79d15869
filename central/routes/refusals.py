"""Refusals and faults as RFC 9457 problem documents: nothing else tells a client of an error."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from central.errors import Overloaded, Refused, StoreUnavailable
from protocol.problems import CONTENT_TYPE, Problem, ProblemCode

# A database that can't be written is given this long at least: to be unlocked, or switched over.
UNAVAILABLE_S: Final = 5


def add_handlers(app: FastAPI, *, retry_after_s: Callable[[], int]) -> None:
    """Make every error of `app` a problem document.

    Args:
        app: gets the handlers.
        retry_after_s: says within how many seconds to come back; terminals draw their own moment
            within it (docs/protocol.md, "Retries").
    """

    async def unavailable(_: Request, __: Exception) -> Response:
        problem = Problem(
            code=ProblemCode.OVERLOADED, detail="the database can't be written just now"
        )
        wait_s = max(UNAVAILABLE_S, retry_after_s())
        return _answer(problem.document(), problem.status, _retry_after(wait_s))

    async def overloaded(_: Request, error: Exception) -> Response:
        assert isinstance(error, Overloaded)  # noqa: S101  # it is registered for these alone
        too_many, busy = HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE
        status = (too_many if error.is_its_own else busy).value
        document = error.problem.document() | {"status": status}
        return _answer(document, status, _retry_after(retry_after_s()))

    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(Overloaded, overloaded)
    app.add_exception_handler(StoreUnavailable, unavailable)
    app.add_exception_handler(HTTPException, _framework_refused)
    app.add_exception_handler(RequestValidationError, _not_in_form)
    app.add_exception_handler(ClientDisconnect, _nobody_left)
    app.add_exception_handler(Exception, _fault)


def malformed(detail: str, line: int | None = None) -> Refused:
    """Return the refusal of a body; `line` is the number of the line at fault, from 1."""
    members = () if line is None else (("line", line),)
    return Refused(Problem(code=ProblemCode.MALFORMED, detail=detail, members=members))


def _answer(
    document: dict[str, object], status: int, headers: dict[str, str] | None = None
) -> Response:
    octets = json.dumps(document, ensure_ascii=False).encode()
    return Response(octets, status_code=status, media_type=CONTENT_TYPE, headers=headers)


def _problem_answer(problem: Problem) -> Response:
    # RFC 9110, section 15.5.2: whoever is refused for want of credentials is told which.
    headers = {"WWW-Authenticate": "Bearer"} if problem.code is ProblemCode.TOKEN else None
    return _answer(problem.document(), problem.status, headers)


def _retry_after(seconds: int) -> dict[str, str]:
    return {"Retry-After": str(seconds)}


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101  # it is registered for these alone
    return _problem_answer(error.problem)


async def _framework_refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # as above
    found = error.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
    code = ProblemCode.NOT_FOUND if found else ProblemCode.MALFORMED
    problem = Problem(code=code, detail="there is no such resource, or not by this method")
    document = problem.document() | {"status": error.status_code}
    return _answer(document, error.status_code, dict(error.headers or {}))


async def _not_in_form(_: Request, __: Exception) -> Response:
    problem = Problem(code=ProblemCode.MALFORMED, detail="the request is not in form")
    return _problem_answer(problem)


async def _nobody_left(_: Request, __: Exception) -> Response:
    """Answer a client that hung up in the middle of its body; nobody reads it."""
    return Response(status_code=HTTPStatus.BAD_REQUEST)


async def _fault(_: Request, __: Exception) -> Response:
    """Answer a bug of ours; the framework writes the traceback to the centre's own log."""
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return _answer({"type": "about:blank", "title": status.phrase, "status": status.value}, status)
