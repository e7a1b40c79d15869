"""Bugs planted into the product's journal, which the proof must find."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from offline_cache.entries import Standing
from offline_cache.journal import Append, Appended
from offline_cache.schema import open_for_writing
from protocol.journal import line_of
from tests.crash.calls import LoggedDatabase
from tests.crash.journal_life import TunedJournal
from tests.crash.ledger import Sent
from tests.support.journals import EPOCH


class SlackJournal(TunedJournal):
    """synchronous=NORMAL, which SQLite's own manual offers for a write-ahead log."""

    def _attach(self) -> None:
        super()._attach()
        self._connection.execute("PRAGMA synchronous = NORMAL")


class EagerJournal(TunedJournal):
    """An entry is acknowledged when it was written, before the commit."""

    def _write(self, requests: Sequence[Append]) -> tuple[Standing, list[Appended]]:
        end, appended = super()._write(requests)
        lines = (line_of(entry.draft, epoch=EPOCH, seq=entry.seq) for entry in appended)
        self.disk.promise(Sent(self.seq + 1, tuple(lines)))
        return end, appended


class StubbornJournal(TunedJournal):
    """After a failed sync it goes on in the same files, opened anew."""

    def recover(self) -> None:
        with closing(self._connection):
            self._connection = open_for_writing(self._path)
        self._attach()
        end = self._entries.end()
        self.seq, self.chain = end.seq, end.chain


class TrustingDatabase(LoggedDatabase):
    """A log is believed as a killed process left it."""

    def renew_log(self, path: Path) -> None:
        del path
