"""The decode ladder: one picture in, the codes on it out, exact to the octet.

The cheap and best engine goes first; the second is asked only where the first saw a code and
could not read it, so that a lane with nobody in it costs next to nothing.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from drivers.base import PAYLOAD_BYTES_MAX, DriverError
from drivers.luma import Luma
from drivers.opencv import load_opencv
from drivers.reading import READINGS_MAX, Corners, Look, Reading, Sign

_Found = tuple[bytes, Corners]

# Doubling a larger picture would take more than 200 MB; one this large needs no doubling.
DOUBLED_PIXELS_MAX = 25_000_000


class Ladder:
    """Reads QR codes from luma pictures; one object per thread.

    Args:
        thorough: also look at the picture doubled, and with the second engine, when nothing at
            all was seen. For still pictures: it makes an empty frame ten times as dear.

    Attributes:
        missing: what this machine lacks for the whole ladder, each with its remedy.
        zbar_faults: pictures on which the second engine failed instead of answering.

    Raises:
        DriverError: the first engine is not installed.
    """

    def __init__(self, *, thorough: bool = False) -> None:
        self._zxing = _load_zxing()
        self._zbar, self.missing = _load_zbar()
        self._thorough = thorough
        self.zbar_faults = 0

    def read(self, luma: Luma) -> Look:
        """Return what can be read on a picture, at most READINGS_MAX codes.

        Args:
            luma: shape (height, width), any strides.

        Raises:
            ValueError: `luma` is not an 8-bit picture with two sides.
            DriverError: it is to be doubled, and OpenCV can't be loaded.
        """
        if luma.dtype != np.uint8 or luma.ndim != 2 or 0 in luma.shape:
            raise ValueError(f"not a luma picture: {luma.dtype} {luma.shape}")
        luma = np.ascontiguousarray(luma)
        found, seen = self._zxing(luma)
        readings = _readings(found, "zxing", "plain")
        if not readings and self._thorough and luma.size <= DOUBLED_PIXELS_MAX:
            readings = _readings(_halved(self._zxing(_doubled(luma))[0]), "zxing", "doubled")
        if not readings and (seen or self._thorough):
            readings = _readings(self._read_zbar(luma), "zbar", "zbar")
        if readings:
            return Look(readings=readings, sign=Sign.READ)
        return Look(readings=(), sign=Sign.UNREAD if seen else Sign.NOTHING)

    def _read_zbar(self, luma: Luma) -> list[_Found]:
        try:
            found = self._zbar(luma)
        except ValueError:
            # pyzbar 0.1.9 raises it when ZBar gives a symbol no orientation: about one photo in
            # 400. The symbols go with it, so to the ladder nothing was read.
            self.zbar_faults += 1
            return []
        # ZBar guesses an encoding and re-encodes, so what is not ASCII may have changed.
        return [(payload, corners) for payload, corners in found if payload.isascii()]


def _readings(found: list[_Found], engine: str, rung: str) -> tuple[Reading, ...]:
    fitting = [one for one in found if 0 < len(one[0]) <= PAYLOAD_BYTES_MAX]
    return tuple(
        Reading(payload=payload, engine=engine, rung=rung, corners=corners)
        for payload, corners in fitting[:READINGS_MAX]
    )


def _halved(found: list[_Found]) -> list[_Found]:
    """Return what was found on a doubled picture at its places on the picture itself."""
    return [
        (payload, _corners([(x // 2, y // 2) for x, y in corners])) for payload, corners in found
    ]


def _corners(points: list[tuple[int, int]]) -> Corners:
    first, second, third, fourth = points
    return first, second, third, fourth


def _doubled(luma: Luma) -> Luma:
    cv2 = load_opencv()  # 160 ms that a camera lane, which never doubles, need not pay
    doubled = cv2.resize(luma, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return np.asarray(doubled, dtype=np.uint8)


def _load_zxing() -> Callable[[Luma], tuple[list[_Found], bool]]:
    """Return a function that gives what was read, and whether any code was seen at all."""
    try:
        import zxingcpp  # noqa: PLC0415  # a native library only a decoder should load
    except ImportError as fault:
        raise DriverError("the decoder zxing-cpp is missing: install it with pip") from fault

    # Other symbologies stay off: they are more native code for strangers to reach.
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)

    def read(luma: Luma) -> tuple[list[_Found], bool]:
        codes = zxingcpp.read_barcodes(
            luma,
            formats=formats,
            try_downscale=True,
            return_errors=True,
        )
        return [(code.bytes, _place(code.position)) for code in codes if code.valid], bool(codes)

    return read


def _place(position: Any) -> Corners:
    names = ("top_left", "top_right", "bottom_right", "bottom_left")
    return _corners([(point.x, point.y) for point in (getattr(position, name) for name in names)])


def _load_zbar() -> tuple[Callable[[Luma], list[_Found]], tuple[str, ...]]:
    """Return the second rung, and what is missing for it; a rung that lacks parts reads nothing."""
    try:
        from pyzbar import pyzbar  # noqa: PLC0415  # a native library only a decoder should load
    except ImportError:
        return _read_nothing, ("ZBar, the second decoder: apt install libzbar0",)

    def read(luma: Luma) -> list[_Found]:
        symbols: list[Any] = pyzbar.decode(luma, symbols=[pyzbar.ZBarSymbol.QRCODE])
        return [(bytes(symbol.data), _box(symbol.rect)) for symbol in symbols]

    return read, ()


def _box(rect: Any) -> Corners:
    """Return the upright box around a code: the order of ZBar's own corners means nothing."""
    right, bottom = rect.left + rect.width, rect.top + rect.height
    return (rect.left, rect.top), (right, rect.top), (right, bottom), (rect.left, bottom)


def _read_nothing(_luma: Luma) -> list[_Found]:
    return []
