"""What a crash run is asked for."""

from dataclasses import dataclass
from random import Random

from tests.crash.disk import Call, Fails, Failure
from tests.crash.looking import Findings

# So many calls fail in a life at most: it has to come to something.
_FAILING_MAX = 4

_BEFALL = {
    Failure.FULL: {Call.WRITE, Call.NAME},
    Failure.IO: {Call.WRITE, Call.TRUNCATE, Call.NAME},
    Failure.KEPT: {Call.SYNC, Call.FOLDER_SYNC},
    Failure.DROPPED: {Call.SYNC},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is run; the same for the same seed."""

    seed: str
    images: int
    failures: tuple[Failure, ...] = ()  # that befall calls
    failing: float = 0.04  # the share of calls that they befall
    syncs: bool = True  # False: the disk only says that it has synced
    killed: float = 0.3  # the share of lives that end with the process; the others with the power

    def dice(self, random: Random, findings: Findings) -> Fails:
        """Return what decides, for one life, which calls fail."""
        left = _FAILING_MAX

        def fails(call: Call, _name: str) -> Failure | None:
            nonlocal left
            failures = [each for each in self.failures if call in _BEFALL[each]]
            if not failures or not left or random.random() >= self.failing:
                return None
            left -= 1
            findings.faults += 1
            return random.choice(failures)

        return fails
