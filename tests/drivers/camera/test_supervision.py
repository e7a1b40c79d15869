import itertools

import pytest

from drivers.camera.controls import Control, Deviation
from drivers.camera.effects import (
    Child,
    Deliver,
    Effect,
    Kill,
    Promote,
    Send,
    Start,
    TellDown,
    TellUp,
)
from drivers.camera.health import Ending, Failure
from drivers.camera.messages import (
    FrameNote,
    Kind,
    Message,
    Result,
    Trouble,
    frame_message,
    result_message,
    trouble_message,
)
from drivers.camera.order import deviation_message
from drivers.camera.pace import LIVELY_MS, Pace
from drivers.camera.supervision import (
    DEVIATIONS_MAX,
    READY_WAIT_MS_MAX,
    SILENCE_MS_MAX,
    START_MS_MAX,
    TROUBLE_MS_MIN,
    TROUBLES_MAX,
    Supervision,
)
from drivers.reading import Look, Reading, Sign

FILL = Send(child=Child.CAPTURE, message=Message(kind=Kind.FILL))
READY = Message(kind=Kind.READY)


def frame(number: int = 1, seen_ms: int = 0) -> Message:
    return frame_message(FrameNote(number=number, width=4, height=3, seen_ms=seen_ms))


def result(number: int = 1, *payloads: bytes) -> Message:
    corners = ((0, 0), (1, 0), (1, 1), (0, 1))
    readings = [
        Reading(payload=payload, engine="zxing", rung="plain", corners=corners)
        for payload in payloads
    ]
    sign = Sign.READ if readings else Sign.NOTHING
    return result_message(Result(number=number, look=Look(readings=tuple(readings), sign=sign)))


def how(words: str = "signal 11", failure: Failure = Failure.CRASHED) -> Ending:
    return Ending(failure=failure, words=words)


def downs(effects: tuple[Effect, ...]) -> list[str]:
    return [effect.detail for effect in effects if isinstance(effect, TellDown)]


def new_machine() -> Supervision:
    return Supervision(
        device="/dev/video0",
        pace=Pace(fps_idle=10, fps_max=20, now_ms=0),
        frame_deadline_ms=2000,
        frame_age_ms_max=5000,
        now_ms=0,
    )


@pytest.fixture
def machine() -> Supervision:
    """Capture and decode run, decode is ready, a spare loads, a frame was asked for at 0."""
    machine = new_machine()
    assert machine.tick(0) == (Start(child=Child.CAPTURE), Start(child=Child.DECODE))
    assert machine.receive(Child.DECODE, READY, 0) == ()
    assert machine.tick(0) == (Start(child=Child.SPARE), FILL)
    return machine


@pytest.fixture
def spared(machine: Supervision) -> Supervision:
    """As above, and the spare is ready."""
    assert machine.receive(Child.SPARE, READY, 0) == ()
    return machine


def test_frame_goes_to_decode_and_its_readings_out(machine: Supervision) -> None:
    assert machine.receive(Child.CAPTURE, frame(seen_ms=30), 40) == (
        Send(child=Child.DECODE, message=frame(seen_ms=30)),
    )
    up, delivered = machine.receive(Child.DECODE, result(1, b"A"), 50)
    assert up == TellUp()
    assert isinstance(delivered, Deliver)
    assert delivered.note.seen_ms == 30
    assert delivered.result.look.readings[0].payload == b"A"


@pytest.mark.parametrize(("now_ms", "asks"), [(99, False), (100, True)])
def test_no_more_frames_are_asked_for_than_allowed(
    machine: Supervision, now_ms: int, *, asks: bool
) -> None:
    machine.receive(Child.CAPTURE, frame(), 40)
    machine.receive(Child.DECODE, result(), 50)
    assert machine.due_ms() == 100
    assert machine.tick(now_ms) == ((FILL,) if asks else ())


