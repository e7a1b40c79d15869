"""Keeping the read models up while the centre serves: a little at a time, uploads first."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

from central.centre import Centre
from central.errors import CentralError
from central.projectors.outlet import OutletProjector
from central.projectors.reports import ReportProjector
from central.projectors.running import Projection

log = logging.getLogger(__name__)

# Reports and the outlet are this much behind at least; a look that finds nothing is two reads.
PERIOD_S = 2.0
# After each step it rests so many times as long as that took: a quarter of the database's time.
RESTS = 3
TIDY_PERIOD_S = 3_600.0


@asynccontextmanager
async def upkeep(centre: Centre, *, period_s: float = PERIOD_S) -> AsyncIterator[None]:
    """Keep the read models of `centre` up until left, looking every `period_s`."""
    task = asyncio.create_task(_keep_up(centre, period_s), name="upkeep")
    task.add_done_callback(_tell)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _keep_up(centre: Centre, period_s: float) -> None:
    reports = ReportProjector(centre.store)
    projections = [
        Projection(centre.store, OutletProjector(centre.store.outlet)),
        Projection(centre.store, reports),
    ]
    tidied_s = -TIDY_PERIOD_S
    while True:
        try:
            for projection in projections:
                await _round(centre, projection)
            if time.monotonic() - tidied_s >= TIDY_PERIOD_S:
                await centre.work(partial(reports.tidy, centre.now()))
                tidied_s = time.monotonic()
        except CentralError as error:
            log.warning("reports are not kept up: %s", error)
        await asyncio.sleep(period_s)


async def _round(centre: Centre, projection: Projection) -> None:
    goes_on = True
    while goes_on:
        begun_s = time.monotonic()
        goes_on = await centre.work(partial(projection.step, centre.now()))
        await asyncio.sleep(RESTS * (time.monotonic() - begun_s))


def _tell(task: asyncio.Task[None]) -> None:
    """Tell of a bug at once; the centre serves on without its reports."""
    if not task.cancelled() and task.exception() is not None:
        log.critical("a bug ended the upkeep of reports", exc_info=task.exception())
