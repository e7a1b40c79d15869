"""The posts of the demo city: lanes with their devices, seen from outside."""

import json
import queue
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from simulator.citizens import Visit
from simulator.ending import SLICE_S, Ending
from simulator.hard_videos import presentation_frames
from simulator.mjpeg import MjpegServer
from simulator.serial_peers import AnswerPeer, ScannerPeer
from simulator.surfaces import Surface
from simulator.turnstile import Turnstile

# A hand takes half a second to hold a code well; then it begins again, as a code that was not
# read is held up anew.
FRAMES_A_PRESENTATION = 6
CAMERA_FPS = 12
# A citizen steps back after this; nothing that takes as long is an answer.
ANSWER_S_MAX = 10.0
# Of the gate's profile here; who turns back keeps the others waiting for as long, and a little.
OPEN_S = 3.0
_TURNING_S = OPEN_S + 0.5


class Showing(Protocol):
    """How a code comes before a scanner, and goes away."""

    def show(self, text: str, surface: Surface) -> None:
        """Hold it up."""
        ...

    def take_away(self) -> None:
        """Put it back into the pocket."""
        ...

    def settings(self) -> str:
        """Return the scanner's table for the settings file."""
        ...


class BeforeCamera:
    """Codes held before a network camera."""

    def __init__(self, camera: MjpegServer, rng: np.random.Generator) -> None:
        self._camera, self._rng = camera, rng

    def show(self, text: str, surface: Surface) -> None:
        """Hold `text` up as real frames: in haste first, then well."""
        frames = presentation_frames(
            text, rng=self._rng, frames=FRAMES_A_PRESENTATION, surface=surface
        )
        self._camera.show(list(frames))

    def take_away(self) -> None:
        """Leave the empty hall."""
        self._camera.show_nothing()

    def settings(self) -> str:
        """Return the scanner's table."""
        return f'scanner = {{ kind = "camera", source = "{self._camera.url}", fps_max = 12 }}'


class UnderScanner:
    """Codes put under a serial scanner."""

    def __init__(self, scanner: ScannerPeer) -> None:
        self._scanner = scanner

    def show(self, text: str, surface: Surface) -> None:
        """Scan `text`, whatever it is shown on."""
        del surface
        self._scanner.scan(text)

    def take_away(self) -> None:
        """Nothing stays under a scanner."""

    def settings(self) -> str:
        """Return the scanner's table."""
        return f'scanner = {{ kind = "serial", port = "{self._scanner.path}", baud = 115200 }}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the lane answered; verdict None: nothing came."""

    verdict: str | None
    reason: str | None
    seq: int | None
    ms: int | None


class Post:
    """One lane's devices from outside."""

    def __init__(self, name: str, profile: str, showing: Showing, answers: AnswerPeer) -> None:
        self.name, self.profile = name, profile
        self.turnstile: Turnstile | None = None
        self.screen = "{}"  # its table in the settings
        self._showing, self._answers = showing, answers

    def present(self, visit: Visit, ending: Ending) -> Answer:
        """Show a code, hear the answer, and go through the gate if one opens.

        Raises:
            Ended: at the end.
        """
        answer = self._shown(visit, ending)
        if self.turnstile is not None and answer.verdict == "grant":
            if visit.passes:
                self.turnstile.go_through()
            else:
                ending.wait(_TURNING_S)
        return answer

    def _shown(self, visit: Visit, ending: Ending) -> Answer:
        """Show a code, wait for the answer, take the code away."""
        while self._answers.waiting:
            self._answers.next(0)
        self._showing.show(visit.text, visit.surface)
        try:
            told = json.loads(self._next_answer(ending))
        except queue.Empty:
            return Answer(verdict=None, reason=None, seq=None, ms=None)
        finally:
            self._showing.take_away()
        entry = told["entry"]
        seq = None if entry is None else int(entry["seq"])
        return Answer(verdict=told["verdict"], reason=told["reason"], seq=seq, ms=told["ms"])

    def _next_answer(self, ending: Ending) -> bytes:
        """Return the answer; raises queue.Empty where none comes, Ended at the end."""
        due_s = time.monotonic() + ANSWER_S_MAX
        while True:
            ending.check()
            try:
                return self._answers.next(SLICE_S)
            except queue.Empty:
                if time.monotonic() >= due_s:
                    raise

    def settings(self) -> str:
        """Return this lane's table for the settings file."""
        lines = ["[[lane]]", f'name = "{self.name}"', f'profile = "{self.profile}"']
        lines += [self._showing.settings()]
        lines += [f'answers = {{ kind = "serial", port = "{self._answers.path}" }}']
        lines += [f"screen = {self.screen}"]
        more = "" if self.turnstile is None else self.turnstile.settings()
        return "\n".join(lines) + "\n" + more


def camera_post(name: str, profile: str, stack: ExitStack, seed: int) -> Post:
    """Return a post before a camera; `stack` closes its devices."""
    camera = stack.enter_context(MjpegServer(fps=CAMERA_FPS, camera=seed))
    showing = BeforeCamera(camera, np.random.default_rng(seed))
    return Post(name, profile, showing, stack.enter_context(AnswerPeer()))
