"""What a centre does on its own while it serves."""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from central.centre import Centre
from central.database.engine import Row, Values
from central.errors import StoreUnavailable
from central.routes.admission import Admission
from central.site import Site
from central.upkeep import upkeep
from central.workers import Workers
from tests.central.peers import SetClock
from tests.central.stores import Held

# Far longer than two rounds take; a round that never comes fails the test.
_PATIENCE_S = 30


@pytest.fixture
def centre(site: Site) -> Iterator[Centre]:
    store = site.open_store()
    workers = Workers(store)
    yield Centre(
        site=site,
        store=store,
        now=SetClock(),
        workers=workers,
        admission=Admission(lambda: 0.0),
    )
    workers.shut_down()
    store.close()


async def _until_counted(centre: Centre, count: int) -> None:
    async with asyncio.timeout(_PATIENCE_S), upkeep(centre, period_s=0.0):
        while len(await centre.work(lambda: centre.store.outlet.behind(0, 10))) < count:
            pass
        while (await centre.work(lambda: centre.store.tallies.by_terminal("entry"))) != {
            "gate-1": count
        }:
            pass


def test_entries_reach_reports_and_outlet(centre: Centre) -> None:
    held = Held(centre.store)
    held.enrol("gate-1")
    held.bring("gate-1", {}, {}, {})
    asyncio.run(_until_counted(centre, 3))


@dataclass
class Unreachable:
    """A database's reads that fail some times."""

    centre: Centre
    left: int = 3

    def rows(self, statement: str, values: Values = ()) -> list[Row]:
        self.left -= 1
        if self.left > 0:
            raise StoreUnavailable("locked")
        return type(self.centre.store.database).rows(self.centre.store.database, statement, values)


def test_database_that_is_busy_is_told_and_tried_again(
    centre: Centre, caplog: pytest.LogCaptureFixture
) -> None:
    held = Held(centre.store)
    held.enrol("gate-1")
    held.bring("gate-1", {})
    centre.store.database.rows = Unreachable(centre).rows  # type: ignore[method-assign]  # the fault, where it happens
    with caplog.at_level(logging.WARNING):
        asyncio.run(_until_counted_by_others(centre))
    assert "reports are not kept up: locked" in caplog.text


async def _until_counted_by_others(centre: Centre) -> None:
    """Look without the database, which fails for us as well."""
    async with asyncio.timeout(_PATIENCE_S), upkeep(centre, period_s=0.0):
        while True:
            try:
                if await centre.work(lambda: centre.store.outlet.behind(0, 10)):
                    return
            except StoreUnavailable:
                continue
