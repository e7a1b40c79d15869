"""Programs that play and speak: one at a time, ended when they take too long or are in the way."""

import os
import select
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, Self

from drivers.base import DeviceMissing, DriverError
from drivers.waker import Waker

# The longest clip, and what a sound server takes to wake up.
PLAY_S_MAX = 15.0
# A synthetic voice makes a sentence in a thirtieth of a second.
SPEAK_S_MAX = 5.0
# A program that survives being killed is stuck in a sound driver; nobody can help that.
KILL_S_MAX = 2.0
# ALSA complains in ten lines, of which the last says what is wrong.
COMPLAINT_OCTETS_MAX = 4_096
WORDS_MAX = 200  # of that line

# What a program needs to find the sound server, and nothing else of the daemon's environment.
_ENVIRONMENT = ("PATH", "HOME", "LANG", "XDG_RUNTIME_DIR", "PULSE_SERVER", "ALSA_CONFIG_PATH")


class Player(Protocol):
    """What plays sounds and makes speech; called in the driver's thread."""

    def play(self, file: bytes) -> None:
        """Play a WAV file to its end, or until interrupted.

        Raises:
            DriverError: it can't be played.
        """
        ...

    def speech(self, language: str, sentence: str, volume: int) -> bytes:
        """Return a sentence as a WAV file.

        Raises:
            DriverError: it can't be spoken.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """Which programs there are, and the sound card."""

    play: tuple[str, ...] = ("aplay", "-q")  # the file's path goes behind it
    speak: tuple[str, ...] = ("espeak-ng",)


# Voices of espeak-ng: Mandarin, English.
VOICES: Mapping[str, str] = {"zh": "cmn", "en": "en"}


class ChildPlayer:
    """A `Player` by child processes; `is_cut` ends the present one, once `waker` was rung.

    Args:
        programs: what to run.
        waker: rung when something changed.
        is_cut: whether what is played is not wanted any more.
    """

    def __init__(self, programs: Programs, waker: Waker, is_cut: Callable[[], bool]) -> None:
        self._programs, self._waker, self._is_cut = programs, waker, is_cut

    def play(self, file: bytes) -> None:
        """Play a WAV file."""
        with _Memory(file) as memory:
            self._run((*self._programs.play, memory.path), memory, PLAY_S_MAX)

    def speech(self, language: str, sentence: str, volume: int) -> bytes:
        """Return a sentence as a WAV file, by espeak-ng; the text is handed in, never an option."""
        speed = "160"  # words a minute: slower than its default, for the old and for halls
        options = ("--stdin", "--stdout", "-s", speed, "-a", str(volume), "-v", VOICES[language])
        with _Memory(sentence.encode()) as text, _Memory(b"") as spoken:
            self._run((*self._programs.speak, *options), text, SPEAK_S_MAX, stdout=spoken.fileno())
            return spoken.octets()

    def _run(
        self, command: tuple[str, ...], given: "_Memory", s_max: float, stdout: int | None = None
    ) -> None:
        try:
            child = subprocess.Popen(
                command,
                stdin=given.fileno(),
                stdout=subprocess.DEVNULL if stdout is None else stdout,
                stderr=subprocess.PIPE,
                pass_fds=(given.fileno(),),
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                start_new_session=True,  # a Ctrl-C at the daemon's terminal is not for it
            )
        except (FileNotFoundError, PermissionError) as fault:
            raise DeviceMissing(
                f"{command[0]} is not there: apt-get install alsa-utils espeak-ng"
            ) from fault
        except OSError as fault:
            raise DriverError(f"{command[0]} can't be started: {fault.strerror}") from fault
        try:
            self._await(child, command[0], s_max)
        except subprocess.TimeoutExpired as fault:
            raise DriverError(
                f"{command[0]} can't be ended: the sound card's driver hangs"
            ) from fault
        finally:
            if child.stderr is not None:
                child.stderr.close()

    def _await(self, child: "subprocess.Popen[bytes]", name: str, s_max: float) -> None:
        if not self._has_ended(child, s_max):
            is_cut = self._is_cut()
            child.kill()
            child.wait(KILL_S_MAX)
            if is_cut:
                return
            raise DriverError(f"{name} does not come to an end: is the sound card busy?")
        if child.returncode != 0:
            words = _complaint(child)
            raise DriverError(f"{name} fails ({words or child.returncode}): is there a sound card?")

    def _has_ended(self, child: "subprocess.Popen[bytes]", s_max: float) -> bool:
        """Wait for its end; return whether it came before the time was over or it was cut."""
        ended = os.pidfd_open(child.pid)
        try:
            poller = select.poll()
            poller.register(ended, select.POLLIN)
            poller.register(self._waker, select.POLLIN)
            while not self._is_cut():
                ready = {fd for fd, _ in poller.poll(s_max * 1_000)}
                if ended in ready:
                    child.wait(KILL_S_MAX)
                    return True
                if not ready:
                    return False
                self._waker.clear()
        finally:
            os.close(ended)
        return False


def _complaint(child: "subprocess.Popen[bytes]") -> str:
    """Return the last line that a program complained; it has ended."""
    if child.stderr is None:
        return ""
    said = os.read(child.stderr.fileno(), COMPLAINT_OCTETS_MAX).decode("utf-8", "replace")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1][:WORDS_MAX] if lines else ""


class _Memory:
    """A file that is nowhere, and has a path for a child all the same."""

    def __init__(self, octets: bytes) -> None:
        self._fd = os.memfd_create("sound", os.MFD_CLOEXEC)
        try:
            with os.fdopen(os.dup(self._fd), "wb") as file:
                file.write(octets)
            os.lseek(self._fd, 0, os.SEEK_SET)
        except BaseException:
            os.close(self._fd)
            raise
        self.path = f"/proc/self/fd/{self._fd}"

    def fileno(self) -> int:
        return self._fd

    def octets(self) -> bytes:
        os.lseek(self._fd, 0, os.SEEK_SET)
        with os.fdopen(os.dup(self._fd), "rb") as file:
            return file.read()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)
