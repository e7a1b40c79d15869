import numpy as np
import pytest
from decode_peers import code_luma, square

from drivers.base import DriverError
from drivers.decode.engines import (
    MODULE_PX_MIN,
    NOTHING,
    SIDES_RATIO_MAX,
    Seen,
    Threshold,
    Unread,
    Zbar,
    Zxing,
    is_code_like,
)
from drivers.reading import READINGS_MAX, Corners

FORGOTTEN = np.zeros((0, 10), np.uint8)


@pytest.fixture(scope="module")
def zxing() -> Zxing:
    return Zxing()


def rectangle(wide: int, high: int) -> Corners:
    return (0, 0), (wide, 0), (wide, high), (0, high)


@pytest.mark.parametrize("threshold", Threshold)
def test_first_engine_reads_with_each_threshold(zxing: Zxing, threshold: Threshold) -> None:
    (found,) = zxing.read(code_luma("HELLO"), threshold).found
    assert found.payload == b"HELLO"


def test_spoilt_code_is_told_with_its_place_and_version(zxing: Zxing) -> None:
    luma = code_luma("A CODE OF SOME LENGTH, VERSION 2 OR SO")
    middle = len(luma) // 2
    luma[middle - 20 : middle + 20, middle - 20 : middle + 20] ^= 255
    seen = zxing.read(luma)
    assert seen.found == ()
    (unread,) = seen.unread
    assert unread.version == 3
    assert np.allclose(unread.corners, square(16, 16, len(luma) - 32), atol=8)


def test_code_upright_tilted_and_turned_over_is_code_like() -> None:
    assert is_code_like(square(0, 0, 100), 1)
    assert is_code_like(((0, 0), (0, 100), (100, 100), (100, 0)), 1)
    assert is_code_like(rectangle(100, round(100 / SIDES_RATIO_MAX)), 1)


@pytest.mark.parametrize(
    "corners",
    [
        rectangle(100, round(100 / SIDES_RATIO_MAX) - 1),
        square(0, 0, 0),
        ((0, 0), (100, 100), (100, 0), (0, 100)),
        ((0, 0), (100, 0), (30, 30), (0, 100)),
    ],
)
def test_what_is_askew_is_not(corners: Corners) -> None:
    assert not is_code_like(corners, 1)


def test_modules_of_a_pixel_are_none() -> None:
    least = int(MODULE_PX_MIN * 57) + 1
    assert is_code_like(square(0, 0, least), 10)
    assert not is_code_like(square(0, 0, least - 1), 10)
    assert not is_code_like(square(0, 0, 300), 0)


def test_places_are_bounded() -> None:
    unread = tuple(Unread(corners=square(at, 0, 50), version=1) for at in range(20))
    assert len(Seen(unread=unread).places) == READINGS_MAX


@pytest.mark.parametrize("engine", [Zxing, Zbar])
def test_pictures_beyond_the_limit_or_empty_are_a_bug(
    engine: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.decode.engines.ZXING_PIXELS_MAX", 99)
    monkeypatch.setattr("drivers.decode.engines.ZBAR_PIXELS_MAX", 99)
    for luma in (np.zeros((10, 10), np.uint8), FORGOTTEN, np.zeros((5, 5), np.int16)):
        with pytest.raises(ValueError, match="luma"):
            engine().read(luma)


def test_second_engine_reads_ascii_alone() -> None:
    zbar = Zbar()
    (found,) = zbar.read(code_luma("HELLO")).found
    assert found.payload == b"HELLO"
    assert zbar.read(code_luma("\u00e9t\u00e9")) == NOTHING


def test_fault_of_the_second_engine_is_counted() -> None:
    """Pyzbar 0.1.9 raises it where ZBar gives a symbol no orientation."""
    zbar = Zbar()

    def fail(*_: object, **__: object) -> list[object]:
        raise ValueError("4294967295 is not a valid ZBarOrientation")

    zbar._decode = fail
    assert zbar.read(code_luma("HELLO")) == NOTHING
    assert zbar.faults == 1


def test_missing_first_engine_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    # This is how Python marks a module that cannot be imported.
    monkeypatch.setitem(__import__("sys").modules, "zxingcpp", None)
    with pytest.raises(DriverError, match="pip"):
        Zxing()
