"""Hashing passwords beside everything else: slow on purpose, and never many at once."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from central.pages.answers import PageCode, PageRefused
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
# Who comes behind so many waits for a second at most, and is told to come again.
WAITING_MAX = 8
_BUSY_S = 2


class Passwords:
    """Tries passwords in a thread of its own.

    Args:
        cost: of a try.
    """

    def __init__(self, cost: PasswordCost = PASSWORD_COST) -> None:
        self._cost = cost
        self._threads = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="passwords")
        self._waiting = 0
        self._nobodys: str | None = None

    async def fits(self, digest: str | None, password: str) -> bool:
        """Return whether a password is the one; None is nobody's, and takes just as long.

        Raises:
            PageRefused: too many are tried at once.
        """
        return await self._do(partial(self._fits, digest, password))

    async def digest(self, password: str) -> str:
        """Return what is kept of a new password.

        Raises:
            PageRefused: too many are tried at once.
        """
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
        """Do a task; counted in the event loop's thread alone."""
        if self._waiting >= WAITING_MAX:
            raise PageRefused(PageCode.BUSY, "too many sign in at once", wait_s=_BUSY_S)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, task)
        finally:
            self._waiting -= 1
