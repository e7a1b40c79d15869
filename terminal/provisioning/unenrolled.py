"""The daemon before it is a terminal: it says so, and waits to be armed and enrolled."""

import asyncio
import json
import logging
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from drivers.clock import monotonic_ms
from offline_cache.errors import CacheError
from offline_cache.identity import Identity
from offline_cache.state import StateFolder
from terminal.bootstrap import trust_store
from terminal.control import serve_control
from terminal.enrolling import enrol_within, is_unborn
from terminal.errors import TerminalError, UsageError
from terminal.notify import tell_systemd
from terminal.provisioning.address import kept_url
from terminal.provisioning.arming import MINUTES_MAX, Arming, ArmState, Standing
from terminal.provisioning.asked import read_asked
from terminal.provisioning.by_folder import enrolled_members, take_answer, write_request_of
from terminal.provisioning.faces import Faces
from terminal.provisioning.scanning import ArmedScanners
from terminal.provisioning.telling import heading, report_unenrolled, words_of
from terminal.provisioning.why import WORDS, why_of
from terminal.settings import Settings
from verifier.errors import TrustError

log = logging.getLogger(__name__)

# How late the end of the arming, or a try that is due again, may be noticed.
CARE_PERIOD_S = 0.5
# Less than the 30 s for which whoever asks the daemon waits (terminal/control.py).
TRY_S_MAX = 25.0

