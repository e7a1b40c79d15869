"""Hashing passwords beside everything else: slow on purpose, and never many at once."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TypeVar

from central.errors import Overloaded
from central.pages.answers import PageCode, PageRefused
from central.routes.places import Places
from protocol.keys import (
    PASSWORD_COST,
    PasswordCost,
    is_password_of,
    password_digest,
    random_octets,
)

_T = TypeVar("_T")

# Each takes a core for 0.1 s and 64 MiB; terminals' uploads want the rest of the machine.
_THREADS = 1
# Who comes behind so many would wait for longer than a second, and is told to come again: before
# the database is asked, which uploads wait for too, and before a try is counted.
WAITING_MAX = 8
# From one address: whoever tries without end from there keeps nobody else out.
WAITING_EACH_MAX = 4
_BUSY_S = 2


class Passwords:
    """Tries passwords in a thread of its own.

    Args:
        cost: of a try.
    """

    def __init__(self, cost: PasswordCost = PASSWORD_COST) -> None:
        self._cost = cost
        self._threads = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="passwords")
        self._places = Places(WAITING_MAX, WAITING_EACH_MAX, what="people who sign in")
        self._nobodys: str | None = None

    @contextmanager
    def one(self, network: str) -> Iterator[None]:
        """Hold a place for whoever comes with a password; used in the event loop's thread alone.

        Raises:
            PageRefused: all are taken, or all that one address may hold.
        """
        with ExitStack() as held:
            try:
                held.enter_context(self._places.one(network))
            except Overloaded as error:
                detail = "too many sign in at once"
                raise PageRefused(PageCode.BUSY, detail, wait_s=_BUSY_S) from error
            yield

    async def fits(self, digest: str | None, password: str) -> bool:
        """Return whether a password is the one; None is nobody's, and takes just as long."""
        return await self._do(partial(self._fits, digest, password))

    async def digest(self, password: str) -> str:
        """Return what is kept of a new password."""
        return await self._do(partial(password_digest, password, self._cost))

    def shut_down(self) -> None:
        """End the thread."""
        self._threads.shutdown()

    def _fits(self, digest: str | None, password: str) -> bool:
        if self._nobodys is None:
            self._nobodys = password_digest(random_octets(16).hex(), self._cost)
        is_right = is_password_of(self._nobodys if digest is None else digest, password)
        return is_right and digest is not None

    async def _do(self, task: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, task)
