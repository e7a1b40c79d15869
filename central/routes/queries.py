"""`/v1/queries`: what the centre tells of a holder who showed his card at a terminal."""

from functools import partial

from fastapi import APIRouter, Request, Response

from central.centre import Centre
from central.errors import Refused
from central.queries import answer_query
from central.records import TerminalState
from central.routes.approvals import check_json, claimed_terminal
from central.routes.bodies import decoded_body
from central.routes.intake import Intake
from central.routes.places import Places
from central.routes.refusals import malformed
from central.routes.signatures import signed_terminal
from protocol.http_signature import Request as SignedRequest
from protocol.problems import Problem, ProblemCode
from protocol.query import REQUEST_OCTETS_MAX, QueryMalformed

# Each is some ms of the database; a terminal has a few kiosks, and asks once in a visit.
QUESTIONS_MAX = 32
QUESTIONS_EACH_MAX = 4


def query_routes(centre: Centre) -> APIRouter:
    """Return the route of queries."""
    router = APIRouter(prefix="/v1/queries")
    intake = Intake(centre)
    questions = Places(QUESTIONS_MAX, QUESTIONS_EACH_MAX, what="questions")

    @router.post("")
    async def queries(request: Request) -> Response:
        """Tell which subsidies were paid to the holder of a card."""
        check_json(request)
        terminal = claimed_terminal(request)
        signed = await intake.read(terminal, request, octets_max=REQUEST_OCTETS_MAX)
        with questions.one(terminal):
            answer = await centre.work(partial(_answer, centre, terminal, signed))
        return Response(answer, media_type="application/json")

    return router


def _answer(centre: Centre, terminal: str, request: SignedRequest) -> bytes:
    sender = signed_terminal(centre, terminal, request)
    if sender.state is TerminalState.SUSPENDED:
        detail = "a suspended terminal is told nothing of holders"
        raise Refused(Problem(code=ProblemCode.SUSPENDED, detail=detail))
    body = decoded_body(request, octets_max=REQUEST_OCTETS_MAX)
    try:
        return answer_query(centre, sender, body)
    except QueryMalformed as error:
        raise malformed(str(error)) from error
