"""A camera while it is being aimed: the lane's own scanner, whose decode measures as well."""

from collections.abc import Callable
from dataclasses import dataclass

from drivers.base import Condition, DeviceReport, Report, ScannedCode
from drivers.camera.aim_note import parse_aim_note
from drivers.camera.crew import MODULES, Crew
from drivers.camera.effects import Child
from drivers.camera.effects import Deliver as DeliverReadings
from drivers.camera.messages import MalformedMessage
from drivers.camera.scanner import CameraScanner
from drivers.decode.tally import AimedFrame
from drivers.reading import Look, Sign

_AIM_PROCESS = "drivers.camera.aim_process"
_MODULES = {**MODULES, Child.DECODE: _AIM_PROCESS, Child.SPARE: _AIM_PROCESS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One frame, and what was made of it."""

    pixels: bytes  # luma, rows of `width`
    width: int
    height: int
    look: Look


class CameraAim:
    """Watches a camera through its lane's scanner, under the same supervision and confinement.

    Args:
        scanner: as the settings make it, not started; it is this object's from here on.
        name: the camera's, for what is told of it.
        monotonic_ms: the scanner's clock.
    """

    def __init__(
        self, scanner: CameraScanner, *, name: str, monotonic_ms: Callable[[], int]
    ) -> None:
        self._scanner, self._name, self._monotonic_ms = scanner, name, monotonic_ms
        self._shot: Snapshot | None = None

    @property
    def snapshot(self) -> Snapshot | None:
        """Return the newest frame that shows a code, else the newest; None: there was none."""
        return self._shot

    def start(self, take: Callable[[AimedFrame], None], report: Report) -> None:
        """Begin to look; returns at once. Both are called from the scanner's thread."""

        def look(effect: DeliverReadings, crew: Crew) -> None:
            try:
                take(self._frame(effect))
            except MalformedMessage as fault:
                down = f"the decode process of {self._name} said {fault}"
                report(DeviceReport(device=self._name, condition=Condition.DOWN, detail=down))
            else:
                self._keep(effect, crew)

        self._scanner.modules, self._scanner.on_look = _MODULES, look
        self._scanner.start(_ignore, report)

    def stop(self) -> None:
        """End the looking; returns when thread and processes are gone."""
        self._scanner.stop()

    def _frame(self, effect: DeliverReadings) -> AimedFrame:
        look = effect.result.look
        exposure, unread, code = parse_aim_note(look.note)
        return AimedFrame(
            at_ms=self._monotonic_ms(),
            width=effect.note.width,
            height=effect.note.height,
            sign=look.sign,
            readings=look.readings,
            unread=unread,
            exposure=exposure,
            code=code,
        )

    def _keep(self, effect: DeliverReadings, crew: Crew) -> None:
        look, shown = effect.result.look, self._shot
        if look.sign is Sign.NOTHING and shown is not None and shown.look.sign is not Sign.NOTHING:
            return
        _, unread, _ = parse_aim_note(look.note)
        self._shot = Snapshot(
            pixels=crew.picture(effect.note),
            width=effect.note.width,
            height=effect.note.height,
            look=Look(readings=look.readings, sign=look.sign, unread=unread),
        )


def _ignore(_code: ScannedCode) -> None:
    """Take no code: what was read is in the frames."""
