import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import segno
from driver_peers import qr_luma

from drivers.decode.ladder import Ladder
from drivers.pictures import frames_of
from drivers.reading import READINGS_MAX, Sign


def drawn(symbol: segno.QRCode, *, scale: int = 3) -> np.ndarray:
    matrix = np.array(list(symbol.matrix_iter(border=4)), dtype=np.uint8)
    return np.kron(1 - matrix, np.ones((scale, scale), np.uint8)) * 255


@pytest.fixture(scope="module")
def decoder() -> Ladder:
    return Ladder()


def test_code_on_a_picture_is_read(decoder: Ladder) -> None:
    look = decoder.read(qr_luma(b"HELLO"))
    assert look.sign is Sign.READ
    assert [(one.payload, one.engine, one.rung) for one in look.readings] == [
        (b"HELLO", "zxing", "plain")
    ]


def test_octets_come_back_exactly(decoder: Ladder) -> None:
    payload = bytes(range(256)) + bytes(range(255, -1, -1))
    (reading,) = decoder.read(drawn(segno.make_qr(payload, mode="byte", encoding=None))).readings
    assert reading.payload == payload


def test_digits_of_the_largest_symbol_pass(decoder: Ladder) -> None:
    digits = "7" * 7089
    (reading,) = decoder.read(drawn(segno.make_qr(digits, error="l", boost_error=False))).readings
    assert reading.payload == digits.encode()


def test_inverted_and_turned_codes_are_read(decoder: Ladder) -> None:
    turned = np.rot90(255 - qr_luma(b"DARK MODE"))
    assert [reading.payload for reading in decoder.read(turned).readings] == [b"DARK MODE"]


def test_empty_picture_reads_nothing(decoder: Ladder) -> None:
    assert decoder.read(np.zeros((480, 640), np.uint8)).readings == ()


def test_other_symbologies_are_not_read() -> None:
    micro = drawn(segno.make_micro("123"), scale=6)
    assert Ladder(thorough=True).read(micro).readings == ()


def test_sheet_of_codes_gives_a_bounded_number_of_readings(decoder: Ladder) -> None:
    row = np.hstack([drawn(segno.make_qr(f"A{number}")) for number in range(READINGS_MAX + 4)])
    assert len(decoder.read(row).readings) == READINGS_MAX


def test_same_code_twice_on_a_picture_is_read_at_both_places(decoder: Ladder) -> None:
    one = drawn(segno.make_qr("TWIN"))
    first, second = decoder.read(np.hstack([one, one])).readings
    assert first.payload == second.payload == b"TWIN"
    assert {first.corners[0][0] // one.shape[1], second.corners[0][0] // one.shape[1]} == {0, 1}


@pytest.mark.parametrize(
    "luma",
    [np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint16), np.zeros((0, 4), np.uint8)],
)
def test_what_is_no_luma_picture_is_a_bug(decoder: Ladder, luma: np.ndarray) -> None:
    with pytest.raises(ValueError, match="luma"):
        decoder.read(luma)


def test_noise_is_survived(decoder: Ladder) -> None:
    noise = np.random.default_rng(7).integers(0, 256, (200, 300), np.uint8)
    assert decoder.read(noise).readings == ()


def test_code_too_small_for_the_first_engine_is_read(decoder: Ladder) -> None:
    whole = drawn(segno.make_qr("SMALL CODE, FAR AWAY", error="m"), scale=8)
    # Two pixels a module and slightly out of focus.
    small = cv2.resize(whole, (66, 66), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 0.8)
    assert decoder._climber.zxing.read(small).found == ()
    assert [reading.payload for reading in Ladder(thorough=True).read(small).readings] == [
        b"SMALL CODE, FAR AWAY"
    ]


def test_missing_zbar_is_said_and_the_first_engine_still_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # This is how Python marks a module that cannot be imported.
    monkeypatch.setitem(sys.modules, "pyzbar", None)
    decoder = Ladder(thorough=True)
    assert "libzbar0" in decoder.missing[0]
    assert decoder.read(np.zeros((48, 64), np.uint8)).readings == ()
    assert decoder.read(qr_luma(b"HELLO")).readings


def test_all_engines_are_here(decoder: Ladder) -> None:
    assert decoder.missing == ()


@pytest.mark.slow
def test_public_photos_are_read_and_none_wrongly(shared: Path) -> None:
    decoder = Ladder(thorough=True)
    right = 0
    texts = (shared / "pictures/zxing/qrcode-1").glob("*.txt")
    truths = sorted(text for text in texts if text.stem.isdecimal())
    for truth in truths:
        ((_, luma),) = frames_of(str(truth.with_suffix(".png")))
        payloads = {reading.payload for reading in decoder.read(luma).readings}
        assert payloads <= {truth.read_bytes()}, truth.name
        right += bool(payloads)
    assert len(truths) == 20
    assert right >= 0.8 * len(truths)


@pytest.mark.slow
def test_code_that_the_engine_only_saw_is_read_within_some_frames(shared: Path) -> None:
    ((_, luma),) = frames_of(str(shared / "pictures/zxing/qrcode-4/09.png"))
    ladder = Ladder()
    signs = [ladder.read(luma).sign for _ in range(20)]
    assert set(signs) <= {Sign.UNREAD, Sign.READ}
    assert signs[-1] is Sign.READ
