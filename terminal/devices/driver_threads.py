"""The threads of drivers that others bring: whose a dead one was, and which are left behind."""

import sys
import threading
import traceback
from collections.abc import Callable, Iterable

from terminal.brought import cause

# A thread on which code of these fails had our bug, whoever began it. Drivers of others stand on
# `drivers` as ours do: there it is theirs, if their code was under way as well.
_OURS = frozenset({"terminal", "offline_cache", "protocol", "verifier"})
_SHARED = "drivers"

Lost = Callable[[str], None]  # takes what is to be told of a thread that died


class Roster:
    """The packages whose drivers are guarded in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Kept when the last guard has gone: a thread that is left behind is the package's still.
        self._guarded: dict[str, list[Lost]] = {}

    def enter(self, package: str, lost: Lost) -> None:
        """Take a driver of this package for started."""
        with self._lock:
            self._guarded.setdefault(package, []).append(lost)

    def leave(self, package: str, lost: Lost) -> tuple[str, ...]:
        """Take it for ended; return the threads left behind, if it was the package's last."""
        with self._lock:
            self._guarded[package].remove(lost)
            is_last = not self._guarded[package]
        return threads_within(package) if is_last else ()

    def blame(self, failure: threading.ExceptHookArgs) -> bool:
        """Tell the guards of the drivers that a thread died of; False: the bug is ours."""
        error = failure.exc_value
        if error is None:
            return False
        with self._lock:
            packages = culprits(error, self._guarded)
            told = [lost for package in packages for lost in self._guarded[package]]
        name = "?" if failure.thread is None else failure.thread.name
        for lost in told:
            lost(f"lost its thread {name} ({cause(error)})")
        return bool(packages)


# Threads, and what they die of, are the process's own.
ROSTER = Roster()


def culprits(error: BaseException, packages: Iterable[str]) -> frozenset[str]:
    """Return which of the drivers' packages a thread died of; none: it was our bug.

    A thread on which no code of theirs or ours ran, as a library starts it that some driver uses,
    is laid to all of them.
    """
    frames = traceback.walk_tb(error.__traceback__)
    tops = frozenset(str(frame.f_globals.get("__name__")).partition(".")[0] for frame, _ in frames)
    if tops & _OURS:
        return frozenset()
    known = frozenset(packages)
    if tops & known or _SHARED in tops:
        return tops & known
    return known


def threads_within(package: str) -> tuple[str, ...]:
    """Return the names of the threads that run code of a package now, but for guards' own."""
    frames = sys._current_frames()  # noqa: SLF001  # documented, for this purpose
    names = []
    for thread in threading.enumerate():
        frame = frames.get(thread.ident or 0)
        while frame is not None and thread is not threading.current_thread():
            if str(frame.f_globals.get("__name__")).partition(".")[0] == package:
                names.append(thread.name)
                break
            frame = frame.f_back
    return tuple(names)
