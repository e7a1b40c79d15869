"""A source of trust that is given so long and no longer: whoever waits behind it must come to turn."""

import time
from collections.abc import Callable

from offline_cache.trust_client.source import Source
from terminal.errors import CentreUnreachable


class TimelySource:
    """Satisfies `Source`; asks for nothing more once its time is up.

    A request has a deadline of its own, but a set has thousands of files: one that drips each of
    them below that deadline would keep the journal at home for days.
    """

    def __init__(
        self, source: Source, seconds: float, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin to count.

        Args:
            source: that is asked.
            seconds: from now on; a request that has begun is let end.
            clock_s: monotonic.
        """
        self._source, self._seconds, self._clock_s = source, seconds, clock_s
        self._until_s = clock_s() + seconds

    @property
    def name(self) -> str:
        """Return where it is, for a person."""
        return self._source.name

    def metadata(self, name: str, *, limit: int, known: bytes | None) -> bytes | None:
        """Return the file `name`; see `Source`.

        Raises:
            CentreUnreachable: the time is up; and whatever the source raises.
        """
        self._check()
        return self._source.metadata(name, limit=limit, known=known)

    def target(self, name: str, *, limit: int) -> bytes:
        """Return the file `name`; see `Source`.

        Raises:
            CentreUnreachable: the time is up; and whatever the source raises.
        """
        self._check()
        return self._source.target(name, limit=limit)

    def _check(self) -> None:
        if self._clock_s() >= self._until_s:
            raise CentreUnreachable(
                f"{self.name}: not everything came within {self._seconds:g} s; the next round goes"
                " on from here"
            )
