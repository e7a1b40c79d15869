"""A camera process as the daemon holds it: started, spoken to, ended."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import drivers
from drivers.base import DriverError
from drivers.camera.health import Ending, Failure, ending
from drivers.camera.messages import MalformedMessage, Message, MessageReader, encoded

# What a process may know of the daemon's environment: no tokens, no proxies, no paths to keys.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH")
_ENVIRONMENT_PREFIXES = ("OPENCV_", "OPENBLAS_")

# A process holds nothing that wants putting in order: asked to end, it does so at once.
END_S_MAX = 1.0
# One that survives being killed is stuck in the kernel, in a camera's driver; nobody can help
# that, and the daemon must not get stuck with it.
KILL_S_MAX = 2.0

_READ_BYTES_MAX = 65_536
# Enough for the last lines of a traceback.
_STDERR_BYTES_MAX = 4_096
_WORDS_MAX = 200

_BOOT = (
    "import sys; parent_pid, slot_fd, *sys.path = sys.argv[1:]; "
    "from {module} import main; main(int(parent_pid), int(slot_fd))"
)


_DEAF = Ending(failure=Failure.HUNG, words="does not listen")


class ChildEndedError(DriverError):
    """A process is gone, or as good as gone."""

    def __init__(self, how: Ending) -> None:
        super().__init__(how.words)
        self.ending = how


class ChildProcess:
    """One running process; its three pipes belong to this object until `end`.

    Args:
        module: the module whose `main` it runs.
        slot_fd: the shared memory, which it inherits.

    Raises:
        DriverError: the machine cannot start a process.
    """

    def __init__(self, module: str, slot_fd: int) -> None:
        try:
            self._process = subprocess.Popen(
                _command(module, slot_fd),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(slot_fd,),
                env=_environment(os.environ),
                cwd="/",
                # Ctrl-C at a terminal is for the daemon, which then ends its processes.
                process_group=0,
            )
        except OSError as fault:
            raise DriverError(f"cannot start a camera process: {fault.strerror}") from fault
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
        self._reader = MessageReader()
        self._stderr = b""
        self._hears_stderr = True

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def fds(self) -> tuple[int, ...]:
        """Return the descriptors on which something may come."""
        message_fd, stderr_fd = self.message_fd(), self.stderr_fd()
        return (message_fd, stderr_fd) if self._hears_stderr else (message_fd,)

    def message_fd(self) -> int:
        """Return the descriptor on which messages come."""
        return _fileno(self._process.stdout)

    def stderr_fd(self) -> int:
        """Return the descriptor on which its complaints come."""
        return _fileno(self._process.stderr)

    def receive(self) -> tuple[Message, ...]:
        """Return the messages that have come.

        Raises:
            ChildEndedError: it has ended, or makes no sense any more.
        """
        try:
            octets = os.read(self.message_fd(), _READ_BYTES_MAX)
            if octets:
                return self._reader.receive(octets)
        except BlockingIOError:
            return ()
        except MalformedMessage as fault:
            raise ChildEndedError(_nonsense(f"said {fault}")) from fault
        raise ChildEndedError(self._ending())

    def drain_stderr(self) -> None:
        """Keep the end of its complaints."""
        try:
            octets = os.read(self.stderr_fd(), _READ_BYTES_MAX)
        except BlockingIOError:
            return
        self._hears_stderr = bool(octets)
        self._stderr = (self._stderr + octets)[-_STDERR_BYTES_MAX:]

    def send(self, message: Message) -> None:
        """Send one message; never waits.

        Raises:
            ChildEndedError: it has ended, or has stopped to listen.
        """
        octets = encoded(message)
        try:
            sent = os.write(_fileno(self._process.stdin), octets)
        except BrokenPipeError as fault:
            raise ChildEndedError(self._ending()) from fault
        except BlockingIOError as fault:
            raise ChildEndedError(_DEAF) from fault
        if sent < len(octets):
            raise ChildEndedError(_DEAF)

    def ask_to_end(self) -> None:
        """Ask it to end; `end` then waits for it."""
        self._process.terminate()

    def kill(self) -> None:
        """Kill it; `end` then waits for it."""
        self._process.kill()

    def end(self) -> None:
        """Wait until it is gone, kill it if that takes too long, and free its pipes."""
        self._reap()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _reap(self) -> bool:
        """Wait until it is gone; return whether it had to be killed for it."""
        try:
            self._process.wait(END_S_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
        else:
            return False
        try:
            self._process.wait(KILL_S_MAX)
        except subprocess.TimeoutExpired:
            return True  # see KILL_S_MAX
        return True

    def _ending(self) -> Ending:
        """Return how it ended; ends it if it has only hung up."""
        was_killed = self._reap()
        self.drain_stderr()
        lines = self._stderr.decode(errors="replace").strip().splitlines()
        words = "".join(letter for letter in lines[-1] if letter.isprintable()) if lines else ""
        return ending(self._process.returncode, words[:_WORDS_MAX], was_killed=was_killed)


def _nonsense(words: str) -> Ending:
    return Ending(failure=Failure.NONSENSE, words=words)


def _command(module: str, slot_fd: int) -> list[str]:
    """Return the command that runs `module.main` with the daemon's own import path.

    `-I -S` keep the environment, the working directory and .pth files out of it. The path comes
    from the daemon instead: so a wheel, an editable install and a plain checkout all run the
    same code as the daemon, whichever put it on the path.
    """
    boot = _BOOT.format(module=module)
    ids = (str(os.getpid()), str(slot_fd))
    return [sys.executable, "-I", "-S", "-c", boot, *ids, *_import_path()]


def _import_path() -> list[str]:
    # The root stands last: it is needed only where the daemon was started from within it, by an
    # entry such as "" that means another place in another process.
    root = str(Path(next(iter(drivers.__path__))).resolve().parent)
    paths = [path for path in sys.path if Path(path).is_absolute()]
    return paths if root in paths else [*paths, root]


def _environment(daemon: Mapping[str, str]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in daemon.items()
        if name in _ENVIRONMENT or name.startswith(_ENVIRONMENT_PREFIXES)
    }
    # NumPy's threads would reserve memory for nothing; V4L2 would wait 10 s for a dead camera.
    defaults = {"OPENBLAS_NUM_THREADS": "1", "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "3"}
    return defaults | kept


def _fileno(stream: IO[bytes] | None) -> int:
    if stream is None:
        raise ValueError("the process was started without this pipe")
    return stream.fileno()
