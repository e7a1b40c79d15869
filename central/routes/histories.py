"""`/v1/terminals/{id}/checkpoint` and `/quarantine`: what goes before the journal, and beside it."""

from functools import partial

from fastapi import APIRouter, Request, Response

from central.centre import Centre
from central.checkpoints import take_checkpoint
from central.errors import Refused
from central.quarantine import take_aside
from central.routes.bodies import coding, decoded_body
from central.routes.intake import Intake
from central.routes.journals import batch_in, check_media
from central.routes.places import Places
from central.routes.refusals import malformed
from central.routes.signatures import signed_terminal
from protocol.batch import BATCH_OCTETS_MAX
from protocol.health import TELLING_OCTETS_MAX, TellingMalformed, read_telling
from protocol.http_signature import Request as SignedRequest
from protocol.problems import Problem, ProblemCode

# As of uploads: they wait for the same database. A telling is a hundredth of a batch.
TELLINGS_IN_FLIGHT_MAX = 64
QUARANTINES_IN_FLIGHT_MAX = 4  # after a fork, which is rare


def history_routes(centre: Centre) -> APIRouter:
    """Return the routes of checkpoints and of quarantine."""
    router = APIRouter(prefix="/v1/terminals/{terminal}")
    intake = Intake(centre)
    tellings = Places(TELLINGS_IN_FLIGHT_MAX, what="checkpoints")
    quarantines = Places(QUARANTINES_IN_FLIGHT_MAX, 1, what="quarantines")

    @router.post("/checkpoint")
    async def checkpoint(terminal: str, request: Request) -> Response:
        """Take what a terminal tells of itself; say how far its journal is held."""
        _check_json(request)
        signed = await intake.read(terminal, request, octets_max=TELLING_OCTETS_MAX)
        with tellings.one(terminal):
            answer = await centre.work(partial(_tell, centre, terminal, signed))
        return Response(answer, media_type="application/json")

    @router.post("/quarantine")
    async def quarantine(terminal: str, request: Request) -> Response:
        """Keep one batch of an epoch that has ended; 200 once it is durable."""
        check_media(request)
        signed = await intake.read(terminal, request, octets_max=BATCH_OCTETS_MAX)
        with quarantines.one(terminal):
            answer = await centre.work(partial(_keep, centre, terminal, signed))
        return Response(answer, media_type="application/json")

    return router


def _check_json(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        detail = f"a checkpoint is application/json, not {kind[:40]!r}"
        raise Refused(Problem(code=ProblemCode.ENCODING, detail=detail))
    coding(request.headers)


def _tell(centre: Centre, terminal: str, request: SignedRequest) -> bytes:
    sender = signed_terminal(centre, terminal, request)
    try:
        telling = read_telling(decoded_body(request, octets_max=TELLING_OCTETS_MAX))
    except TellingMalformed as error:
        raise malformed(str(error)) from error
    return take_checkpoint(centre, sender, telling)


def _keep(centre: Centre, terminal: str, request: SignedRequest) -> bytes:
    sender = signed_terminal(centre, terminal, request)
    return take_aside(centre, sender, batch_in(request))
