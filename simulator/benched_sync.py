"""A terminal and a centre for the bench: batch after batch over loopback, the product's own way."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from offline_cache.journal import Append
from offline_cache.state import StateFolder
from protocol.journal import Draft, RefusalsRecord
from simulator.centre import Centre
from simulator.ending import Ending
from simulator.programs import ProgramFailed, run_once
from terminal.bootstrap import make_links, make_sync, open_desk
from terminal.settings import Settings, load_settings
from terminal.sync.machine import SyncState
from verifier.reasons import Reason

_TERMINAL = "bench-1"


class SyncBench:
    """Enrols a terminal with a centre of its own, and uploads on demand."""

    entries = 100  # a batch, as after a minute at a busy site

    def __init__(self, folder: Path, ending: Ending) -> None:
        self._folder, self._ending = folder, ending
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        """Start the centre, enrol, open the terminal's desk."""
        with ExitStack() as stack:
            self._open(stack)
            self.round()  # the first brings trust and connection up
            self._opened = stack.pop_all()
        return self

    def _open(self, stack: ExitStack) -> None:
        centre = Centre(self._folder / "centre", self._ending)
        centre.publish()
        served, self._cable = centre.serve(self._folder / "centre.log")
        stack.callback(served.stop)
        stack.enter_context(self._cable)
        settings = self._settings(centre)
        state = StateFolder(settings.state_folder)
        stack.enter_context(state)
        self._desk = open_desk(state, settings)
        stack.callback(self._desk.writer.stop)
        links = make_links(self._desk, state, settings)
        stack.callback(links.client.close)
        self._sync = make_sync(self._desk, links, settings)

    def _settings(self, centre: Centre) -> Settings:
        config = self._folder / "terminal.toml"
        config.write_text(
            f'[terminal]\nstate = "{self._folder / "terminal"}"\n'
            f'[centre]\nurl = "{self._cable.url}"\ntrust_root = "{centre.trust_root}"\n'
        )
        code = centre.enrolment_code(_TERMINAL)
        run_once("terminal", "enrol", code, "--config", str(config), ending=self._ending)
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
        self._opened.__exit__(kind, error, trace)
