"""A camera for a long time: drained, looked at, spoilt, covered, pulled out, again and again."""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from tempfile import NamedTemporaryFile
from typing import Any

import cv2
import numpy as np

from drivers.back_off import BackOff
from drivers.camera.controls import CameraControls
from drivers.camera.drain import Drain
from drivers.camera.lookout import Lookout
from drivers.camera.messages import SLOT_BYTES, Kind, Message, Trouble, parse_trouble
from drivers.camera.source import Source
from drivers.camera.watch import SceneWatch
from tests.soak.footprint import Footprint, footprint, growth
from tests.soak.serial_line import LOOKS, Soaked

FRAME_MS = 33  # of the run's own clock: 100,000 frames are an hour of camera
FROZEN_AFTER_MS = 2_000
WIDTH, HEIGHT = 320, 240
# Frames of one kind before the next kind: 16 s, enough for every judgement.
SPELL = 500
# Sooner than the shortest spell of a run in CI, so that each kind comes in it.
LIFE = 730  # frames before the camera is pulled out

Packet = np.ndarray[Any, np.dtype[np.uint8]]


class _Camera:
    """OpenCV with one camera, which gives a frame only when somebody waits for every second one."""

    def __init__(self, frames: int) -> None:
        self._frames = frames
        self._reel = _Reel()
        self.count = 0
        self.opened = self.released = 0
        self.wanted: threading.Event | None = None  # the drain's

    def __getattr__(self, name: str) -> Any:
        return getattr(cv2, name)

    def VideoCapture(self, *_: object) -> "_Capture":  # noqa: N802  # OpenCV's name
        self.opened += 1
        return _Capture(self)

    @property
    def is_over(self) -> bool:
        return self.count >= self._frames

    def next_packet(self) -> Packet | None:
        if self.count % 2 and self.wanted is not None:
            self.wanted.wait()
        self.count += 1
        return None if self.is_over or self.count % LIFE == 0 else self._reel.packet(self.count)


class _Capture:
    """`cv2.VideoCapture` on the camera: it takes no setting but the packets' form."""

    def __init__(self, camera: _Camera) -> None:
        self._camera = camera
        self._packet: Packet | None = None

    def isOpened(self) -> bool:  # noqa: N802  # OpenCV's name
        return True

    def get(self, prop: int) -> float:
        sides = {cv2.CAP_PROP_FRAME_WIDTH: WIDTH, cv2.CAP_PROP_FRAME_HEIGHT: HEIGHT}
        fourcc = cv2.VideoWriter.fourcc(*"MJPG")
        return fourcc if prop == cv2.CAP_PROP_FOURCC else sides.get(prop, -1.0)

    def set(self, prop: int, _value: float) -> bool:
        return prop == cv2.CAP_PROP_CONVERT_RGB

    def grab(self) -> bool:
        self._packet = self._camera.next_packet()
        return self._packet is not None

    def retrieve(self) -> tuple[bool, Any]:
        return True, self._packet

    def release(self) -> None:
        self._camera.released += 1


class _Reel:
    """What the camera shows: a hall, a cap, noise, one picture, a lying header; each for a spell."""

    def __init__(self) -> None:
        rng = np.random.default_rng(7)
        hall = rng.integers(0, 255, (HEIGHT // 8, WIDTH // 8)).astype(np.uint8)
        hall = np.kron(hall, np.ones((8, 8), np.uint8))
        halls = [_jpeg(np.roll(hall, number, axis=1)) for number in range(16)]
        large = halls[0].copy()
        at = bytes(large[0]).index(b"\xff\xc0") + 5  # lines and columns, ITU-T T.81, B.2.2
        large[0, at : at + 4] = 255
        caps = [_jpeg(np.full((HEIGHT, WIDTH), level, np.uint8)) for level in (2, 3)]
        noise = rng.integers(0, 255, (1, 3_000)).astype(np.uint8)
        self._spells = (halls, caps, [noise], halls[:1], [large])

    def packet(self, count: int) -> Packet:
        spell = self._spells[count // SPELL % len(self._spells)]
        return spell[count % len(spell)]


def _jpeg(luma: Packet) -> Packet:
    return np.asarray(cv2.imencode(".jpg", luma)[1]).reshape(1, -1)


class _Clock:
    """Goes on by a frame's time at each look at it."""

    def __init__(self) -> None:
        self._now_ms = 0

    def __call__(self) -> int:
        self._now_ms += FRAME_MS
        return self._now_ms


class _Over(Exception):  # noqa: N818  # the end of a run, and no error
    """The camera's node is gone."""


class _Told:
    """Counts what capture tells."""

    def __init__(self) -> None:
        self.troubles: Counter[Trouble] = Counter()

    def __call__(self, message: Message) -> None:
        if message.kind is Kind.TROUBLE:
            trouble = parse_trouble(message.body)
            self.troubles[trouble] += 1
            if trouble is Trouble.MISSING:
                raise _Over


def soak_camera(frames: int) -> Soaked:
    """Drain so many frames, look at every second one, and return what became of it."""
    began = time.monotonic()
    camera, told = _Camera(frames), _Told()
    with NamedTemporaryFile(dir="/dev/shm") as node:  # a camera's path lies under /dev
        source = Source(node.name, CameraControls(width=WIDTH, height=HEIGHT))
        drain = Drain(camera, source, told, now_ms=_Clock(), wait=lambda _: None)
        camera.wanted = drain._is_wanted
        looking = threading.Thread(target=_look, args=(camera, drain, told))
        looking.start()
        taken = _drained(camera, drain, frames)
    looking.join()
    return Soaked(
        what=f"{frames} frames",
        seconds=time.monotonic() - began,
        taken=tuple(taken),
        wrong=_wrong(camera, told.troubles) or growth(taken),
    )


def _drained(camera: _Camera, drain: Drain, frames: int) -> list[Footprint]:
    taken, back_off = [], BackOff()
    for goal in _goals(frames):
        while camera.count < goal:
            drain.drain_once(back_off)
        taken.append(footprint())
    return taken


def _goals(frames: int) -> Iterator[int]:
    return (frames * (look + 1) // LOOKS for look in range(LOOKS))


def _look(camera: _Camera, drain: Drain, told: _Told) -> None:
    lookout = Lookout(camera, drain, SceneWatch(FROZEN_AFTER_MS), told, wait=lambda _: None)
    slot = np.zeros(SLOT_BYTES, np.uint8)
    with contextlib.suppress(_Over):
        while True:
            luma, _ = lookout.next_luma()
            slot[: luma.size] = luma.reshape(-1)


def _wrong(camera: _Camera, told: Counter[Trouble]) -> str:
    if camera.opened != camera.released:
        return f"{camera.opened} openings, {camera.released} releases"
    expected = {Trouble.SILENT, Trouble.COVERED, Trouble.GARBLED, Trouble.FROZEN, Trouble.TOO_LARGE}
    missing = ", ".join(sorted(trouble.name for trouble in expected - set(told)))
    return f"never told: {missing}" if missing else ""
