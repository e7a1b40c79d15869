import numpy as np
import pytest
from spoilt_codes import modules_of, shown, text_of

from drivers.decode.engines import NOTHING, Zxing
from drivers.decode.fusion import CODES_MAX, FRAMES_MAX, Fusion
from drivers.decode.regions import Box
from drivers.luma import Luma
from drivers.reading import Point

# Under each of these the code is unread: a quarter of it is gone, each time another.
SPOTS = ((0.35, 0.75, 0.33), (0.75, 0.65, 0.33), (0.5, 0.4, 0.3))


@pytest.fixture(scope="module")
def engine() -> Zxing:
    return Zxing()


def texts(picture: Luma | None, engine: Zxing) -> list[str]:
    if picture is None:
        return []
    return [found.payload.decode() for found in engine.read(picture).found]


@pytest.mark.slow
@pytest.mark.parametrize("length", [20, 120, 250, 375])
def test_wandering_glare_is_read_by_three_frames_that_no_engine_reads(
    engine: Zxing, length: int
) -> None:
    rng = np.random.default_rng(length)
    text = text_of(rng, length)
    modules = modules_of(text)
    fusion = Fusion()
    for spot in SPOTS:
        frame, corners = shown(modules, rng, glare=spot)
        assert engine.read(frame).found == ()
        fusion.add(frame, corners)
    assert texts(fusion.picture(), engine) == [text]


@pytest.mark.slow
def test_slipping_finger_is_read_by_two_frames(engine: Zxing) -> None:
    rng = np.random.default_rng(1)
    text = text_of(rng, 250)
    modules = modules_of(text)
    fusion = Fusion()
    for finger in ((0.6, 0.6, 0.4), (0.85, 0.25, 0.3)):
        frame, corners = shown(modules, rng, finger=finger)
        assert engine.read(frame).found == ()
        fusion.add(frame, corners)
    assert texts(fusion.picture(), engine) == [text]


@pytest.mark.slow
def test_same_frames_are_tried_once(engine: Zxing) -> None:
    rng = np.random.default_rng(2)
    fusion = Fusion()
    assert fusion.picture() is None
    fusion.add(*shown(modules_of("HELLO"), rng))
    assert texts(fusion.picture(), engine) == ["HELLO"]
    assert fusion.picture() is None


@pytest.mark.slow
def test_nothing_is_kept_after_clear() -> None:
    rng = np.random.default_rng(3)
    fusion = Fusion()
    fusion.add(*shown(modules_of("HELLO"), rng))
    fusion.clear()
    assert fusion.picture() is None


@pytest.mark.slow
def test_alternating_codes_never_give_a_mixed_text(engine: Zxing) -> None:
    """Of a redrawn code the first half stays; even so no text but the two is ever read."""
    rng = np.random.default_rng(4)
    head = text_of(rng, 125)
    drawn = [head + text_of(rng, 125) for _ in range(2)]
    codes = [modules_of(text, mask=3) for text in drawn]
    fusion = Fusion()
    found = []
    for turn in range(6):
        x, y, width = SPOTS[turn // 2]
        frame, corners = shown(codes[turn % 2], rng, glare=(x, y, width + 0.05))
        fusion.add(frame, corners)
        found += texts(fusion.picture(), engine)
    assert set(found) == set(drawn)


@pytest.mark.slow
def test_memory_is_bounded() -> None:
    rng = np.random.default_rng(5)
    fusion = Fusion()
    for text in ("A", "B", "C"):
        modules = modules_of(text)
        for _ in range(FRAMES_MAX + 1):
            fusion.add(*shown(modules, rng))
    assert len(fusion._codes) == CODES_MAX
    assert all(len(code.frames) == FRAMES_MAX for code in fusion._codes)


def test_picture_without_a_code_adds_nothing() -> None:
    noise = np.random.default_rng(6).integers(0, 256, (480, 640)).astype(np.uint8)
    fusion = Fusion()
    for luma in (np.zeros((480, 640), np.uint8), noise):
        fusion.add(luma, ((100, 100), (300, 100), (300, 300), (100, 300)))
        assert fusion.picture() is None


@pytest.mark.parametrize(
    "corners",
    [
        ((5, 5), (5, 5), (5, 5), (5, 5)),
        ((0, 0), (10, 0), (20, 0), (30, 0)),
        ((-900, -900), (9000, 0), (9000, 9000), (-5, 20)),
        ((0, 0), (100, 100), (100, 0), (0, 100)),
    ],
)
def test_corners_that_span_no_code_are_survived(
    corners: tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]],
) -> None:
    noise = np.random.default_rng(7).integers(0, 256, (480, 640)).astype(np.uint8)
    fusion = Fusion()
    fusion.add(noise, corners)
    assert fusion.picture() is None


