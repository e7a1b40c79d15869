"""The real programs, started as processes of their own, as on a real site."""

import contextlib
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from simulator.ending import NEVER, SLICE_S, Ending
from terminal.errors import TerminalError

# Starting an interpreter with OpenCV on a loaded two-core machine takes up to ten seconds.
PATIENCE_S = 60.0
# A program in good order stops within a second or two; who interrupts does not wait for others.
HASTE_S = 5.0


class ProgramFailed(TerminalError):  # noqa: N818  # the condition is the name
    """A program of the city did not do its part; the text has its last words."""


def run_once(
    package: str, *arguments: str, accept: Sequence[int] = (0,), ending: Ending = NEVER
) -> str:
    """Return what a command prints.

    Args:
        package: terminal or central.
        arguments: the command and what is given to it.
        accept: the exit statuses that are no failure.
        ending: of whoever waits for it; the command is killed then.

    Raises:
        ProgramFailed: it ended with another status, or did not end.
        Ended: the end has come.
    """
    with _start(package, arguments, stderr=subprocess.PIPE) as process:
        try:
            printed, complaint = _finish(process, ending)
        finally:
            process.kill()  # nothing, if it has ended
    if process.returncode not in accept:
        raise ProgramFailed(f"{package} {arguments[0]}: {complaint.strip()[-500:]}")
    return printed


def _finish(process: subprocess.Popen[str], ending: Ending) -> tuple[str, str]:
    due_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < due_s:
        ending.check()
        try:
            return process.communicate(timeout=SLICE_S)
        except subprocess.TimeoutExpired:
            continue
    return "", f"did not end within {PATIENCE_S:.0f} s"


def _start(
    package: str, arguments: Sequence[str], *, stderr: IO[bytes] | int
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", package, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        # Ctrl-C at a terminal is for the demo, which then stops its programs in their order.
        process_group=0,
    )


class Program:
    """A program that runs until it is told to stop; what it says goes to a file."""

    def __init__(self, package: str, *arguments: str, log: Path, ending: Ending = NEVER) -> None:
        self._name, self._log, self._ending = f"{package} {arguments[0]}", log, ending
        with log.open("ab") as file:
            self._process = _start(package, arguments, stderr=file)

    @property
    def pid(self) -> int:
        """Return the process's id."""
        return self._process.pid

    def is_running(self) -> bool:
        """Return whether it has not ended."""
        return self._process.poll() is None

    def first_line(self) -> str:
        """Return the first line it prints; waits for it.

        Raises:
            ProgramFailed: it ended instead.
            Ended: the end has come.
        """
        stdout = self._stdout()
        while not select.select([stdout], [], [], SLICE_S)[0]:
            self._ending.check()
        line = stdout.readline()
        if not line:
            self._process.wait(PATIENCE_S)
            self._ending.check()  # Ctrl-C may reach it before it is in a group of its own
            raise ProgramFailed(f"{self._name}: {self.last_words()}")
        return line.strip()

    def last_words(self) -> str:
        """Return the end of what it said on standard error."""
        return self._log.read_text(errors="replace")[-500:].strip()

    def kill(self) -> None:
        """End it as a power cut would: no signal handler runs."""
        self._process.kill()
        self._reap()

    def stop(self) -> int:
        """Tell it to stop and return its exit status; what does not stop is killed."""
        self._process.terminate()
        return self._reap()

    def _reap(self) -> int:
        begun_s = time.monotonic()
        try:
            while time.monotonic() - begun_s < (HASTE_S if self._ending.is_here else PATIENCE_S):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    return self._process.wait(SLICE_S)
            self._process.kill()
            return self._process.wait()
        finally:
            self._stdout().close()

    def _stdout(self) -> IO[str]:
        stream = self._process.stdout
        assert stream is not None  # noqa: S101  # asked for above
        return stream
