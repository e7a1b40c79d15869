"""Does what a lane's machine wants done: gate, answers, lights, notes; and tells who watches."""

import logging
from collections.abc import Iterable

from drivers.base import Holding, Shown, Signal, Signalling
from protocol.journal import compact
from protocol.use import Cause, NoteKind
from terminal.desk import Desk
from terminal.events import EventFeed
from terminal.lane_devices import Devices
from terminal.lanes.effects import (
    Annul,
    Answer,
    AskAttendant,
    CloseGate,
    Decide,
    Effect,
    ExpectPassage,
    HoldGate,
    Note,
    OpenGate,
    Show,
)
from terminal.lanes.events import Ending, GrantedLate, RefusedLate
from terminal.lanes.passage import Passage, Passages
from terminal.metrics import names
from terminal.presenting import Outcome
from terminal.wording.words import holder_words, idle_words, words_for
from verifier.model import Verdict
from verifier.profile import Texts
from verifier.reasons import Reason

log = logging.getLogger(__name__)

# Of a gate that can't be held, in an emergency: longer than HOLD_AGAIN_MS, so that it does not
# close between two pulses.
EMERGENCY_PULSE_MS = 3_000

_AtOnce = (
    Decide | OpenGate | CloseGate | HoldGate | Answer | ExpectPassage | AskAttendant | Show | Note
)


