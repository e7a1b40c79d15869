"""`/openapi.json`: what the centre's resources take and answer."""

import json

from fastapi import APIRouter, Response

from central.openapi.document import openapi_document


def description_routes() -> APIRouter:
    """Return the route of the OpenAPI document, which stands by itself: it is written by hand."""
    router = APIRouter()
    octets = json.dumps(openapi_document()).encode()

    @router.get("/openapi.json", include_in_schema=False)
    async def openapi() -> Response:
        """Return the document."""
        return Response(octets, media_type="application/json")

    return router
