"""The daemon: one loop over lanes, journal and sync, from the first signal to the last entry."""

import asyncio
import ctypes
import json
import logging
import os
import signal
import threading
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from offline_cache.audit import JournalReader
from offline_cache.errors import CacheError, CacheFault
from offline_cache.state import StateFolder
from terminal.bootstrap import (
    make_approvals,
    make_lane,
    make_links,
    make_local,
    make_screens,
    make_sync,
    make_textfile,
    open_desk,
)
from terminal.control import serve_control
from terminal.desk import Desk
from terminal.devices.driver_threads import ROSTER
from terminal.events import EventFeed
from terminal.families import load_families
from terminal.garbage import leave_out_what_stays
from terminal.lanes.emergency import LINES_LOOKED_BACK, left_open
from terminal.lanes.lane import Lane
from terminal.lanes.releasing import obey
from terminal.metrics.gathering import Gathering
from terminal.notify import tell_systemd
from terminal.provisioning.unenrolled import provisioned
from terminal.report import report
from terminal.service import TerminalService
from terminal.settings import Settings
from terminal.sync.thread import Sync
from terminal.sync.trust import Imported
from terminal.sync.wiping import obey_order
from terminal.telling import standing_of
from terminal.visits.making import make_shelf, make_visits
from verifier.model import UnixSeconds

log = logging.getLogger(__name__)

# A junk flood becomes one bounded entry a lane a minute (docs/protocol.md, "Refusals").
REFUSALS_PERIOD_S = 60.0
_PR_SET_DUMPABLE = 4  # linux/prctl.h
# Lanes look this often whether what they wait for has come: trust, a profile.
CARE_PERIOD_S = 0.5
# Less than the 30 s for which whoever asks the daemon waits (terminal/control.py).
ROUND_S_MAX = 25.0
_BUSY = {
    "state": "busy",
    "detail": f"no round was over within {ROUND_S_MAX:.0f} s; it goes on, see status",
}


