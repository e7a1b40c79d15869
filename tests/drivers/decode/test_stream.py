import numpy as np
import pytest
from decode_peers import Clock, ScriptedClimber, hall, noisy, square, with_code

from drivers.decode.engines import NOTHING, Found, Seen, Unread
from drivers.decode.ladder import Ladder
from drivers.decode.stream import (
    MOVING_FRAMES_MIN,
    PLACES_ONLY_MAX,
    PLAINS_MAX,
    SPARED_FRAMES_MAX,
    STILL_FRAMES_MAX,
    STILL_FRAMES_MAX_UNREAD,
    Stream,
)
from drivers.luma import Luma
from drivers.reading import Sign

PLACE = square(200, 120, 120)
CODE = Seen(found=(Found(payload=b"HELLO", corners=PLACE),))
UNREAD = Seen(unread=(Unread(corners=PLACE, version=1),))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def climber(clock: Clock) -> ScriptedClimber:
    return ScriptedClimber(clock)


@pytest.fixture
def stream(climber: ScriptedClimber, clock: Clock) -> Stream:
    return Stream(climber, clock)


def shifted(luma: Luma, number: int) -> Luma:
    """Return a frame on which all has moved since the one before."""
    return np.roll(luma, 24 * number, axis=1)


def test_still_scene_is_looked_at_once_in_ten_frames(
    stream: Stream, climber: ScriptedClimber
) -> None:
    for number in range(2 * STILL_FRAMES_MAX + 1):
        assert stream.read(noisy(hall(), number)).sign is Sign.NOTHING
    assert climber.asked == ["plain"] * 3


def test_moving_scene_is_looked_at_on_each_frame(stream: Stream, climber: ScriptedClimber) -> None:
    for number in range(5):
        stream.read(shifted(hall(), number))
    assert climber.asked == ["plain"] * 5


def test_code_held_dead_still_is_told_on_every_frame_and_seldom_read(
    stream: Stream, climber: ScriptedClimber
) -> None:
    climber.sees = CODE
    scene = with_code(hall(), "HELLO")
    looks = [stream.read(noisy(scene, number)) for number in range(STILL_FRAMES_MAX)]
    assert {look.readings[0].payload for look in looks} == {b"HELLO"}
    assert {look.sign for look in looks} == {Sign.READ}
    assert climber.asked == ["plain"]


def test_code_held_still_does_not_flap_when_noise_spoils_a_look(
    stream: Stream, climber: ScriptedClimber
) -> None:
    climber.sees = CODE
    scene = with_code(hall(), "HELLO")
    stream.read(scene)
    climber.sees = NOTHING
    looks = [stream.read(noisy(scene, number)) for number in range(3 * STILL_FRAMES_MAX)]
    assert {look.sign for look in looks} == {Sign.READ}


def test_one_of_two_codes_held_still_never_seems_alone(
    stream: Stream, climber: ScriptedClimber
) -> None:
    other = Found(payload=b"OTHER", corners=square(420, 120, 120))
    climber.sees = Seen(found=(*CODE.found, other))
    scene = with_code(with_code(hall(), "HELLO"), "OTHER", at=(120, 420))
    stream.read(scene)
    climber.sees = CODE
    looks = [stream.read(noisy(scene, number)) for number in range(2 * STILL_FRAMES_MAX)]
    assert {len(look.readings) for look in looks} == {2}


@pytest.mark.parametrize("contrast", [1.0, 0.3])
def test_redrawn_code_is_never_told_as_the_one_before(contrast: float) -> None:
    ladder = Ladder()
    for number in range(12):
        payload = f"CODE NUMBER {number // 2:04}"
        frame = 100 + contrast * with_code(hall(), payload).astype(np.float32) / 2
        frame = noisy(frame, number, sigma=2 * contrast).astype(np.uint8)
        told = [reading.payload for reading in ladder.read(frame).readings]
        assert told == [payload.encode()]


def test_code_taken_away_is_told_no_more() -> None:
    ladder = Ladder()
    assert ladder.read(with_code(hall(), "HELLO")).readings
    assert ladder.read(hall()).readings == ()


def test_moving_code_is_read_where_it_was_and_the_rest_every_third_time(
    stream: Stream, climber: ScriptedClimber
) -> None:
    climber.sees, climber.reads = CODE, {"place": CODE.found[0]}
    for number in range(2 * (PLACES_ONLY_MAX + 1)):
        scene = with_code(hall(), "HELLO", at=(120, 200 + 3 * number))
        assert stream.read(scene).readings[0].payload == b"HELLO"
    assert climber.asked == ["plain", "place", "place"] * 2


def test_code_that_has_left_its_place_is_looked_for_everywhere(
    stream: Stream, climber: ScriptedClimber
) -> None:
    climber.sees = CODE
    stream.read(with_code(hall(), "HELLO"))
    stream.read(with_code(hall(), "HELLO", at=(20, 20)))
    assert climber.asked == ["plain", "place", "plain"]


def test_code_that_stands_in_the_places_of_two_is_read_once(
    stream: Stream, climber: ScriptedClimber
) -> None:
    """It would count as shown twice."""
    large = Found(payload=b"POSTER", corners=square(60, 100, 300))
    climber.sees = Seen(found=(large, *CODE.found))
    assert len(stream.read(with_code(hall(), "HELLO")).readings) == 2
    climber.sees, climber.reads = CODE, {"place": CODE.found[0]}
    look = stream.read(with_code(hall(), "HELLO", at=(120, 203)))
    assert [reading.payload for reading in look.readings] == [b"HELLO"]


