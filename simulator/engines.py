"""Decoding engines as processes of their own: one that hangs is cut off, and costs one picture."""

import json
import select
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from terminal.errors import UsageError

# Some engines take seconds for a picture of many finder patterns, one takes minutes.
PICTURE_S_MAX = 5.0
# Loading OpenCV on a loaded two-core machine takes up to ten seconds.
START_S_MAX = 60.0

OURS, OURS_STREAM, FLOOR = "ours", "ours-stream", "zxing"
OWN_ENGINES = (FLOOR, "zxing-2x", "zxing-sharp", "zbar", "cv", "cv-aruco")
PEER_ENGINES = ("wechat", "quirc", "qrdec")
REQUIREMENTS = "tests/engines/requirements.txt"

_PROGRAM = Path(__file__).with_name("engine_peer.py")
_SHAPE = struct.Struct("!II")

Luma = NDArray[np.uint8]


class CutOff(Exception):  # noqa: N818  # the condition is the name
    """The engine did not answer in time, or died of the picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an engine made of one picture."""

    texts: tuple[bytes, ...]
    cpu_ms: float  # of the one call; of one that was cut off, the time it was given
    note: str | None = None  # what our ladder says of how it was read
    cut_off: bool = False
    failed: str | None = None  # the exception that it raised


class Engine:
    """One engine; its process is started when it is first asked, and again after each cut."""

    def __init__(
        self, name: str, command: Sequence[str | Path], *, picture_s_max: float = PICTURE_S_MAX
    ) -> None:
        self.name = name
        self._command, self._limit_s = tuple(command), picture_s_max
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def of(cls, name: str, python: Path | None = None) -> Self:
        """Return an engine that `python` has; None: the Python that runs this."""
        return cls(name, (python or sys.executable, "-I", _PROGRAM, name))

    def start(self) -> None:
        """Start its process, if it does not run.

        Raises:
            UsageError: it can't be run, or lacks what it needs.
        """
        if self._process is not None:
            return
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                process_group=0,  # Ctrl-C is for the bench, which then stops its engines
            )
            missing = self._next(START_S_MAX)["missing"]
        except (OSError, CutOff) as error:
            self.stop()
            raise UsageError(f"{self._command[0]}: it can't be run ({error})") from error
        if missing:
            self.stop()
            raise UsageError(f"{self._command[0]} lacks {self.name} ({missing}): {_remedy(self)}")

    def read(self, luma: Luma) -> Answer:
        """Return what it makes of a picture; raises UsageError as `start` does."""
        self.start()
        try:
            self._send(_SHAPE.pack(*luma.shape) + luma.tobytes())
            told = self._next(self._limit_s)
        except CutOff:
            self.stop()
            return Answer(texts=(), cpu_ms=1_000 * self._limit_s, cut_off=True)
        return Answer(
            texts=tuple(bytes.fromhex(text) for text in told["texts"]),
            cpu_ms=float(told["cpu_ms"]),
            note=told["note"],
            failed=told["failed"],
        )

    def begin_video(self) -> None:
        """Let it forget what it has seen; raises UsageError as `start` does."""
        self.start()
        try:
            self._send(_SHAPE.pack(0, 0))
        except CutOff:
            self.stop()  # the next process has seen nothing

    def stop(self) -> None:
        """End its process; returns when it is gone."""
        if self._process is not None:
            self._process.kill()
            with self._process:  # closes its pipes and waits
                self._process = None

    def _send(self, octets: bytes) -> None:
        process = self._running()
        try:
            if process.stdin is not None:
                _write_all(process.stdin, octets)
        except BrokenPipeError as error:
            raise CutOff("it died") from error

    def _next(self, timeout_s: float) -> dict[str, Any]:
        """Return what it says next; it says one line at a time, and only when asked."""
        stdout = self._running().stdout
        if stdout is None or not select.select([stdout], [], [], timeout_s)[0]:
            raise CutOff(f"no answer within {timeout_s:g} s")
        line = stdout.readline()
        if not line:
            raise CutOff("it died")
        told: dict[str, Any] = json.loads(line)
        return told

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ValueError("the engine is not started")
        return self._process

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _write_all(pipe: Any, octets: bytes) -> None:
    """Write to an unbuffered pipe, which takes a part at a time."""
    left = memoryview(octets)
    while left:
        left = left[pipe.write(left) :]


def _remedy(engine: Engine) -> str:
    if engine.name in PEER_ENGINES:
        return f"pip install -r {REQUIREMENTS}"
    return "see `scan-terminal doctor`"
