"""Pictures for people: each code of a frame outlined, numbered, and named by what read it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.base import DriverError
from drivers.luma import Luma
from drivers.opencv import load_opencv
from drivers.reading import Corners, Look, Point

# Two colours of Okabe and Ito's set, which the colour-blind tell apart, as OpenCV has them (BGR);
# solid and dashed, light on dark and dark on light, tell them apart in grey too.
READ_COLOUR = (178, 114, 0)  # blue
UNREAD_COLOUR = (0, 159, 230)  # orange
_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)

# Labels below this are no letters; a smaller picture is enlarged, by a whole number.
SIDE_PX_MIN = 480
# A line is this share of the longer side, so that a 50-megapixel photo shrunk to a screen
# still shows it.
LINES_A_SIDE = 320
# Of a payload that is to be shown: enough to tell one card from another.
TEXT_CHARACTERS_MAX = 40

_DASHES_A_SIDE = 9  # an odd number begins and ends at the corners

Canvas = NDArray[np.uint8]  # (height, width, 3), BGR


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    corners: Corners
    label: str
    is_read: bool


def annotated(luma: Luma, look: Look, *, with_text: bool = False) -> Canvas:
    """Return a picture of a frame with every code outlined: read ones solid, unread ones dashed.

    Args:
        luma: the frame.
        look: what was made of it; readings are numbered from 1, in their order.
        with_text: also write the beginning of each payload beside its code.

    Raises:
        DriverError: OpenCV can't be loaded.
    """
    cv2 = load_opencv()
    scale = max(1, -(-SIDE_PX_MIN // max(luma.shape)))
    canvas = cv2.cvtColor(np.ascontiguousarray(luma), cv2.COLOR_GRAY2BGR)
    if scale > 1:
        canvas = cv2.resize(canvas, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
    width = max(1, round(max(canvas.shape) / LINES_A_SIDE))
    marks = tuple(_marks(look, with_text=with_text))
    for mark in marks:
        _outline(cv2, canvas, _scaled(mark.corners, scale), width, is_read=mark.is_read)
    for mark in marks:  # over every line, so that none runs through a label
        _label(cv2, canvas, _scaled(mark.corners, scale), width, mark)
    return np.asarray(canvas, dtype=np.uint8)


def picture_octets(canvas: Canvas, suffix: str) -> bytes:
    """Return a picture as the octets of a file.

    Args:
        canvas: the picture.
        suffix: of the file's name, with its dot: ".png", ".jpg" and more.

    Raises:
        DriverError: OpenCV writes no such files.
    """
    cv2 = load_opencv()
    try:
        is_done, octets = cv2.imencode(suffix, canvas)
    except cv2.error as fault:
        raise DriverError(f"no picture can be written as {suffix!r}: name it .png") from fault
    if not is_done:
        raise DriverError(f"the picture can't be written as {suffix}: name it .png")
    return bytes(octets)


def _marks(look: Look, *, with_text: bool) -> Iterable[_Mark]:
    for corners in _elsewhere(look):
        yield _Mark(corners=corners, label="not read", is_read=False)
    for number, reading in enumerate(look.readings, 1):
        label = f"{number} {reading.rung}"
        if with_text:
            label += f": {_shown(reading.payload)}"
        yield _Mark(corners=reading.corners, label=label, is_read=True)


def _elsewhere(look: Look) -> Iterable[Corners]:
    """Yield where codes were not read, but for places that a later rung did read, each once."""
    taken = [reading.corners for reading in look.readings]
    for corners in look.unread:
        x, y = (sum(point[axis] for point in corners) / 4 for axis in (0, 1))
        if not any(_is_within(other, x, y) for other in taken):
            taken.append(corners)
            yield corners


def _is_within(corners: Corners, x: float, y: float) -> bool:
    across, down = ([point[axis] for point in corners] for axis in (0, 1))
    return min(across) <= x <= max(across) and min(down) <= y <= max(down)


def _shown(payload: bytes) -> str:
    """Return the beginning of a payload in letters that OpenCV can draw."""
    text = payload.decode("ascii", "backslashreplace")
    text = "".join(letter if letter.isprintable() else "." for letter in text)
    return text if len(text) <= TEXT_CHARACTERS_MAX else text[: TEXT_CHARACTERS_MAX - 3] + "..."


def _scaled(corners: Corners, scale: int) -> list[Point]:
    # OpenCV counts a pixel's place from its middle.
    return [(x * scale + scale // 2, y * scale + scale // 2) for x, y in corners]


def _outline(cv2: Any, canvas: Canvas, points: list[Point], width: int, *, is_read: bool) -> None:
    pieces = [
        piece
        for begin, end in zip(points, points[1:] + points[:1], strict=True)
        for piece in ([(begin, end)] if is_read else _dashes(begin, end))
    ]
    # A rim of the opposite shade: some line is seen on any ground.
    rim, colour = (_WHITE, READ_COLOUR) if is_read else (_BLACK, UNREAD_COLOUR)
    for shade, thickness in ((rim, 3 * width), (colour, width)):
        for begin, end in pieces:
            cv2.line(canvas, begin, end, shade, thickness, cv2.LINE_AA)


def _dashes(begin: Point, end: Point) -> Iterable[tuple[Point, Point]]:
    at = [
        (
            round(begin[0] + (end[0] - begin[0]) * step / _DASHES_A_SIDE),
            round(begin[1] + (end[1] - begin[1]) * step / _DASHES_A_SIDE),
        )
        for step in range(_DASHES_A_SIDE + 1)
    ]
    return zip(at[::2], at[1::2], strict=True)


def _label(cv2: Any, canvas: Canvas, points: list[Point], width: int, mark: _Mark) -> None:
    font, scale, stroke = cv2.FONT_HERSHEY_SIMPLEX, max(0.45, 0.3 * width), max(1, width)
    (wide, high), below = cv2.getTextSize(mark.label, font, scale, stroke)
    room = max(canvas.shape[1] - 4 * width, 1) / wide
    if room < 1:  # a long text on a narrow picture
        scale *= room
        (wide, high), below = cv2.getTextSize(mark.label, font, scale, stroke)
    left, top = _corner_for_label(canvas, points, (wide, high + below), pad=2 * width)
    ground = READ_COLOUR if mark.is_read else UNREAD_COLOUR
    cv2.rectangle(canvas, (left, top), (left + wide, top + high + below), ground, -1)
    ink = _WHITE if mark.is_read else _BLACK
    cv2.putText(canvas, mark.label, (left, top + high), font, scale, ink, stroke, cv2.LINE_AA)


def _corner_for_label(
    canvas: Canvas, points: list[Point], size: tuple[int, int], *, pad: int
) -> Point:
    """Return where a label's upper left corner goes: above the code, and inside the picture."""
    left = min(x for x, _ in points)
    top = min(y for _, y in points) - size[1] - pad
    height, width = canvas.shape[:2]
    return (
        max(0, min(left, width - size[0] - 1)),
        max(0, min(top, height - size[1] - 1)),
    )
