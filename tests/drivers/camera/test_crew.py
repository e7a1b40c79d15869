import os
import select
import signal
from collections.abc import Callable, Iterator

import pytest
from driver_peers import PATIENCE_S, MjpegCamera, monotonic_ms, qr_luma

from drivers.camera.crew import Crew
from drivers.camera.effects import Child, Deliver, Outward
from drivers.camera.health import Failure
from drivers.camera.order import CaptureOrder
from drivers.camera.pace import Pace
from drivers.camera.supervision import Supervision, Turn
from drivers.waker import Waker

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_fd_leak")]


class Bridge:
    """A crew whose turns the test takes, and what it handed on."""

    def __init__(self, source: str) -> None:
        self.handed: list[Outward] = []
        self.waker = Waker()
        self.machine = Supervision(
            device="camera",
            pace=Pace(fps_idle=60, fps_max=60, now_ms=monotonic_ms()),
            frame_deadline_ms=10_000,
            frame_age_ms_max=10_000,
            now_ms=monotonic_ms(),
        )
        self.crew = Crew(
            order=CaptureOrder(source=source),
            machine=self.machine,
            monotonic_ms=monotonic_ms,
            hand_on=self.handed.append,
        )

    def work_until(self, holds: Callable[[], bool]) -> None:
        until_ms = monotonic_ms() + int(PATIENCE_S * 1000)
        while not holds():
            assert monotonic_ms() < until_ms
            self.crew.work(self.waker)

    def ask(self) -> None:
        """Ask capture for a frame, as soon as the pace allows, and attend to nobody."""
        while self.machine._turn is not Turn.CAPTURE:
            self.crew._apply(self.machine.tick(monotonic_ms()))

    def wait_for_word(self, child: Child) -> None:
        """Let that process speak or end, and attend to nobody."""
        fd = self.crew._processes[child].message_fd()
        assert select.select([fd], [], [], PATIENCE_S)[0]


@pytest.fixture
def bridge(mjpeg_camera: MjpegCamera) -> Iterator[Bridge]:
    mjpeg_camera.show(qr_luma(b"CODE"))
    bridge = Bridge(mjpeg_camera.address)
    yield bridge
    bridge.crew.end()
    bridge.waker.close()


@pytest.mark.parametrize("has_spare", [True, False])
def test_frame_for_a_decode_that_has_just_died_is_the_frame_it_costs(
    bridge: Bridge, *, has_spare: bool
) -> None:
    """Both are heard of at once: the frame first, then the end of who should take it."""
    lives = bridge.machine._lives
    if not has_spare:
        lives[Child.SPARE].start_due_ms = 2**60
    bridge.work_until(lambda: any(isinstance(one, Deliver) for one in bridge.handed))
    bridge.work_until(lambda: lives[Child.SPARE].is_ready is has_spare)
    bridge.work_until(lambda: bridge.machine._turn is Turn.NOBODY)
    bridge.ask()
    bridge.wait_for_word(Child.CAPTURE)
    os.kill(bridge.crew.pids()["decode"], signal.SIGKILL)
    bridge.wait_for_word(Child.DECODE)
    bridge.crew.work(bridge.waker)
    assert bridge.machine.health.decode[Failure.MEMORY] == 1
    bridge.handed.clear()
    bridge.work_until(lambda: any(isinstance(one, Deliver) for one in bridge.handed))