def test_sign_of_a_code_quickens_the_pace_until_it_is_long_gone(spared: Supervision) -> None:
    """20 frames a second from the sign on, 10 before and after."""
    asked_ms = []
    for now_ms in range(50, 10_000, 10):
        if FILL in spared.tick(now_ms):
            asked_ms.append(now_ms)
        if spared._turn.value == "capture fills it":
            spared.receive(Child.CAPTURE, frame(now_ms), now_ms)
            payloads = (b"A",) if 2000 <= now_ms < 3000 else ()
            spared.receive(Child.DECODE, result(now_ms, *payloads), now_ms)
    gaps = {before: after - before for before, after in itertools.pairwise(asked_ms)}
    for before, gap in gaps.items():
        is_lively = 2000 <= before < 2950 + LIVELY_MS
        assert gap == (50 if is_lively else 100)


def test_one_frame_is_under_way_at_a_time(machine: Supervision) -> None:
    assert machine.tick(1000) == ()
    machine.receive(Child.CAPTURE, frame(), 1000)
    assert machine.tick(1500) == ()


@pytest.mark.parametrize(("now_ms", "hangs"), [(2039, False), (2040, True)])
def test_decode_that_hangs_on_a_frame_is_replaced_alone(
    machine: Supervision, now_ms: int, *, hangs: bool
) -> None:
    machine.receive(Child.CAPTURE, frame(), 40)
    assert machine.due_ms() == 2040
    effects = machine.tick(now_ms)
    assert (Kill(child=Child.DECODE) in effects) is hangs
    assert (Promote() in effects) is hangs
    assert ("hung on a frame" in "".join(downs(effects))) is hangs
    assert machine.health.decode[Failure.HUNG] == hangs
    assert machine.health.restarts == hangs


def test_crash_is_told_and_the_process_started_again_at_once(machine: Supervision) -> None:
    (told,) = machine.ended(Child.CAPTURE, how("signal 9"), 3000)
    assert told == TellDown(
        detail="the capture process of /dev/video0 ended (signal 9): restarting"
    )
    assert machine.due_ms() == 3000
    assert machine.tick(3000) == (Start(child=Child.CAPTURE), FILL)
    assert machine.ended(Child.CAPTURE, how("twice told"), 3000) != ()


def test_spare_that_is_ready_takes_over_and_nobody_notices(spared: Supervision) -> None:
    spared.receive(Child.CAPTURE, frame(), 40)
    assert spared.ended(Child.DECODE, how(), 1500) == (Promote(),)
    assert spared.tick(1500) == (Start(child=Child.SPARE), FILL)
    spared.receive(Child.CAPTURE, frame(2), 1510)
    assert isinstance(spared.receive(Child.DECODE, result(2), 1520)[-1], Deliver)
    assert spared.health.decode[Failure.CRASHED] == 1


def test_spare_that_loads_still_takes_over_as_soon_as_it_can(machine: Supervision) -> None:
    promoted, told = machine.ended(Child.DECODE, how(), 1500)
    assert promoted == Promote()
    assert isinstance(told, TellDown)
    assert machine.tick(1500) == ()  # it loads; another one waits for it
    machine.receive(Child.DECODE, READY, 1600)
    assert machine.tick(1600) == (Start(child=Child.SPARE),)


def test_end_of_a_spare_is_counted_and_told_to_nobody(spared: Supervision) -> None:
    assert spared.ended(Child.SPARE, how(failure=Failure.MEMORY), 1500) == ()
    assert spared.tick(1500) == (Start(child=Child.SPARE),)
    assert spared.health.decode[Failure.MEMORY] == 1


@pytest.mark.parametrize("message", [READY, frame(), result()])
def test_spare_that_speaks_costs_its_life_alone(spared: Supervision, message: Message) -> None:
    assert spared.receive(Child.SPARE, message, 10) == (Kill(child=Child.SPARE),)
    assert spared.health.decode[Failure.NONSENSE] == 1


