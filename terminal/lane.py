"""One lane's wires: scanner to desk to gate and counter, with the machine in between."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from functools import partial

from drivers.base import Condition, Counting, DeviceReport, ScannedCode, Signal, Signalling
from drivers.clock import monotonic_ms
from offline_cache.errors import CacheFault
from terminal.challenge import CHALLENGE_BYTES, Challenges
from terminal.desk import Desk, Judged
from terminal.lane_devices import Devices, Part
from terminal.lane_effects import Answer, Effect, OpenGate
from terminal.lane_events import (
    CodeScanned,
    Event,
    Failed,
    Granted,
    Refused,
    RefusedLate,
    Restored,
    TimedOut,
)
from terminal.lane_machine import LaneMachine, LaneState, Timings
from terminal.presenting import Held, Outcome, is_another_holder
from verifier.model import Verdict
from verifier.profile import Binding, CardsInView, Profile
from verifier.reasons import Reason

log = logging.getLogger(__name__)

# Eight people can't stand before one scanner; more waiting codes are a flood.
WAITING_CODES_MAX = 8
# Nobody stands before a lane for longer: what is decided later would open the gate for somebody
# who has left, or for the next one.
CODE_AGE_MS_MAX = 5_000
# A flood is over when nothing was dropped for so long; a hostile line can't make more of it.
FLOOD_OVER_MS = 5_000


class Lane:
    """Runs in the daemon's loop; drivers hand in their codes from threads of their own."""

    def __init__(
        self,
        name: str,
        profile_name: str,
        devices: Devices,
        desk: Desk,
        *,
        random_octets: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self.name, self.profile_name = name, profile_name
        self.dropped = 0  # codes that came while too many waited
        self.conditions: dict[Part, DeviceReport] = {}
        self.machine = LaneMachine()
        self._devices, self._desk, self._held = devices, desk, Held()
        self._challenges, self._random_octets = Challenges(), random_octets
        self._codes: asyncio.Queue[ScannedCode | None] = asyncio.Queue(WAITING_CODES_MAX)
        self._told = ""
        self._is_flooded, self._dropped_ms = False, 0
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self) -> None:
        """Serve presentations until stopped; the one in hand is finished first."""
        self._loop = asyncio.get_running_loop()
        self._start_devices()
        self.restore()
        try:
            while (code := await self._next_code()) is not None:
                await self._serve(code)
                self._show_challenge()
        finally:
            await asyncio.to_thread(self._stop_devices)

    async def stop(self) -> None:
        """Make `run` end behind the codes that already wait; one makes room if they are too many."""
        if self._codes.full():
            self._codes.get_nowait()
        await self._codes.put(None)

    def restore(self) -> None:
        """Go into service if all that it needs is there, out of it if something is gone."""
        self._end_flood()
        if self.machine.state is LaneState.DECIDING:
            return  # the one in hand is finished first: his claim may be in the journal already
        profile = self._desk.profile(self.profile_name)
        is_well = profile is not None and self._is_equipped(profile)
        if profile is None or self._desk.writer.fault is not None or not is_well:
            self._tell(Failed())
            self._tell_trouble(self.trouble)
            self._show_challenge()
            return
        self._tell_trouble("")
        self.machine.set_timings(_timings(profile))
        if self._tell(Restored()):
            log.info("lane %s: in service with profile %s", self.name, profile.name)
            self._devices.scanner.forget()  # who stands there already need not step back first
        self._show_challenge()

    def _is_equipped(self, profile: Profile) -> bool:
        """Return whether every device that the lane can't serve without is UP."""
        return all(
            part in self.conditions and self.conditions[part].condition is Condition.UP
            for part in self._devices.essential(profile.challenge)
        )

    def _show_challenge(self) -> None:
        """Have another challenge shown where the profile asks for it and it is time."""
        profile, answers = self._desk.profile(self.profile_name), self._devices.answers
        is_asked = profile is not None and profile.challenge is Binding.REQUIRED
        if not is_asked or answers is None or self.machine.state is LaneState.OUT_OF_SERVICE:
            self._challenges.close()
            return
        now_ms = monotonic_ms()
        if self._challenges.is_due(now_ms):
            shown = self._challenges.show(self._random_octets(CHALLENGE_BYTES), now_ms)
            answers.send(shown.line(self.name, now_ms))

    def _tell_trouble(self, trouble: str) -> None:
        """Log what keeps the lane out of service, once."""
        if trouble and trouble != self._told:
            log.warning("lane %s: out of service: %s", self.name, trouble)
        self._told = trouble

    @property
    def trouble(self) -> str:
        """Return why the lane is out of service, or a device down; empty when all is well."""
        if self._desk.writer.fault is not None:
            return str(self._desk.writer.fault)
        if self._desk.trust is None:
            return "no trust list from the centre yet; see `scan-terminal sync --once`"
        profile = self._desk.profile(self.profile_name)
        if profile is None:
            known = ", ".join(sorted(self._desk.trust.profiles)) or "none"
            return (
                f"no profile {self.profile_name} from the centre (it publishes: {known}); correct"
                " the lane's profile in the settings, or publish it"
            )
        if profile.challenge is Binding.REQUIRED and self._devices.answers is None:
            return (
                f"profile {profile.name} asks for a challenge, and this lane has no line to show"
                " it by; give the lane `answers` in the settings, or another profile"
            )
        down = [r.detail for r in self.conditions.values() if r.condition is Condition.DOWN]
        return "; ".join(down)

    @property
    def counts(self) -> Mapping[str, int]:
        """What befell the scanner, by name; empty where it does not count."""
        scanner = self._devices.scanner
        return scanner.counts() if isinstance(scanner, Counting) else {}

    def _start_devices(self) -> None:
        devices = self._devices
        if devices.gate is not None:
            devices.gate.start(partial(self._report, Part.GATE))
        if devices.answers is not None:
            devices.answers.start(partial(self._report, Part.ANSWERS))
        devices.scanner.start(self._deliver, partial(self._report, Part.SCANNER))

    def _stop_devices(self) -> None:
        self._devices.scanner.stop()
        for output in (self._devices.gate, self._devices.answers):
            if output is not None:
                output.stop()

    def _deliver(self, code: ScannedCode) -> None:
        """Take a code from a driver's thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._enqueue, code)

    def _enqueue(self, code: ScannedCode) -> None:
        try:
            self._codes.put_nowait(code)
        except asyncio.QueueFull:
            self._count_dropped(f"{WAITING_CODES_MAX} codes wait already")

    def _count_dropped(self, why: str) -> None:
        """Note a code that is not taken; one line as it begins and one as it ends."""
        self.dropped += 1
        self._dropped_ms = monotonic_ms()
        if not self._is_flooded:
            log.warning(
                "lane %s: %s, so one was not taken; if it goes on, look at what the scanner sees"
                " and at the disk",
                self.name,
                why,
            )
        self._is_flooded = True

    def _report(self, part: Part, report: DeviceReport) -> None:
        """Take a device's condition from a driver's thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._note, part, report)

    def _note(self, part: Part, report: DeviceReport) -> None:
        self.conditions[part] = report
        level = logging.WARNING if report.condition is Condition.DOWN else logging.INFO
        log.log(
            level,
            "lane %s: %s %s %s",
            self.name,
            report.device,
            report.condition.value,
            report.detail,
        )
        self.restore()

    async def _next_code(self) -> ScannedCode | None:
        """Wait for a code, letting the present state's time run out meanwhile; None: stop."""
        while True:
            deadline_ms = self.machine.deadline_ms
            wait_s = None if deadline_ms is None else max(0, deadline_ms - monotonic_ms()) / 1_000
            try:
                return await asyncio.wait_for(self._codes.get(), wait_s)
            except TimeoutError:
                self._tell(TimedOut())

    def _end_flood(self) -> None:
        """Once it is over, say how many were not taken, and ask anew for what is still in view."""
        is_over = self._codes.empty() and monotonic_ms() - self._dropped_ms >= FLOOD_OVER_MS
        if self._is_flooded and is_over:
            self._is_flooded = False
            log.warning("lane %s: %d codes were not taken so far", self.name, self.dropped)
            self._devices.scanner.forget()

    async def _serve(self, code: ScannedCode) -> None:
        if monotonic_ms() - code.seen_ms > CODE_AGE_MS_MAX:
            self._count_dropped("a code waited too long")
            return
        profile = self._desk.profile(self.profile_name)
        if profile is None:
            self._tell(Failed())
        if profile is None or not self.machine.takes(CodeScanned):
            return  # out of service: the screen says so, and nothing is granted
        judged = self._desk.judge(
            code.payload,
            lane=self.name,
            profile=profile,
            challenges=self._challenges.open_at(monotonic_ms()),
        )
        self._challenges.use(judged.judgement.verification)
        try:
            await self._serve_judged(code, judged, profile)
        except CacheFault as error:
            log.critical("lane %s: out of service: %s", self.name, error)
            self._tell(Failed())

    async def _serve_judged(self, code: ScannedCode, judged: Judged, profile: Profile) -> None:
        """Decide about a code, unless it is still the one before.

        Raises:
            CacheFault: it could not be made durable.
        """
        has_company = self._has_company(code, judged, profile)
        if not has_company and self._is_held(judged, code.showing):
            await self._desk.hold(judged)  # what stays in view changes nothing
            return
        self._tell(CodeScanned())
        if has_company:
            crowded = self._desk.refuse(Reason.SEVERAL_CARDS, lane=self.name, seen_ms=code.seen_ms)
            self._act(crowded, judged, profile)
            return
        outcome = await self._desk.settle(
            judged, lane=self.name, profile=profile, seen_ms=code.seen_ms
        )
        self._act(outcome, judged, profile, showing=code.showing)

    def _has_company(self, code: ScannedCode, judged: Judged, profile: Profile) -> bool:
        """Return whether another holder's card is in view where only one may be.

        What is refused anyhow is refused for its own reason.
        """
        is_refused = judged.judgement.decision.verdict is Verdict.DENY
        if is_refused or profile.cards_in_view is CardsInView.ANY:
            return False
        return any(
            is_another_holder(
                self._desk.judge(payload, lane=self.name, profile=profile).judgement.verification,
                judged.judgement.verification,
            )
            for payload in code.companions
        )

    def _is_held(self, judged: Judged, showing: int | None) -> bool:
        """Return whether it is the holder just accepted; a DENY is always a presentation.

        But for one: the answer that was accepted is used up, and it may still be in view.
        """
        facts, decision = judged.judgement.verification, judged.judgement.decision
        if not self._held.covers(facts, showing, monotonic_ms()):
            return False
        is_used = decision.reason is Reason.CHALLENGE_UNANSWERED and self._held.answers_as(facts)
        return decision.verdict is not Verdict.DENY or is_used

    def _act(
        self, outcome: Outcome, judged: Judged, profile: Profile, *, showing: int | None = None
    ) -> None:
        """Let the gate and the counter hear of an outcome that is durable."""
        if outcome.ms > CODE_AGE_MS_MAX:
            self._tell(RefusedLate(outcome=outcome))
            log.error(
                "lane %s: entry %s was durable after %d ms only; nobody waits so long, so nothing"
                " was opened or answered; look at the disk",
                self.name,
                outcome.seq,
                outcome.ms,
            )
            return
        granted = outcome.verdict is Verdict.GRANT
        event = Granted(outcome=outcome) if granted else Refused(outcome=outcome)
        for effect in self._tell(event):
            self._do(effect)
        facts = judged.judgement.verification
        if outcome.verdict is not Verdict.DENY and facts.credential and facts.issuer:
            until_ms = monotonic_ms() + profile.same_holder_ms
            self._held.remember(facts.issuer, facts.credential, showing, until_ms)
        # What names nobody leaves a count behind, and no line: a junk flood must not fill the log.
        level = logging.DEBUG if outcome.seq is None else logging.INFO
        log.log(level, "lane %s: %s %s", self.name, outcome.verdict.value, _code(outcome))

    def _do(self, effect: Effect) -> None:
        match effect:
            case OpenGate(pulse_ms=pulse_ms):
                if self._devices.gate is not None and pulse_ms > 0:
                    self._devices.gate.open(pulse_ms)
            case Answer(outcome=outcome):
                self._answer(outcome)
            case _:
                return  # lights, passages and notes come with the wires that know them

    def _answer(self, outcome: Outcome) -> None:
        if self._devices.answers is not None:
            epoch = self._desk.identity.epoch
            self._devices.answers.send(outcome.answer(lane=self.name, epoch=epoch))
        if isinstance(self._devices.scanner, Signalling):
            granted = outcome.verdict is Verdict.GRANT
            self._devices.scanner.signal(Signal.OK if granted else Signal.DENY)

    def _tell(self, event: Event) -> tuple[Effect, ...]:
        return self.machine.receive(event, monotonic_ms())


def _timings(profile: Profile) -> Timings:
    return Timings(
        pulse_ms=profile.gate_pulse_ms,
        open_ms=profile.open_ms,
        show_ms=profile.show_ms,
        override_ms=profile.override_s * 1_000,
    )


def _code(outcome: Outcome) -> str:
    return "" if outcome.reason is None else outcome.reason.value
