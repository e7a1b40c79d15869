"""When an unenrolled terminal reads enrolment codes: only while a technician has armed it.

Pure: moments come in, in monotonic milliseconds; a wrong or jumping clock changes nothing.
"""

from dataclasses import dataclass
from enum import Enum

from terminal.provisioning.why import Why

# Section 7 of the design: who armed it is still there; after that anybody may be.
MINUTES_MAX = 15
# A technician shows the wrong sheet once or twice. What is guessed has 128 bits.
WRONG_TRIES_MAX = 5
# The centre is asked again so often while it can't be reached: a router that starts takes minutes.
RETRY_MS = 5_000


class ArmState(Enum):
    """Where it stands; the value stands in `status`."""

    UNARMED = "unarmed"
    ARMED = "armed"
    TRYING = "trying"  # the centre is asked, or is to be asked again
    ENROLLED = "enrolled"


class Ended(Enum):
    """Why it is armed no more."""

    NEVER = "never"  # it was not
    TIME = "time"
    TRIES = "tries"
    BY_HAND = "by-hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How it stands at a moment."""

    state: ArmState
    ends_in_s: int  # 0 where it is not armed
    tries_left: int
    why: Why | None  # of the last try; None: there was none since it was armed
    ended: Ended


class Arming:
    """One machine's.

    Args:
        retry_ms: after which the centre is asked again where it could not be reached.
    """

    def __init__(self, *, retry_ms: int = RETRY_MS) -> None:
        self._retry_after_ms = retry_ms
        self.state = ArmState.UNARMED
        self._ends_ms, self._tries_left = 0, 0
        self._why: Why | None = None
        self._ended = Ended.NEVER
        self._retry_ms: int | None = None
        self.is_asking = False  # the centre has not answered yet
        self._text = ""  # the code in hand; shown nowhere

    def arm(self, now_ms: int, minutes: int) -> bool:
        """Read codes for so many minutes from now on; return whether it may: 1 to MINUTES_MAX.

        To arm again sets time and tries anew. Whoever is enrolled already can't be armed.
        """
        if not 1 <= minutes <= MINUTES_MAX or self.state is ArmState.ENROLLED:
            return False
        self._ends_ms, self._tries_left = now_ms + minutes * 60_000, WRONG_TRIES_MAX
        self._why, self._ended = None, Ended.NEVER
        if self.state is ArmState.UNARMED:
            self.state = ArmState.ARMED
        return True

    def disarm(self) -> None:
        """Read no more codes; what the centre was asked already is still answered."""
        self._end(Ended.BY_HAND)

    def offer(self, text: str, now_ms: int) -> bool:
        """Take a code that was scanned; return whether the centre is to be asked with it now.

        The one in hand, seen again, is asked with when it is due. Another takes its place while
        nobody is asked, for the first may name a centre that is nowhere; that was a wrong one then.
        """
        self._let_pass(now_ms)
        if self.state is ArmState.TRYING and not self.is_asking and text != self._text:
            self._retry_ms = None
            self._count_wrong()
        if self.state is not ArmState.ARMED:
            return False
        self.state, self._text, self.is_asking = ArmState.TRYING, text, True
        return True

    def tick(self, now_ms: int) -> str | None:
        """Let time pass; return the code that the centre is to be asked with again, if it is due.

        Whoever gets it asks: it is returned once.
        """
        self._let_pass(now_ms)
        if self._retry_ms is None or now_ms < self._retry_ms:
            return None
        self._retry_ms, self.is_asking = None, True
        return self._text

    def failed(self, why: Why, now_ms: int) -> None:
        """Take that the try in hand came to nothing."""
        self._why, self.is_asking = why, False
        if self._ended is not Ended.NEVER:  # it was disarmed meanwhile
            self._end(self._ended)
        elif why is Why.UNREACHABLE:
            self._retry_ms = now_ms + self._retry_after_ms
        else:
            self._count_wrong()
        self._let_pass(now_ms)

    def enrolled(self) -> None:
        """Take that this machine is a terminal now."""
        self._end(Ended.NEVER)
        self.state = ArmState.ENROLLED

    def standing(self, now_ms: int) -> Standing:
        """Return how it stands; no code is in it."""
        is_armed = self.state in (ArmState.ARMED, ArmState.TRYING)
        left_ms = max(0, self._ends_ms - now_ms) if is_armed else 0
        return Standing(
            state=self.state,
            ends_in_s=-(-left_ms // 1_000),
            tries_left=self._tries_left if is_armed else 0,
            why=self._why,
            ended=self._ended,
        )

    def _let_pass(self, now_ms: int) -> None:
        is_over = self.state is not ArmState.UNARMED and now_ms >= self._ends_ms
        if is_over and not self.is_asking:
            self._end(Ended.TIME)

    def _count_wrong(self) -> None:
        self._tries_left -= 1
        self._text = ""
        if self._tries_left == 0:
            self._end(Ended.TRIES)
        else:
            self.state = ArmState.ARMED

    def _end(self, ended: Ended) -> None:
        if self.state is ArmState.ENROLLED:
            return
        self._ended, self._retry_ms = ended, None
        if not self.is_asking:
            self.state, self._text = ArmState.UNARMED, ""
