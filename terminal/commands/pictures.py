"""`decode`: the technician's look at pictures and videos of codes."""

from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from drivers.base import DriverError
from terminal.commands.options import JsonOption
from terminal.commands.output import payload_text, print_json, print_line
from verifier.encoding import base64url

if TYPE_CHECKING:
    from drivers.picture_files.messages import FrameLook
    from drivers.picture_files.reader import OpenedFile, PictureReader
    from drivers.reading import Look, Reading
    from terminal.picture_output import Annotations

# What is counted of one file: a video that shows more is no video of codes, and must not fill the
# memory; codes are kept as 16 octets each.
CODES_MAX = 100_000

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
    from drivers.picture_files.reader import PictureReader  # noqa: PLC0415  # processes, when used
    from terminal.picture_output import Annotations  # noqa: PLC0415  # as above

    worst = 0
    with PictureReader() as reader:
        drawing = None if annotate is None else Annotations(annotate, pictures)
        for what in reader.missing:
            typer.echo(f"scan-terminal: {what}", err=True)
        for path in pictures:
            telling = _Telling(path, drawing, with_text=text, as_json=as_json)
            try:
                was_read = _decode_file(reader, path, telling)
            except DriverError as error:
                typer.echo(f"scan-terminal: {error}", err=True)
                worst = 2
            else:
                worst = max(worst, 0 if was_read else 1)
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
        fresh = {_digest(reading.payload) for reading in look.readings} - self.codes
        if len(self.codes) < CODES_MAX:
            self.codes |= fresh
        if look.readings:
            self.read += 1
            self.first = frame if self.first is None else self.first
        return bool(fresh)


def _digest(payload: bytes) -> bytes:
    return blake2b(payload, digest_size=16).digest()


class _Telling:
    """What becomes of the frames of one file: told, counted, drawn."""

    def __init__(
        self, path: str, drawing: "Annotations | None", *, with_text: bool, as_json: bool
    ) -> None:
        self._path, self._drawing = path, drawing
        self._with_text, self._as_json = with_text, as_json
        self._seen = _Seen()

    def begin(self, file: "OpenedFile") -> None:
        if self._drawing is not None:
            self._drawing.prepare(is_still=file.is_still)

    def frame(self, file: "OpenedFile", frame: "FrameLook") -> None:
        is_worth_drawing = self._seen.count(frame.number, frame.look) or file.is_still
        if self._drawing is not None and is_worth_drawing:
            number = None if file.is_still else frame.number
            self._drawing.put(
                self._path, number, lambda suffix: file.drawing(suffix, with_text=self._with_text)
            )
        _tell(self._path, frame, as_json=self._as_json)

    def end(self, file: "OpenedFile") -> bool:
        """Sum up; return whether anything was read."""
        if not self._as_json:
            _sum_up(self._path, self._seen, is_still=file.is_still)
        return self._seen.read > 0


def _decode_file(reader: "PictureReader", path: str, telling: _Telling) -> bool:
    """Tell what every frame of a file shows; return whether anything was read."""
    with reader.open(path) as file:
        telling.begin(file)
        for frame in file.frames():
            telling.frame(file, frame)
        return telling.end(file)


def _tell(path: str, frame: "FrameLook", *, as_json: bool) -> None:
    readings = frame.look.readings
    if not as_json:
        for reading in readings:
            print_line(f"{path} {frame.number}: {payload_text(reading.payload)}")
        return
    members: dict[str, object] = {
        "path": path,
        "frame": frame.number,
        **_NOTHING_READ,
        "ms": frame.spent_ms,
    }
    if not readings:
        print_json(members)
    for reading in readings:
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
            f" {len(seen.codes)} different codes{' or more' * (len(seen.codes) >= CODES_MAX)}"
        )
