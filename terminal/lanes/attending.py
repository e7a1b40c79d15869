"""Which code is an attendant's, and how often one lane's referrals may be overridden. Pure.

Whether the override holds is the desk's: it judges his code whole, and writes both down in one
transaction (docs/lanes.md, "Attendants").
"""

from collections import deque

from protocol.pseudonym import SectorKey
from terminal.overriding import may_override
from terminal.presenting import Outcome
from verifier.model import Verdict, Verification
from verifier.profile import Profile

HOUR_MS = 3_600_000
# A phone redraws each 20 to 30 s (docs/cc1.md), and some scanners tell each code once: one that was
# not read for longer was taken away.
AWAY_MS = 35_000


def is_attendant(facts: Verification, profile: Profile, sector: SectorKey) -> bool:
    """Return whether `facts` are of a proven card whose holder attends to lanes of `profile`."""
    if facts.credential is None or facts.issuer is None or not profile.attendants:
        return False
    return sector.pseudonym(facts.issuer, facts.credential.subject) in profile.attendants


def is_for_attendant(outcome: Outcome, profile: Profile) -> bool:
    """Return whether an attendant of `profile` may turn `outcome` into a grant.

    Only a REFER that is in the journal, and for a reason that a person can judge.
    """
    is_attended = profile.attended and bool(profile.attendants) and profile.override_s > 0
    is_referred = outcome.verdict is Verdict.REFER and outcome.seq is not None
    return is_attended and is_referred and may_override(outcome.reason)


class Overrides:
    """One lane's, of the last hour; a restart begins to count anew."""

    def __init__(self) -> None:
        self._at_ms: deque[int] = deque()

    def may_more(self, profile: Profile, now_ms: int) -> bool:
        """Return whether another may be made at `now_ms` (monotonic)."""
        while self._at_ms and now_ms - self._at_ms[0] >= HOUR_MS:
            self._at_ms.popleft()
        return len(self._at_ms) < profile.overrides_per_hour_max

    def count(self, now_ms: int) -> None:
        """Note that one was made; there are never more than `may_more` has allowed."""
        self._at_ms.append(now_ms)


class Onlookers:
    """Which attendants' phones may lie before one lane's scanner.

    One that was left there redraws, and would override whatever comes: what counts is only a code
    that was not in view when the referral began, or comes back after a while.
    """

    def __init__(self) -> None:
        self._seen_ms: dict[str, int] = {}  # no more than a profile lists
        self._left_there: set[str] = set()
        self._began_ms = 0

    def begin(self, now_ms: int) -> None:
        """Note that a referral begins: who may still be in view attends to it no more."""
        self._seen_ms = {
            name: at_ms for name, at_ms in self._seen_ms.items() if now_ms - at_ms < AWAY_MS
        }
        self._left_there, self._began_ms = set(self._seen_ms), now_ms

    def shows(self, pseudonym: str, seen_ms: int) -> bool:
        """Note a phone's code; return whether its owner has come for the referral.

        Args:
            pseudonym: of a listed attendant.
            seen_ms: monotonic: when his code was first seen.
        """
        last_ms = self._seen_ms.get(pseudonym)
        self._seen_ms[pseudonym] = seen_ms
        if seen_ms < self._began_ms:
            self._left_there.add(pseudonym)
        elif last_ms is not None and seen_ms - last_ms >= AWAY_MS:
            self._left_there.discard(pseudonym)
        return pseudonym not in self._left_there
