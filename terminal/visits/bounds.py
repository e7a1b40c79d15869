"""How often visits may be begun, and how much of the journal they may fill, at each lane. Pure.

A page has no token: whatever program runs on the terminal could ask. What it gets is so many
entries, as many as people make; then it waits, as everybody does.
"""

from terminal.local.problems import LocalProblem, RequestRefused
from terminal.local.rates import Rates

# Somebody who looks round chooses a service each second or two.
BEGUN_BURST, BEGUN_PER_S = 20, 0.5
# Four a visit (ticket, rating, appeal, a checklist), a visit in 40 s all day: 8,640 entries, 22 MB
# of the longest appeals; the least journal holds a week of them, offline.
ENTRIES_BURST, ENTRIES_PER_S = 24, 0.1
# A roll of paper is 600 tickets; ten at once, then one each 20 s.
PAPERS_BURST, PAPERS_PER_S = 10, 0.05
_LANES_MAX = 16


class VisitBounds:
    """All lanes'; time comes in, in monotonic seconds."""

    def __init__(self) -> None:
        self._begun = _rates(BEGUN_BURST, BEGUN_PER_S)
        self._entries = _rates(ENTRIES_BURST, ENTRIES_PER_S)
        self._papers = _rates(PAPERS_BURST, PAPERS_PER_S)

    def begin(self, lane: str, now_s: float) -> None:
        """Count a visit.

        Raises:
            RequestRefused: TOO_FAST.
        """
        _require(self._begun, lane, now_s, "visits are begun at this lane too often")

    def write(self, lane: str, now_s: float) -> None:
        """Count an entry that is to be written.

        Raises:
            RequestRefused: TOO_FAST.
        """
        _require(self._entries, lane, now_s, "visits at this lane fill the journal too fast")

    def may_print(self, lane: str, now_s: float) -> bool:
        """Return whether a paper may come out, and count it; what does not is on the screen."""
        return not self._papers.wait_s(lane, now_s)


def _rates(burst: int, per_s: float) -> Rates:
    return Rates(burst=burst, per_s=per_s, names_max=_LANES_MAX)


def _require(rates: Rates, lane: str, now_s: float, detail: str) -> None:
    wait_s = rates.wait_s(lane, now_s)
    if wait_s:
        raise RequestRefused(LocalProblem.TOO_FAST, detail, retry_after_s=int(wait_s) + 1)
