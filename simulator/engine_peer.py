"""Reads pictures with one decoding engine, in a process that may hang and be killed.

Run by itself, by the Python that has the engine: `engine_peer.py ENGINE`. Nothing of the project
is imported here, but for the engines that are ours.

Standard input brings pictures: height and width as two big-endian 32-bit numbers, then the octets
of 8-bit luma. A height of 0 brings no picture: what follows is another video. Standard output
takes one JSON object a line: first `{"missing": null}` or why the engine can't be had, then one
for each picture: `texts` as hexadecimal octets, `cpu_ms` of the one call, `note` and `failed`.
"""

import json
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

_SHAPE = struct.Struct("!II")
# How strong the sharpened variant is: what the public comparisons use.
_SHARP_SIGMA, _SHARP_GAIN = 2.0, 1.5

Found = tuple[list[bytes], str | None]  # texts, and what our ladder says about how
Read = Callable[[Any], Found]


def main() -> None:
    """Answer each picture until there are no more."""
    try:
        begin = _ENGINES[sys.argv[1]]
        read = begin()
    except Exception as error:  # noqa: BLE001  # whatever keeps an engine from loading is told
        _tell({"missing": " ".join(f"{type(error).__name__}: {error}".split())})
        return
    _tell({"missing": None})
    import numpy as np  # noqa: PLC0415  # its absence is told as the engine's

    while len(head := sys.stdin.buffer.read(_SHAPE.size)) == _SHAPE.size:
        height, width = _SHAPE.unpack(head)
        if height == 0:
            read = begin()
            continue
        octets = sys.stdin.buffer.read(height * width)
        # A copy, as some engines binarize in place.
        _tell(_timed(read, np.frombuffer(octets, np.uint8).reshape(height, width).copy()))


def _timed(read: Read, luma: Any) -> dict[str, object]:
    begun = time.process_time_ns()
    try:
        texts, note = read(luma)
        failed = None
    except Exception as error:  # noqa: BLE001  # an engine's fault is its result
        texts, note, failed = [], None, type(error).__name__
    spent = (time.process_time_ns() - begun) / 1e6
    return {
        "texts": [text.hex() for text in texts],
        "cpu_ms": spent,
        "note": note,
        "failed": failed,
    }


def _tell(members: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(members) + "\n")
    sys.stdout.flush()


def _ours(*, stills: bool) -> Read:
    from drivers.decode.ladder import Ladder  # noqa: PLC0415  # only where the project is

    _opencv()  # for its one thread, which a lane's decode process has as well
    ladder = Ladder(thorough=stills)

    def read(luma: Any) -> Found:
        readings = ladder.read(luma).readings
        return [one.payload for one in readings], readings[0].rung if readings else None

    return read


def _zxing(prepare: Callable[[Any], Any] = lambda luma: luma) -> Read:
    import zxingcpp  # noqa: PLC0415  # each engine only where it is asked for

    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)

    def read(luma: Any) -> Found:
        found = zxingcpp.read_barcodes(prepare(luma), formats=formats)
        return [bytes(code.bytes) for code in found], None

    return read


def _doubled() -> Read:
    cv2 = _opencv()
    return _zxing(lambda luma: cv2.resize(luma, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))


def _sharpened() -> Read:
    cv2 = _opencv()

    def sharpen(luma: Any) -> Any:
        soft = cv2.GaussianBlur(luma, (0, 0), _SHARP_SIGMA)
        return cv2.addWeighted(luma, 1 + _SHARP_GAIN, soft, -_SHARP_GAIN, 0)

    return _zxing(sharpen)


def _zbar() -> Read:
    from pyzbar import pyzbar  # noqa: PLC0415  # as above

    kinds = [pyzbar.ZBarSymbol.QRCODE]
    return lambda luma: ([bytes(one.data) for one in pyzbar.decode(luma, symbols=kinds)], None)


def _opencv() -> Any:
    import cv2  # noqa: PLC0415  # as above

    cv2.setNumThreads(1)  # as every other engine has one
    return cv2


def _opencv_detector(name: str) -> Read:
    detector = getattr(_opencv(), name)()

    def read(luma: Any) -> Found:
        text, _, _ = detector.detectAndDecode(luma)
        return [text.encode()] if text else [], None

    return read


def _wechat() -> Read:
    # Without models: those are in no package, and OpenCV 5 reads them no more.
    detector = _opencv().wechat_qrcode.WeChatQRCode()
    return lambda luma: ([text.encode() for text in detector.detectAndDecode(luma)[0]], None)


def _deqr(name: str) -> Read:
    import deqr  # noqa: PLC0415  # as above

    decoder = getattr(deqr, name)()

    def read(luma: Any) -> Found:
        image = deqr.image.ImageLoader(luma)
        found = decoder.decode(image, convert_data=False)
        return [b"".join(bytes(part.data) for part in code.data_entries) for code in found], None

    return read


_ENGINES: dict[str, Callable[[], Read]] = {
    "ours": lambda: _ours(stills=True),
    "ours-stream": lambda: _ours(stills=False),
    "zxing": _zxing,
    "zxing-2x": _doubled,
    "zxing-sharp": _sharpened,
    "zbar": _zbar,
    "cv": lambda: _opencv_detector("QRCodeDetector"),
    "cv-aruco": lambda: _opencv_detector("QRCodeDetectorAruco"),
    "wechat": _wechat,
    "quirc": lambda: _deqr("QuircDecoder"),
    "qrdec": lambda: _deqr("QRdecDecoder"),
}

if __name__ == "__main__":
    main()
