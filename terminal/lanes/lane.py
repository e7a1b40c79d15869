"""One lane's wires: scanner to desk to gate and counter, with the machine in between."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace

from drivers.base import Condition, Contact, ContactEvent, DeviceReport, Receipt, ScannedCode
from drivers.clock import monotonic_ms
from offline_cache.errors import CacheError
from protocol.use import Cause, NoteKind
from terminal.challenge import Challenges
from terminal.desk import Desk
from terminal.events import EventFeed
from terminal.lane_devices import Devices, Part
from terminal.lanes.actions import Actions
from terminal.lanes.board import ChallengeBoard
from terminal.lanes.effects import Annul
from terminal.lanes.emergency import Emergency, Source
from terminal.lanes.events import (
    CodeScanned,
    EmergencyBegan,
    EmergencyEnded,
    Ended,
    Ending,
    Event,
    Failed,
    GrantedLate,
    PassageMade,
    RefusedLate,
    Restored,
    TimedOut,
)
from terminal.lanes.health import Health
from terminal.lanes.intake import Intake
from terminal.lanes.machine import LaneMachine, LaneState, Timings
from terminal.lanes.passage import Passage, Passages
from terminal.lanes.serving import Kind, Serving
from terminal.lanes.taking_back import TakingBack
from terminal.lanes.wires import Wires
from terminal.metrics import names
from terminal.presenting import Outcome
from verifier.profile import Profile

log = logging.getLogger(__name__)

# What passes within milliseconds on its way to something else is told to nobody.
_MOMENTARY = frozenset({LaneState.DECIDING, LaneState.ATTENDING})
# While one of these lasts, what is asked of the lane waits.
_IN_HAND = frozenset(
    {LaneState.DECIDING, LaneState.ATTENDING, LaneState.AWAITING, LaneState.HELD_OPEN}
)


Watch = Callable[[str, LaneState, Outcome | None], None]


class Lane:
    """Runs in the daemon's loop; drivers hand in what they see from threads of their own."""

    def __init__(
        self,
        name: str,
        profile_name: str,
        devices: Devices,
        desk: Desk,
        *,
        events: EventFeed | None = None,
        random_octets: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """Prepare a lane; `run` starts its devices.

        Args:
            name: as set; a code may be bound to it.
            profile_name: of the rules, as the centre publishes them.
            devices: not yet started.
            desk: what all lanes share.
            events: who watches is told there; None: nobody does.
            random_octets: for challenges.
        """
        self.name, self.profile_name = name, profile_name
        self.machine, self.emergency = LaneMachine(), Emergency()
        self.health = Health(name, profile_name, devices, desk, self.emergency)
        self._devices, self._desk = devices, desk
        self._intake = Intake(name, devices.scanner.forget)
        challenges = Challenges()
        self._board = ChallengeBoard(name, devices, challenges, random_octets)
        self._serving = Serving(name, desk, challenges)
        self._actions = Actions(name, devices, desk, events or EventFeed(), Passages())
        self._wires = Wires(
            devices, on_code=self._intake.put, on_contact=self._feel, on_report=self._note
        )
        self._taking_back = TakingBack(name, desk)
        # Told of each state, and of the outcome that it is about, when gate and lights have theirs;
        # it returns at once.
        self.on_move: Watch | None = None
        self._ended: Outcome | None = None  # of the code that was decided last
        self._told = ("", "")  # state and trouble, as watchers heard last
        self._is_deciding = False

    async def run(self) -> None:
        """Serve presentations until stopped; the one in hand is finished first."""
        self._wires.start()
        self.restore()
        try:
            while (code := await self._next_code()) is not None:
                await self._serve(code)
                self._show_challenge()
            if self._taking_back.is_owing:
                await self._take_back()
        finally:
            self._taking_back.let_go("the terminal ends")
            self._act(EmergencyEnded())  # its gate closes with the terminal: nothing lasts silently
            await asyncio.to_thread(self._wires.stop)

    async def stop(self) -> None:
        """Make `run` end behind the codes that already wait, and whoever is on his way through."""
        self._intake.stop()

    def print_receipt(self, outcome: Outcome, *, is_copy: bool = False) -> None:
        """Print what was paid or taken back, where there is a printer; returns at once."""
        self._devices.print_receipt(outcome, lane=self.name, is_copy=is_copy)

    def print_paper(self, paper: Receipt) -> bool:
        """Have something printed; return whether it comes out, as far as the printer tells."""
        return not self.health.is_down(Part.PRINTER) and self._devices.print_paper(paper)

    def hold_open(self, *, is_open: bool, source: Source = Source.OPERATOR) -> None:
        """Hold the lane open for an emergency, or end what `source` asked.

        An operator ends what a release contact asked, too, where that contact can't be heard of.
        """
        if is_open:
            self.emergency.begin(source)
        else:
            self.emergency.end(source, monotonic_ms())
            if source is Source.OPERATOR and self.health.is_down(Part.CONTACTS):
                self.emergency.lose_contact()
        self.restore()

    def close_left_open(self) -> None:
        """Say that the terminal ended while it was held open; it is closed by now."""
        log.warning(
            "lane %s: it was held open for an emergency when the terminal ended, and is closed now;"
            " if the emergency goes on: `scan-terminal emergency open`",
            self.name,
        )
        self._actions.note(NoteKind.EMERGENCY_ENDED)

    def look_again(self) -> None:
        """Have whoever came too early, and still holds his card there, served for what is asked now.

        Nobody else: who was served before need only have left his phone in view.
        """
        if self._serving.is_early:
            self._devices.scanner.forget()

    def restore(self) -> None:
        """Go into service if all that it needs is there, out of it if something is gone."""
        self._intake.end_flood()
        self._keep_open()
        if self.machine.state in _IN_HAND or self._is_deciding:
            self._tell_state()
            return  # the one in hand is finished first: his claim may be in the journal already
        profile = self.health.profile
        if profile is None:
            self._act(Failed())
            self.health.tell(self.trouble)
        else:
            self.health.tell("")
            self._follow(profile)
            if self.machine.takes(Restored):
                self._act(Restored())
                log.info("lane %s: in service with profile %s", self.name, profile.name)
                self._devices.scanner.forget()  # who stands there already need not step back first
        self._tell_state()
        self._show_challenge()

    def _follow(self, profile: Profile) -> None:
        """Take a profile's timings and words, which may have been published a moment ago."""
        self.machine.set_timings(_timings(profile))
        self._actions.texts = profile.texts

    def _keep_open(self) -> None:
        """Stand open for as long as anybody asks for it."""
        self.emergency.tick(monotonic_ms())
        event = EmergencyBegan() if self.emergency.is_on else EmergencyEnded()
        if self.machine.takes(type(event)):
            self._act(event)
            what = self.trouble if self.emergency.is_on else "the emergency is over"
            log.warning("lane %s: %s", self.name, what)

    @property
    def state(self) -> LaneState:
        """Return where it stands."""
        return self.machine.state

    @property
    def can_print(self) -> bool:
        """Return whether it has a receipt printer."""
        return self._devices.can_print

    @property
    def can_hold(self) -> bool:
        """Return whether it has a gate that can stand open; one that can't be held is pulsed."""
        return self._devices.gate is not None

    @property
    def trouble(self) -> str:
        """Return why the lane does not serve, or a device is down; empty when all is well."""
        if self._actions.is_kept_open and not self.emergency.is_on:
            return (
                "the gate stands open, for a contact says that something is in it: take it away, or"
                " look at the contact `obstructed`"
            )
        return self.health.trouble

    @property
    def conditions(self) -> tuple[tuple[Part, DeviceReport], ...]:
        """Return what each device said last."""
        return self.health.conditions

    @property
    def counts(self) -> Mapping[str, int]:
        """Return what befell the scanner, by name; empty where it does not count."""
        return self.health.counts

    @property
    def dropped(self) -> int:
        """Return how many codes came while too many waited."""
        return self._intake.dropped

    def _show_challenge(self) -> None:
        """Have another challenge shown where the profile asks for it and it is time."""
        is_out = self.state in (LaneState.OUT_OF_SERVICE, LaneState.HELD_OPEN)
        self._board.refresh(None if is_out else self._desk.profile(self.profile_name))

    def _note(self, part: Part, report: DeviceReport, number: int) -> None:
        self.health.note(part, report, number)
        condition, detail = report.condition.value, report.detail
        self._actions.tell("device", part=part.value, condition=condition, detail=detail)
        is_blind = part is Part.CONTACTS and report.condition is not Condition.UP
        if part is Part.CONTACTS:
            self._actions.see(is_blind=is_blind)
        if is_blind and self.machine.state is LaneState.AWAITING:
            self._act(Failed())  # whether he went through nobody can tell: his grant stands
        self.restore()

    def _feel(self, event: ContactEvent) -> None:
        """Take what a contact says."""
        match event.contact:
            case Contact.RELEASE:
                self.hold_open(is_open=event.is_active, source=Source.CONTACT)
            case Contact.OBSTRUCTED:
                self._actions.obstruct(is_obstructed=event.is_active)
            case Contact.PASSAGE | Contact.PASSAGE_BACK:
                if event.contact is Contact.PASSAGE:
                    self.health.tell_occupied(is_occupied=event.is_active)
                    self.restore()
                is_open_for_all = self.machine.state is LaneState.HELD_OPEN
                if event.is_active and not is_open_for_all:
                    self._pass(event)

    def _pass(self, event: ContactEvent) -> None:
        """Take that somebody went through, one way or the other."""
        if event.contact is Contact.PASSAGE_BACK:
            self._actions.note(NoteKind.WRONG_WAY)
        elif self._actions.passed(event.at_ms) is Passage.LAST_MADE:
            self._act(PassageMade())

    async def _next_code(self) -> ScannedCode | None:
        """Wait for a code, letting the present state's time run out meanwhile; None: stop."""
        while True:
            until_ms = self.machine.deadline_ms
            if until_ms is not None and monotonic_ms() >= until_ms:
                await self._run_out()
                continue
            if self._taking_back.is_due(monotonic_ms()):
                await self._take_back()
            if self.machine.state is not LaneState.AWAITING:
                code = self._intake.take()
                if code is not None or self._intake.is_stopping:
                    return code
            if self._intake.is_over(monotonic_ms()):
                return None  # whoever is on his way may still go through: his grant stands
            await self._intake.wait(until_ms)

    async def _run_out(self) -> None:
        """Let the present state's time be over; only what was seen not to happen is taken back."""
        is_awaited = self.machine.state is LaneState.AWAITING
        if is_awaited and self.health.is_occupied:
            self.health.tell_stuck()  # somebody covers it, or stands there: who passes is not seen
            self._act(Failed())
            self.restore()
        elif is_awaited and self._actions.is_unclear:
            self._act(PassageMade())
        else:
            await self._finish(TimedOut())

    async def _serve(self, code: ScannedCode) -> None:
        """Serve one code, if the lane serves and it is not one that was served already."""
        if self._intake.is_too_old(code):
            return
        profile = self.health.profile
        if profile is None:
            self._act(Failed())
        if profile is None or not self.machine.takes(CodeScanned):
            return  # out of service or open for all: that is shown, and nothing is granted
        self._follow(profile)
        read_s = (code.read_ms - code.seen_ms) / 1_000
        self._desk.figures.observe(names.DECODE, read_s, self.name)
        shown = self._serving.look(code, profile, self.machine.pending)
        self._is_deciding = True
        try:
            if shown.kind is Kind.STILL_IN_VIEW:
                await self._serving.keep(shown)
                return
            self._act(CodeScanned())
            ended = await self._serving.decide(shown)
        except CacheError as error:  # of what one card used, too: that is no other lane's trouble
            log.critical("lane %s: out of service: %s", self.name, error)
            self._act(Failed())
        else:
            await self._finish(ended)
        finally:
            self._is_deciding = False

    def _act(self, event: Event) -> tuple[Annul, ...]:
        """Do at once what follows from `event`; return what needs the journal's word."""
        now_ms, before = monotonic_ms(), self.state
        left = self._actions.perform(self.machine.receive(event, now_ms), now_ms)
        if before is LaneState.AWAITING:
            self._intake.let_go_old()
            self._serving.goes_on()
        self._intake.wake()
        self._tell_state()
        self._tell_watch(event)
        return left

    async def _finish(self, event: Ending | TimedOut) -> None:
        """Do all that follows from `event`, before the next code is looked at."""
        left = self._act(event)
        if isinstance(event, Ended):
            self._actions.tell_end(event)
        if left:
            await self._take_back(left)

    async def _take_back(self, annuls: tuple[Annul, ...] = ()) -> None:
        """Take grants back, and what is owed of others; a lane that owes serves nobody."""
        for annul, place in await self._taking_back.take(annuls, monotonic_ms()):
            if place is not None and annul.cause is Cause.NOT_PASSED:  # his receipt is out
                self.print_receipt(replace(annul.outcome, annulled=place))
            self._serving.forget()
            self._actions.tell("passage", what=annul.cause.value)
        self.health.is_owing = self._taking_back.is_owing
        if self.health.is_owing:
            self._act(Failed())

    def _tell_state(self) -> None:
        """Tell who watches where the lane stands, once."""
        if self.machine.state in _MOMENTARY:
            return
        state, trouble = self.machine.state.value, self.trouble
        if (state, trouble) != self._told:
            self._told = (state, trouble)
            self._actions.tell("lane", state=state, trouble=trouble)

    def _tell_watch(self, event: Event) -> None:
        """Tell the screen where the lane stands; what came too late is no answer to anybody."""
        if isinstance(event, Ended):
            self._ended = None if isinstance(event, GrantedLate | RefusedLate) else event.outcome
        if self.on_move is not None:
            pending = self.machine.pending
            self.on_move(self.name, self.state, self._ended if pending is None else pending.outcome)


def _timings(profile: Profile) -> Timings:
    return Timings(
        pulse_ms=profile.gate_pulse_ms,
        open_ms=profile.open_ms,
        show_ms=profile.show_ms,
        override_ms=profile.override_s * 1_000,
    )
