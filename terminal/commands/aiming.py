"""`aim`: what a technician looks at while he places a camera or a scanner."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drivers.clock import monotonic_ms
from terminal.commands.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from terminal.commands.output import print_json
from terminal.errors import UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from drivers.camera.aim import Snapshot
    from terminal.aiming import Target

# A hand on the camera wants to be followed; a program reads an object a second.
_REFRESH_S = 0.25
_OBJECTS_S = 1.0

Shown = tuple[Callable[[], dict[str, object]], Callable[[], "Table"]]


def aim(  # noqa: PLR0913  # typer reads options from the signature
    config: ConfigOption = DEFAULT_CONFIG,
    lane: Annotated[
        str | None, typer.Option("--lane", help="The lane to look at; needed where there are more.")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="A camera, a stream or a video instead.")
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option("--seconds", min=1, max=86_400, help="How long; else until Ctrl-C."),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option("--picture", metavar="OUT", help="At the end, draw what was seen into OUT."),
    ] = None,
    *,
    text: Annotated[bool, typer.Option("--text", help="Show what codes say too.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Show focus, distance, light and read rate, to place a camera; exit 1: nothing was read."""
    from terminal.aiming import target_of  # noqa: PLC0415  # devices, when used
    from terminal.devices.camera import CameraSettings  # noqa: PLC0415

    target = target_of(config, lane=lane, source=source)
    is_camera = isinstance(target.settings, CameraSettings)
    if picture is not None:
        _check_picture(picture, is_camera=is_camera)
    watching = _camera if is_camera else _codes
    rounds = _Rounds(seconds, as_json=as_json or not sys.stdout.isatty())
    with watching(target, picture, with_text=text) as (members, table):
        rounds.run(members, table)
        last = members()
    return 0 if last["was_read"] else 1


class _Rounds:
    """Shows a view again and again until the time is up or Ctrl-C is pressed."""

    def __init__(self, seconds: float | None, *, as_json: bool) -> None:
        self._until_ms = None if seconds is None else monotonic_ms() + int(seconds * 1000)
        self._as_json = as_json
        self._never = threading.Event()

    def run(self, members: Callable[[], dict[str, object]], table: Callable[[], "Table"]) -> None:
        try:
            with nullcontext() if self._as_json else _live() as live:
                while self._wait():
                    if live is None:
                        print_json(members())
                    else:
                        live.update(table())
        except KeyboardInterrupt:
            return  # that is how it ends

    def _wait(self) -> bool:
        """Wait until the view is to be shown anew; return False when the time is up."""
        round_s = _OBJECTS_S if self._as_json else _REFRESH_S
        left_s = round_s
        if self._until_ms is not None:
            left_s = (self._until_ms - monotonic_ms()) / 1000
        if left_s <= 0:
            return False
        self._never.wait(min(left_s, round_s))
        return True


def _live() -> Any:
    from rich.live import Live  # noqa: PLC0415  # for a person alone

    return Live(auto_refresh=True, refresh_per_second=1 / _REFRESH_S, transient=False)


@contextmanager
def _camera(target: "Target", picture: Path | None, *, with_text: bool) -> Iterator[Shown]:
    from drivers.camera.aim import CameraAim  # noqa: PLC0415  # when used
    from drivers.camera.scanner import CameraScanner  # noqa: PLC0415
    from drivers.decode.tally import Tally  # noqa: PLC0415
    from terminal.aim_view import camera_members, camera_table, device_members  # noqa: PLC0415
    from terminal.aiming import Reports  # noqa: PLC0415

    scanner, tally, reports = target.settings.make(), Tally(), Reports()
    if not isinstance(scanner, CameraScanner):
        raise ValueError("a camera's settings make a camera's scanner")  # noqa: TRY004  # our bug
    watched = CameraAim(scanner, name=target.name, monotonic_ms=monotonic_ms)

    def members() -> dict[str, object]:
        view = tally.view(monotonic_ms())
        return {
            **device_members(target, reports.last),
            **camera_members(view, with_text=with_text),
            "was_read": tally.was_read,
        }

    def table() -> "Table":
        view = tally.view(monotonic_ms())
        return camera_table(target, reports.last, view, with_text=with_text)

    watched.start(tally.receive, reports.take)
    try:
        yield members, table
    finally:
        watched.stop()
    if picture is not None:
        _draw(picture, watched.snapshot, with_text=with_text)


@contextmanager
def _codes(target: "Target", _picture: Path | None, *, with_text: bool) -> Iterator[Shown]:
    from terminal.aim_view import codes_members, codes_table, device_members  # noqa: PLC0415
    from terminal.aiming import CodeTally, Reports  # noqa: PLC0415  # when used

    tally, reports = CodeTally(_eager(target).make(), monotonic_ms), Reports()

    def members() -> dict[str, object]:
        view = tally.view()
        return {
            **device_members(target, reports.last),
            **codes_members(view, with_text=with_text),
            "was_read": view.codes > 0,
        }

    def table() -> "Table":
        return codes_table(target, reports.last, tally.view(), with_text=with_text)

    tally.start(reports.take)
    try:
        yield members, table
    finally:
        tally.stop()


def _eager(target: "Target") -> Any:
    """Return the scanner's settings so that a code that lies there counts again and again."""
    has_hold_off = "hold_off_ms" in type(target.settings).model_fields
    changes = {"hold_off_ms": 0} if has_hold_off else {}
    return target.settings.model_copy(update=changes)


def _check_picture(picture: Path, *, is_camera: bool) -> None:
    from terminal.picture_output import check_place  # noqa: PLC0415  # when used

    if not is_camera:
        raise UsageError("--picture is for cameras: this scanner gives codes and no pictures")
    check_place("--picture", picture)


def _draw(picture: Path, shot: "Snapshot | None", *, with_text: bool) -> None:
    import numpy as np  # noqa: PLC0415  # when used

    from terminal.picture_output import write_picture  # noqa: PLC0415

    if shot is None:
        typer.echo(f"scan-terminal: --picture {picture}: no frame came to be drawn", err=True)
        return
    luma = np.frombuffer(shot.pixels, np.uint8).reshape(shot.height, shot.width)
    write_picture(picture, luma, shot.look, with_text=with_text)
