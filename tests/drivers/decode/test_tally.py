from drivers.decode.advice import Sharpness, Standing
from drivers.decode.figures import Exposure, Measures
from drivers.decode.tally import FRAMES_MAX, WINDOW_MS, AimedCode, AimedFrame, Tally
from drivers.reading import Corners, Reading, Sign

SQUARE: Corners = ((100, 100), (400, 100), (400, 400), (100, 400))
FIGURES = Measures(
    modules=65, pixels_per_module=4.6, blur_px=0.6, dark=30, light=220, burnt=0.0, black=0.0,
    glare=0.0, covered=0.0, tilt_degrees=5.0,
)  # fmt: skip


def frame(at_ms: int, sign: Sign = Sign.READ, *, level: int = 100) -> AimedFrame:
    is_read = sign is Sign.READ
    reading = Reading(payload=b"A", engine="zxing", rung="plain", corners=SQUARE)
    code = AimedCode(measures=FIGURES, corners=SQUARE, is_read=is_read)
    return AimedFrame(
        at_ms=at_ms,
        width=1280,
        height=720,
        sign=sign,
        readings=(reading,) if is_read else (),
        unread=(),
        exposure=Exposure(level=level, spread=100, burnt=0, black=0),
        code=None if sign is Sign.NOTHING else code,
    )


def tally(*frames: AimedFrame) -> Tally:
    told = Tally()
    for each in frames:
        told.receive(each)
    return told


def test_without_frames_there_are_no_figures() -> None:
    view = Tally().view(0)
    assert (view.fps, view.frames, view.read_rate, view.code, view.exposure) == (0, 0, None, None, None)  # fmt: skip
    assert (view.standing, view.advice) == (Standing.NOTHING, ())


def test_read_rate_is_of_frames_that_show_a_code() -> None:
    signs = [Sign.NOTHING, Sign.UNREAD, Sign.READ, Sign.READ, Sign.NOTHING]
    view = tally(*(frame(number, sign) for number, sign in enumerate(signs))).view(5)
    assert (view.frames, view.seen, view.read) == (5, 3, 2)
    assert view.read_rate == 2 / 3


def test_frame_counts_until_it_is_as_old_as_the_window() -> None:
    told = tally(frame(0), frame(1))
    assert told.view(WINDOW_MS - 1).frames == 2
    assert told.view(WINDOW_MS).frames == 1
    assert told.view(WINDOW_MS + 1).frames == 0


def test_frames_a_second_are_of_the_time_since_the_first() -> None:
    assert tally(*(frame(at_ms) for at_ms in range(0, 2000, 100))).view(2000).fps == 10
    # One frame is no sixty a second.
    assert tally(frame(0)).view(1).fps == 1


def test_frames_kept_are_bounded() -> None:
    assert tally(*(frame(0) for _ in range(FRAMES_MAX + 1))).view(0).frames == FRAMES_MAX


def test_figures_are_of_the_newest_frame_with_a_code_and_light_of_the_newest() -> None:
    view = tally(frame(0), frame(1, Sign.NOTHING, level=7)).view(1)
    assert view.code is not None
    assert view.sharpness is Sharpness.SHARP
    assert view.reading is not None
    assert view.exposure is not None
    assert view.exposure.level == 7


def test_half_of_the_frames_read_is_good_and_less_is_not() -> None:
    half = tally(frame(0, Sign.UNREAD), frame(1)).view(1)
    assert half.standing is Standing.GOOD
    less = tally(frame(0, Sign.UNREAD), frame(1, Sign.UNREAD), frame(2)).view(2)
    assert less.standing is Standing.BAD


def test_frame_without_a_code_has_its_own_advice() -> None:
    view = tally(frame(0, Sign.NOTHING)).view(0)
    assert [advice.code for advice in view.advice] == ["no-code"]


def test_what_was_read_once_is_remembered() -> None:
    told = tally(frame(0, Sign.UNREAD))
    assert not told.was_read
    told.receive(frame(1))
    told.receive(frame(2, Sign.NOTHING))
    assert told.view(10 * WINDOW_MS).read == 0
    assert told.was_read
