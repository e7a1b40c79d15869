import cv2
import numpy as np
import pytest
from driver_peers import qr_luma

from drivers.annotate import (
    READ_COLOUR,
    SIDE_PX_MIN,
    TEXT_CHARACTERS_MAX,
    UNREAD_COLOUR,
    annotated,
    picture_octets,
)
from drivers.base import DriverError
from drivers.reading import Corners, Look, Reading, Sign

SQUARE: Corners = ((200, 150), (440, 150), (440, 390), (200, 390))
NOTHING = Look(readings=(), sign=Sign.NOTHING)


def look(*, corners: Corners = SQUARE, payload: bytes = b"HOLDER-0007") -> Look:
    reading = Reading(payload=payload, engine="zxing", rung="plain", corners=corners)
    return Look(readings=(reading,), sign=Sign.READ)


def unread(corners: Corners = SQUARE) -> Look:
    return Look(readings=(), sign=Sign.UNREAD, unread=(corners,))


def share(canvas: np.ndarray, colour: tuple[int, int, int], row: slice, column: slice) -> float:
    """Return the share of places along a line, as wide as the line, where the colour is seen."""
    near = (np.abs(canvas[row, column].astype(int) - colour) < 12).all(axis=2)
    return float(near.any(axis=int(near.shape[0] > near.shape[1])).mean())


def test_code_that_was_read_has_a_whole_outline() -> None:
    canvas = annotated(qr_luma(b"HELLO"), look())
    assert canvas.shape == (480, 640, 3)
    for row, column in (
        (slice(388, 393), slice(210, 430)),
        (slice(160, 380), slice(198, 203)),
        (slice(160, 380), slice(438, 443)),
    ):
        assert share(canvas, READ_COLOUR, row, column) > 0.95
        assert share(canvas, UNREAD_COLOUR, row, column) == 0


def test_code_that_was_seen_and_not_read_has_a_dashed_outline_of_another_colour() -> None:
    canvas = annotated(qr_luma(b"HELLO"), unread())
    row, column = slice(388, 393), slice(210, 430)
    assert 0.3 < share(canvas, UNREAD_COLOUR, row, column) < 0.8
    assert share(canvas, READ_COLOUR, row, column) == 0


def test_code_that_a_later_rung_read_is_not_also_shown_as_unread() -> None:
    luma = np.full((480, 640), 200, np.uint8)
    near: Corners = ((203, 148), (441, 152), (438, 391), (199, 388))
    far: Corners = ((500, 20), (600, 20), (600, 120), (500, 120))
    both = Look(readings=look().readings, sign=Sign.READ, unread=(near, far, far))
    once = Look(readings=look().readings, sign=Sign.READ, unread=(far,))
    assert np.array_equal(annotated(luma, both), annotated(luma, once))
    assert not np.array_equal(annotated(luma, once), annotated(luma, look()))


def test_two_colours_are_told_apart_in_grey_too() -> None:
    grey = [cv2.cvtColor(np.uint8([[one]]), cv2.COLOR_BGR2GRAY).item() for one in (READ_COLOUR, UNREAD_COLOUR)]  # fmt: skip
    assert abs(grey[0] - grey[1]) > 50


def test_frame_without_a_code_is_shown_as_it_is() -> None:
    luma = qr_luma(b"HELLO")
    assert np.array_equal(annotated(luma, NOTHING), np.repeat(luma[:, :, None], 3, axis=2))


@pytest.mark.parametrize("side", [1, 29, SIDE_PX_MIN - 1])
def test_small_picture_is_enlarged_until_labels_are_letters(side: int) -> None:
    luma = np.full((side, side), 200, np.uint8)
    canvas = annotated(luma, look(corners=((0, 0), (side, 0), (side, side), (0, side))))
    assert SIDE_PX_MIN <= max(canvas.shape) < 2 * SIDE_PX_MIN


def test_lines_grow_with_the_picture() -> None:
    luma = np.full((3000, 4000), 200, np.uint8)
    canvas = annotated(luma, look(corners=((500, 500), (2500, 500), (2500, 2500), (500, 2500))))
    line = (np.abs(canvas[1000:1001, 480:520].astype(int) - READ_COLOUR) < 12).all(axis=2)
    assert 10 <= line.sum() <= 16


def test_payload_is_drawn_only_when_asked_for() -> None:
    luma = np.full((480, 640), 200, np.uint8)
    one, other = (annotated(luma, look(payload=text)) for text in (b"AAAA", b"BBBB"))
    assert np.array_equal(one, other)
    one, other = (
        annotated(luma, look(payload=text), with_text=True) for text in (b"AAAA", b"BBBB")
    )
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    "payload", ["健康码".encode(), bytes(range(256)), b"\x00\n\x1b[2J", b"%s" * 3000]
)
def test_any_payload_can_be_drawn(payload: bytes) -> None:
    luma = np.full((480, 640), 200, np.uint8)
    assert annotated(luma, look(payload=payload), with_text=True).shape == (480, 640, 3)


def test_long_text_is_cut() -> None:
    luma = np.full((480, 640), 200, np.uint8)
    kept = b"A" * (TEXT_CHARACTERS_MAX - 3)
    one, other = (
        annotated(luma, look(payload=kept + end), with_text=True) for end in (b"BBBB", b"CCCCCC")
    )
    assert np.array_equal(one, other)


@pytest.mark.parametrize(
    "corners",
    [
        ((-900, -900), (-800, -900), (-800, -800), (-900, -800)),
        ((-32767, -32767), (32767, -32767), (32767, 32767), (-32767, 32767)),
        ((5, 5), (5, 5), (5, 5), (5, 5)),
    ],
)
def test_corners_outside_the_picture_or_in_one_place_do_no_harm(corners: Corners) -> None:
    luma = np.full((40, 60), 200, np.uint8)
    for one in (look(corners=corners), unread(corners)):
        assert annotated(luma, one).shape[2] == 3


def test_picture_becomes_a_file_of_its_suffix() -> None:
    canvas = annotated(qr_luma(b"HELLO"), look())
    octets = picture_octets(canvas, ".png")
    assert octets.startswith(b"\x89PNG")
    again = cv2.imdecode(np.frombuffer(octets, np.uint8), cv2.IMREAD_COLOR)
    assert np.array_equal(again, canvas)


def test_suffix_that_is_no_picture_is_told() -> None:
    with pytest.raises(DriverError, match=r"name it \.png"):
        picture_octets(annotated(qr_luma(b"HELLO"), NOTHING), ".txt")
