"""`/v1/terminals/{id}/journal`: uploads, and how far the centre holds the journal."""

from functools import partial

from fastapi import APIRouter, Request, Response

from central.centre import Centre
from central.errors import Refused
from central.journals import head_of, note_fork, take_in
from central.routes.bodies import coding, decoded_body
from central.routes.intake import Intake
from central.routes.refusals import malformed
from central.routes.signatures import signed_terminal
from protocol.batch import BATCH_OCTETS_MAX, CONTENT_TYPE, Batch, BatchMalformed, read_batch
from protocol.http_signature import Request as SignedRequest
from protocol.problems import Problem, ProblemCode


def journal_routes(centre: Centre) -> APIRouter:
    """Return the routes of the terminals' journals."""
    router = APIRouter(prefix="/v1/terminals/{terminal}/journal")
    admission = centre.admission
    intake = Intake(centre, ask=admission.ask)

    @router.post("")
    async def upload(terminal: str, request: Request) -> Response:
        """Take in one batch; 200 once it is durable."""
        check_media(request)
        signed = await intake.read(terminal, request, octets_max=BATCH_OCTETS_MAX)
        with admission.upload(terminal):
            try:
                answer = await centre.write(partial(_take_in, centre, terminal, signed))
            except Refused as error:
                if error.problem.code is ProblemCode.FORK:
                    await centre.work(partial(_note, centre, terminal, signed, error.problem))
                raise
        return Response(answer, media_type="application/json")

    @router.get("/head")
    async def head(terminal: str, request: Request) -> Response:
        """Say how far the journal is held, as the answer to an upload does."""
        signed = await intake.read(terminal, request, octets_max=0)
        with admission.upload(terminal):
            answer = await centre.write(partial(_head, centre, terminal, signed))
        return Response(answer, media_type="application/json")

    return router


def check_media(request: Request) -> None:
    """Refuse what could not be read, before it is taken in.

    Raises:
        Refused: no batch, or in a coding that is not known here.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != CONTENT_TYPE:
        detail = f"a batch is {CONTENT_TYPE}, not {kind[:40]!r}"
        raise Refused(Problem(code=ProblemCode.ENCODING, detail=detail))
    coding(request.headers)


def _take_in(centre: Centre, terminal: str, request: SignedRequest) -> bytes:
    sender = signed_terminal(centre, terminal, request)
    return take_in(centre, sender, batch_in(request))


def _note(centre: Centre, terminal: str, request: SignedRequest, problem: Problem) -> None:
    note_fork(centre, signed_terminal(centre, terminal, request), batch_in(request), problem)


def batch_in(request: SignedRequest) -> Batch:
    """Return the batch that a request brings.

    Raises:
        Refused: too large, in another coding, or a line is not in form.
    """
    octets = decoded_body(request, octets_max=BATCH_OCTETS_MAX)
    try:
        return read_batch(octets)
    except BatchMalformed as error:
        raise malformed(str(error), error.line) from error


def _head(centre: Centre, terminal: str, request: SignedRequest) -> bytes:
    return head_of(centre, signed_terminal(centre, terminal, request))
