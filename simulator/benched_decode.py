"""The decode ladder on the bench: the same pictures before our engines and everybody else's."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simulator.decode_sums import (
    EMPTY,
    IDLE,
    Promise,
    Sample,
    Video,
    drawn_promises,
    empty_promises,
    public_promise,
    video_promise,
)
from simulator.ending import Ending
from simulator.engines import (
    FLOOR,
    OURS,
    OURS_STREAM,
    OWN_ENGINES,
    PEER_ENGINES,
    Answer,
    Engine,
)
from simulator.hard_videos import hard_video, idle_video
from simulator.hardships import HardFrame, Kind, empty_frame, hard_frame
from simulator.public_pictures import VARIABLE, pictures_folder, public_pictures

PUBLIC = "public"
# So many frames a kind are worth one video: each costs a dozen frames before every engine.
_FRAMES_A_VIDEO = 10
# Someone needs a second or two to walk through a picture.
_PASSER_FRAMES = 20
# A lane has 20 ms to spend when it starts, and idles for hours: in the 2 s that 30 frames are,
# these 20 ms alone would be half of what zxing-cpp takes. They are counted here, over 15 s.
IDLE_FRAMES_MIN = 200

Luma = NDArray[np.uint8]
Right = Callable[[bytes], bool]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be measured."""

    frames: int  # of each kind
    seed: int
    peers: Path | None  # a Python that has the engines of others
    pictures: Path  # where public photographs would be


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """All that one run found."""

    drawn: tuple[Sample, ...]
    public: tuple[Sample, ...]  # empty: see `skipped`
    empty: tuple[Sample, ...]  # of kinds EMPTY and IDLE
    videos: tuple[Video, ...]
    skipped: tuple[str, ...]  # what could not be measured, and why

    def promises(self) -> list[Promise]:
        """Return every promise with its figure."""
        public = [public_promise(self.public)] if self.public else []
        return [
            *public,
            *drawn_promises(self.drawn),
            *empty_promises(self.empty),
            video_promise(self.videos),
        ]

    @property
    def is_kept(self) -> bool:
        """Return whether no promise is missed; what could not be measured is not."""
        return all(promise.kept is not False for promise in self.promises())


def usual_plan(*, frames: int, seed: int, peers: Path | None) -> Plan:
    """Return a plan with the public photographs where this machine has them."""
    return Plan(frames=frames, seed=seed, peers=peers, pictures=pictures_folder())


def measure_decoders(plan: Plan, ending: Ending, tell: Tell) -> Measured:
    """Return what came of all pictures; every engine sees each before the next is drawn.

    Args:
        plan: what to measure.
        ending: whether the end has come.
        tell: is told what is being done, in a few words.

    Raises:
        UsageError: an engine is missing.
        DriverError: a public photograph can't be read.
        Ended: the end has come.
    """
    with ExitStack() as stack:
        rivals = [stack.enter_context(engine) for engine in _rivals(plan)]
        ours = stack.enter_context(Engine.of(OURS))
        stream = stack.enter_context(Engine.of(OURS_STREAM))
        run = _Run(plan, ending, tell, [ours, *rivals])
        skipped = [] if plan.peers else ["engines of others: name their Python with --peers"]
        public = tuple(run.public())
        if not public:
            skipped.append(f"public pictures: none at {plan.pictures}, set {VARIABLE}")
        return Measured(
            public=public,
            drawn=tuple(run.drawn()),
            empty=(*run.empty(stream), *run.idle(stream)),
            videos=tuple(run.videos(stream)),
            skipped=tuple(skipped),
        )


def _rivals(plan: Plan) -> list[Engine]:
    own = [Engine.of(name) for name in OWN_ENGINES]
    if plan.peers is None:
        return own
    return own + [Engine.of(name, plan.peers) for name in PEER_ENGINES]