def test_later_rungs_take_their_time_and_go_on_with_the_next_frame(
    stream: Stream, climber: ScriptedClimber
) -> None:
    climber.sees = UNREAD
    first = stream.read(hall())
    assert first.sign is Sign.UNREAD
    assert first.unread == (PLACE,)
    tried = climber.asked[1:]
    assert tried[0] == "halved"
    assert len(tried) == PLAINS_MAX
    stream.read(shifted(hall(), 1))
    assert climber.asked[len(tried) + 1 :][:2] == ["plain", "halved"]
    assert climber.asked[len(tried) + 3] not in tried


def test_unread_code_held_still_is_tried_on_and_then_left_alone(
    stream: Stream, climber: ScriptedClimber
) -> None:
    climber.sees = UNREAD
    for number in range(100):
        assert stream.read(noisy(hall(), number)).sign is Sign.UNREAD
    begun = len(climber.asked)
    for number in range(10):
        stream.read(noisy(hall(), number))
    assert climber.asked[begun:] == ["plain"] * (10 // STILL_FRAMES_MAX_UNREAD)


def test_what_a_later_rung_reads_is_told(stream: Stream, climber: ScriptedClimber) -> None:
    climber.sees, climber.reads = UNREAD, {"magnified": CODE.found[0]}
    (reading,) = stream.read(hall()).readings
    assert (reading.payload, reading.rung) == (b"HELLO", "magnified")


def test_empty_moving_frames_cost_a_tenth_more_than_the_first_look(
    stream: Stream, climber: ScriptedClimber, clock: Clock
) -> None:
    frames = 2000
    for number in range(frames):
        stream.read(shifted(hall(), number % 20))
    # The gate and the search for texture are not in this clock: they take another tenth.
    assert clock.ns <= 1.15 * frames * climber.PLAIN_NS
    assert set(climber.asked) >= {"plain", "halved", "doubled", "whole-zbar"}


def test_new_texture_is_climbed_when_it_stays(stream: Stream, climber: ScriptedClimber) -> None:
    stream.read(hall())
    for number in range(2):
        assert set(climber.asked) == {"plain"}
        stream.read(with_code(shifted(hall(), number), "HELLO", at=(120, 200)))
    assert set(climber.asked) > {"plain", "enlarged"}


def test_new_texture_in_an_eventful_scene_is_climbed_a_little_later(
    stream: Stream, climber: ScriptedClimber
) -> None:
    for number in range(MOVING_FRAMES_MIN + 1):
        stream.read(shifted(hall(), number))
    assert set(climber.asked) == {"plain"}
    for number in range(2 * (SPARED_FRAMES_MAX + 1)):
        stream.read(with_code(shifted(hall(), number), "HELLO", at=(120, 200)))
    assert set(climber.asked) > {"plain", "enlarged"}


def test_what_is_tried_in_an_eventful_scene_is_tried_on_every_frame(
    stream: Stream, climber: ScriptedClimber
) -> None:
    for number in range(MOVING_FRAMES_MIN + 2):
        begun = len(climber.asked)
        stream.read(with_code(shifted(hall(), number), "HELLO", at=(120, 200)))
    assert len(climber.asked) > begun + 1


def test_eventful_scene_that_comes_to_rest_is_looked_at_no_more(
    stream: Stream, climber: ScriptedClimber
) -> None:
    for number in range(MOVING_FRAMES_MIN + 1):
        stream.read(shifted(hall(), number))
    for _ in range(2 * (SPARED_FRAMES_MAX + 1)):
        stream.read(hall())
    begun = len(climber.asked)
    for _ in range(STILL_FRAMES_MAX // 2):
        stream.read(hall())
    assert climber.asked[begun:] == []


@pytest.mark.parametrize("moving", range(MOVING_FRAMES_MIN, MOVING_FRAMES_MIN + 4))
@pytest.mark.parametrize("gone", range(1, SPARED_FRAMES_MAX + 2))
def test_code_that_is_back_after_some_frames_of_an_eventful_scene_is_told(
    stream: Stream, climber: ScriptedClimber, moving: int, gone: int
) -> None:
    for number in range(moving, 0, -1):
        stream.read(shifted(hall(), number))
    for is_shown in (True, *[False] * gone, True):
        climber.sees = CODE if is_shown else NOTHING
        look = stream.read(with_code(hall(), "HELLO") if is_shown else hall())
        assert bool(look.readings) is is_shown


def test_frames_of_another_size_begin_anew(stream: Stream, climber: ScriptedClimber) -> None:
    climber.sees = CODE
    stream.read(with_code(hall(), "HELLO"))
    climber.sees = NOTHING
    assert stream.read(hall(high=240, wide=320)).readings == ()
    assert climber.asked == ["plain", "plain"]


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (33, 31), (64, 64), (720, 33)])
def test_frames_of_any_shape_are_looked_at(shape: tuple[int, int]) -> None:
    ladder = Ladder(nanoseconds=lambda: 0)
    for number in range(3):
        frame = np.random.default_rng(number).integers(0, 256, shape, np.uint8)
        assert ladder.read(frame).readings == ()
