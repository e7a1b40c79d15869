"""`/v1/terminals/{id}/journal`: uploads, and how far the centre holds the journal."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from fastapi import APIRouter, Request, Response

from central.centre import Centre
from central.errors import Refused
from central.journals import head_of, take_in
from central.routes.bodies import coding, decoded_body, read_request
from central.routes.refusals import malformed, overloaded
from central.routes.signatures import signed_terminal
from protocol.batch import BATCH_OCTETS_MAX, CONTENT_TYPE, BatchMalformed, read_batch
from protocol.http_signature import Request as SignedRequest
from protocol.problems import Problem, ProblemCode

# An upload holds its body twice over and its parsed lines, some 4 MB at most: 128 MB in all.
# More in flight would not go faster, for the database takes one at a time.
UPLOADS_IN_FLIGHT_MAX = 32


class _Places:
    """How many uploads are in flight; counted in the event loop's thread alone."""

    def __init__(self) -> None:
        self._taken = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a place.

        Raises:
            Refused: all are taken.
        """
        if self._taken >= UPLOADS_IN_FLIGHT_MAX:
            raise overloaded("too many uploads at once")
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1


def journal_routes(centre: Centre) -> APIRouter:
    """Return the routes of the terminals' journals."""
    router = APIRouter(prefix="/v1/terminals/{terminal}/journal")
    places = _Places()

    @router.post("")
    async def upload(terminal: str, request: Request) -> Response:
        """Take in one batch; 200 once it is durable."""
        with places.one():
            _check_media(request)
            signed = await read_request(request, octets_max=BATCH_OCTETS_MAX)
            answer = await centre.work(partial(_take_in, centre, terminal, signed))
        return Response(answer, media_type="application/json")

    @router.get("/head")
    async def head(terminal: str, request: Request) -> Response:
        """Say how far the journal is held, as the answer to an upload does."""
        signed = await read_request(request, octets_max=0)
        answer = await centre.work(partial(_head, centre, terminal, signed))
        return Response(answer, media_type="application/json")

    return router


def _check_media(request: Request) -> None:
    """Refuse what could not be read, before it is taken in."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != CONTENT_TYPE or coding(request.headers) not in ("identity", "gzip"):
        detail = f"a batch is {CONTENT_TYPE}, plain or gzip"
        raise Refused(Problem(code=ProblemCode.ENCODING, detail=detail))


def _take_in(centre: Centre, terminal: str, request: SignedRequest) -> bytes:
    sender = signed_terminal(centre, terminal, request)
    octets = decoded_body(request, octets_max=BATCH_OCTETS_MAX)
    try:
        batch = read_batch(octets)
    except BatchMalformed as error:
        raise malformed(str(error), error.line) from error
    return take_in(centre, sender, batch)


def _head(centre: Centre, terminal: str, request: SignedRequest) -> bytes:
    return head_of(centre, signed_terminal(centre, terminal, request))
