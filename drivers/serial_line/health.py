"""Whether what comes over a line makes sense."""

from collections import Counter

from drivers.framing.base import LineFault

# One bad code is a shaking plug, five in a row without a good one are a line that is set wrong.
FAULTS_MAX = 5
# A line that brings good codes between bad ones is no broken line: it must be bad for so long
# before it is one, so that it can't go down and up more often than that.
BAD_MS_MIN = 2_000
# What is further apart makes no row: a motor's sparks, one a day, are no broken line at the end of
# a week without a code.
APART_MS_MAX = 600_000


class LineHealth:
    """Counts what was dropped, and says when nothing else comes.

    What the line did to codes counts always, and what only the scanner's settings do, which it
    may lose. The rest counts until the first good code alone: after that it is what people show.

    Attributes:
        faults: what was dropped since the start, by kind.
        trouble: what is wrong now, in words; empty when nothing is.
    """

    def __init__(self) -> None:
        self.faults: Counter[LineFault] = Counter()
        self.trouble = ""
        self._in_a_row = 0
        self._good_ms: int | None = None  # the last good code came
        self._fault_ms = 0  # the last that counted came

    def reset(self) -> None:
        """Begin anew with a port just opened; the counts stay."""
        self.trouble, self._in_a_row, self._good_ms = "", 0, None

    def good(self, now_ms: int) -> None:
        """Note a code that is well."""
        self.trouble, self._in_a_row, self._good_ms = "", 0, now_ms

    def fault(self, fault: LineFault, now_ms: int) -> None:
        """Note one that was dropped."""
        self.faults[fault] += 1
        if fault.may_be_shown and self._good_ms is not None:
            return
        is_apart = now_ms - self._fault_ms > APART_MS_MAX
        self._in_a_row = 1 if is_apart else self._in_a_row + 1
        self._fault_ms = now_ms
        has_been_good = self._good_ms is not None and now_ms - self._good_ms < BAD_MS_MIN
        if self._in_a_row >= FAULTS_MAX and not has_been_good:
            self.trouble = fault.value
