"""A terminal's machine: the product's journal and sync on a disk that may do anything."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from offline_cache.care import Care
from offline_cache.database import newest
from offline_cache.errors import CacheError, CacheFault, DiskFull
from offline_cache.floor_file import FloorFile
from offline_cache.histories import HistoriesFile
from offline_cache.identity import load_identity
from offline_cache.journal import Append, Appended, Journal
from offline_cache.schema import require_journal
from offline_cache.state import StateFolder
from protocol.journal import line_of
from terminal import bootstrap
from terminal.desk import Desk
from terminal.enrolling import enrol_terminal
from terminal.errors import TerminalError
from terminal.settings import Settings, load_settings
from terminal.sync.links import Links
from terminal.sync.machine import SyncState
from terminal.sync.parting import Parting
from terminal.sync.thread import Sync
from terminal.timekeeping import MachineClocks
from tests.crash.disk import Tree
from tests.simulation.box import Box, End
from tests.simulation.customers import CURRENCY
from tests.simulation.ledger import Ledger, Told
from tests.simulation.names import name_of, presentation_of
from tests.simulation.rack import Rack
from tests.simulation.still_writer import StillWriter
from tests.simulation.virtual_time import VirtualTime
from verifier.errors import TrustError
from verifier.limits import CardStanding

# As the crash proof has it: SQLite works the log off often in so short a life.
_PAGES_OF_LOG = 40
# So little room that acknowledged entries of a day ago go, now and then.
_ROOM_OCTETS = 90_000
# A mending that fails is tried again; with a disk that fails no more the first is enough.
_MENDINGS = 20


@dataclass(slots=True, kw_only=True)
class Running:
    """What a terminal's process has in hand."""

    state: StateFolder
    desk: Desk
    writer: StillWriter
    links: Links
    sync: Sync


class TunedJournal(Journal):
    """The product's, on a log that is worked off sooner."""

    def _attach(self) -> None:
        super()._attach()
        self._connection.execute(f"PRAGMA wal_autocheckpoint = {_PAGES_OF_LOG}")


