"""A camera lane: codes out of a camera, a stream or a video, by processes of their own."""

import threading
from collections.abc import Callable, Mapping

from drivers.base import Deliver, Report, ScannedCode
from drivers.camera.controls import CameraControls
from drivers.camera.crew import MODULES, Crew
from drivers.camera.effects import Child, Outward, TellDown, TellUp
from drivers.camera.effects import Deliver as DeliverReadings
from drivers.camera.health import CameraHealth
from drivers.camera.naming import device_name, located
from drivers.camera.order import CaptureOrder
from drivers.camera.pace import Pace
from drivers.camera.supervision import Supervision
from drivers.condition import ConditionTeller
from drivers.steady import Sighting, Steady
from drivers.waker import Waker


class CameraScanner:
    """Reads codes from a camera; a `Scanner`.

    One thread here supervises the processes: capture, which touches the device or stream, decode,
    which touches nothing but frames, and a spare that takes over from decode. None ever holds the
    daemon's keys or data, and when one crashes or hangs on what it was shown, that costs a frame.

    Args:
        source: a camera's number or path, an address (http, rtsp) or a video file's path.
            Reports show no more of an address than `device_name` does.
        controls: what a V4L2 camera is set to.
        fps_idle: frames a second to look at while there is no sign of a code.
        fps_max: frames a second to look at, at most: from the first sign of a code on.
        hold_off_ms: how long a code must be away before it counts as shown again; 0 = at once.
        frame_deadline_ms: how long decode may take for a frame before it is replaced, whatever
            it does; one that computes is ended much sooner, by FRAME_CPU_MS_MAX.
        frame_age_ms_max: how long the camera may give no frame before it is reported DOWN.
        frozen_after_ms: how long a camera may give the same picture, to the last bit, before it
            is opened again, and then reported DOWN; 0 = for ever. A video file may do so.
        monotonic_ms: the clock of `ScannedCode.seen_ms` and `read_ms`: CLOCK_MONOTONIC, since
            the capture process reads it too.
    """

    # What runs as each process; tests plant their own, aiming another decode.
    modules: Mapping[Child, str] = MODULES
    # Sees what came of each frame before its codes are delivered, in this object's thread.
    on_look: Callable[[DeliverReadings, Crew], None] | None = None

    def __init__(  # noqa: PLR0913  # keyword-only, and all but two have a default
        self,
        *,
        source: str,
        controls: CameraControls = CameraControls(),  # noqa: B008  # a frozen value
        fps_idle: int = 10,
        fps_max: int = 15,
        hold_off_ms: int = 1000,
        frame_deadline_ms: int = 3000,
        frame_age_ms_max: int = 5000,
        frozen_after_ms: int = 20_000,
        monotonic_ms: Callable[[], int],
    ) -> None:
        self._order = CaptureOrder(
            source=located(source), controls=controls, frozen_after_ms=frozen_after_ms
        )
        self._device = device_name(source)
        self._monotonic_ms = monotonic_ms
        self._steady = Steady(hold_off_ms)
        self._machine = Supervision(
            device=self._device,
            pace=Pace(fps_idle=fps_idle, fps_max=fps_max, now_ms=monotonic_ms()),
            frame_deadline_ms=frame_deadline_ms,
            frame_age_ms_max=frame_age_ms_max,
            now_ms=monotonic_ms(),
        )
        self._crew: Crew | None = None
        self._waker = Waker()
        self._thread: threading.Thread | None = None
        self._is_stopping = False

    @property
    def health(self) -> CameraHealth:
        """What the processes have done since the start."""
        return self._machine.health

    def counts(self) -> Mapping[str, int]:
        """Return `CameraHealth.counts`; a `Counting` scanner."""
        return self.health.counts()

    def child_pids(self) -> Mapping[str, int]:
        """Return the numbers of the processes that run now: "capture", "decode", "spare"."""
        return self._crew.pids() if self._crew is not None else {}

    def start(self, deliver: Deliver, report: Report) -> None:
        """Begin to read; returns at once. A missing camera is reported, never raised."""
        if self._thread is not None:
            raise ValueError(f"{self._device} is started already")
        teller = ConditionTeller(self._device, report)
        # The kernel ties a child to the thread that started it, so this one lives as long as
        # the processes; should the daemon end without `stop`, they end with it.
        self._thread = threading.Thread(
            target=self._run, args=(deliver, teller), name=f"camera {self._device}", daemon=True
        )
        self._thread.start()

    def forget(self) -> None:
        """Take what is in view as new again: what was delivered could not be used."""
        self._steady.forget()

    def stop(self) -> None:
        """End the reading; returns when thread and processes are gone. A scanner starts once."""
        self._is_stopping = True
        self._waker.wake()
        if self._thread is not None:
            self._thread.join()
        self._waker.close()

    def _run(self, deliver: Deliver, teller: ConditionTeller) -> None:
        def hand_on(effect: Outward) -> None:
            match effect:
                case TellUp():
                    teller.up(effect.detail)
                case TellDown():
                    teller.down(effect.detail)
                case DeliverReadings():
                    self._deliver_new(effect, deliver)

        teller.starting()
        self._crew = Crew(
            order=self._order,
            machine=self._machine,
            monotonic_ms=self._monotonic_ms,
            hand_on=hand_on,
            modules=self.modules,
        )
        try:
            while not self._is_stopping:
                self._crew.work(self._waker)
        finally:
            self._crew.end()

    def _deliver_new(self, effect: DeliverReadings, deliver: Deliver) -> None:
        if self.on_look is not None and self._crew is not None:
            self.on_look(effect, self._crew)
        read_ms = self._monotonic_ms()
        readings = effect.result.look.readings
        sightings = [Sighting(payload=one.payload, corners=one.corners) for one in readings]
        engines = {one.payload: one.engine for one in readings}
        for presented in self._steady.receive(sightings, read_ms):
            code = ScannedCode(
                payload=presented.payload,
                engine=engines[presented.payload],
                seen_ms=effect.note.seen_ms,
                read_ms=read_ms,
                showing=presented.showing,
                companions=presented.companions,
            )
            deliver(code)
