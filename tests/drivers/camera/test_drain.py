import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from capture_peers import Messages, PeerCv2, V4l2Camera
from driver_peers import PATIENCE_S

from drivers.back_off import WAIT_MAX_MS, BackOff
from drivers.camera.controls import TENDED_SECOND, CameraControls, Control, Deviation
from drivers.camera.drain import Drain
from drivers.camera.messages import Kind, Trouble, parse_trouble
from drivers.camera.order import parse_deviation
from drivers.camera.packets import Form
from drivers.camera.source import Source
from drivers.camera.watch import FRAMES_MAX


@pytest.fixture
def node() -> Iterator[Path]:
    """A camera's node under /dev, as far as its path goes."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:  # it must be there
        path = Path(folder) / "video0"
        path.touch()
        yield path


class Bench:
    """A drain of one camera, whose clock goes on by a frame's time at each look at it."""

    def __init__(self, camera: V4l2Camera, node: Path, *, frame_ms: int = 33) -> None:
        self.messages = Messages()
        self.waited_s: list[float] = []
        self._now_ms = 0
        self._frame_ms = frame_ms
        self.source = Source(str(node), CameraControls(focus=40))
        self.drain = Drain(
            PeerCv2(camera.open),
            self.source,
            self.messages,
            now_ms=self._tick,
            wait=self.waited_s.append,
        )

    def _tick(self) -> int:
        self._now_ms += self._frame_ms
        return self._now_ms

    def troubles(self) -> list[Trouble]:
        told = self.messages.told
        return [parse_trouble(one.body) for one in told if one.kind is Kind.TROUBLE]

    def deviations(self) -> list[Deviation]:
        told = self.messages.told
        return [parse_deviation(one.body) for one in told if one.kind is Kind.DEVIATION]


def test_every_frame_is_taken_and_only_the_one_that_is_asked_for_is_unpacked(node: Path) -> None:
    camera = V4l2Camera()
    camera.frames_left = 1000
    bench = Bench(camera, node)
    bench.drain._is_wanted.set()
    bench.drain.drain_once(BackOff())
    assert (camera.frames, camera.retrieved) == (1000, 1)
    frame = bench.drain.next_frame()
    assert (frame.form, frame.octets.shape[0]) == (Form.JPEG, 1)
    assert frame.seen_ms <= 3 * 33


def test_frame_is_the_next_one_after_it_was_asked_for(node: Path) -> None:
    camera = V4l2Camera()
    bench = Bench(camera, node)
    thread = threading.Thread(target=bench.drain.drain_once, args=(BackOff(),))
    thread.start()
    seen = []
    for _ in range(5):
        before_ms = bench._now_ms
        frame = bench.drain.next_frame()
        assert frame.seen_ms >= before_ms
        seen.append(frame.seen_ms)
    camera.frames_left = 0
    thread.join(PATIENCE_S)
    assert seen == sorted(set(seen))


def test_camera_that_is_pulled_out_is_released_and_looked_for_ever_after(node: Path) -> None:
    camera = V4l2Camera()
    camera.frames_left = 40
    bench, back_off = Bench(camera, node), BackOff()
    bench.drain.drain_once(back_off)
    assert bench.troubles() == [Trouble.SILENT]
    node.unlink()
    for _ in range(1_000):
        bench.drain.drain_once(back_off)
    assert bench.troubles()[1:] == [Trouble.MISSING] * 1_000
    assert bench.waited_s[-1] == WAIT_MAX_MS / 1000
    node.touch()
    camera.frames_left = 40
    bench.drain.drain_once(back_off)
    assert (camera.opened, camera.open_now) == (2, 0)


def test_what_is_of_no_use_is_opened_again_with_a_growing_wait(node: Path) -> None:
    camera = V4l2Camera()
    bench, back_off = Bench(camera, node, frame_ms=5_000), BackOff()
    for _ in range(3):
        camera.grabbed = _reopening(bench, camera)  # type: ignore[method-assign]  # a peer's
        bench.drain.drain_once(back_off)
    assert bench.waited_s == [0.2, 0.4, 0.8]
    assert bench.troubles() == []


def _reopening(bench: Bench, camera: V4l2Camera) -> object:
    def grabbed() -> bool:
        camera.frames += 1
        if camera.frames == 5:
            bench.drain.reopen()
        return camera.frames < 100

    return grabbed


def test_source_that_gives_frames_without_end_is_dropped(node: Path) -> None:
    camera = V4l2Camera()
    bench = Bench(camera, node, frame_ms=1)
    bench.drain.drain_once(BackOff())
    assert bench.troubles() == [Trouble.FLOODING]
    assert 3 * FRAMES_MAX < camera.frames < 5_000
    assert camera.open_now == 0
    assert bench.waited_s == [0.2]


def test_camera_that_fits_no_packet_is_opened_decoded_once(node: Path) -> None:
    camera = V4l2Camera()
    bench = Bench(camera, node)
    forms = []
    for decoded in (False, True, False):
        if decoded:
            bench.drain.reopen_decoded()
        camera.frames_left = 5
        bench.drain._is_wanted.set()
        bench.drain.drain_once(BackOff())
        forms.append(bench.drain.next_frame().form)
    assert forms == [Form.JPEG, Form.DECODED, Form.JPEG]


def test_what_a_camera_does_not_take_is_told_once_over_all_openings(node: Path) -> None:
    camera = V4l2Camera(sizes=((640, 480),))
    bench = Bench(camera, node)
    for _ in range(3):
        camera.frames_left = 1_000
        bench.drain.drain_once(BackOff())
    refused = frozenset((Control.FOCUS, Control.SIZE))
    assert bench.deviations() == [Deviation(refused=refused, width=640, height=480)]
    camera.ranges = {cv2.CAP_PROP_AUTOFOCUS: (0, 1), cv2.CAP_PROP_FOCUS: (0, 100)}
    camera.sizes = ((1280, 720),)
    camera.frames_left = TENDED_SECOND
    bench.drain.drain_once(BackOff())
    assert bench.deviations()[1:] == [Deviation(refused=frozenset(), width=1280, height=720)]


def test_node_that_vanishes_is_told_while_the_camera_still_says_nothing(node: Path) -> None:
    """OpenCV waits up to 3 s for a frame; the path tells at once."""
    camera, hangs = V4l2Camera(), threading.Event()
    bench = Bench(camera, node)

    def grabbed() -> bool:
        node.unlink()
        assert hangs.wait(PATIENCE_S)
        camera.frames_left = 3
        node.touch()
        del camera.grabbed  # type: ignore[method-assign]  # the peer is well again
        return False

    camera.grabbed = grabbed  # type: ignore[method-assign]  # a peer's
    told = threading.Event()

    def tell(message: object) -> None:
        told.set()
        hangs.set()
        bench.messages(message)  # type: ignore[arg-type]  # a Message

    bench.drain._tell = tell
    thread = threading.Thread(
        target=lambda: [bench.drain.drain_once(BackOff()) for _ in range(2)], daemon=True
    )
    thread.start()
    bench.drain.next_frame()
    thread.join(PATIENCE_S)
    assert told.is_set()
    assert bench.troubles()[0] is Trouble.MISSING