@pytest.mark.slow
def test_code_with_a_hidden_finder_is_searched_for_and_read_by_one_frame(engine: Zxing) -> None:
    rng = np.random.default_rng(8)
    text = text_of(rng, 250)
    frame, _ = shown(modules_of(text), rng, finger=(0.9, 0.08, 0.2))
    assert engine.read(frame) == NOTHING
    fusion = Fusion()
    assert fusion.search(frame, Box(left=150, top=70, right=490, bottom=410))
    assert texts(fusion.picture(), engine) == [text]
    assert fusion.corners is not None


@pytest.mark.slow
def test_code_is_followed_under_a_finger_that_leaves_one_finder(engine: Zxing) -> None:
    rng = np.random.default_rng(8)
    text = text_of(rng, 250)
    modules = modules_of(text)
    fusion = Fusion()
    fusion.add(*shown(modules, rng, glare=(0.4, 0.6, 0.5), tilt=1))
    assert fusion.picture() is None
    hidden, _ = shown(modules, rng, finger=(0.85, 0.12, 0.3), glare=(0.2, 0.9, 0.2), tilt=1)
    assert engine.read(hidden) == NOTHING
    assert fusion.search(hidden, Box(left=150, top=70, right=490, bottom=410))
    assert texts(fusion.picture(), engine) == [text]


@pytest.mark.slow
def test_nothing_is_found_where_nothing_is() -> None:
    rng = np.random.default_rng(9)
    whole = Box(left=0, top=0, right=640, bottom=480)
    noise = rng.integers(0, 256, (480, 640)).astype(np.uint8)
    fusion = Fusion()
    for luma in (np.zeros((480, 640), np.uint8), noise):
        assert not fusion.search(luma, whole)
        fusion.add(*shown(modules_of("ONE"), rng))
        assert not fusion.search(luma, whole)


@pytest.mark.slow
def test_code_that_differs_in_one_letter_is_told_apart(engine: Zxing) -> None:
    """So like one another that frames of both are summed, yet only one of them is ever told."""
    rng = np.random.default_rng(10)
    head = text_of(rng, 374)
    fusion = Fusion()
    found = []
    for turn in range(6):
        modules = modules_of(head + "AB"[turn % 2], mask=5)
        x, y, width = SPOTS[turn // 2]
        fusion.add(*shown(modules, rng, glare=(x, y, width)))
        found += texts(fusion.picture(), engine)
    assert found
    assert set(found) <= {head + "A", head + "B"}


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(4))
def test_turned_and_inverted_codes_are_combined(engine: Zxing, turn: int) -> None:
    rng = np.random.default_rng(11)
    text = text_of(rng, 120)
    fusion = Fusion()
    for spot in SPOTS[:2]:
        frame, corners = shown(modules_of(text), rng, glare=spot)
        turned = np.ascontiguousarray(np.rot90(255 - frame, turn))
        places = [_turned(corner, turn, width=640, height=480) for corner in corners]
        fusion.add(turned, (places[0], places[1], places[2], places[3]))
    assert texts(fusion.picture(), engine) == [text]


def _turned(corner: Point, turn: int, *, width: int, height: int) -> Point:
    x, y = corner
    for _ in range(turn):
        x, y = y, width - x
        width, height = height, width
    return x, y