class Machine:
    """One machine that is, or will be, `terminal`; another may hold a copy of its disk."""

    journal_kind: type[Journal] = TunedJournal

    def __init__(
        self,
        rack: Rack,
        name: str,
        terminal: str,
        number: int,
        *,
        pin: str,
        time: VirtualTime,
        ledger: Ledger,
        random: Random,
    ) -> None:
        """Stand without a disk.

        Args:
            rack: where its disk will be.
            name: of the machine.
            terminal: what it is, or will be.
            number: of the history that its disk goes on with; its own alone.
            pin: whose trust it takes.
            time: rules it.
            ledger: gets what lanes were told.
            random: decides how it ends.
        """
        self.name, self.terminal, self.number = name, terminal, number
        self.box = Box(rack, name, random)
        self.due_s = 0.0
        self._time, self._ledger, self._rack, self._pin = time, ledger, rack, pin
        self.running: Running | None = None

    def boot(self, tree: Tree) -> None:
        """Put a disk in that holds `tree`, and start what is on it."""
        self.box.insert(tree)
        self._start_if_enrolled()

    def enrol(self, code: str) -> None:
        """Become the terminal that `code` is for, or begin its next epoch.

        Raises:
            TerminalError, CacheError, TrustError: as `enrol_terminal`.
        """
        self.stop()
        try:
            enrol_terminal(self._settings(), code)
        except (TerminalError, CacheError, TrustError):
            self._start_if_enrolled()  # as what it was
            raise
        self._start_if_enrolled()

    def now(self) -> Running:
        """Return the process.

        Raises:
            ValueError: it does not run.
        """
        if self.running is None:
            raise ValueError(f"{self.name} does not run")
        return self.running

    def show(self, several: list[Append]) -> None:
        """Have lanes show presentations at once; those that are told so are promised."""
        writer = self.now().writer
        for request in several:
            self._ledger.asked[name_of(request)] = self.terminal
            with suppress(CacheFault):  # told to the citizen, who tries again later
                writer.append(request).add_done_callback(self._promise)
        writer.flush()

    def sync(self, *, asks_trust: bool) -> None:
        """Do one round, and note when the next is due."""
        delay_s = self.now().sync.round(asks_trust=asks_trust)
        self.due_s = self._time.now_s + delay_s

    def rest(self) -> None:
        """Tidy up or mend, as the writer does while nobody comes."""
        self.now().writer.rest()

    def mend(self) -> None:
        """Mend until all is well, or there is only too little room until the centre has more.

        Raises:
            ValueError: it never is, on a disk that fails no more.
        """
        writer = self.now().writer
        for _ in range(_MENDINGS):
            writer.rest()
            if writer.fault is None or isinstance(writer.fault, DiskFull):
                return
        raise ValueError(f"{self.name} is not mended: {writer.fault}")

    def settle(self) -> None:
        """Let the ledger have what was promised."""
        self._take(self.box.promised())

    def stop(self) -> None:
        """End in order."""
        if self.running is not None:
            self.running.writer.stop()
            self._let_go()
            self.settle()

    def end(self, how: End | None) -> None:
        """Lose power or process since the last time others saw anything; start again."""
        if how is None:
            self.stop()
        self._take(self.box.end(how, self._abandon))
        self._start_if_enrolled()

    def remove(self) -> None:
        """Take the machine away."""
        self._take(self.box.end(None, self.stop))

    @property
    def parted(self) -> str:
        """Return what proves that the disk is not the one that the centre knows; empty: nothing."""
        parting = self.now().desk.parting
        return "" if parting is None else parting.what

    @property
    def sync_state(self) -> tuple[SyncState, str]:
        """Return where the sync stands, and why."""
        machine = self.now().sync.machine
        return machine.state, machine.detail

    def is_home(self) -> bool:
        """Return whether the centre has acknowledged all that is on the disk."""
        running = self.now()
        parting = running.desk.parting
        seq, acked = running.writer.call(lambda j: (j.seq, j.acked())).result()
        return seq == acked and (parting is None or parting.owed(1) is None)

    def acknowledged(self) -> tuple[int, int]:
        """Return the epoch, and its last entry that is acknowledged."""
        return self.now().writer.call(lambda j: (j.epoch, j.acked())).result()

    def lines(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield epoch, number and line of every entry on the disk."""
        path = newest(self.box.root / "journal.db")
        if path.exists():
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
                yield from connection.execute("SELECT epoch, seq, line FROM journal")

    def erased(self) -> int:
        """Return how many entries were erased from the disk, for the centre holds them."""
        path = newest(self.box.root / "journal.db")
        if not path.exists():
            return 0
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT coalesce(sum(seq), 0) FROM erased").fetchone()[0])

    def paid(self, card: str) -> CardStanding:
        """Return what limits are held against: what a card used here, by the journal's ledger."""
        now = self._time.unix()

        def asked(journal: Journal) -> CardStanding:
            return journal.card_standing(card, currency=CURRENCY, zone="", profile="", at=now)

        return self.now().writer.call(asked).result()

    def presentations(self) -> set[str]:
        """Return every presentation on the disk."""
        return {name for _, _, line in self.lines() if (name := presentation_of(line))}

    def _promise(self, future: Future[Appended]) -> None:
        """Note a promise in the moment in which it is made."""
        if future.exception() is not None:
            return
        entry = future.result()
        epoch = self.now().writer.journal.epoch
        line = line_of(entry.draft, epoch=epoch, seq=entry.seq)
        self.box.disk.promise(Told(str(presentation_of(line)), epoch, entry.seq, line))

    def _take(self, promised: Iterator[Told]) -> None:
        for told in promised:
            self._ledger.take(self.terminal, self.number, told)

    def _start_if_enrolled(self) -> None:
        if not (self.box.root / "identity.json").exists():
            return
        settings, state = self._settings(), StateFolder(self.box.root).__enter__()
        identity = load_identity(state.identity)
        require_journal(state.journal)
        care = Care(key=identity.signing, octets_max=_ROOM_OCTETS)

        def open_journal() -> Journal:
            kind = self.journal_kind
            return kind(state.journal, terminal=identity.terminal, epoch=identity.epoch, care=care)

        writer = StillWriter(open_journal)
        writer.start()
        time = self._time
        clocks = MachineClocks(
            system=time.unix, monotonic_ms=time.monotonic_ms, is_synchronised=lambda: True
        )
        desk = Desk(identity, writer, bootstrap.open_timekeeper(FloorFile(state.floor), clocks))
        desk.trust = bootstrap._held_trust(desk, bootstrap.trust_store(state, settings))
        desk.parting = Parting(HistoriesFile(state.histories), state.journal, identity, writer)
        links = bootstrap.make_links(desk, state, settings)
        sync = bootstrap.make_sync(desk, links, settings)
        self.running = Running(state=state, desk=desk, writer=writer, links=links, sync=sync)
        self.due_s = 0.0

    def _abandon(self) -> None:
        """Let go of what the dead process had open; what SQLite still writes counts for nothing."""
        if self.running is not None:
            with suppress(sqlite3.Error, CacheError):
                self.running.writer.journal._connection.close()
            self._let_go()

    def _let_go(self) -> None:
        running = self.now()
        running.links.client.close()
        running.state.__exit__(None, None, None)
        self.running = None

    def _settings(self) -> Settings:
        path = Path(f"{self._rack.root}/{self.name}.toml")
        path.write_text(
            f'[terminal]\nstate = "{self.box.root}"\n[centre]\nurl = "http://{self.name}.sim"\n'
            f'trust_root = "{self._pin}"\n'
        )
        return load_settings(path)