@pytest.mark.parametrize(("now_ms", "hangs"), [(START_MS_MAX - 1, False), (START_MS_MAX, True)])
def test_spare_that_does_not_get_ready_is_replaced(
    machine: Supervision, now_ms: int, *, hangs: bool
) -> None:
    machine.receive(Child.CAPTURE, frame(), now_ms - 1)
    assert (Kill(child=Child.SPARE) in machine.tick(now_ms)) is hangs


def test_picture_that_kills_every_decoder_is_met_once_a_second(spared: Supervision) -> None:
    """A spare is ready 300 ms after its start, and dies on the next frame."""
    now_ms, killed_ms = 0, []
    for number in range(1, 12):
        spared.receive(Child.CAPTURE, frame(number), now_ms)
        effects = spared.ended(Child.DECODE, how(), now_ms)
        killed_ms.append(now_ms)
        if Promote() not in effects or downs(effects):
            now_ms = max(now_ms, spared._lives[Child.DECODE].start_due_ms)
            spared.tick(now_ms)
            spared.receive(Child.DECODE, READY, now_ms + 300)
            now_ms += 300
        now_ms += 100
        spared.tick(now_ms)
    waits = [after - before for before, after in itertools.pairwise(killed_ms)]
    assert max(waits) <= READY_WAIT_MS_MAX + 500
    assert waits[-1] >= READY_WAIT_MS_MAX


def test_process_that_never_gets_ready_waits_longer_each_time() -> None:
    machine = new_machine()
    waits, now_ms = [], 10
    machine.tick(0)
    for _ in range(6):
        machine.ended(Child.DECODE, how("exit 1"), now_ms)
        waits.append(machine._lives[Child.DECODE].start_due_ms - now_ms)
        now_ms = machine._lives[Child.DECODE].start_due_ms
        assert machine.tick(now_ms) == (Start(child=Child.DECODE),)
    assert waits == [200, 400, 800, 1600, 3200, 5000]


def test_frame_for_a_decode_that_died_is_lost_and_another_asked_for(machine: Supervision) -> None:
    machine.ended(Child.DECODE, how("signal 11"), 1500)
    assert machine.receive(Child.CAPTURE, frame(), 1510) == ()
    assert machine.tick(1510) == ()
    machine.receive(Child.DECODE, READY, 1600)
    assert machine.tick(1600) == (Start(child=Child.SPARE), FILL)


def test_readings_of_a_frame_outlive_the_capture_that_took_it(machine: Supervision) -> None:
    machine.receive(Child.CAPTURE, frame(), 1010)
    machine.ended(Child.CAPTURE, how("exit 1"), 1020)
    effects = machine.receive(Child.DECODE, result(), 1030)
    assert isinstance(effects[-1], Deliver)


@pytest.mark.parametrize(("now_ms", "is_told"), [(5039, False), (5040, True)])
def test_camera_without_frames_is_told_down_with_what_capture_said(
    machine: Supervision, now_ms: int, *, is_told: bool
) -> None:
    machine.receive(Child.CAPTURE, frame(), 20)
    machine.receive(Child.DECODE, result(), 30)
    assert machine.tick(100) == (FILL,)
    machine._turn_ms = 40
    assert machine.receive(Child.CAPTURE, trouble_message(Trouble.UNOPENED), 3000) == ()
    told = downs(machine.tick(now_ms))
    assert bool(told) is is_told
    if is_told:
        assert "cannot be opened" in told[0]
        assert machine.tick(now_ms) == ()  # told once


@pytest.mark.parametrize("trouble", Trouble)
def test_camera_that_never_worked_is_told_down_at_once(
    machine: Supervision, trouble: Trouble
) -> None:
    (told,) = downs(machine.receive(Child.CAPTURE, trouble_message(trouble), 10))
    assert "/dev/video0" in told


