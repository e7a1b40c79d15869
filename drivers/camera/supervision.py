"""The machine that runs a camera's two processes: whose turn it is, and who is to be replaced.

One frame is under way at a time, through one slot: the daemon asks capture to fill it, hands it
to decode, and asks again when decode has answered. So neither can ever queue up work, a hang
shows as an answer that does not come, and either is replaced without the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from drivers.back_off import BackOff
from drivers.base import Condition
from drivers.camera.messages import (
    FrameNote,
    Kind,
    MalformedMessage,
    Message,
    Result,
    Trouble,
    parse_frame,
    parse_result,
    parse_trouble,
)

# A small box that boots from an SD card takes some seconds to load NumPy and OpenCV.
START_MS_MAX = 20_000
# OpenCV gives up an opening after 5 s and a read after 3, and capture says so. One that says
# nothing for this long is stuck in a driver, and only a new process helps.
SILENCE_MS_MAX = 15_000
# Reasons why a camera does not work are told no faster than somebody reads them.
TROUBLE_MS_MIN = 1_000
# An honest capture tries again after 200 ms at the soonest: 5 in that time. One that says this
# much keeps the daemon busy, and nothing else it may say unasked.
TROUBLES_MAX = 100

_TROUBLE_WORDS: Mapping[Trouble, str] = {
    Trouble.MISSING: "camera {} is not there: check the cable and the source in the settings",
    Trouble.DENIED: "no permission to open camera {}: add the user to group video",
    Trouble.UNOPENED: "camera {} cannot be opened: is it on, and held by no other program?",
    Trouble.SILENT: "camera {} gives no pictures: check camera, cable and network",
}


class Child(Enum):
    """A camera's processes."""

    CAPTURE = "capture"
    DECODE = "decode"


class Turn(Enum):
    """Who has the slot."""

    NOBODY = "nobody"
    CAPTURE = "capture fills it"
    DECODE = "decode reads it"


