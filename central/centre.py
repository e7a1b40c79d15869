"""What the routes work with: the site, its open database and the time."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from central.routes.admission import Admission
from central.site import Site
from central.store.store import Store
from central.workers import Workers
from verifier.model import UnixSeconds

_T = TypeVar("_T")

Clock = Callable[[], UnixSeconds]


def system_now() -> UnixSeconds:
    """Return the time of this machine's clock."""
    return UnixSeconds(int(time.time()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """One centre at work."""

    site: Site
    store: Store
    now: Clock
    workers: Workers
    admission: Admission

    async def work(self, task: Callable[[], _T]) -> _T:
        """Return what `task` returns, done outside the event loop."""
        return await asyncio.wrap_future(self.workers.work(task))

    async def write(self, task: Callable[[], _T]) -> _T:
        """Return what `task` returns as soon as what it has written is durable.

        On SQLite it may share its commit with others that wait, and may be done twice: once
        beside them, undone with them, and then by itself.
        """
        return await asyncio.wrap_future(self.workers.write(task))
