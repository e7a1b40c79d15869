"""A picture process as a command holds it: handed files, asked, answered once, ended."""

import select
import socket

from drivers.base import DriverError
from drivers.camera.child_process import ChildEndedError, ChildProcess
from drivers.camera.health import Ending, Failure
from drivers.camera.messages import Kind, Message
from drivers.clock import monotonic_ms
from drivers.picture_files.messages import parse_lines

MODULE = "drivers.picture_files.picture_process"

# A cold start from an SD card takes some 10 s.
START_MS_MAX = 30_000
# All that an ending process held is closed within a moment.
_LAST_WORDS_MS_MAX = 1_000
# A Ctrl-C that comes in the moment between Python's last look for signals and the kernel's wait
# ends no wait: it is heard when that does.
_HEARD_MS = 250


class Questioned:
    """One running process; start it when there is something to ask.

    Args:
        module: whose `main` it runs.

    Attributes:
        missing: what this machine lacks for the whole ladder, each with its remedy.

    Raises:
        DriverError: it can't work here; the words carry the remedy.
    """

    def __init__(self, module: str = MODULE) -> None:
        self._handing, handed_over = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._handing.setblocking(False)
        try:
            with handed_over:
                self._process = ChildProcess(module, handed_over.fileno())
        except DriverError:
            self._handing.close()
            raise
        try:
            self.missing = self._ready()
        except BaseException:
            self.end()
            raise

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def ask(self, question: Message, *, handing_over: int | None = None, within_ms: int) -> Message:
        """Return the answer to a question.

        Args:
            question: one that has an answer.
            handing_over: a descriptor that goes with it; stays ours too.
            within_ms: how long to wait.

        Raises:
            ChildEndedError: the process has ended, or as good as; `end` it.
        """
        if handing_over is not None:
            self._hand_over(handing_over)
        self._process.send(question)
        return self._answer(within_ms)

    def end(self) -> None:
        """End it, whatever it is at, and free what it held."""
        self._handing.close()
        self._process.kill()
        self._process.end()

    def _ready(self) -> tuple[str, ...]:
        """Wait until it has loaded all it needs and given up the rest."""
        try:
            first = self._answer(START_MS_MAX)
            lines = parse_lines(first.body)
        except ChildEndedError as fault:
            raise DriverError(f"no process can look at pictures: {fault}") from fault
        if first.kind is not Kind.READY:
            raise DriverError(" ".join(lines))
        return lines

    def _hand_over(self, fd: int) -> None:
        try:
            socket.send_fds(self._handing, [b"f"], [fd])
        except BrokenPipeError:
            self._answer(_LAST_WORDS_MS_MAX)  # tells how it ended
        except OSError as fault:  # it takes none of what it is handed
            raise ChildEndedError(_nonsense("does not listen")) from fault

    def _answer(self, within_ms: int) -> Message:
        until_ms = monotonic_ms() + within_ms
        while True:
            self._wait(until_ms)
            self._process.drain_stderr()
            messages = self._process.receive()
            if len(messages) == 1:
                return messages[0]
            if messages:
                raise ChildEndedError(_nonsense(f"said {len(messages)} things at once"))

    def _wait(self, until_ms: int) -> None:
        """Wait until something has come."""
        poller = select.poll()
        for fd in self._process.fds():
            poller.register(fd, select.POLLIN)
        while not poller.poll(min(_HEARD_MS, max(0, until_ms - monotonic_ms()))):
            if monotonic_ms() < until_ms:
                continue
            raise ChildEndedError(Ending(failure=Failure.HUNG, words="does not answer"))


def _nonsense(words: str) -> Ending:
    return Ending(failure=Failure.NONSENSE, words=words)