def test_trouble_that_stays_is_told_once(machine: Supervision) -> None:
    message = trouble_message(Trouble.MISSING)
    told = [machine.receive(Child.CAPTURE, message, now_ms) for now_ms in range(0, 60_000, 200)]
    assert len([effect for effects in told for effect in effects]) == 1


@pytest.mark.parametrize(
    ("now_ms", "is_told"), [(10 + TROUBLE_MS_MIN - 1, False), (10 + TROUBLE_MS_MIN, True)]
)
def test_another_trouble_is_told_a_second_later_and_the_newest_wins(
    machine: Supervision, now_ms: int, *, is_told: bool
) -> None:
    machine.receive(Child.CAPTURE, trouble_message(Trouble.MISSING), 10)
    assert machine.receive(Child.CAPTURE, trouble_message(Trouble.DENIED), 20) == ()
    assert machine.receive(Child.CAPTURE, trouble_message(Trouble.UNOPENED), 30) == ()
    assert machine.due_ms() == 10 + TROUBLE_MS_MIN
    told = downs(machine.tick(now_ms))
    assert bool(told) is is_told
    if is_told:
        assert "cannot be opened" in told[0]
        assert machine.tick(now_ms) == ()


def test_trouble_that_came_back_to_what_was_told_is_no_news(machine: Supervision) -> None:
    for trouble in (Trouble.MISSING, Trouble.DENIED, Trouble.MISSING):
        machine.receive(Child.CAPTURE, trouble_message(trouble), 10)
    assert machine.due_ms() > 10 + TROUBLE_MS_MIN
    assert machine.tick(10 + TROUBLE_MS_MIN) == ()


def test_camera_that_works_meanwhile_is_up_and_its_trouble_forgotten(machine: Supervision) -> None:
    machine.receive(Child.CAPTURE, trouble_message(Trouble.MISSING), 10)
    machine.receive(Child.CAPTURE, trouble_message(Trouble.DENIED), 20)
    machine.receive(Child.CAPTURE, frame(), 30)
    assert machine.receive(Child.DECODE, result(), 40)[0] == TellUp()
    assert downs(machine.tick(10 + TROUBLE_MS_MIN)) == []


def test_end_of_the_process_is_newer_than_a_trouble_not_yet_told(machine: Supervision) -> None:
    machine.receive(Child.CAPTURE, trouble_message(Trouble.MISSING), 10)
    machine.receive(Child.CAPTURE, trouble_message(Trouble.DENIED), 20)
    assert "ended" in downs(machine.ended(Child.CAPTURE, how("exit 1"), 30))[0]
    assert downs(machine.tick(10 + TROUBLE_MS_MIN)) == []


def test_camera_that_stays_up_is_told_up_once(machine: Supervision) -> None:
    for number in range(3):
        machine.receive(Child.CAPTURE, frame(number), number * 100)
        effects = machine.receive(Child.DECODE, result(number), number * 100)
        assert (TellUp() in effects) is (number == 0)
        machine.tick(number * 100 + 100)


def test_honest_pace_of_changing_troubles_is_a_report_a_second(machine: Supervision) -> None:
    effects: list[Effect] = []
    for step, now_ms in enumerate(range(0, 60_000, 200)):
        message = trouble_message((Trouble.MISSING, Trouble.DENIED)[step % 2])
        effects += machine.receive(Child.CAPTURE, message, now_ms)
        effects += machine.tick(now_ms)
    assert 30 <= len(downs(tuple(effects))) <= 60
    assert Kill(child=Child.CAPTURE) not in effects


def test_flood_of_troubles_costs_capture_its_life_and_two_reports(machine: Supervision) -> None:
    effects: list[Effect] = []
    for step in range(200_000):
        message = trouble_message((Trouble.MISSING, Trouble.DENIED)[step % 2])
        effects += machine.receive(Child.CAPTURE, message, 500)
        assert (Kill(child=Child.CAPTURE) in effects) is (step >= TROUBLES_MAX)
    assert effects.count(Kill(child=Child.CAPTURE)) == 1
    first, last = downs(tuple(effects))
    assert "is not there" in first
    assert "one trouble after the other" in last
    assert machine.due_ms() == 700  # with back-off


