"""What the sync does after each answer of the centre: a pure machine, randomness handed in."""

from dataclasses import dataclass
from enum import Enum

from protocol.batch import BATCH_ENTRIES_MAX
from protocol.problems import Problem, ProblemCode

# Full jitter between nothing and the back-off spreads a herd (docs/protocol.md, "Retries").
BACKOFF_S_FIRST = 1.0
BACKOFF_S_MAX = 120.0


class SyncState(Enum):
    """Where the sync stands."""

    WORKING = "working"
    BACKING_OFF = "backing-off"  # the centre can't be reached, or asks for patience
    REFUSED = "refused"  # the centre refuses this terminal; tried again, slowly
    HALTED = "halted"  # journal and centre hold different histories; a person must look


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

_HALTING = {ProblemCode.FORK, ProblemCode.EPOCH, ProblemCode.MALFORMED}
_PATIENT = {ProblemCode.OVERLOADED}


class SyncMachine:
    """Decides when to try again, how much to send, from where, and when to stop."""

    def __init__(self) -> None:
        self.state = SyncState.WORKING
        self.detail = ""
        self.batch_entries = BATCH_ENTRIES_MAX
        self.resend_from: int | None = None  # the centre's word on where its journal ends
        self._failures = 0

    def receive(self, answer: Answer, *, random_unit: float) -> float:
        """Return the seconds to wait before the next attempt; 0: at once.

        Args:
            answer: what the last attempt brought.
            random_unit: uniform in [0, 1).
        """
        if self.state is SyncState.HALTED:
            return BACKOFF_S_MAX  # whatever the network does meanwhile, a person must look
        match answer:
            case Reached():
                self._failures, self.detail, self.resend_from = 0, "", None
                self.state = SyncState.WORKING
                return 0.0
            case Unreachable(what=what, retry_after_s=retry_after_s):
                self.state, self.detail = SyncState.BACKING_OFF, what
                return self._delay_s(retry_after_s, random_unit)
            case Parted(what=what):
                self.state, self.detail = SyncState.HALTED, what
                return BACKOFF_S_MAX
            case Refused(problem=problem, retry_after_s=retry_after_s):
                return self._refused(problem, retry_after_s, random_unit)

    def _refused(self, problem: Problem, retry_after_s: float, random_unit: float) -> float:
        self.detail = f"{problem.code.value}: {problem.detail}"
        need = _member(problem, "need")
        if problem.code is ProblemCode.GAP and self.resend_from is None and need is not None:
            self.resend_from = need
            return 0.0
        if problem.code is ProblemCode.TOO_LARGE and self.batch_entries > 1:
            self.batch_entries //= 2
            return 0.0
        if problem.code in _HALTING or problem.code is ProblemCode.GAP:
            self.state = SyncState.HALTED
        elif problem.code in _PATIENT:
            self.state = SyncState.BACKING_OFF
        else:
            self.state = SyncState.REFUSED
        return self._delay_s(retry_after_s, random_unit)

    def _delay_s(self, retry_after_s: float, random_unit: float) -> float:
        """Return a full-jitter delay; uniform within what the centre asked for, if it asked."""
        self._failures += 1
        if retry_after_s > 0:
            return min(retry_after_s, BACKOFF_S_MAX) * random_unit
        ceiling_s = min(BACKOFF_S_MAX, BACKOFF_S_FIRST * 2.0 ** min(self._failures - 1, 10))
        return ceiling_s * random_unit


def _member(problem: Problem, name: str) -> int | None:
    """Return a member that can be an entry's number; anybody may have written it."""
    value = dict(problem.members).get(name)
    return value if isinstance(value, int) and 0 < value < 1 << 63 else None
