"""`/v1/enrolments`: a machine shows its code and becomes a terminal."""

import json
from functools import partial
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from central.centre import Centre
from central.enrolments import enrol
from central.routes.bodies import decoded_body, read_request
from central.routes.places import Places
from central.routes.refusals import malformed
from central.routes.signatures import signature_on, unsigned
from protocol.enrolment import EnrolmentRequest, read_enrolment_request
from protocol.http_signature import Request as SignedRequest

# An honest one is below 300 octets.
REQUEST_OCTETS_MAX = 4_096

# Anybody can sign with a key of his own, and each is some ms of the database, which uploads wait
# for too. Technicians enrol by hand.
ENROLMENTS_MAX = 16


def enrolment_routes(centre: Centre) -> APIRouter:
    """Return the route of enrolment."""
    router = APIRouter()
    places = Places(ENROLMENTS_MAX, what="enrolments")

    @router.post("/v1/enrolments", status_code=HTTPStatus.CREATED)
    async def enrolments(request: Request) -> Response:
        """Enrol the machine that signed this."""
        signed = await read_request(request, octets_max=REQUEST_OCTETS_MAX)
        with places.one(""):
            answer = await centre.work(partial(_enrolled, centre, signed))
        return Response(answer, status_code=HTTPStatus.CREATED, media_type="application/json")

    return router


def _enrolled(centre: Centre, request: SignedRequest) -> bytes:
    """Return the answer; the request's time is not judged, for a new machine's clock is not set."""
    asked = _asked(decoded_body(request, octets_max=REQUEST_OCTETS_MAX))
    if not signature_on(request, key_id=asked.code_id).is_by(asked.public):
        raise unsigned("not signed by the key that it brings")
    return enrol(centre, asked)


def _asked(octets: bytes) -> EnrolmentRequest:
    try:
        return read_enrolment_request(json.loads(octets))
    except (ValueError, RecursionError) as error:
        raise malformed(str(error)[:200]) from error