_TURN_OF: Mapping[Child, Turn] = {Child.CAPTURE: Turn.CAPTURE, Child.DECODE: Turn.DECODE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Start this process."""

    child: Child


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """Kill this process; the machine takes it for gone."""

    child: Child


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Send this to that process."""

    child: Child
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """Hand on what was read on a frame."""

    note: FrameNote
    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class TellUp:
    """The camera works."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellDown:
    """The camera does not work, for this reason."""

    detail: str


Effect = Start | Kill | Send | Deliver | TellUp | TellDown


class _Life:
    """One process after another in the same role."""

    def __init__(self, now_ms: int) -> None:
        self.back_off = BackOff()
        self.is_running = False
        self.is_ready = False  # to take its next order
        self.started_ms = now_ms
        self.start_due_ms = now_ms
        self.starts = 0


class Supervision:
    """Decides about one camera's processes; values and `now_ms` in, effects out.

    Args:
        device: the camera's name, for the words told.
        fps_max: no more frames a second than this are asked for.
        frame_deadline_ms: decode is replaced when a frame takes it this long.
        frame_age_ms_max: the camera is told DOWN when it gives no frame for this long.
    """

    def __init__(
        self,
        *,
        device: str,
        fps_max: int,
        frame_deadline_ms: int,
        frame_age_ms_max: int,
        now_ms: int,
    ) -> None:
        if min(fps_max, frame_deadline_ms, frame_age_ms_max) <= 0:
            raise ValueError("fps_max, frame_deadline_ms and frame_age_ms_max are above zero")
        self._device = device
        self._interval_ms = 1000 // fps_max
        self._frame_deadline_ms = frame_deadline_ms
        self._frame_age_ms_max = frame_age_ms_max
        self._lives = {child: _Life(now_ms) for child in Child}
        self._turn = Turn.NOBODY
        self._turn_ms = now_ms  # since when
        self._fill_due_ms = now_ms
        self._heard_ms = now_ms  # capture's last word
        self._note: FrameNote | None = None  # what decode reads
        self._condition = Condition.STARTING
        self._trouble = Trouble.SILENT
        self._told = ""  # the last detail
        self._trouble_told_ms = now_ms - TROUBLE_MS_MIN
        self._trouble_due_ms: int | None = None  # when to tell a reason that came too soon
        self._troubles = 0  # in the TROUBLE_MS_MIN from here on:
        self._troubles_ms = now_ms

    @property
    def restarts(self) -> int:
        """How often a process was started in another's place."""
        return sum(max(0, life.starts - 1) for life in self._lives.values())

    def tick(self, now_ms: int) -> tuple[Effect, ...]:
        """Return what the time asks for; call it after all that came before `now_ms`."""
        return (
            *self._starts(now_ms),
            *self._overdue(now_ms),
            *self._late_trouble(now_ms),
            *self._next_frame(now_ms),
        )

    def due_ms(self) -> int:
        """Return when `tick` is to be called at the latest."""
        due = [life.start_due_ms for life in self._lives.values() if not life.is_running]
        if self._trouble_due_ms is not None:
            due.append(self._trouble_due_ms)
        decode = self._lives[Child.DECODE]
        if decode.is_running and not decode.is_ready and self._turn is not Turn.DECODE:
            due.append(decode.started_ms + START_MS_MAX)
        match self._turn:
            case Turn.NOBODY:
                if self._can_fill():
                    due.append(self._fill_due_ms)
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
                case Child.DECODE:
                    return self._receive_decode(message, now_ms)
        except MalformedMessage as fault:
            return self._replace(child, f"said {fault}", now_ms)

    def ended(self, child: Child, how: str, now_ms: int) -> tuple[Effect, ...]:
        """Return what follows from the end of a process, told in words such as `signal 9`."""
        life = self._lives[child]
        if not life.is_running:
            return ()
        life.is_running = life.is_ready = False
        life.start_due_ms = now_ms + life.back_off.wait_ms(now_ms - life.started_ms)
        if self._turn is _TURN_OF[child]:
            self._turn, self._turn_ms = Turn.NOBODY, now_ms
        return self._down(f"the {child.value} process of {self._device} ended ({how}): restarting")

    def _starts(self, now_ms: int) -> tuple[Effect, ...]:
        effects = []
        for child, life in self._lives.items():
            if not life.is_running and now_ms >= life.start_due_ms:
                life.is_running, life.started_ms = True, now_ms
                life.starts += 1
                effects.append(Start(child=child))
        return tuple(effects)

    def _overdue(self, now_ms: int) -> tuple[Effect, ...]:
        decode = self._lives[Child.DECODE]
        turn_ms = now_ms - self._turn_ms
        if self._turn is Turn.DECODE:
            if turn_ms >= self._frame_deadline_ms:
                return self._replace(Child.DECODE, "hung on a frame", now_ms)
        elif decode.is_running and not decode.is_ready:
            if now_ms - decode.started_ms >= START_MS_MAX:
                return self._replace(Child.DECODE, "did not get ready", now_ms)
        elif self._turn is Turn.CAPTURE:
            if now_ms - self._silent_since_ms() >= SILENCE_MS_MAX:
                return self._replace(Child.CAPTURE, "fell silent", now_ms)
            is_told = self._condition is Condition.DOWN
            if not is_told and turn_ms >= self._frame_age_ms_max:
                return self._down(self._trouble_words())
        return ()

    def _next_frame(self, now_ms: int) -> tuple[Effect, ...]:
        if not self._can_fill() or now_ms < self._fill_due_ms:
            return ()
        self._turn, self._turn_ms = Turn.CAPTURE, now_ms
        self._fill_due_ms = now_ms + self._interval_ms
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
        if message.kind is not Kind.FRAME or self._turn is not Turn.CAPTURE:
            raise MalformedMessage(f"{message.kind.name} out of turn")
        note = parse_frame(message.body)
        # Its clock is ours unless it lies; a frame is never from the future or of last week.
        seen_ms = min(max(note.seen_ms, now_ms - self._frame_age_ms_max), now_ms)
        self._note = replace(note, seen_ms=seen_ms)
        decode = self._lives[Child.DECODE]
        if not decode.is_ready:  # it ended meanwhile: that is the frame it costs
            self._turn, self._turn_ms = Turn.NOBODY, now_ms
            return ()
        decode.is_ready = False
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
        if self._condition is Condition.UP:
            return ()  # a camera that works may stumble; it has frame_age_ms_max to catch itself
        is_told = self._condition is Condition.DOWN
        if is_told and self._told == self._trouble_words():
            self._trouble_due_ms = None
            return ()
        due_ms = self._trouble_told_ms + TROUBLE_MS_MIN
        if is_told and now_ms < due_ms:
            self._trouble_due_ms = due_ms
            return ()
        self._trouble_told_ms = now_ms
        return self._down(self._trouble_words())

    def _late_trouble(self, now_ms: int) -> tuple[Effect, ...]:
        if self._trouble_due_ms is None or now_ms < self._trouble_due_ms:
            return ()
        return self._tell_trouble(now_ms)

    def _receive_decode(self, message: Message, now_ms: int) -> tuple[Effect, ...]:
        decode = self._lives[Child.DECODE]
        if message.kind is Kind.READY and not decode.is_ready and self._turn is not Turn.DECODE:
            decode.is_ready = True
            return ()
        if message.kind is not Kind.RESULT or self._turn is not Turn.DECODE:
            raise MalformedMessage(f"{message.kind.name} out of turn")
        result = parse_result(message.body)
        if self._note is None or result.number != self._note.number:
            raise MalformedMessage("the result of another frame")
        decode.is_ready = True
        self._turn, self._turn_ms = Turn.NOBODY, now_ms
        self._trouble = Trouble.SILENT
        return (*self._up(), Deliver(note=self._note, result=result))

    def _replace(self, child: Child, how: str, now_ms: int) -> tuple[Effect, ...]:
        return (Kill(child=child), *self.ended(child, how, now_ms))

    def _up(self) -> tuple[Effect, ...]:
        if self._condition is Condition.UP:
            return ()
        self._condition, self._trouble_due_ms = Condition.UP, None
        return (TellUp(),)

    def _down(self, detail: str) -> tuple[Effect, ...]:
        self._condition, self._trouble_due_ms = Condition.DOWN, None
        self._told = detail
        return (TellDown(detail=detail),)

    def _trouble_words(self) -> str:
        return _TROUBLE_WORDS[self._trouble].format(self._device)