class _Run:
    """One measurement under way."""

    def __init__(self, plan: Plan, ending: Ending, tell: Tell, engines: list[Engine]) -> None:
        self._plan, self._ending, self._tell, self._engines = plan, ending, tell, engines

    def drawn(self) -> Iterator[Sample]:
        """Yield what each engine made of each hard frame."""
        for number in range(self._plan.frames):
            for kind in Kind:
                self._tell(f"frame {number + 1} of {self._plan.frames}: {kind.value}")
                frame = hard_frame(kind, seed=self._plan.seed, number=number)
                yield from self._all_read(frame.luma, kind.value, number, _says(frame))

    def public(self) -> Iterator[Sample]:
        """Yield what each engine made of each public photograph."""
        for number, picture in enumerate(public_pictures(self._plan.pictures)):
            self._tell(f"public picture {picture.name}")
            yield from self._all_read(picture.luma, PUBLIC, number, picture.is_right)

    def empty(self, stream: Engine) -> Iterator[Sample]:
        """Yield what each engine, and our stream, made of frames without a code."""
        stream.begin_video()
        others = [engine for engine in self._engines if engine.name != FLOOR]
        for number in range(self._plan.frames):
            self._tell(f"empty frame {number + 1} of {self._plan.frames}")
            luma = empty_frame(seed=self._plan.seed, number=number)
            yield from self._both_read(stream, luma, EMPTY, number)
            yield from self._all_read(luma, EMPTY, number, _nothing, others)

    def idle(self, stream: Engine) -> Iterator[Sample]:
        """Yield what the floor and our stream made of lanes at which nobody shows a code."""
        stream.begin_video()
        frames = max(self._plan.frames, IDLE_FRAMES_MIN)
        for number, luma in enumerate(islice(self._passers(), frames)):
            self._tell(f"idle frame {number + 1} of {frames}")
            yield from self._both_read(stream, luma, IDLE, number)

    def _both_read(self, stream: Engine, luma: Luma, kind: str, number: int) -> Iterator[Sample]:
        """Yield what the floor and our stream made of a frame, one right after the other.

        Whoever comes first has the frame and zxing-cpp's own code fetched into the processor's
        caches for the other, so each comes first two frames of four; every second frame is busy.
        """
        floor = [engine for engine in self._engines if engine.name == FLOOR]
        both = [*floor, stream] if number // 2 % 2 else [stream, *floor]
        yield from self._all_read(luma, kind, number, _nothing, both)

    def _passers(self) -> Iterator[Luma]:
        for number in count():
            yield from idle_video(seed=self._plan.seed, number=number, frames=_PASSER_FRAMES)

    def videos(self, stream: Engine) -> Iterator[Video]:
        """Yield how soon our stream read each video."""
        for number in range(max(1, self._plan.frames // _FRAMES_A_VIDEO)):
            for kind in Kind:
                self._tell(f"video {number + 1}: {kind.value}")
                yield self._watched(kind, number, stream)

    def _watched(self, kind: Kind, number: int, stream: Engine) -> Video:
        stream.begin_video()
        usable = 0
        for place, frame in enumerate(hard_video(kind, seed=self._plan.seed, number=number)):
            self._ending.check()
            usable += self._is_usable(frame)
            if frame.shown.text.encode() in stream.read(frame.luma).texts:
                return Video(kind=kind.value, number=number, first_read=place + 1, usable=usable)
        return Video(kind=kind.value, number=number, first_read=None, usable=usable)

    def _is_usable(self, frame: HardFrame) -> bool:
        """Return whether any engine reads this frame by itself; the first that does ends it."""
        right = _says(frame)
        return any(any(map(right, engine.read(frame.luma).texts)) for engine in self._engines)

    def _all_read(
        self,
        luma: Luma,
        kind: str,
        number: int,
        right: Right,
        engines: Sequence[Engine] | None = None,
    ) -> Iterator[Sample]:
        for engine in self._engines if engines is None else engines:
            self._ending.check()
            yield _sample(kind, number, engine.name, engine.read(luma), right)


def _sample(kind: str, number: int, engine: str, answer: Answer, right: Right) -> Sample:
    judged = [right(text) for text in answer.texts]
    return Sample(
        kind=kind,
        number=number,
        engine=engine,
        read=any(judged),
        wrong=not all(judged),
        cpu_ms=answer.cpu_ms,
        cut_off=answer.cut_off,
        failed=answer.failed,
        note=answer.note,
    )


def _says(frame: HardFrame) -> Right:
    truth = frame.shown.text.encode()
    return lambda text: text == truth


def _nothing(_text: bytes) -> bool:
    return False


def engines_in(samples: Sequence[Sample]) -> list[str]:
    """Return the engines in the order in which they came, the floor right after ours."""
    names = list(dict.fromkeys(sample.engine for sample in samples))
    return sorted(names, key=lambda name: (name != OURS, name != FLOOR))
