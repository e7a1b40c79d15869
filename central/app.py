"""The centre as an ASGI application."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from central.approvals import approval_rules
from central.centre import Centre, Clock, system_now
from central.holder.routes import holder_routes
from central.pages.admission import Way
from central.pages.passwords import Passwords
from central.pages.routes import make_pages, page_routes
from central.routes.admission import Admission
from central.routes.approvals import approval_routes
from central.routes.description import description_routes
from central.routes.enrolments import enrolment_routes
from central.routes.folder import folder_routes
from central.routes.histories import history_routes
from central.routes.journals import journal_routes
from central.routes.monitoring import monitoring_routes
from central.routes.operators import operator_routes
from central.routes.queries import query_routes
from central.routes.refusals import add_handlers
from central.site import Site
from central.upkeep import upkeep
from central.workers import Workers


def create_app(
    site: Site,
    *,
    now: Clock = system_now,
    pages_by: Way | None = None,
    passwords: Passwords | None = None,
    has_holder_page: bool = False,
) -> FastAPI:
    """Return the application; it holds the database open until it is shut down.

    Args:
        site: to serve.
        now: tells the time.
        pages_by: how operators' browsers come to their pages; None: there are none.
        passwords: tries theirs; by default at full cost.
        has_holder_page: serve the test page, by which phones get test cards.

    Raises:
        StoreUnavailable: the database can't be opened.
        SiteUnusable: the rules of approvals can't be had.
    """
    rules = approval_rules(site)
    store = site.open_store()
    admission = Admission(time.monotonic)
    centre = Centre(site=site, store=store, now=now, workers=Workers(store), admission=admission)

    pages = None if pages_by is None else make_pages(centre, pages_by, passwords)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as running:
            await running.enter_async_context(upkeep(centre))
            if pages is not None:
                await running.enter_async_context(pages.running())
            yield
        centre.workers.shut_down()  # what was begun ends first
        centre.store.close()

    app = FastAPI(
        title="scan-terminal centre",
        lifespan=lifespan,
        openapi_url=None,  # central/openapi says more than signatures of functions can
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # one path for a resource
    )
    add_handlers(app, retry_after_s=admission.retry_after_s)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        """Say that the centre answers."""
        return {"status": "ok"}

    app.include_router(enrolment_routes(centre))
    app.include_router(journal_routes(centre))
    app.include_router(history_routes(centre))
    app.include_router(description_routes())
    app.include_router(approval_routes(centre, rules))
    app.include_router(query_routes(centre))
    app.include_router(operator_routes(centre))
    app.include_router(monitoring_routes(centre))
    if pages is not None:
        app.include_router(page_routes(pages))
    if has_holder_page:
        app.include_router(holder_routes(centre))
    app.include_router(folder_routes(site.folder))  # last: it takes every path of two parts
    return app
