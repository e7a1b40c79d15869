"""What the routes work with: the site, its open database and the time."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TypeVar

from central.site import Site
from central.store.store import Store
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
    worker: Executor  # of one thread

    async def work(self, task: Callable[[], _T]) -> _T:
        """Return what `task` returns, done outside the event loop, one at a time.

        The database takes one writer anyhow, and two threads that parse and store would hand
        the interpreter's lock to and fro at every row: four uploads at once took three times as
        long as one after the other.
        """
        return await asyncio.get_running_loop().run_in_executor(self.worker, task)