class Actions:
    """One lane's, in the daemon's loop; every device returns at once.

    Args:
        lane: its name.
        devices: what it is connected to.
        desk: where notes go.
        events: who watches hears of it there.
        passages: who is expected to go through.
    """

    def __init__(
        self, lane: str, devices: Devices, desk: Desk, events: EventFeed, passages: Passages
    ) -> None:
        self._lane, self._devices, self._desk = lane, devices, desk
        self._events, self._passages = events, passages
        self._is_obstructed, self._is_to_close = False, False
        self._is_held, self._is_blind = False, False
        self.texts: Texts | None = None  # the profile's own words, as far as it has any

    def perform(self, effects: Iterable[Effect], now_ms: int) -> tuple[Annul, ...]:
        """Do what can be done at once, in order; return what needs the journal's word."""
        left = list[Annul]()
        for effect in effects:
            if isinstance(effect, Annul):
                left.extend(() if _stays(effect) else (effect,))
            else:
                self._do(effect, now_ms)
        return tuple(left)

    def _do(self, effect: _AtOnce, now_ms: int) -> None:  # one case each
        match effect:
            case OpenGate(pulse_ms=pulse_ms):
                self._open(pulse_ms)
            case Answer(outcome=outcome):
                self._answer(outcome)
            case ExpectPassage(until_ms=until_ms):
                self._passages.expect(until_ms)
            case Show():
                self._show(effect)
            case AskAttendant():
                self._ask(effect, now_ms)
            case CloseGate():
                self._close()
            case HoldGate():
                self._hold()
            case Note(kind=kind):
                self.note(kind)
            case Decide():
                return  # whoever scanned the code is about to

    def note(self, kind: NoteKind) -> None:
        """Have it written down, and told to who watches."""
        self._desk.note(self._lane, kind)
        self.tell("passage", what=kind.value)

    def tell(self, kind: str, **data: object) -> None:
        """Tell who watches."""
        if kind == "passage":
            self._desk.figures.count(names.PASSAGES, self._lane, str(data["what"]))
        self._events.publish(kind, {"lane": self._lane, **data})

    def tell_end(self, ended: Ending) -> None:
        """Log how a presentation ended, and tell who watches."""
        outcome = ended.outcome
        self._measure(outcome)
        if isinstance(ended, GrantedLate | RefusedLate):
            log.error(
                "lane %s: entry %s was durable after %d ms only; nobody waits so long, so nothing"
                " was opened or answered; look at the disk",
                self._lane,
                outcome.seq,
                outcome.ms,
            )
            return
        self._tell_decision(outcome)
        # What names nobody leaves a count behind, and no line: a junk flood must not fill the log.
        level = logging.DEBUG if outcome.seq is None else logging.INFO
        reason = "" if outcome.reason is None else outcome.reason.value
        log.log(level, "lane %s: %s %s", self._lane, outcome.verdict.value, reason)

    def _measure(self, outcome: Outcome) -> None:
        reason = "none" if outcome.reason is None else outcome.reason.value
        figures, verdict = self._desk.figures, outcome.verdict.value
        figures.count(names.DECISIONS, self._lane, verdict, reason)
        figures.observe(names.ANSWER, outcome.ms / 1_000, self._lane)

    def _tell_decision(self, outcome: Outcome) -> None:
        """Tell who watches how a presentation ended; it names nobody."""
        place = outcome.place
        data: dict[str, object] = {
            "verdict": outcome.verdict.value,
            "reason": None if outcome.reason is None else outcome.reason.value,
            "entry": None if place is None else place.members(),
            "ms": outcome.ms,
        }
        if outcome.amount_minor is not None:
            data |= {"amount_minor": outcome.amount_minor, "currency": outcome.currency}
        use = None if outcome.record is None else outcome.record.use
        if use is not None and use.key:
            data |= {"key": use.key, "client": use.client}
        self.tell("decision", **data)

    @property
    def is_kept_open(self) -> bool:
        """Return whether a gate that was held open stays so, for something stands in it."""
        return self._is_held and self._is_to_close

    def obstruct(self, *, is_obstructed: bool) -> None:
        """Take whether something stands in the gate: it is told to close once that is gone."""
        self._is_obstructed = is_obstructed
        self._close_late()

    def see(self, *, is_blind: bool) -> None:
        """Take whether the contacts can't be heard: what stood in the gate then keeps it no more.

        What keeps a gate from hitting somebody is its own; none may stand open for ever.
        """
        self._is_blind = is_blind
        self._close_late()

    def _close_late(self) -> None:
        if self._is_to_close and (self._is_blind or not self._is_obstructed):
            self._close()

    @property
    def is_unclear(self) -> bool:
        """Return whether somebody went through since the last grant, maybe for an earlier one."""
        return self._passages.is_unclear

    def passed(self, at_ms: int) -> Passage:
        """Take that somebody went through; return what that was."""
        passage = self._passages.seen(at_ms)
        match passage:
            case Passage.TAILGATING:
                self.note(NoteKind.TAILGATING)
            case Passage.FORCED:
                self.note(NoteKind.FORCED)
            case Passage.MADE | Passage.LAST_MADE:
                self.tell("passage", what=Passage.MADE.value)
        return passage

    def _open(self, pulse_ms: int) -> None:
        # For the one before; now it is open for the next. One that was held is not by itself.
        self._is_to_close = self.is_kept_open
        if self._devices.gate is not None and pulse_ms > 0:
            self._devices.gate.open(pulse_ms)

    def _close(self) -> None:
        self._passages.close()
        self._is_to_close = self._is_obstructed and not self._is_blind
        holding = _holding(self._devices.gate)
        if holding is not None and not self._is_to_close:
            holding.hold(is_open=False)
            self._is_held = False

    def _hold(self) -> None:
        gate, holding = self._devices.gate, _holding(self._devices.gate)
        self._is_to_close = False
        self._passages.forget()
        if holding is not None:
            holding.hold(is_open=True)
            self._is_held = True
        elif gate is not None:
            gate.open(EMERGENCY_PULSE_MS)

    def _answer(self, outcome: Outcome) -> None:
        devices, epoch = self._devices, self._desk.identity.epoch
        if devices.answers is not None:
            line = devices.form.line(outcome, lane=self._lane, epoch=epoch)
            if line is not None:
                devices.answers.send(line)
        if isinstance(devices.scanner, Signalling):
            is_granted = outcome.verdict is Verdict.GRANT
            devices.scanner.signal(Signal.OK if is_granted else Signal.DENY)
        devices.print_receipt(outcome, lane=self._lane)

    def _ask(self, effect: AskAttendant, now_ms: int) -> None:
        """Tell the counter's program that an attendant may help, and for how long."""
        outcome = effect.outcome
        if self._devices.answers is None or not self._devices.form.shows_challenges:
            return
        asked = {
            "lane": self._lane,
            "attendant": "asked",
            "reason": None if outcome.reason is None else outcome.reason.value,
            "entry": None if outcome.place is None else outcome.place.members(),
            "ends_in_s": (effect.until_ms - now_ms) // 1_000,
            "words": None if outcome.reason is None else _for_attendant(outcome.reason),
        }
        self._devices.answers.send(compact(asked))

    def _show(self, effect: Show) -> None:
        if self._devices.indicators:
            self._devices.show(effect.shown, self._words(effect))

    def _words(self, effect: Show) -> str:
        """Return what the holder is told, a line of Chinese and one of English; empty: nothing."""
        if effect.outcome is not None:
            outcome = effect.outcome
            phrase = holder_words(outcome.verdict, outcome.reason, self.texts)
        elif effect.shown is Shown.READY:
            phrase = idle_words(self.texts)
        else:
            return ""  # the light or sound has its own for these
        return f"{phrase.zh}\n{phrase.en}"


def _for_attendant(reason: Reason) -> dict[str, str]:
    """Return what the attendant is to look at."""
    words = words_for(reason)
    return {"zh": words.attendant_zh, "en": words.attendant_en}


def _holding(gate: object) -> Holding | None:
    return gate if isinstance(gate, Holding) else None


def _stays(annul: Annul) -> bool:
    """Return whether a program was told that it is paid: it hands the goods over, or reverses it."""
    outcome = annul.outcome
    return annul.cause is Cause.LATE and outcome.key != "" and outcome.amount_minor is not None
