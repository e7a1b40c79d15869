"""What the ladder promises, on few frames; `make bench-decode` measures it on many.

Here the ladder's time stands still, so that no slow machine has it give up sooner.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import pytest
import zxingcpp
from pyzbar import pyzbar

from drivers.decode.ladder import Ladder
from drivers.luma import Luma
from drivers.reading import Sign
from simulator.hardships import Kind, empty_frame, hard_frame

SEED = 20_261_122  # no frame of it was used to tune anything
FRAMES = 10  # of each kind
QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)

Engine = Callable[[Luma], set[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One frame, and who read it."""

    kind: Kind
    ours: bool
    zxing: bool
    others: bool
    wrong: set[bytes]


def read_by_zxing(luma: Luma) -> set[bytes]:
    return {code.bytes for code in zxingcpp.read_barcodes(luma, formats=QR)}


def read_by_zxing_doubled(luma: Luma) -> set[bytes]:
    return read_by_zxing(cv2.resize(luma, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))


def read_by_zxing_sharpened(luma: Luma) -> set[bytes]:
    return read_by_zxing(cv2.addWeighted(luma, 2.5, cv2.GaussianBlur(luma, (0, 0), 2), -1.5, 0))


def read_by_zbar(luma: Luma) -> set[bytes]:
    try:
        return {one.data for one in pyzbar.decode(luma, symbols=[pyzbar.ZBarSymbol.QRCODE])}
    except ValueError:  # pyzbar 0.1.9, where ZBar gives a symbol no orientation
        return set()


def shown(kind: Kind, number: int, ladder: Ladder) -> Shown:
    frame = hard_frame(kind, seed=SEED, number=number)
    truth = frame.shown.text.encode()
    ours = {reading.payload for reading in ladder.read(frame.luma).readings}
    others: tuple[Engine, ...] = (read_by_zxing_doubled, read_by_zxing_sharpened, read_by_zbar)
    return Shown(
        kind=kind,
        ours=truth in ours,
        zxing=truth in read_by_zxing(frame.luma),
        others=any(truth in engine(frame.luma) for engine in others),
        wrong=ours - {truth},
    )


@pytest.fixture(scope="module")
def frames() -> list[Shown]:
    ladder = Ladder(thorough=True, nanoseconds=lambda: 0)
    return [shown(kind, number, ladder) for kind in Kind for number in range(FRAMES)]


@pytest.mark.slow
def test_no_kind_of_scene_is_read_less_than_by_the_first_engine_alone(frames: list[Shown]) -> None:
    for kind in Kind:
        of_kind = [frame for frame in frames if frame.kind is kind]
        ours, zxing = sum(frame.ours for frame in of_kind), sum(frame.zxing for frame in of_kind)
        assert ours >= zxing, kind


@pytest.mark.slow
def test_nearly_all_is_read_that_any_engine_reads(frames: list[Shown]) -> None:
    union = sum(frame.ours or frame.zxing or frame.others for frame in frames)
    assert sum(frame.ours for frame in frames) >= 0.98 * union


@pytest.mark.slow
def test_more_is_read_than_by_the_first_engine_alone(frames: list[Shown]) -> None:
    more = sum(frame.ours for frame in frames) - sum(frame.zxing for frame in frames)
    assert more >= 0.08 * len(frames)


@pytest.mark.slow
def test_what_is_read_is_right(frames: list[Shown]) -> None:
    assert not set().union(*(frame.wrong for frame in frames))


@pytest.mark.slow
@pytest.mark.parametrize("thorough", [True, False])
def test_nothing_is_read_from_empty_frames(thorough: bool) -> None:  # noqa: FBT001  # a parameter
    ladder = Ladder(thorough=thorough)
    for number in range(10):
        look = ladder.read(empty_frame(seed=SEED, number=number))
        assert look.readings == ()
        assert look.sign is not Sign.READ


@pytest.mark.slow
def test_nothing_is_read_from_noise() -> None:
    rng = np.random.default_rng(SEED)
    noise = rng.integers(0, 256, (480, 640), np.uint8)
    assert Ladder(thorough=True).read(noise).readings == ()
