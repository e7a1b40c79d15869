"""How the demo and the bench end before their time: by a signal, or by what went wrong within."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from types import FrameType

# Nobody waits longer than this before it is seen that the end has come.
SLICE_S = 0.1


class Ended(Exception):  # noqa: N818  # the condition is the name
    """The end has come before its time: leave, and undo what was begun."""


class Ending:
    """Whether the end has come; whoever waits asks here, so that each wait ends with it.

    Plain attributes and slices instead of an Event: a signal's handler runs within the main
    thread, and would wait for ever for a lock that this thread holds already.
    """

    def __init__(self) -> None:
        self.is_here = False
        self.signal: int | None = None  # what brought it, if a signal did

    def come(self, number: int | None = None, _: FrameType | None = None) -> None:
        """Bring the end; as a signal's handler as well."""
        if not self.is_here:
            self.is_here, self.signal = True, number

    def check(self) -> None:
        """Return if the end has not come.

        Raises:
            Ended: it has.
        """
        if self.is_here:
            raise Ended

    def wait(self, timeout_s: float) -> None:
        """Wait; raises Ended as soon as the end comes."""
        due_s = time.monotonic() + timeout_s
        self.check()
        while (left_s := due_s - time.monotonic()) > 0:
            time.sleep(min(SLICE_S, left_s))
            self.check()

    def together(self, *tasks: Callable[[], None]) -> None:
        """Do every task in a thread of its own; returns when all are done.

        Whatever one of them raises is the end for all, and is raised here when they have left.
        """
        with ThreadPoolExecutor(len(tasks)) as pool:
            done, others = wait([pool.submit(task) for task in tasks], return_when=FIRST_EXCEPTION)
            if others:
                self.come()
            for future in done:
                future.result()


# For whoever needs no end before its time.
NEVER = Ending()


def until_signalled(name: str, work: Callable[[Ending], int]) -> int:
    """Return what `work` returns, or, once a signal ended it, 128 and the signal's number.

    Args:
        name: demo or bench, for the line that says so.
        work: is given the ending, and raises Ended when that has come.
    """
    ending = Ending()
    with _signals_to(ending):
        try:
            return work(ending)
        except Ended:
            if ending.signal is None:
                raise  # a bug: who else brings the end raises what brought it
    print(f"scan-terminal: the {name} was interrupted", file=sys.stderr)
    return 128 + ending.signal


@contextmanager
def _signals_to(ending: Ending) -> Iterator[None]:
    """Let signals only bring `ending`: further ones can't disturb the tidying up."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, ending.come) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
