"""The journal's writer without its thread: groups are written, and mended, when they are told to."""

from collections.abc import Callable
from typing import Any

from offline_cache.journal import Journal
from offline_cache.writer import JournalWriter


class StillWriter(JournalWriter):
    """The product's, but for its thread and its waiting."""

    def __init__(self, open_journal: Callable[[], Journal]) -> None:
        super().__init__(open_journal)
        self._journal: Journal | None = None
        self._group: list[Any] = []

    @property
    def journal(self) -> Journal:
        """Return the journal, which is open."""
        if self._journal is None:
            raise ValueError("the writer was not started")
        return self._journal

    def start(self) -> None:
        """Open the journal."""
        self._journal = self._open()

    def stop(self) -> None:
        """Close it, as the end of the daemon does."""
        self.flush()
        self.journal.close()

    def flush(self) -> None:
        """Commit what waits as one group, and tell the lanes."""
        group, self._group = self._group, []
        self._write(self.journal, group)

    def rest(self) -> None:
        """Do one step of what the thread does while nobody comes: tidy up, or mend."""
        self._rest(self.journal)

    def _put(self, item: Any) -> None:
        if hasattr(item, "request"):
            self._group.append(item)
            return
        self.flush()
        self._answer(self.journal, item)