class Daemon:
    """One terminal at work."""

    def __init__(self, state: StateFolder, settings: Settings) -> None:
        """Open what is on disk.

        Raises:
            CacheError: not enrolled, damaged, or the disk can't be used.
            FamilyError: a family that the settings name can't be had.
        """
        formats = load_families(settings.terminal.families)
        self.desk: Desk = open_desk(state, settings, formats=formats)
        self.events = EventFeed()
        self.lanes: list[Lane] = [make_lane(lane, self.desk, self.events) for lane in settings.lane]
        shelf = self._shelf = make_shelf(settings, state)
        if self.desk.trust is not None:
            shelf.take(self.desk.trust.files)
        self._links = make_links(self.desk, state, settings, shelf)
        self.sync: Sync = make_sync(self.desk, self._links, settings)
        self.service = TerminalService(self.desk, self.lanes, self.events, self._status)
        self.screens = make_screens(settings, self.desk, self.sync)
        self.screens.begin(self.lanes)
        self.visits = make_visits(
            self.desk,
            settings,
            lanes=self.lanes,
            shelf=shelf,
            arm=self.service.arm,
            tell=self.screens.board.tell,
        )
        self.local = make_local(
            state, settings, self.service, self.events, self.screens.board, self.visits
        )
        self._approvals = make_approvals(self.desk, settings)
        self.desk.till.approvals = self._approvals
        told_by = None if self.local is None else self.local.status
        gathering = Gathering(self.desk, self.lanes, self.sync, state.journal, told_by)
        self.service.measure = gathering.families
        self._textfile = make_textfile(settings, gathering)
        self._state = state
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT; everything taken is durable when this returns.

        Raises:
            CacheFault: the journal failed; nothing more could be acknowledged.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        control = await serve_control(
            self._state.control,
            {"status": self._status, "sync": self._sync_now},
            {"import": self._import_from, "emergency": self._hold_open},
        )
        self._close_left_open()
        self.sync.start()
        self._approvals.start()
        if self.visits is not None:
            self.visits.start()
        if self.local is not None:
            self.local.start(loop)
        lanes = [asyncio.create_task(lane.run(), name=lane.name) for lane in self.lanes]
        care = [asyncio.create_task(self._care(), name="care")]
        if self._textfile is not None:
            care.append(asyncio.create_task(self._textfile.run(), name="textfile"))
        leave_out_what_stays()
        name = self.desk.identity.terminal
        # In place of what it was told while this machine waited to be enrolled.
        tell_systemd(f"READY=1\nSTATUS=serving {len(lanes)} lanes as {name}")
        log.info("serving %d lanes as %s", len(lanes), name)
        try:
            await self._until_stopped([*lanes, *care])
        finally:
            tell_systemd("STOPPING=1")
            control.close()
            await self._close(lanes, care)
        if self.desk.writer.fault is not None:
            raise self.desk.writer.fault

    async def _until_stopped(self, tasks: list[asyncio.Task[None]]) -> None:
        """Wait for a signal, or for a task that ended where none should."""
        stopping = asyncio.create_task(self._stopping.wait())
        done, _ = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        for task in done - {stopping}:
            task.result()  # a bug in a lane ends the process; systemd starts a clean one

    async def _close(self, lanes: list[asyncio.Task[None]], care: list[asyncio.Task[None]]) -> None:
        """Finish what is in hand, in the order in which it depends on each other."""
        for task in care:
            task.cancel()
        if self.local is not None:
            await asyncio.to_thread(self.local.stop)
        for lane in self.lanes:
            await lane.stop()
        await asyncio.gather(*lanes, return_exceptions=True)
        self._flush_refusals()
        await asyncio.to_thread(self._close_threads)
        self._state.control.unlink(missing_ok=True)
        log.info("stopped")

    def _close_threads(self) -> None:
        self._approvals.stop()
        if self.visits is not None:
            self.visits.stop()
        self.sync.stop()
        self.desk.writer.stop()

    async def _care(self) -> None:
        """Bring lanes into service as what they wait for comes; write refusals each minute."""
        await self._recount()
        due_s = asyncio.get_running_loop().time() + REFUSALS_PERIOD_S
        while True:
            if self._links.orders.is_given:
                self._stopping.set()
            for lane in self.lanes:
                lane.restore()
            self.sync.tell_of(standing_of(self.desk, self.lanes, self._now()))
            self.screens.care()
            await self._look_after_requests()
            if self.visits is not None:
                await self.visits.care()
            now_s = asyncio.get_running_loop().time()
            if now_s >= due_s:
                self._flush_refusals()
                due_s = now_s + REFUSALS_PERIOD_S
            await asyncio.sleep(CARE_PERIOD_S)

    def _now(self) -> UnixSeconds:
        return self.desk.timekeeper.read().now

    async def _recount(self) -> None:
        try:
            await self.service.recount()
        except CacheError as error:  # the journal has all of it; a counter adds up without us
            log.error("totals: the journal can't be read: %s", error)  # noqa: TRY400  # a fault

    async def _look_after_requests(self) -> None:
        try:
            await self.service.look_after()
        except CacheError as error:  # what is in doubt stays so until the journal is mended
            log.error("requests: the journal can't be asked: %s", error)  # noqa: TRY400  # a fault

    def _flush_refusals(self) -> None:
        try:
            self.desk.flush_refusals()
        except CacheFault as error:
            log.critical("refusals could not be written: %s", error)

    async def _status(self) -> Mapping[str, object]:
        position = await asyncio.to_thread(self._asked_position)
        told = dict(report(self.desk, self.lanes, self.sync, position))
        if self.local is not None:
            told["local"] = self.local.status()
        if self.visits is not None:
            told["content"] = self._shelf.status()
        return told

    async def _sync_now(self) -> Mapping[str, object]:
        """Do a round; "busy" is no state of the sync: it says that the round is not over yet."""
        self._flush_refusals()
        asked = asyncio.wrap_future(self.sync.ask_round())
        await asyncio.wait({asked}, timeout=ROUND_S_MAX)
        ended = asked.result() if asked.done() else None
        told = _BUSY if ended is None else {"state": ended.state.value, "detail": ended.detail}
        return {**await self._status(), "sync": told}

    async def _hold_open(self, about: str) -> Mapping[str, object]:
        return obey(self.lanes, about)

    def _close_left_open(self) -> None:
        """Have lanes say that an earlier start ended while they were held open."""
        try:
            with closing(JournalReader(self._state.journal)) as journal:
                left = left_open(line for _, line in journal.tail(LINES_LOOKED_BACK))
        except CacheError as error:
            log.error("whether a lane was left open can't be told: %s", error)  # noqa: TRY400  # a fault
            return
        for lane in self.lanes:
            if lane.name in left:
                lane.close_left_open()

    async def _import_from(self, about: str) -> Mapping[str, object]:
        """Take trust from the folder that is named, in the sync's thread."""
        try:
            named = json.loads(about)
        except (ValueError, RecursionError):
            named = None
        if not isinstance(named, str) or "\0" in named:
            return {"error": "no folder is named"}
        asked = asyncio.wrap_future(self.sync.ask_import(Path(named)))
        await asyncio.wait({asked}, timeout=ROUND_S_MAX)
        ended = asked.result() if asked.done() else None
        if ended is None:
            what = f"it was not over within {ROUND_S_MAX:.0f} s; it goes on, see status"
            ended = Imported(fault=what)
        return {"import": ended.members()}

    def _asked_position(self) -> tuple[int | None, int | None]:
        try:
            return self.desk.writer.call(lambda journal: (journal.seq, journal.acked())).result()
        except CacheError as error:
            log.error("the journal can't say where it stands: %s", error)  # noqa: TRY400  # a fault
            return None, None


def run(settings: Settings) -> None:
    """Run a daemon on the state folder of `settings` until it is told to stop.

    Raises:
        CacheError: another daemon runs, not enrolled, damaged, or the journal failed.
        FamilyError: a family that the settings name can't be had.
    """
    _close_memory()
    threading.excepthook = _end_process
    load_families(settings.terminal.families)  # told now, not once somebody has come to enrol it
    with StateFolder(settings.state_folder) as state:
        obey_order(state, settings)
        enrolled = provisioned(state, settings)
        if enrolled is None:
            return  # told to stop before anybody enrolled it
        daemon = Daemon(state, enrolled)
        asyncio.run(daemon.run())
        obey_order(state, enrolled)


def _close_memory() -> None:
    """Let no process of the same user read this one's memory: camera children run as it does.

    Raises:
        OSError: the kernel refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the memory can't be closed to other processes")


def _end_process(failure: threading.ExceptHookArgs) -> None:
    """End the process for a bug in any thread of ours; systemd starts a clean one."""
    if ROSTER.blame(failure):
        return  # its lane is told, and goes on with a new driver
    name = "?" if failure.thread is None else failure.thread.name
    log.critical("a bug in thread %s", name, exc_info=failure.exc_value)
    logging.shutdown()
    os._exit(70)  # EX_SOFTWARE (sysexits.h); nothing acknowledged is lost: it is on the disk
