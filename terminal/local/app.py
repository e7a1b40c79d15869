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
from terminal.local.monitoring import Monitoring
from terminal.local.pages.admission import PageAdmission
from terminal.local.pages.routes import PageResources
from terminal.local.problems import RequestRefused
from terminal.local.routes import Resources


def make_app(
    resources: Resources,
    monitoring: Monitoring,
    admission: Admission,
    limits: Limits,
    *,
    metrics_open: bool = False,
    pages: PageResources | None = None,
) -> Front:
    """Return the application.

    With `metrics_open` programs of this machine read metrics freely; without `pages` there are none.
    """
    app = Starlette(
        routes=[
            *resources.routes(),
            *monitoring.routes(),
            *([] if pages is None else pages.routes()),
        ],
        exception_handlers={
            RequestRefused: refused,
            HTTPException: not_routed,
            CacheError: journal_failed,
            ClientDisconnect: _nobody_left,
            Exception: fault,
        },
    )
    app.router.redirect_slashes = False  # one path for a resource
    admits = None if pages is None else PageAdmission(limits)
    return Front(app, admission, limits, metrics_open=metrics_open, pages=admits)


async def _nobody_left(_: Request, __: Exception) -> Response:
    """Answer a program that hung up in the middle of its body; nobody reads it."""
    return Response(status_code=400)
