"""What aiming's decode process adds to each look: figures of fixed shape, checked on arrival."""

import struct
from math import isfinite

from drivers.camera.messages import MalformedMessage
from drivers.decode.figures import Exposure, Measures
from drivers.decode.tally import AimedCode
from drivers.reading import NOTE_BYTES_MAX, READINGS_MAX, Corners

_EXPOSURE = struct.Struct("!BBff")  # level, spread, burnt, black
_COUNT = struct.Struct("!BB")  # how many unread places; 0 no code, 1 one that was not read, 2 read
_PLACE = struct.Struct("!8h")
# Modules (0: not counted), pixels a module, blur, dark, light, burnt, black, glare, covered, tilt.
_CODE = struct.Struct("!BffBBfffff")
_PIXEL_MAX = 32_767

AimNote = tuple[Exposure, tuple[Corners, ...], AimedCode | None]


def aim_note(exposure: Exposure, unread: tuple[Corners, ...], code: AimedCode | None) -> bytes:
    """Return the octets of a note, at most NOTE_BYTES_MAX."""
    unread = unread[:READINGS_MAX]
    kind = 0 if code is None else 1 + code.is_read
    octets = _EXPOSURE.pack(exposure.level, exposure.spread, exposure.burnt, exposure.black)
    octets += _COUNT.pack(len(unread), kind)
    octets += b"".join(_place(corners) for corners in unread)
    if code is not None:
        figures = code.measures
        octets += _place(code.corners) + _CODE.pack(
            figures.modules or 0, figures.pixels_per_module or 0.0, figures.blur_px,
            figures.dark, figures.light, figures.burnt, figures.black,
            figures.glare, figures.covered, figures.tilt_degrees,
        )  # fmt: skip
    if len(octets) > NOTE_BYTES_MAX:
        raise ValueError(f"a note of {len(octets)} octets")
    return octets


def parse_aim_note(octets: bytes) -> AimNote:
    """Return what a note says: the light, the places of unread codes, the measured code.

    Raises:
        MalformedMessage: it is of another shape, or a figure is none.
    """
    try:
        level, spread, burnt, black = _finite(_EXPOSURE, octets, 0)
        exposure = Exposure(level=int(level), spread=int(spread), burnt=burnt, black=black)
        count, kind = _COUNT.unpack_from(octets, _EXPOSURE.size)
        begin = _EXPOSURE.size + _COUNT.size
        end = begin + count * _PLACE.size
        unread = tuple(_corners(octets, at) for at in range(begin, end, _PLACE.size))
        code = None
        if kind:
            code = _aimed_code(octets, end, is_read=kind == 2)
            end += _PLACE.size + _CODE.size
    except struct.error as fault:
        raise MalformedMessage("a note cut short") from fault
    if end != len(octets) or count > READINGS_MAX or kind > 2:
        raise MalformedMessage("a note out of its limits")
    return exposure, unread, code


def _aimed_code(octets: bytes, at: int, *, is_read: bool) -> AimedCode:
    modules, pixels, blur, dark, light, burnt, black, glare, covered, tilt = _finite(
        _CODE, octets, at + _PLACE.size
    )
    figures = Measures(
        modules=int(modules) or None,
        pixels_per_module=pixels if modules else None,
        blur_px=blur,
        dark=int(dark),
        light=int(light),
        burnt=burnt,
        black=black,
        glare=glare,
        covered=covered,
        tilt_degrees=tilt,
    )
    return AimedCode(measures=figures, corners=_corners(octets, at), is_read=is_read)


def _finite(shape: struct.Struct, octets: bytes, at: int) -> tuple[float, ...]:
    figures = shape.unpack_from(octets, at)
    if not all(isfinite(figure) and figure >= 0 for figure in figures):
        raise MalformedMessage("a figure that is none")
    return figures


def _place(corners: Corners) -> bytes:
    return _PLACE.pack(
        *(max(-_PIXEL_MAX, min(at, _PIXEL_MAX)) for point in corners for at in point)
    )


def _corners(octets: bytes, at: int) -> Corners:
    x0, y0, x1, y1, x2, y2, x3, y3 = _PLACE.unpack_from(octets, at)
    return (x0, y0), (x1, y1), (x2, y2), (x3, y3)
