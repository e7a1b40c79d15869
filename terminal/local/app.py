"""The local interface as an ASGI application."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from offline_cache.errors import CacheError
from terminal.local.admission import Admission
from terminal.local.answers import fault, journal_failed, not_routed, refused
from terminal.local.front import Front
from terminal.local.limits import Limits
from terminal.local.problems import RequestRefused
from terminal.local.routes import Resources


def make_app(resources: Resources, admission: Admission, limits: Limits) -> Front:
    """Return the application."""
    app = Starlette(
        routes=resources.routes(),
        exception_handlers={
            RequestRefused: refused,
            HTTPException: not_routed,
            CacheError: journal_failed,
            ClientDisconnect: _nobody_left,
            Exception: fault,
        },
    )
    app.router.redirect_slashes = False  # one path for a resource
    return Front(app, admission, limits)


async def _nobody_left(_: Request, __: Exception) -> Response:
    """Answer a program that hung up in the middle of its body; nobody reads it."""
    return Response(status_code=400)
