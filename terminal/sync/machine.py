"""What the sync does after each answer of the centre: a pure machine, randomness handed in."""

from dataclasses import dataclass
from enum import Enum

from protocol.batch import BATCH_ENTRIES_MAX
from protocol.problems import Problem, ProblemCode

# Full jitter between nothing and the back-off spreads a herd (docs/protocol.md, "Retries").
BACKOFF_S_FIRST = 1.0
BACKOFF_S_MAX = 120.0

# A batch that was too large is tried larger again after so many good ones: beside a proxy that
# never takes more, one upload in seventeen is in vain.
GROWTH_SUCCESSES = 16


class SyncState(Enum):
    """Where the sync stands."""

    WORKING = "working"
    BACKING_OFF = "backing-off"  # the centre can't be reached, or asks for patience
    REFUSED = "refused"  # the centre refuses this terminal; tried again, slowly
    # Journal and centre hold different histories, it is said; a person must look. Tried again
    # all the same: nobody signed the refusal.
    HALTED = "halted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """The centre answered as it should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """No answer, or one of a machine in between; `retry_after_s` as asked for, 0 if not."""

    what: str
    retry_after_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The centre's own refusal."""

    problem: Problem
    retry_after_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """The centre acknowledged a history that is not this journal's."""

    what: str


Answer = Reached | Unreachable | Refused | Parted

_HALTING = {ProblemCode.FORK, ProblemCode.EPOCH, ProblemCode.GAP}
_PATIENT = {ProblemCode.OVERLOADED}


class SyncMachine:
    """Decides when to try again, how much to send and from where.

    No refusal is signed, so that none ends the uploads: only how soon they are tried again.
    """

    def __init__(self) -> None:
        self.state = SyncState.WORKING
        self.detail = ""
        self.batch_entries = BATCH_ENTRIES_MAX
        self.resend_from: int | None = None  # the centre's word on where its journal ends
        self._failures, self._successes = 0, 0
        self._last_need = 0  # of the gaps since the last batch that was not sent again

    def receive(self, answer: Answer, *, random_unit: float) -> float:
        """Return the seconds to wait before the next attempt; 0: at once.

        Args:
            answer: what the last attempt brought.
            random_unit: uniform in [0, 1).
        """
        match answer:
            case Reached():
                self._reached()
                return 0.0
            case Unreachable(what=what, retry_after_s=retry_after_s):
                return self._failed(SyncState.BACKING_OFF, what, retry_after_s, random_unit)
            case Parted(what=what):
                return self._failed(SyncState.HALTED, what, 0.0, random_unit)
            case Refused(problem=problem, retry_after_s=retry_after_s):
                if self._can_send_otherwise(problem):
                    return 0.0
                what = f"{problem.code.value}: {problem.detail}"
                return self._failed(_state_of(problem), what, retry_after_s, random_unit)

    def _reached(self) -> None:
        if self.resend_from is None:
            self._last_need = 0
        self.state, self.detail, self.resend_from = SyncState.WORKING, "", None
        self._failures = 0
        self._successes += 1
        if self._successes % GROWTH_SUCCESSES == 0:
            self.batch_entries = min(2 * self.batch_entries, BATCH_ENTRIES_MAX)

    def _can_send_otherwise(self, problem: Problem) -> bool:
        """Take the centre's word on where to go on or how much to send; return whether it helps."""
        if problem.code is ProblemCode.GAP and self.resend_from is None:
            need = _member(problem, "need")
            # Each need is above the one before, or whoever answers would keep us at it for ever.
            if need is not None and need > self._last_need:
                self.resend_from = self._last_need = need
                return True
        if problem.code is ProblemCode.TOO_LARGE and self.batch_entries > 1:
            self.batch_entries //= 2
            self._successes = 0
            return True
        return False

    def _failed(
        self, state: SyncState, what: str, retry_after_s: float, random_unit: float
    ) -> float:
        self._failures += 1
        if state is SyncState.HALTED:
            self.resend_from, self._last_need = None, 0  # the next attempt begins afresh
        elif self.state is SyncState.HALTED:
            return BACKOFF_S_MAX  # only an acknowledgement ends a halt
        self.state, self.detail = state, what
        if state is SyncState.HALTED:
            return BACKOFF_S_MAX
        return self._delay_s(retry_after_s, random_unit)

    def _delay_s(self, retry_after_s: float, random_unit: float) -> float:
        """Return a full-jitter delay; uniform within what the centre asked for, if it asked."""
        if retry_after_s > 0:
            return min(retry_after_s, BACKOFF_S_MAX) * random_unit
        ceiling_s = min(BACKOFF_S_MAX, BACKOFF_S_FIRST * 2.0 ** min(self._failures - 1, 10))
        return ceiling_s * random_unit


def _state_of(problem: Problem) -> SyncState:
    if problem.code in _HALTING:
        return SyncState.HALTED
    return SyncState.BACKING_OFF if problem.code in _PATIENT else SyncState.REFUSED


def _member(problem: Problem, name: str) -> int | None:
    """Return a member that can be an entry's number; anybody may have written it."""
    value = dict(problem.members).get(name)
    return value if isinstance(value, int) and 0 < value < 1 << 63 else None
