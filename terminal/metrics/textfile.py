"""Metrics as a file for node_exporter's textfile collector, where nobody may come to a port.

It is written where something happened, at most once a period, and at least each quarter of an
hour, so that its age tells whether the daemon lives. Nothing is synced: a file that a power cut
spoils is written anew within a minute of the start, and flash is spared.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from terminal.metrics.metric import Family

log = logging.getLogger(__name__)

# Twelve kB each: 100 writes a day where nothing happens; where something always does, at the
# default of a minute, 17 MB a day, a quarter of what the journal of a quiet gate writes.
UNCHANGED_S_MAX = 900.0

Gather = Callable[[], Awaitable[Sequence[Family]]]


class Textfile:
    """One file; lives in the daemon's loop.

    Args:
        path: of the file; its folder must be there.
        period_s: how often it is looked at.
        gather: returns what there is to say.
    """

    def __init__(self, path: Path, *, period_s: float, gather: Gather) -> None:
        self._path, self._period_s, self._gather = path, period_s, gather
        self._written_s, self._last = 0.0, b""
        self._trouble = ""
        self.writes = 0

    async def run(self) -> None:
        """Keep the file up until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await self.look(loop.time())
            await asyncio.sleep(self._period_s)

    async def look(self, now_s: float) -> None:
        """Write the file where it says something else than before, or grew old.

        Args:
            now_s: monotonic.
        """
        from terminal.metrics.exposition import exposition  # noqa: PLC0415  # 80 ms, where used

        families = await self._gather()
        settled = [each for each in families if not each.metric.is_volatile]
        told = await asyncio.to_thread(exposition, settled, with_process=False)
        is_old = not self._last or now_s - self._written_s >= UNCHANGED_S_MAX
        if told == self._last and not is_old:
            return
        try:
            await asyncio.to_thread(_write, self._path, exposition(families))
        except OSError as error:
            self._tell(error.strerror or str(error))
        else:
            self._tell("")
            self._written_s, self._last = now_s, told
            self.writes += 1

    def _tell(self, trouble: str) -> None:
        """Log what keeps the file from being written, once."""
        if trouble and trouble != self._trouble:
            log.warning("metrics: %s can't be written: %s", self._path, trouble)
        self._trouble = trouble


def _write(path: Path, octets: bytes) -> None:
    """Put a whole file in the place of the last; whoever reads sees one or the other."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        # The folder is the collector's: a link that waits there could lead to a file of ours.
        beside.unlink(missing_ok=True)
        with beside.open("xb") as file:
            os.fchmod(file.fileno(), 0o644)  # another user collects it
            file.write(octets)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
