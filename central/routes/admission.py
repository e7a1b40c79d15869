"""Whose upload is taken on, and what those are told who are turned away."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from central.backlog import Backlog, batches_of
from central.errors import Refused
from central.routes.places import Places

# Of whole bodies, which wait for nobody but us: an upload holds its body twice over and its
# parsed lines, some 4 MB at most, 128 MB in all. More in flight would not go faster, for the
# database takes one at a time, or some (central/database/engine.py).
UPLOADS_IN_FLIGHT_MAX = 32

# A terminal may say how many entries it has waiting, those of this upload among them.
BACKLOG_HEADER = "x-backlog"

Ticks = Callable[[], float]


class Admission:
    """Used in the event loop's thread alone.

    Args:
        ticks: seconds of a clock that never goes back.
    """

    def __init__(self, ticks: Ticks) -> None:
        self._ticks = ticks
        self._backlog = Backlog()
        self._uploads = Places(UPLOADS_IN_FLIGHT_MAX, what="uploads")

    def ask(self, terminal: str, waiting: str | None) -> None:
        """Let a terminal go on to its body.

        Args:
            terminal: whose signature on the headers holds: others' words would count for nothing.
            waiting: its header BACKLOG_HEADER.

        Raises:
            Refused: no place will be free for the upload; whoever asks again is expected.
        """
        batches, now = batches_of(waiting), self._ticks()
        try:
            self._uploads.check()
        except Refused:
            self._backlog.tell(terminal, batches, now)
            raise
        self._backlog.tell(terminal, batches - 1, now)

    @contextmanager
    def upload(self, terminal: str) -> Iterator[None]:
        """Hold a place for an upload whose body has come.

        Raises:
            Refused: all were taken meanwhile.
        """
        with self._uploads.one(terminal):
            self._backlog.begun(self._ticks())
            try:
                yield
            finally:
                self._backlog.ended(self._ticks())

    def retry_after_s(self) -> int:
        """Return the seconds within which whoever is turned away now should come back."""
        return self._backlog.retry_after_s(self._ticks())
