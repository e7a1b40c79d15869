import pytest
from decode_peers import Clock, ScriptedClimber, hall, square, with_code

from drivers.decode.engines import NOTHING, Found, Seen, Unread
from drivers.decode.stills import PLAINS_MAX, SPENT_NS_MAX, Stills
from drivers.reading import Sign

PLACE = square(200, 120, 120)
CODE = Found(payload=b"HELLO", corners=PLACE)
UNREAD = Seen(unread=(Unread(corners=PLACE, version=1),))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def climber(clock: Clock) -> ScriptedClimber:
    return ScriptedClimber(clock)


def test_easy_picture_gets_one_look(climber: ScriptedClimber, clock: Clock) -> None:
    climber.sees = Seen(found=(CODE,))
    assert Stills(climber, clock).read(hall()).sign is Sign.READ
    assert climber.asked == ["plain"]


def test_cheap_looks_at_the_whole_come_before_its_parts(
    climber: ScriptedClimber, clock: Clock
) -> None:
    climber.sees = UNREAD
    look = Stills(climber, clock).read(hall())
    assert (look.sign, look.unread) == (Sign.UNREAD, (PLACE,))
    assert climber.asked[:3] == ["plain", "halved", "whole-softened"]
    assert climber.asked[3] not in {"doubled", "whole-zbar"}


def test_later_rungs_end_when_their_time_has_passed(climber: ScriptedClimber, clock: Clock) -> None:
    climber.sees = UNREAD
    Stills(climber, clock).read(hall())
    assert clock.ns == (1 + PLAINS_MAX) * climber.PLAIN_NS


def test_picture_that_hangs_an_engine_gets_no_more(climber: ScriptedClimber, clock: Clock) -> None:
    climber.sees, climber.PLAIN_NS = UNREAD, SPENT_NS_MAX
    Stills(climber, clock).read(hall())
    assert climber.asked == ["plain"]


def test_with_all_time_every_rung_is_tried_on_an_empty_picture(climber: ScriptedClimber) -> None:
    climber.sees = NOTHING
    assert Stills(climber, lambda: 0).read(with_code(hall(), "HELLO")).sign is Sign.NOTHING
    assert climber.asked[:3] == ["plain", "halved", "whole-softened"]
    assert climber.asked[-2:] == ["doubled", "whole-zbar"]
    assert {"enlarged", "zbar", "tripled"} <= set(climber.asked)


def test_pictures_have_nothing_to_do_with_each_other(
    climber: ScriptedClimber, clock: Clock
) -> None:
    stills = Stills(climber, clock)
    stills.read(hall())
    asked = len(climber.asked)
    stills.read(hall())
    assert climber.asked[asked:] == climber.asked[:asked]
    assert climber.forgotten == 2
