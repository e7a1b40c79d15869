"""`decode`: the technician's look at pictures and videos of codes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from drivers.base import DriverError
from drivers.clock import monotonic_ms
from terminal.commands.options import JsonOption
from terminal.commands.output import payload_text, print_json, print_line
from terminal.commands.overtime import bounded
from verifier.encoding import base64url

if TYPE_CHECKING:
    from drivers.decode.ladder import Ladder
    from drivers.reading import Look, Reading
    from terminal.picture_output import Annotations

_NOTHING_READ: dict[str, object] = {"text": None, "engine": None, "rung": None, "corners": None}


def decode(
    pictures: Annotated[
        list[str], typer.Argument(metavar="IMAGE_OR_VIDEO...", help="Pictures or video files.")
    ],
    annotate: Annotated[
        Path | None,
        typer.Option(
            "--annotate",
            metavar="OUT",
            help="Draw what was found: into a picture, or a folder for several or a video.",
        ),
    ] = None,
    *,
    text: Annotated[
        bool, typer.Option("--text", help="Write what codes say into the drawn pictures too.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Read the QR codes of pictures and videos; exit 1: a file has none, 2: can't be read."""
    from drivers.decode.ladder import Ladder  # noqa: PLC0415  # engines, when used
    from drivers.pictures import opencv_trouble  # noqa: PLC0415  # OpenCV, when used
    from terminal.picture_output import Annotations  # noqa: PLC0415  # as above

    if trouble := opencv_trouble():
        raise DriverError(trouble)
    drawing = None if annotate is None else Annotations(annotate, pictures, text=text)
    stills, worst = Ladder(thorough=True), 0
    for what in stills.missing:
        typer.echo(f"scan-terminal: {what}", err=True)
    for path in pictures:
        busy = f"{path} keeps a decoder busy without end, and may be made to: leave it out"
        try:
            with bounded(busy) as goes_on:
                found = _decode_file(path, stills, drawing, goes_on, as_json=as_json)
        except DriverError as error:
            typer.echo(f"scan-terminal: {error}", err=True)
            worst = 2
        else:
            worst = max(worst, 0 if found else 1)
    return worst


@dataclass(slots=True)
class _Seen:
    """What the frames of one file showed so far."""

    frames: int = 0
    read: int = 0  # frames on which something was
    first: int | None = None  # of these
    codes: set[bytes] = field(default_factory=set)

    def count(self, frame: int, look: "Look") -> bool:
        """Count one frame; return whether it shows a code for the first time."""
        self.frames += 1
        fresh = {reading.payload for reading in look.readings} - self.codes
        self.codes |= fresh
        if look.readings:
            self.read += 1
            self.first = frame if self.first is None else self.first
        return bool(fresh)


def _decode_file(
    path: str,
    stills: "Ladder",
    drawing: "Annotations | None",
    goes_on: Callable[[], None],
    *,
    as_json: bool,
) -> bool:
    """Print what every frame of a file shows; return whether anything was read."""
    from drivers.decode.ladder import Ladder  # noqa: PLC0415  # loaded by then
    from drivers.pictures import frames_of, is_image  # noqa: PLC0415

    is_still = is_image(path)
    # A video is read as a lane reads its camera: cheap rungs on each frame, the dear ones spread.
    ladder, seen = stills if is_still else Ladder(), _Seen()
    for frame, luma in frames_of(path):
        begun_ms = monotonic_ms()
        look = ladder.read(luma)
        spent_ms = monotonic_ms() - begun_ms
        is_worth_drawing = seen.count(frame, look) or is_still
        if drawing is not None and is_worth_drawing:
            drawing.draw(path, None if is_still else frame, luma, look)
        _tell(path, frame, look, spent_ms, as_json=as_json)
        goes_on()
    if not as_json:
        _sum_up(path, seen, is_still=is_still)
    return seen.read > 0


def _tell(path: str, frame: int, look: "Look", spent_ms: int, *, as_json: bool) -> None:
    if not as_json:
        for reading in look.readings:
            print_line(f"{path} {frame}: {payload_text(reading.payload)}")
        return
    members: dict[str, object] = {"path": path, "frame": frame, **_NOTHING_READ, "ms": spent_ms}
    if not look.readings:
        print_json(members)
    for reading in look.readings:
        print_json(members | _members(reading))


def _members(reading: "Reading") -> dict[str, object]:
    members: dict[str, object] = {
        "text": payload_text(reading.payload),
        "engine": reading.engine,
        "rung": reading.rung,
        "corners": reading.corners,
    }
    try:
        reading.payload.decode()
    except UnicodeDecodeError:  # the text is escaped then, and can't be undone for certain
        members["octets"] = base64url.encode(reading.payload)
    return members


def _sum_up(path: str, seen: _Seen, *, is_still: bool) -> None:
    if not seen.read:
        print_line(f"{path}: nothing read")
    elif not is_still:
        print_line(
            f"{path}: read on {seen.read} of {seen.frames} frames, first on frame {seen.first};"
            f" {len(seen.codes)} different codes"
        )
