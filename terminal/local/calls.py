"""From the interface's thread into the daemon's loop and back, with a deadline."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from offline_cache.errors import CacheError
from terminal.local.limits import Limits
from terminal.local.problems import LocalProblem, RequestRefused

log = logging.getLogger(__name__)

_Told = TypeVar("_Told")
_Service = TypeVar("_Service")


class Calls(Generic[_Service]):
    """Questions to a service of the terminal; bounded, so that no program keeps lanes from their work."""

    def __init__(self, service: _Service, loop: asyncio.AbstractEventLoop, limits: Limits) -> None:
        """Ask `service`, which lives in `loop`, from another thread's."""
        self._service, self._loop, self._limits = service, loop, limits
        self._open = set[asyncio.Future[Any]]()

    async def ask(
        self,
        work: Callable[[_Service], Coroutine[Any, Any, _Told]],
        *,
        is_urgent: bool = False,
    ) -> _Told:
        """Return what the terminal answers; what was begun goes on when we stop waiting.

        Args:
            work: what to ask.
            is_urgent: lives may hang on it, so it is asked whatever else is in hand, such as
                calls that wait for a disk that hangs.

        Raises:
            RequestRefused: it says no, has too much in hand, or does not answer in time.
            CacheError: its journal can't be used.
        """
        if len(self._open) >= self._limits.calls_max and not is_urgent:
            raise RequestRefused(LocalProblem.TOO_MANY)
        begun = asyncio.run_coroutine_threadsafe(work(self._service), self._loop)
        waits = asyncio.wrap_future(begun)
        self._open.add(waits)
        waits.add_done_callback(self._ended)
        await asyncio.wait({waits}, timeout=self._limits.call_s)  # it cancels nothing
        if not waits.done():
            raise RequestRefused(LocalProblem.NO_ANSWER)
        return waits.result()

    def _ended(self, call: asyncio.Future[Any]) -> None:
        """Forget a call; a bug of which nobody hears any more is told to the log."""
        self._open.discard(call)
        error = None if call.cancelled() else call.exception()
        if error is not None and not isinstance(error, RequestRefused | CacheError):
            log.error("a bug in what a program asked for", exc_info=error)
