"""The doors to the two engines, zxing-cpp and ZBar: a luma picture in, what they saw out."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from drivers.base import PAYLOAD_BYTES_MAX, DriverError
from drivers.luma import Luma
from drivers.reading import Corners, Point

# One call on the worst picture of this size (noise, tiled finder patterns) takes zxing-cpp about
# half a second on a slow core: within the two seconds after which a decode process is replaced.
ZXING_PIXELS_MAX = 25_000_000
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
class Seen:
    """What an engine makes of a picture."""

    found: tuple[Found, ...] = ()
    unread: tuple[Corners, ...] = ()  # codes that it saw and could not read


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
            unread=tuple(_place(code.position) for code in codes if not code.valid),
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
