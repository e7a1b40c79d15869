"""The doors to the two engines, zxing-cpp and ZBar: a luma picture in, what they saw out."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from math import dist
from typing import Any

import numpy as np

from drivers.base import PAYLOAD_BYTES_MAX, DriverError
from drivers.luma import Luma
from drivers.reading import READINGS_MAX, Corners, Point

# One call on noise of this size takes zxing-cpp about half a second on a slow core. A picture of
# finder patterns takes it minutes, at a tenth of the size seconds: whoever calls sets an end to it.
ZXING_PIXELS_MAX = 25_000_000
# A code held at 65 degrees is 2.4 times as wide as high.
SIDES_RATIO_MAX = 2.5
# Nobody reads modules of less than 1.5 pixels; the corners of an unread code are rough.
MODULE_PX_MIN = 1.3
# ZBar takes ten times as long a pixel.
ZBAR_PIXELS_MAX = 4_000_000


class Threshold(Enum):
    """How zxing-cpp tells dark from light."""

    LOCAL = "LocalAverage"
    GLOBAL = "GlobalHistogram"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A code that was read."""

    payload: bytes  # 1 to PAYLOAD_BYTES_MAX octets
    corners: Corners


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A code that was seen and not read: it has the proportions of one, and a known version."""

    corners: Corners
    version: int  # 1 to 40, as the engine made it out; wrong where little could be made out


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What an engine makes of a picture."""

    found: tuple[Found, ...] = ()
    unread: tuple[Unread, ...] = ()

    @property
    def places(self) -> tuple[Corners, ...]:
        """Where the unread codes are, READINGS_MAX at most."""
        return tuple(one.corners for one in self.unread[:READINGS_MAX])


NOTHING = Seen()


class Zxing:
    """zxing-cpp, asked for plain QR codes alone: other symbologies cost eight times as much.

    Raises:
        DriverError: it is not installed.
    """

    def __init__(self) -> None:
        try:
            import zxingcpp  # noqa: PLC0415  # a native library only a decoder should load
        except ImportError as fault:
            raise DriverError("the decoder zxing-cpp is missing: install it with pip") from fault
        # It tells a code's details by way of json, which it would import when no file can be opened.
        import_module("json")
        self._read: Callable[..., list[Any]] = zxingcpp.read_barcodes
        # Other symbologies stay off: they are more native code for strangers to reach, too.
        self._formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)
        self._binarizers = {kind: getattr(zxingcpp.Binarizer, kind.value) for kind in Threshold}

    def read(self, luma: Luma, threshold: Threshold = Threshold.LOCAL) -> Seen:
        """Return what is read and seen on a picture of at most ZXING_PIXELS_MAX pixels.

        Raises:
            ValueError: there are more.
        """
        _check(luma, ZXING_PIXELS_MAX)
        # Codes on screens are found at a reduced size alone, hence try_downscale.
        codes = self._read(
            luma,
            formats=self._formats,
            try_downscale=True,
            binarizer=self._binarizers[threshold],
            return_errors=True,
        )
        if not codes:
            return NOTHING
        return Seen(
            found=tuple(
                Found(payload=code.bytes, corners=_place(code.position))
                for code in codes
                if code.valid and 0 < len(code.bytes) <= PAYLOAD_BYTES_MAX
            ),
            unread=tuple(
                Unread(corners=corners, version=version)
                for corners, version in (
                    (_place(c.position), _version(c)) for c in codes if not c.valid
                )
                if is_code_like(corners, version)
            ),
        )


class Zbar:
    """ZBar through pyzbar; where it is not installed it reads nothing.

    Attributes:
        missing: what is to be installed, empty if nothing.
        faults: pictures on which it failed instead of answering.
    """

    def __init__(self) -> None:
        self.faults = 0
        self.missing: tuple[str, ...] = ()
        self._decode: Callable[..., list[Any]] | None = None
        try:
            from pyzbar import pyzbar  # noqa: PLC0415  # a native library only a decoder loads
        except ImportError:
            self.missing = ("ZBar, the second decoder: apt install libzbar0",)
        else:
            self._decode, self._symbols = pyzbar.decode, [pyzbar.ZBarSymbol.QRCODE]

    def read(self, luma: Luma) -> Seen:
        """Return what is read on a picture of at most ZBAR_PIXELS_MAX pixels.

        Raises:
            ValueError: there are more.
        """
        _check(luma, ZBAR_PIXELS_MAX)
        if self._decode is None:
            return NOTHING
        try:
            symbols = self._decode(luma, symbols=self._symbols)
        except ValueError:
            # pyzbar 0.1.9 raises it when ZBar gives a symbol no orientation: about one photo in
            # 400. The symbols go with it, so to the ladder nothing was read.
            self.faults += 1
            return NOTHING
        # ZBar guesses an encoding and re-encodes, so what is not ASCII may have changed.
        return Seen(
            found=tuple(
                Found(payload=bytes(symbol.data), corners=_box(symbol.rect))
                for symbol in symbols
                if symbol.data.isascii() and 0 < len(symbol.data) <= PAYLOAD_BYTES_MAX
            )
        )


def is_code_like(corners: Corners, version: int) -> bool:
    """Return whether a code of this version may look like this, held at up to some 65 degrees.

    Screens and tiles are full of places where an engine believes to see three finder patterns:
    askew, or with modules of less than a pixel.
    """
    if not version:
        return False
    turns = [_turn(*(corners[(at + step) % 4] for step in range(3))) for at in range(4)]
    if not (min(turns) > 0 or max(turns) < 0):
        return False
    sides = [dist(corners[at], corners[at - 1]) for at in range(4)]
    return max(sides) <= SIDES_RATIO_MAX * min(sides) and max(sides) >= MODULE_PX_MIN * (
        17 + 4 * version
    )


def _turn(first: Point, second: Point, third: Point) -> int:
    """Return which way the corner at `second` turns: its sign."""
    return (second[0] - first[0]) * (third[1] - second[1]) - (second[1] - first[1]) * (
        third[0] - second[0]
    )


def _version(code: Any) -> int:
    """Return the version that the engine has made out, 0 if none."""
    told = str((code.extra or {}).get("Version", ""))
    return int(told) if told.isdecimal() else 0


def _check(luma: Luma, pixels_max: int) -> None:
    if luma.dtype != np.uint8 or luma.ndim != 2 or not 0 < luma.size <= pixels_max:
        raise ValueError(f"not a luma picture for this engine: {luma.dtype} {luma.shape}")


def _place(position: Any) -> Corners:
    def at(name: str) -> Point:
        point = getattr(position, name)
        return int(point.x), int(point.y)

    return at("top_left"), at("top_right"), at("bottom_right"), at("bottom_left")


def _box(rect: Any) -> Corners:
    """Return the upright box around a code: the order of ZBar's own corners means nothing."""
    right, bottom = rect.left + rect.width, rect.top + rect.height
    return (rect.left, rect.top), (right, rect.top), (right, bottom), (rect.left, bottom)
