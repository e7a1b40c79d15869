"""The three posts of the demo city: a gate, a kiosk and a pharmacy counter, with their devices."""

import json
import queue
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from simulator.ending import SLICE_S, Ending
from simulator.hard_videos import presentation_frames
from simulator.mjpeg import MjpegServer
from simulator.serial_peers import AnswerPeer, RelayPeer, ScannerPeer
from simulator.surfaces import Surface

# A hand takes half a second to hold a code well; then it begins again, as a code that was not
# read is held up anew.
FRAMES_A_PRESENTATION = 6
CAMERA_FPS = 12
# A citizen steps back after this; nothing that takes as long is an answer.
ANSWER_S_MAX = 10.0


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
        self.relay: RelayPeer | None = None
        self._showing, self._answers = showing, answers

    def present(self, text: str, surface: Surface, ending: Ending) -> Answer:
        """Show a code, wait for the answer, take the code away; raises Ended at the end."""
        while self._answers.waiting:
            self._answers.next(0)
        self._showing.show(text, surface)
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
        if self.relay is not None:
            lines += [f'gate = {{ kind = "relay", port = "{self.relay.path}", channel = 1 }}']
        return "\n".join(lines) + "\n"


def open_posts(stack: ExitStack, seed: int) -> list[Post]:
    """Return the three posts; `stack` closes their devices."""
    gate = Post("gate-1", "gate", _camera(stack, seed), stack.enter_context(AnswerPeer()))
    gate.relay = stack.enter_context(RelayPeer())
    kiosk = Post("kiosk-1", "kiosk", _camera(stack, seed + 1), stack.enter_context(AnswerPeer()))
    scanner = UnderScanner(stack.enter_context(ScannerPeer()))
    pharmacy = Post("pharmacy-1", "e-health-desk", scanner, stack.enter_context(AnswerPeer()))
    return [gate, kiosk, pharmacy]


def _camera(stack: ExitStack, seed: int) -> BeforeCamera:
    camera = stack.enter_context(MjpegServer(fps=CAMERA_FPS, camera=seed))
    return BeforeCamera(camera, np.random.default_rng(seed))