@pytest.mark.parametrize(("now_ms", "hangs"), [(SILENCE_MS_MAX - 1, False), (SILENCE_MS_MAX, True)])
def test_capture_that_falls_silent_is_replaced(
    machine: Supervision, now_ms: int, *, hangs: bool
) -> None:
    assert machine.tick(5000) != ()
    assert machine.due_ms() == SILENCE_MS_MAX
    assert (Kill(child=Child.CAPTURE) in machine.tick(now_ms)) is hangs


def test_capture_that_keeps_trying_is_left_alone(machine: Supervision) -> None:
    for now_ms in range(0, 10 * SILENCE_MS_MAX, 4000):
        machine.receive(Child.CAPTURE, trouble_message(Trouble.MISSING), now_ms)
        assert Kill(child=Child.CAPTURE) not in machine.tick(now_ms)


@pytest.mark.parametrize(("now_ms", "hangs"), [(START_MS_MAX - 1, False), (START_MS_MAX, True)])
def test_decode_that_does_not_get_ready_is_replaced(now_ms: int, *, hangs: bool) -> None:
    machine = new_machine()
    machine.tick(0)
    assert machine.due_ms() == START_MS_MAX
    assert (Kill(child=Child.DECODE) in machine.tick(now_ms)) is hangs


@pytest.mark.parametrize(
    ("child", "message"),
    [
        (Child.CAPTURE, READY),
        (Child.CAPTURE, result()),
        (Child.CAPTURE, Message(kind=Kind.FRAME, body=b"short")),
        (Child.CAPTURE, Message(kind=Kind.TROUBLE, body=b"\xff")),
        (Child.DECODE, READY),
        (Child.DECODE, frame()),
        (Child.DECODE, result()),
    ],
)
def test_message_out_of_turn_costs_the_process_its_life(
    machine: Supervision, child: Child, message: Message
) -> None:
    effects = machine.receive(child, message, 10)
    assert effects[0] == Kill(child=child)


@pytest.mark.parametrize(
    ("child", "message"),
    [
        (Child.CAPTURE, frame(2)),
        (Child.DECODE, result(2)),
        (Child.DECODE, READY),
        (Child.DECODE, Message(kind=Kind.RESULT, body=b"noise")),
    ],
)
def test_message_that_decode_did_not_owe_costs_the_process_its_life(
    machine: Supervision, child: Child, message: Message
) -> None:
    machine.receive(Child.CAPTURE, frame(1), 5)
    assert machine.receive(child, message, 10)[0] == Kill(child=child)


@pytest.mark.parametrize(
    ("seen_ms", "taken_ms"), [(0, 15_000), (15_000, 15_000), (20_000, 20_000), (20_001, 20_000)]
)
def test_frame_is_never_of_the_future_nor_of_last_week(
    machine: Supervision, seen_ms: int, taken_ms: int
) -> None:
    machine.receive(Child.CAPTURE, frame(1, seen_ms), 20_000)
    delivered = machine.receive(Child.DECODE, result(1), 20_001)[-1]
    assert isinstance(delivered, Deliver)
    assert delivered.note.seen_ms == taken_ms


def test_limits_of_nothing_are_a_bug() -> None:
    with pytest.raises(ValueError, match="above zero"):
        Supervision(
            device="0",
            pace=Pace(fps_idle=1, fps_max=1, now_ms=0),
            frame_deadline_ms=0,
            frame_age_ms_max=1,
            now_ms=0,
        )


@pytest.fixture
def working(spared: Supervision) -> Supervision:
    """The camera is UP, and capture is asked for the next frame at 2000."""
    spared.receive(Child.CAPTURE, frame(), 1990)
    spared.receive(Child.DECODE, result(), 1995)
    assert spared.tick(2000) == (FILL,)
    return spared