Faults = (TerminalError, CacheError, TrustError, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of one try."""

    identity: Identity | None = None
    error: str = ""

    def members(self) -> dict[str, object]:
        """Return what the control socket answers."""
        if self.identity is None:
            return {"error": self.error}
        return {"terminal": self.identity.terminal, "epoch": self.identity.epoch}


class Unenrolled:
    """One machine without identity.

    Args:
        state: the folder, held by this process.
        settings: of this machine.
        arming: another than the usual one.
    """

    def __init__(
        self, state: StateFolder, settings: Settings, *, arming: Arming | None = None
    ) -> None:
        self._state, self._settings = state, settings
        self._arming = arming or Arming()
        self._faces = Faces(state, settings, self._report)
        self._scanners = ArmedScanners(settings.lane, self._scanned)
        self._one_try = asyncio.Lock()
        self._tries: set[asyncio.Task[Tried]] = set()
        self._answers: set[asyncio.Task[None]] = set()  # that are not written yet
        self._wake = asyncio.Event()
        self.is_stopping = False
        self._told = ""
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self) -> bool:
        """Wait until this machine is enrolled, or told to stop; return whether it is enrolled.

        Raises:
            ControlError: the control socket can't be made.
        """
        loop = self._loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        control = await serve_control(
            self._state.control,
            {"status": self._status, "enrol-disarm": self._disarm},
            {
                "enrol-arm": self._arm,
                "enrol": self._enrol_typed,
                "enrol-request": self._write_request,
                "import": self._take_answer,
            },
        )
        self._faces.start(loop)
        tell_systemd("READY=1")
        log.warning("not enrolled: no lane serves; arm it by `scan-terminal enrol --arm`")
        try:
            while not self.is_stopping and self._arming.state is not ArmState.ENROLLED:
                await self._care()
                await self._pause()
        finally:
            control.close()
            self._faces.show(self._standing())
            await asyncio.to_thread(self._scanners.stop)
            await asyncio.to_thread(self._faces.stop)
            await asyncio.gather(*self._tries)  # what was asked is answered: it may be granted
            await self._answered()
            self._state.control.unlink(missing_ok=True)  # once, at the end
        return self._arming.state is ArmState.ENROLLED

    async def _answered(self) -> None:
        """Let who asked hear what came of it: he waits at the socket, and the loop ends."""
        if self._answers:
            await asyncio.wait(self._answers, timeout=TRY_S_MAX)

    def _stop(self) -> None:
        self.is_stopping = True
        self._wake.set()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(CARE_PERIOD_S):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    async def _care(self) -> None:
        """Let time pass: try again what is due, and read codes for as long as it is armed."""
        due = self._arming.tick(monotonic_ms())
        if due is not None:
            self._begin(due)
        standing = self._standing()
        is_armed = standing.state in (ArmState.ARMED, ArmState.TRYING)
        if is_armed and not self._scanners.are_on:
            self._scanners.start()
        elif not is_armed and self._scanners.are_on:
            await asyncio.to_thread(self._scanners.stop)
        self._tell(standing)

    def _tell(self, standing: Standing) -> None:
        """Say on screens and console what has changed."""
        self._faces.show(standing)
        told = f"{heading(standing).en}: {words_of(standing).en}"
        if told != self._told:
            self._told = told
            log.info("enrolment: %s", told)
            tell_systemd(f"STATUS={told}")

    def _standing(self) -> Standing:
        return self._arming.standing(monotonic_ms())

    def _scanned(self, text: str) -> None:
        """Take a code from a driver's thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._offer, text)

    def _offer(self, text: str) -> None:
        if self._arming.offer(text, monotonic_ms()):
            self._begin(text)

    def _begin(self, text: str) -> None:
        """Ask the centre with a scanned code; how it ended is for the arming to say."""
        task = asyncio.create_task(self._try_scanned(text))
        self._tries.add(task)
        task.add_done_callback(self._tries.discard)

    async def _try_scanned(self, text: str) -> Tried:
        try:
            async with self._one_try:
                identity = await asyncio.to_thread(self._enrolled_by, text)
        except Faults as error:
            why = why_of(error)
            log.warning("enrolment: %s", WORDS[why].en)
            log.debug("enrolment: %s", error)
            self._arming.failed(why, monotonic_ms())
            self._wake.set()
            return Tried(error=WORDS[why].en)
        return self._become(identity)

    def _become(self, identity: Identity) -> Tried:
        self._arming.enrolled()
        self._wake.set()
        log.info("enrolled: this machine is %s, epoch %d", identity.terminal, identity.epoch)
        return Tried(identity=identity)

    async def _status(self) -> Mapping[str, object]:
        return self._report()

    def _report(self) -> Mapping[str, object]:
        return report_unenrolled(self._standing(), self._settings.lane, self._scanners.told)

    async def _arm(self, about: str) -> Mapping[str, object]:
        if not about.isdecimal() or not self._arming.arm(monotonic_ms(), int(about[:4])):
            return {"error": f"it is armed for 1 to {MINUTES_MAX} minutes"}
        self._wake.set()
        return await self._status()

    async def _disarm(self) -> Mapping[str, object]:
        self._arming.disarm()
        self._wake.set()
        return await self._status()

    async def _enrol_typed(self, about: str) -> Mapping[str, object]:
        """Enrol with what a technician typed on this machine: his hand needs no arming."""
        return await self._done_by_hand(lambda: self._enrolled_by(_named(about)))

    async def _take_answer(self, about: str) -> Mapping[str, object]:
        """Become what a folder's answer says."""
        told = await self._done_by_hand(lambda: self._answered_by(_named(about)))
        if "error" in told:
            return told
        store = trust_store(self._state, self._settings)
        load = partial(enrolled_members, str(told["terminal"]), told["epoch"], store)
        return {"import": await asyncio.to_thread(load)}

    async def _write_request(self, about: str) -> Mapping[str, object]:
        try:
            async with self._one_try:
                write = partial(write_request_of, self._state, Path(_named(about)))
                return await asyncio.to_thread(write)
        except Faults as error:
            return {"error": str(error)}

    async def _done_by_hand(self, do: Callable[[], Identity]) -> Mapping[str, object]:
        """Return who this machine is once it is done, in a thread; or what hindered it."""
        self._keep_answer()
        task = asyncio.create_task(self._try_by_hand(do))
        self._tries.add(task)
        task.add_done_callback(self._tries.discard)
        done, _ = await asyncio.wait({task}, timeout=TRY_S_MAX)
        if not done:
            return {"error": f"no answer within {TRY_S_MAX:.0f} s; it goes on, see status"}
        return task.result().members()

    def _keep_answer(self) -> None:
        """Note that the task of this request has an answer to write."""
        task = asyncio.current_task()
        if task is not None:
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)

    async def _try_by_hand(self, do: Callable[[], Identity]) -> Tried:
        try:
            async with self._one_try:
                identity = await asyncio.to_thread(do)
        except Faults as error:
            return Tried(error=str(error))
        return self._become(identity)

    def _enrolled_by(self, text: str) -> Identity:
        return enrol_within(self._state, self._settings, read_asked(text))

    def _answered_by(self, folder: str) -> Identity:
        return take_answer(self._state, self._settings, Path(folder))


def _named(about: str) -> str:
    """Return what a request is about.

    Raises:
        UsageError: it names nothing.
    """
    try:
        named = json.loads(about)
    except (ValueError, RecursionError):
        named = None
    if not isinstance(named, str) or "\0" in named:
        raise UsageError("nothing is named")
    return named


def provisioned(state: StateFolder, settings: Settings) -> Settings | None:
    """Return the settings of a terminal, waiting for the enrolment if need be; None: told to stop.

    Args:
        state: the folder, held by this process.
        settings: of this machine; an enrolment slip may name the centre's address.

    Raises:
        ControlError: the control socket can't be made.
    """
    if is_unborn(state):
        machine = Unenrolled(state, settings)
        if not asyncio.run(machine.run()) or machine.is_stopping:
            return None
    if settings.centre.url:
        return settings
    centre = settings.centre.model_copy(update={"url": kept_url(state.centre)})
    return settings.model_copy(update={"centre": centre})
