"""Where lines go, how many of one kind, and the count of those that did not go anywhere."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import TextIO

from terminal.logs.catalogue import SUPPRESSED
from terminal.logs.forms import Form
from terminal.logs.journald import JournalSocket
from terminal.logs.limiting import LogLimit
from terminal.logs.line import Line, line_of

# What was left out is told so soon after it would have been taken again, if anything is told.
_OWED_EACH_S = 10.0
_LEFT_OUT = next(iter(SUPPRESSED.texts))


class EventHandler(logging.Handler):
    """Hands on what is worth it, to the journal or to a stream.

    Args:
        stream: standard error.
        form: of a line there.
        journal: where lines go first; None: there is none.
        now_s: monotonic.
    """

    def __init__(
        self,
        stream: TextIO,
        form: Form,
        journal: JournalSocket | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._stream, self._form, self._journal, self._now_s = stream, form, journal, now_s
        self._limit, self._owed_s = LogLimit(), 0.0
        self.levels: Counter[str] = Counter()  # lines that were said, by level
        self.suppressed: Counter[str] = Counter()  # lines that were left out, by event
        self.lost = 0  # lines that the journal did not take
        self._counting = threading.Lock()  # over the counts, which others read

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, or leave it out; nobody is told of a log that can't be written."""
        line, now_s = line_of(record), self._now_s()
        event = line.event
        bucket = f"{event.name} {line.fields.get('LANE', '')}".rstrip()
        left_out = self._limit.take(bucket, now_s, burst=event.burst, per_s=event.per_s)
        with self._counting:
            self.levels[line.level] += 1
            if left_out is None:
                self.suppressed[event.name] += 1
        if left_out is not None:
            self._write(replace(line, suppressed=left_out))
        if now_s - self._owed_s >= _OWED_EACH_S:
            self._owed_s = now_s
            for name, count in self._limit.owed(now_s):
                self._write(_left_out(name, count))

    def told(self) -> tuple[dict[str, int], dict[str, int], int]:
        """Return lines by level, lines left out by event, and lines lost; from any thread."""
        with self._counting:
            return dict(self.levels), dict(self.suppressed), self.lost

    def close(self) -> None:
        """Tell what is owed, and end."""
        self.acquire()
        try:
            for name, count in self._limit.all_owed():
                self._write(_left_out(name, count))
            if self._journal is not None:
                self._journal.close()
                self._journal = None
        finally:
            self.release()
        super().close()

    def _write(self, line: Line) -> None:
        if self._journal is not None:
            try:
                self._journal.send(line)
            except OSError:
                with self._counting:
                    self.lost += 1  # it stands on standard error all the same
            else:
                return
        try:
            self._stream.write(f"{self._form(line)}\n")
            self._stream.flush()
        except (OSError, ValueError):  # nobody reads it any more; the lanes go on
            with self._counting:
                self.lost += self._journal is None  # else it is counted already


def _left_out(name: str, count: int) -> Line:
    record = logging.LogRecord(__name__, logging.WARNING, "", 0, _LEFT_OUT, (count, name), None)
    return line_of(record)