@pytest.mark.parametrize(
    ("trouble", "at_once"),
    [
        (Trouble.COVERED, True),
        (Trouble.FROZEN, True),
        (Trouble.MISSING, True),
        (Trouble.SILENT, False),
        (Trouble.GARBLED, False),
        (Trouble.FLOODING, False),
    ],
)
def test_what_is_no_stumble_is_told_at_once(
    working: Supervision, trouble: Trouble, *, at_once: bool
) -> None:
    assert bool(downs(working.receive(Child.CAPTURE, trouble_message(trouble), 2010))) is at_once
    told = downs(working.tick(7000))
    assert bool(told) is not at_once


def test_covered_camera_is_up_again_with_the_first_frame(working: Supervision) -> None:
    (told,) = downs(working.receive(Child.CAPTURE, trouble_message(Trouble.COVERED), 2010))
    assert told == "camera /dev/video0 sees nothing: is the lens covered, or the light off?"
    for now_ms in range(7_000, 3_600_000, 5_000):  # an hour
        assert working.receive(Child.CAPTURE, trouble_message(Trouble.COVERED), now_ms) == ()
        assert working.tick(now_ms) == ()
    working.receive(Child.CAPTURE, frame(2), 3_600_000)
    assert working.receive(Child.DECODE, result(2), 3_600_010)[0] == TellUp()


def test_certain_troubles_are_told_no_faster_than_somebody_reads_them(
    working: Supervision,
) -> None:
    told = []
    for number in range(2, 100):
        now_ms = 2000 + number * 100
        told += downs(working.receive(Child.CAPTURE, trouble_message(Trouble.COVERED), now_ms))
        working.receive(Child.CAPTURE, frame(number), now_ms)
        working.receive(Child.DECODE, result(number), now_ms)
        working.tick(now_ms + 50)
    assert len(told) == 10


def deviation(*refused: Control) -> Message:
    return deviation_message(Deviation(refused=frozenset(refused), width=640, height=480))


def test_what_a_camera_does_not_take_is_told_with_up_and_once(machine: Supervision) -> None:
    assert machine.receive(Child.CAPTURE, deviation(Control.FOCUS), 10) == ()
    machine.receive(Child.CAPTURE, frame(), 20)
    words = "does not take the settings' focus"
    assert machine.receive(Child.DECODE, result(), 30)[0] == TellUp(detail=words)
    assert machine.receive(Child.CAPTURE, deviation(Control.FOCUS), 40) == ()
    assert machine.receive(Child.CAPTURE, deviation(), 50) == (TellUp(detail=""),)


@pytest.mark.parametrize(("count", "kills"), [(DEVIATIONS_MAX, False), (DEVIATIONS_MAX + 1, True)])
def test_capture_that_tells_one_deviation_after_the_other_is_replaced(
    machine: Supervision, count: int, *, kills: bool
) -> None:
    effects: tuple[Effect, ...] = ()
    for number in range(count):
        refused = Control.FOCUS if number % 2 else Control.GAIN
        effects = machine.receive(Child.CAPTURE, deviation(refused), number)
    assert (Kill(child=Child.CAPTURE) in effects) is kills
    if kills:  # the next one begins anew
        machine.tick(10_000)
        assert machine.receive(Child.CAPTURE, deviation(), 10_000) == ()


def test_spare_that_is_only_about_to_be_started_is_not_promoted(spared: Supervision) -> None:
    """Where no process can be started, there would be none to take over."""
    spared.ended(Child.SPARE, how(), 0)
    spared.receive(Child.CAPTURE, frame(), 40)
    kill, down, start = spared.tick(2040)
    assert (kill, start) == (Kill(child=Child.DECODE), Start(child=Child.DECODE))
    assert isinstance(down, TellDown)
