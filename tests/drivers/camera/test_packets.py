import cv2
import numpy as np
import pytest
from driver_peers import qr_luma
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivers.camera.messages import Trouble
from drivers.camera.packets import (
    FRAME_PIXELS_MAX,
    PACKET_BYTES_MAX,
    SCANS_MAX,
    Form,
    jpeg_size,
    luma_of_frame,
)

Octets = NDArray[np.uint8]

SOF = b"\xff\xc0\x00\x11\x08"  # then height, width; T.81, B.2.2


def jpeg(luma: Octets | None = None, *options: int) -> bytes:
    picture = qr_luma(b"A") if luma is None else luma
    return bytes(cv2.imencode(".jpg", picture, list(options))[1])


def opened(octets: bytes) -> object:
    return luma_of_frame(cv2, np.frombuffer(octets, np.uint8).reshape(1, -1), Form.JPEG, 0)


def resized(octets: bytes, *, width: int, height: int) -> bytes:
    """Return a JPEG whose header tells another size."""
    at = octets.index(SOF[:2]) + 5
    return octets[:at] + height.to_bytes(2) + width.to_bytes(2) + octets[at + 4 :]


def test_jpeg_becomes_luma() -> None:
    luma = opened(jpeg())
    assert isinstance(luma, np.ndarray)
    assert (luma.shape, luma.dtype) == ((480, 640), np.uint8)
    assert abs(int(luma[0, 0]) - 230) < 5


@pytest.mark.parametrize("shape", [(1, 1), (7, 300), (480, 640)])
@pytest.mark.parametrize("progressive", [0, 1])
def test_size_is_known_by_the_header(shape: tuple[int, int], progressive: int) -> None:
    octets = jpeg(np.zeros(shape, np.uint8), cv2.IMWRITE_JPEG_PROGRESSIVE, progressive)
    assert jpeg_size(octets) == (shape[1], shape[0])
    assert isinstance(opened(octets), np.ndarray)


def test_size_stands_behind_fill_octets_and_other_segments_too() -> None:
    octets = jpeg()
    odd = octets[:2] + b"\xff\xff\xfe\x00\x05abc" + b"\xff\x01" + octets[2:]
    assert jpeg_size(odd) == (640, 480)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff",
        b"\xff\xd8" + SOF,
        b"\xff\xd8" + SOF + b"\x00\x10\x00",
        b"\xff\xd8" + SOF + b"\x00\x00\x00\x10",  # no lines
        b"\xff\xd8" + SOF + b"\x00\x10\x00\x00",  # no columns
        b"\xff\xd8\xff\xda\x00\x02" + SOF + b"\x00\x10\x00\x10",  # pixels first
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8" + b"\xff" * 1000,
        b"\xff\xd8\xff\xe0\xff\xff",
        b"\xff\xd8\xff\xe0\x00\x00" * 3,
        b"\x89PNG\r\n\x1a\n" + bytes(40),
        b"<html>no camera here</html>",
        bytes(5_000),
    ],
)
def test_what_has_no_size_is_no_picture(octets: bytes) -> None:
    assert jpeg_size(octets) is None
    assert opened(octets) is Trouble.GARBLED


@given(octets=st.binary(max_size=200))
def test_noise_behind_a_jpegs_first_octets_is_refused_or_has_a_size(octets: bytes) -> None:
    size = jpeg_size(b"\xff\xd8" + octets)
    assert size is None or all(0 < side < 65_536 for side in size)


@given(at=st.integers(0, 3000), octet=st.integers(0, 255), end=st.integers(0, 5000))
def test_spoilt_jpeg_is_a_picture_or_none_and_never_a_crash(at: int, octet: int, end: int) -> None:
    octets = bytearray(jpeg()[: end or None])
    if at < len(octets):
        octets[at] = octet
    luma = opened(bytes(octets))
    assert isinstance(luma, np.ndarray | Trouble)


