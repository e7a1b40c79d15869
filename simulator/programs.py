"""The real programs, started as processes of their own, as on a real site."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from terminal.errors import TerminalError

# Starting an interpreter with OpenCV on a loaded two-core machine takes up to ten seconds.
PATIENCE_S = 60.0


class ProgramFailed(TerminalError):  # noqa: N818  # the condition is the name
    """A program of the city did not do its part; the text has its last words."""


def run_once(package: str, *arguments: str, accept: Sequence[int] = (0,)) -> str:
    """Return what a command prints.

    Args:
        package: terminal or central.
        arguments: the command and what is given to it.
        accept: the exit statuses that are no failure.

    Raises:
        ProgramFailed: it ended with another status.
    """
    done = subprocess.run(
        _command(package, arguments),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    if done.returncode not in accept:
        raise ProgramFailed(f"{package} {arguments[0]}: {done.stderr.strip()[-500:]}")
    return done.stdout


def _command(package: str, arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", package, *arguments]


class Program:
    """A program that runs until it is told to stop; what it says goes to a file."""

    def __init__(self, package: str, *arguments: str, log: Path) -> None:
        self._name, self._log = f"{package} {arguments[0]}", log
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                _command(package, arguments),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
            )

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
        """
        line = self._stdout().readline()
        if not line:
            self._process.wait(PATIENCE_S)
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
        try:
            return self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            self._stdout().close()

    def _stdout(self) -> IO[str]:
        stream = self._process.stdout
        assert stream is not None  # noqa: S101  # asked for above
        return stream
