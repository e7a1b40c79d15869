"""The machine that runs a camera's processes: whose turn it is, and who is to be replaced.

One frame is under way at a time, through one slot: the daemon asks capture to fill it, hands it
to decode, and asks again when decode has answered. So neither can ever queue up work, a hang
shows as an answer that does not come, and either is replaced without the other. A spare decode
process stands ready: what a hostile picture costs is that picture.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum

from drivers.back_off import BackOff
from drivers.base import Condition
from drivers.camera.effects import (
    Child,
    Deliver,
    Effect,
    Kill,
    Promote,
    Send,
    Start,
    TellDown,
    TellUp,
)
from drivers.camera.health import CameraHealth, Ending, Failure
from drivers.camera.messages import (
    FrameNote,
    Kind,
    MalformedMessage,
    Message,
    Trouble,
    parse_frame,
    parse_result,
    parse_trouble,
)
from drivers.camera.order import parse_deviation
from drivers.camera.pace import Pace
from drivers.camera.words import deviation_words, trouble_words

# A small box that boots from an SD card takes some seconds to load NumPy and OpenCV.
START_MS_MAX = 20_000
# OpenCV gives up an opening after 5 s and a read after 3, and capture says so. One that says
# nothing for this long is stuck in a driver, and only a new process helps.
SILENCE_MS_MAX = 15_000
# How long a decode process that had got ready is waited for at most after many short lives: who
# comes after somebody with a hostile picture shall not stand before a dead lane, and a start a
# second is a load that a small box bears.
READY_WAIT_MS_MAX = 1_000
# Reasons why a camera does not work are told no faster than somebody reads them.
TROUBLE_MS_MIN = 1_000
# An honest capture tries again after 200 ms at the soonest: 5 in that time. One that says this
# much keeps the daemon busy, and nothing else it may say unasked.
TROUBLES_MAX = 100

# A camera that gives another size, another exposure at each opening is broken; this many changes
# in one life of capture are told before it is taken for mad.
DEVIATIONS_MAX = 16

# What capture says only after it has looked for seconds, or can see at once: no stumble. The
# others may pass, and have frame_age_ms_max to do so.
_CERTAIN = frozenset((Trouble.MISSING, Trouble.COVERED, Trouble.FROZEN))


class Turn(Enum):
    """Who has the slot."""

    NOBODY = "nobody"
    CAPTURE = "capture fills it"
    DECODE = "decode reads it"


# A spare never has a turn.
_TURN_OF: Mapping[Child, Turn | None] = {
    Child.CAPTURE: Turn.CAPTURE,
    Child.DECODE: Turn.DECODE,
    Child.SPARE: None,
}
_DECODERS = (Child.DECODE, Child.SPARE)


class _Life:
    """One process after another in the same role."""

    def __init__(self, now_ms: int) -> None:
        self.is_running = False
        self.is_ready = False  # it has loaded all it needs
        self.started_ms = now_ms
        self.start_due_ms = now_ms


class Supervision:
    """Decides about one camera's processes; values and `now_ms` in, effects out.

    Args:
        device: the camera's name, for the words told.
        pace: how many frames a second are asked for.
        frame_deadline_ms: decode is replaced when a frame takes it this long.
        frame_age_ms_max: the camera is told DOWN when it gives no frame for this long.
    """

    def __init__(
        self,
        *,
        device: str,
        pace: Pace,
        frame_deadline_ms: int,
        frame_age_ms_max: int,
        now_ms: int,
    ) -> None:
        if min(frame_deadline_ms, frame_age_ms_max) <= 0:
            raise ValueError("frame_deadline_ms and frame_age_ms_max are above zero")
        self._device = device
        self._pace = pace
        self._frame_deadline_ms = frame_deadline_ms
        self._frame_age_ms_max = frame_age_ms_max
        self._lives = {child: _Life(now_ms) for child in Child}
        decode_back_off = BackOff()
        self._back_offs = {
            Child.CAPTURE: BackOff(),
            Child.DECODE: decode_back_off,
            Child.SPARE: decode_back_off,
        }
        # By role; complete from the start, as others' threads read them.
        self._capture_failures = dict.fromkeys(Failure, 0)
        self._decode_failures = dict.fromkeys(Failure, 0)
        self._frames = 0
        self._turn = Turn.NOBODY
        self._turn_ms = now_ms  # since when
        self._heard_ms = now_ms  # capture's last word
        self._note: FrameNote | None = None  # what decode reads
        self._condition = Condition.STARTING
        self._trouble = Trouble.SILENT
        self._told = ""  # the last detail
        self._trouble_told_ms = now_ms - TROUBLE_MS_MIN
        self._trouble_due_ms: int | None = None  # when to tell a reason that came too soon
        self._deviating = ""  # in which respects the camera is not what was ordered
        self._deviations = 0  # told in this life of capture
        self._troubles = 0  # in the TROUBLE_MS_MIN from here on:
        self._troubles_ms = now_ms

    @property
    def health(self) -> CameraHealth:
        """What the processes have done; may be read from any thread."""
        return CameraHealth(
            frames=self._frames,
            capture=dict(self._capture_failures),
            decode=dict(self._decode_failures),
        )

    def tick(self, now_ms: int) -> tuple[Effect, ...]:
        """Return what the time asks for; call it after all that came before `now_ms`."""
        # What is overdue goes first: a spare that is only about to be started, and may fail to, is
        # none to promote.
        return (
            *self._overdue(now_ms),
            *self._starts(now_ms),
            *self._late_trouble(now_ms),
            *self._next_frame(now_ms),
        )

    def due_ms(self) -> int:
        """Return when `tick` is to be called at the latest."""
        due = [
            life.start_due_ms
            for child, life in self._lives.items()
            if not life.is_running and self._may_start(child)
        ]
        if self._trouble_due_ms is not None:
            due.append(self._trouble_due_ms)
        due += [
            self._lives[child].started_ms + START_MS_MAX
            for child in _DECODERS
            if self._loads(child)
        ]
        match self._turn:
            case Turn.NOBODY:
                if self._can_fill():
                    due.append(self._pace.due_ms)
            case Turn.CAPTURE:
                if self._condition is not Condition.DOWN:
                    due.append(self._turn_ms + self._frame_age_ms_max)
                due.append(self._silent_since_ms() + SILENCE_MS_MAX)
            case Turn.DECODE:
                due.append(self._turn_ms + self._frame_deadline_ms)
        # With both at work and nothing asked, only their messages move the machine.
        return min(due, default=self._turn_ms + SILENCE_MS_MAX)

    def receive(self, child: Child, message: Message, now_ms: int) -> tuple[Effect, ...]:
        """Return what follows from a message; one out of turn costs the process its life.

        What is still read of a process that was replaced counts no more.
        """
        if not self._lives[child].is_running:
            return ()
        try:
            match child:
                case Child.CAPTURE:
                    return self._receive_capture(message, now_ms)
                case Child.DECODE | Child.SPARE:
                    return self._receive_decode(child, message, now_ms)
        except MalformedMessage as fault:
            return self._replace(child, Failure.NONSENSE, f"said {fault}", now_ms)

    def ended(self, child: Child, how: Ending, now_ms: int) -> tuple[Effect, ...]:
        """Return what follows from the end of a process."""
        life = self._lives[child]
        if not life.is_running:
            return ()
        self._count(child, how.failure)
        wait_ms = self._back_offs[child].wait_ms(now_ms - life.started_ms)
        life.start_due_ms = now_ms + (min(wait_ms, READY_WAIT_MS_MAX) if life.is_ready else wait_ms)
        life.is_running = life.is_ready = False
        if self._turn is _TURN_OF[child]:
            self._turn, self._turn_ms = Turn.NOBODY, now_ms
        promoted = self._promoted(child)
        if child is Child.SPARE or (promoted and self._lives[Child.DECODE].is_ready):
            return promoted  # nobody before the lane notices
        detail = f"the {child.value} process of {self._device} ended ({how.words}): restarting"
        return (*promoted, *self._down(detail))

    def _promoted(self, gone: Child) -> tuple[Effect, ...]:
        """Let the spare take over from a decode process that is gone, ready or about to be."""
        spare = self._lives[Child.SPARE]
        if gone is not Child.DECODE or not spare.is_running:
            return ()
        self._lives[Child.SPARE], self._lives[Child.DECODE] = self._lives[Child.DECODE], spare
        return (Promote(),)

    def _count(self, child: Child, failure: Failure) -> None:
        is_capture = child is Child.CAPTURE
        (self._capture_failures if is_capture else self._decode_failures)[failure] += 1

    def _may_start(self, child: Child) -> bool:
        # On a small box two that load at once would take twice as long to the first frame.
        return child is not Child.SPARE or self._lives[Child.DECODE].is_ready

    def _loads(self, child: Child) -> bool:
        life = self._lives[child]
        return life.is_running and not life.is_ready

    def _starts(self, now_ms: int) -> tuple[Effect, ...]:
        effects = []
        for child, life in self._lives.items():
            is_due = not life.is_running and now_ms >= life.start_due_ms
            if is_due and self._may_start(child):
                life.is_running, life.started_ms = True, now_ms
                if child is Child.CAPTURE:
                    self._deviations = 0
                effects.append(Start(child=child))
        return tuple(effects)

    def _overdue(self, now_ms: int) -> tuple[Effect, ...]:
        for child in _DECODERS:
            loads_ms = now_ms - self._lives[child].started_ms
            if self._loads(child) and loads_ms >= START_MS_MAX:
                return self._replace(child, Failure.HUNG, "did not get ready", now_ms)
        turn_ms = now_ms - self._turn_ms
        if self._turn is Turn.DECODE:
            if turn_ms >= self._frame_deadline_ms:
                return self._replace(Child.DECODE, Failure.HUNG, "hung on a frame", now_ms)
        elif self._turn is Turn.CAPTURE:
            if now_ms - self._silent_since_ms() >= SILENCE_MS_MAX:
                return self._replace(Child.CAPTURE, Failure.HUNG, "fell silent", now_ms)
            is_told = self._condition is Condition.DOWN
            if not is_told and turn_ms >= self._frame_age_ms_max:
                return self._down(self._trouble_words())
        return ()

    def _next_frame(self, now_ms: int) -> tuple[Effect, ...]:
        if not self._can_fill() or now_ms < self._pace.due_ms:
            return ()
        self._turn, self._turn_ms = Turn.CAPTURE, now_ms
        self._pace.asked(now_ms)
        return (Send(child=Child.CAPTURE, message=Message(kind=Kind.FILL)),)

    def _can_fill(self) -> bool:
        ready = self._lives[Child.CAPTURE].is_running and self._lives[Child.DECODE].is_ready
        return ready and self._turn is Turn.NOBODY

    def _silent_since_ms(self) -> int:
        return max(self._heard_ms, self._turn_ms)

    def _receive_capture(self, message: Message, now_ms: int) -> tuple[Effect, ...]:
        self._heard_ms = now_ms
        if message.kind is Kind.TROUBLE:
            self._count_trouble(now_ms)
            self._trouble = parse_trouble(message.body)
            return self._tell_trouble(now_ms)
        if message.kind is Kind.DEVIATION:
            return self._note_deviation(message.body)
        if message.kind is not Kind.FRAME or self._turn is not Turn.CAPTURE:
            raise MalformedMessage(f"{message.kind.name} out of turn")
        note = parse_frame(message.body)
        # Its clock is ours unless it lies; a frame is never from the future or of last week.
        seen_ms = min(max(note.seen_ms, now_ms - self._frame_age_ms_max), now_ms)
        self._note = replace(note, seen_ms=seen_ms)
        if not self._lives[Child.DECODE].is_ready:  # it ended meanwhile, and no spare was there
            self._turn, self._turn_ms = Turn.NOBODY, now_ms
            return ()
        self._turn, self._turn_ms = Turn.DECODE, now_ms
        return (Send(child=Child.DECODE, message=message),)

    def _count_trouble(self, now_ms: int) -> None:
        if now_ms - self._troubles_ms >= TROUBLE_MS_MIN:
            self._troubles, self._troubles_ms = 0, now_ms
        self._troubles += 1
        if self._troubles > TROUBLES_MAX:
            self._troubles = 0
            raise MalformedMessage("one trouble after the other")

    def _tell_trouble(self, now_ms: int) -> tuple[Effect, ...]:
        """Tell the reason if it is another: at once, or when TROUBLE_MS_MIN have passed."""
        due_ms = self._trouble_told_ms + TROUBLE_MS_MIN
        if self._condition is Condition.UP and (self._trouble not in _CERTAIN or now_ms < due_ms):
            return ()  # a camera that works may stumble; it has frame_age_ms_max to catch itself
        is_told = self._condition is Condition.DOWN
        if is_told and self._told == self._trouble_words():
            self._trouble_due_ms = None
            return ()
        if is_told and now_ms < due_ms:
            self._trouble_due_ms = due_ms
            return ()
        self._trouble_told_ms = now_ms
        return self._down(self._trouble_words())

    def _note_deviation(self, body: bytes) -> tuple[Effect, ...]:
        """Keep in which respects the camera is not as ordered; tell it with, or after, UP."""
        self._deviations += 1
        if self._deviations > DEVIATIONS_MAX:
            raise MalformedMessage("one deviation after the other")
        told, self._deviating = self._deviating, deviation_words(parse_deviation(body))
        if self._condition is not Condition.UP or told == self._deviating:
            return ()
        return (TellUp(detail=self._deviating),)

    def _late_trouble(self, now_ms: int) -> tuple[Effect, ...]:
        if self._trouble_due_ms is None or now_ms < self._trouble_due_ms:
            return ()
        return self._tell_trouble(now_ms)

    def _receive_decode(self, child: Child, message: Message, now_ms: int) -> tuple[Effect, ...]:
        if message.kind is Kind.READY and self._loads(child):
            self._lives[child].is_ready = True
            return ()
        is_answer = message.kind is Kind.RESULT and child is Child.DECODE
        if not is_answer or self._turn is not Turn.DECODE:
            raise MalformedMessage(f"{message.kind.name} out of turn")
        result = parse_result(message.body)
        if self._note is None or result.number != self._note.number:
            raise MalformedMessage("the result of another frame")
        self._turn, self._turn_ms = Turn.NOBODY, now_ms
        self._trouble = Trouble.SILENT
        self._frames += 1
        self._pace.saw(result.look.sign, now_ms)
        return (*self._up(), Deliver(note=self._note, result=result))

    def _replace(
        self, child: Child, failure: Failure, words: str, now_ms: int
    ) -> tuple[Effect, ...]:
        ending = Ending(failure=failure, words=words)
        return (Kill(child=child), *self.ended(child, ending, now_ms))

    def _up(self) -> tuple[Effect, ...]:
        if self._condition is Condition.UP:
            return ()
        self._condition, self._trouble_due_ms = Condition.UP, None
        return (TellUp(detail=self._deviating),)

    def _down(self, detail: str) -> tuple[Effect, ...]:
        self._condition, self._trouble_due_ms = Condition.DOWN, None
        self._told = detail
        return (TellDown(detail=detail),)

    def _trouble_words(self) -> str:
        return trouble_words(self._trouble, self._device)