@pytest.mark.parametrize(
    ("width", "height", "is_refused"),
    [
        (4000, FRAME_PIXELS_MAX // 4000, False),
        (4000, FRAME_PIXELS_MAX // 4000 + 1, True),
        (65_535, 65_535, True),
    ],
)
def test_huge_picture_is_refused_by_its_header(
    width: int, height: int, *, is_refused: bool
) -> None:
    """The packet itself is small: a header that lies, before 5 kB of pixels."""
    luma = opened(resized(jpeg(), width=width, height=height))
    assert (luma is Trouble.TOO_LARGE) is is_refused


def test_huge_packet_is_refused_unopened() -> None:
    octets = jpeg()
    assert isinstance(opened(octets.ljust(PACKET_BYTES_MAX, b"\x00")), np.ndarray)
    assert opened(octets.ljust(PACKET_BYTES_MAX + 1, b"\x00")) is Trouble.TOO_LARGE


def test_picture_of_too_many_scans_is_refused_unopened() -> None:
    octets = jpeg()
    assert isinstance(opened(octets + b"\xff\xda" * (SCANS_MAX - 1)), np.ndarray)
    assert opened(octets + b"\xff\xda" * SCANS_MAX) is Trouble.GARBLED


def test_luma_is_the_upper_part_of_a_planar_frame() -> None:
    colour = cv2.cvtColor(qr_luma(b"A"), cv2.COLOR_GRAY2BGR)
    frame = cv2.cvtColor(colour, cv2.COLOR_BGR2YUV_I420)
    luma = luma_of_frame(cv2, frame, Form.PLANAR, 480)
    assert isinstance(luma, np.ndarray)
    assert np.array_equal(luma, frame[:480])


@pytest.mark.parametrize(("form", "channel"), [(Form.YUYV, 0), (Form.UYVY, 1)])
def test_luma_is_one_channel_of_a_packed_frame(form: Form, channel: int) -> None:
    frame = np.zeros((48, 64, 2), np.uint8)
    frame[:, :, channel] = 200
    luma = luma_of_frame(cv2, frame, form, 48)
    assert isinstance(luma, np.ndarray)
    assert luma.shape == (48, 64)
    assert luma.min() == 200


def test_decoded_colour_becomes_luma_and_luma_stays() -> None:
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:, :32] = 255
    luma = luma_of_frame(cv2, picture, Form.DECODED, 0)
    assert isinstance(luma, np.ndarray)
    assert (luma.shape, luma.dtype) == ((48, 64), np.uint8)
    assert (luma[0, 0], luma[0, 63]) == (255, 0)
    assert np.array_equal(np.asarray(luma_of_frame(cv2, luma, Form.DECODED, 0)), luma)


@pytest.mark.parametrize(
    ("shape", "form", "height"),
    [
        ((1, 600), Form.YUYV, 480),  # a row of octets where a picture was told
        ((1, 600), Form.PLANAR, 480),
        ((480, 640, 3), Form.PLANAR, 480),
        ((480, 640), Form.PLANAR, 0),
        ((480, 640, 4), Form.DECODED, 480),
        ((0, 640), Form.DECODED, 0),
    ],
)
def test_frame_of_another_shape_than_told_is_garbled(
    shape: tuple[int, ...], form: Form, height: int
) -> None:
    assert luma_of_frame(cv2, np.zeros(shape, np.uint8), form, height) is Trouble.GARBLED


def test_frame_of_sixteen_bits_is_garbled() -> None:
    deep = np.zeros((48, 64), np.uint16)
    assert luma_of_frame(cv2, deep, Form.DECODED, 0) is Trouble.GARBLED


@pytest.mark.parametrize(("more", "is_refused"), [(0, False), (1, True)])
def test_decoded_picture_is_no_larger_than_a_packet_may_tell(
    more: int, *, is_refused: bool
) -> None:
    wide = np.zeros((1, FRAME_PIXELS_MAX + more), np.uint8)
    luma = luma_of_frame(cv2, wide, Form.DECODED, 0)
    assert (luma is Trouble.TOO_LARGE) is is_refused
