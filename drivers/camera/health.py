"""How camera processes end, and the count of it that `status` shows."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

# What a process ends with that gets no memory; sysexits.h, which ends at 78, has no number for it.
EXIT_MEMORY = 80
# And this where its camera was plugged in.
EXIT_RENEWED = 81


class Failure(Enum):
    """Why a camera process was replaced."""

    CRASHED = "crashed"
    HUNG = "hung"  # it took too long over a frame or a start, or fell silent
    FORBIDDEN = "forbidden"  # it asked the kernel for what no honest process asks
    MEMORY = "memory"  # it got none; or the kernel killed it, to have some
    NONSENSE = "nonsense"  # it said what it cannot mean
    RENEWED = "renewed"  # no fault: it may reach no other node than the one it began with


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How one process ended."""

    failure: Failure
    words: str  # such as "signal 11", and its last line


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraHealth:
    """What a camera's processes have done since the start."""

    frames: int  # looked at to their end
    capture: Mapping[Failure, int]  # every Failure, in its order
    decode: Mapping[Failure, int]  # the same, spares among them

    @property
    def restarts(self) -> int:
        """How often a process ended and was replaced."""
        return sum(self.capture.values()) + sum(self.decode.values())

    def counts(self) -> dict[str, int]:
        """Return it all by name: `frames`, `capture_crashed`, `decode_hung` and so on."""
        roles = {"capture": self.capture, "decode": self.decode}
        endings = {
            f"{role}_{failure.value}": count
            for role, counted in roles.items()
            for failure, count in counted.items()
        }
        return {"frames": self.frames, **endings}


def ending(code: int | None, last_line: str, *, was_killed: bool) -> Ending:
    """Return how a process ended.

    Args:
        code: its exit status, or minus the signal; None: it is stuck in the kernel.
        last_line: what it said last on standard error.
        was_killed: by us, as it had hung up and did not end.
    """
    if code is None:
        return Ending(failure=Failure.HUNG, words="cannot be ended")
    how = f"exit {code}" if code >= 0 else f"signal {-code}"
    words = f"{how}: {last_line}" if last_line else how
    return Ending(failure=_failure(code, was_killed=was_killed), words=words)


def _failure(code: int, *, was_killed: bool) -> Failure:
    if code == -signal.SIGSYS:
        return Failure.FORBIDDEN
    if code == -signal.SIGPROF:  # the timer that a decode process winds up for each frame
        return Failure.HUNG
    if code == EXIT_RENEWED:
        return Failure.RENEWED
    # Nobody but the kernel that runs out of memory sends it; or a person, who knows it.
    if code == EXIT_MEMORY or (code == -signal.SIGKILL and not was_killed):
        return Failure.MEMORY
    return Failure.CRASHED
