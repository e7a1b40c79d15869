"""A terminal and a centre for the bench: batch after batch over loopback, the product's own way."""

from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from offline_cache.journal import Append
from offline_cache.state import StateFolder
from protocol.journal import Draft, RefusalsRecord
from simulator.centre import Centre
from simulator.programs import ProgramFailed, run_once
from terminal.bootstrap import make_links, make_sync, open_desk
from terminal.settings import Settings, load_settings
from terminal.sync_machine import SyncState
from verifier.reasons import Reason

_TERMINAL = "bench-1"


class SyncBench:
    """Enrols a terminal with a centre of its own, and uploads on demand."""

    entries = 100  # a batch, as after a minute at a busy site

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        """Start the centre, enrol, open the terminal's desk."""
        centre = Centre(self._folder / "centre")
        centre.publish()
        self._served, self._cable = centre.serve(self._folder / "centre.log")
        self._cable.start()
        settings = self._settings(centre)
        self._state = StateFolder(settings.state_folder)
        self._state.__enter__()
        self._desk = open_desk(self._state, settings)
        self._links = make_links(self._desk, self._state, settings)
        self._sync = make_sync(self._desk, self._links, settings)
        self.round()  # the first brings trust and connection up
        return self

    def _settings(self, centre: Centre) -> Settings:
        config = self._folder / "terminal.toml"
        config.write_text(
            f'[terminal]\nstate = "{self._folder / "terminal"}"\n'
            f'[centre]\nurl = "{self._cable.url}"\ntrust_root = "{centre.trust_root}"\n'
        )
        code = centre.enrolment_code(_TERMINAL)
        run_once("terminal", "enrol", code, "--config", str(config))
        return load_settings(config)

    def fill(self) -> None:
        """Put one batch of entries into the journal."""
        reading = self._desk.timekeeper.read()
        record = RefusalsRecord(since=reading.now, counts={Reason.FORMAT_UNKNOWN: 1})
        draft = Draft(at=reading.now, clock=reading.quality, lane="bench", record=record)
        waiting = [
            self._desk.writer.append(Append(draft=replace(draft, lane=f"bench-{n}"), claim=None))
            for n in range(self.entries)
        ]
        for future in waiting:
            future.result()

    def round(self) -> None:
        """Send what waits; raises ProgramFailed where it does not arrive."""
        self._sync.round()
        if self._sync.machine.state is not SyncState.WORKING:
            raise ProgramFailed(f"the bench's sync: {self._sync.machine.detail}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop everything."""
        self._links.client.close()
        self._desk.writer.stop()
        self._state.__exit__(kind, error, trace)
        self._cable.stop()
        self._served.stop()
