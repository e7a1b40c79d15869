"""`/v1/approvals`: the centre's word before something happens, or none in time."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from functools import partial

from fastapi import APIRouter, Request, Response

from central.approvals import Rule, answer_request
from central.centre import Centre
from central.errors import Overloaded, Refused
from central.routes.bodies import coding, decoded_body
from central.routes.intake import Intake
from central.routes.places import Places
from central.routes.refusals import malformed
from central.routes.signatures import signed_terminal, unsigned
from protocol.approval import (
    ANSWER_MS_MAX,
    REQUEST_OCTETS_MAX,
    ApprovalMalformed,
)
from protocol.http_signature import Request as SignedRequest
from protocol.problems import Problem, ProblemCode

# The rest of what a client waits for is the network's.
ANSWER_S_MAX = ANSWER_MS_MAX / 1_000 - 0.1

# Each is some ms of the database. A terminal asks for one line of people at a time, sixteen at most.
QUESTIONS_MAX = 64
QUESTIONS_EACH_MAX = 16

_KEY_ID = re.compile(r'.*;keyid="([A-Za-z0-9._-]{1,64})";.*')


def approval_routes(centre: Centre, rules: Sequence[Rule]) -> APIRouter:
    """Return the route of approvals, which are given by `rules`."""
    router = APIRouter(prefix="/v1/approvals")
    intake = Intake(centre)
    questions = Places(QUESTIONS_MAX, QUESTIONS_EACH_MAX, what="questions")

    async def answered(request: Request) -> bytes:
        terminal, ends_s = claimed_terminal(request), time.monotonic() + ANSWER_S_MAX

        def is_late() -> bool:
            return time.monotonic() >= ends_s

        signed = await intake.read(terminal, request, octets_max=REQUEST_OCTETS_MAX)
        with questions.one(terminal):
            return await centre.work(
                partial(_answer, centre, terminal, signed, rules, is_late=is_late)
            )

    @router.post("")
    async def approvals(request: Request) -> Response:
        """Approve or decline one event; no answer in time is no answer: offline rules hold."""
        check_json(request)
        try:
            async with asyncio.timeout(ANSWER_S_MAX):
                answer = await answered(request)
        except TimeoutError as error:
            raise Overloaded("there is no answer in time; decide by the offline rules") from error
        return Response(answer, media_type="application/json")

    return router


def claimed_terminal(request: Request) -> str:
    """Return whose signature the request claims to carry; nothing else names the terminal."""
    match = _KEY_ID.fullmatch(request.headers.get("signature-input", ""))
    if match is None:
        raise unsigned("the request carries no signature labelled st of our profile")
    return match[1]


def check_json(request: Request) -> None:
    """Look whether a question is JSON, as it says of itself.

    Raises:
        Refused: ENCODING: it is not.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        detail = f"a question is application/json, not {kind[:40]!r}"
        raise Refused(Problem(code=ProblemCode.ENCODING, detail=detail))
    coding(request.headers)


def _answer(
    centre: Centre,
    terminal: str,
    request: SignedRequest,
    rules: Sequence[Rule],
    *,
    is_late: Callable[[], bool],
) -> bytes:
    sender = signed_terminal(centre, terminal, request)
    body = decoded_body(request, octets_max=REQUEST_OCTETS_MAX)
    try:
        return answer_request(centre, sender, body, rules, is_late=is_late)
    except ApprovalMalformed as error:
        raise malformed(str(error)) from error
