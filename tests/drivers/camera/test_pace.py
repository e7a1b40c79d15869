import pytest

from drivers.camera.pace import LIVELY_MS, Pace
from drivers.reading import Sign


@pytest.mark.parametrize(
    ("fps_idle", "fps_max", "interval_ms"), [(10, 15, 100), (1, 60, 1000), (30, 5, 200)]
)
def test_idle_lane_asks_at_its_pace_and_never_above_the_greatest(
    fps_idle: int, fps_max: int, interval_ms: int
) -> None:
    pace = Pace(fps_idle=fps_idle, fps_max=fps_max, now_ms=1000)
    assert pace.due_ms == 1000
    pace.asked(1000)
    pace.saw(Sign.NOTHING, 1020)
    assert pace.due_ms == 1000 + interval_ms


@pytest.mark.parametrize("sign", [Sign.UNREAD, Sign.READ])
def test_sign_of_a_code_brings_the_next_frame_forward(sign: Sign) -> None:
    pace = Pace(fps_idle=10, fps_max=50, now_ms=0)
    pace.asked(0)
    pace.saw(sign, 5)
    assert pace.due_ms == 20


@pytest.mark.parametrize(("after_ms", "is_lively"), [(LIVELY_MS - 1, True), (LIVELY_MS, False)])
def test_lane_calms_down_when_the_sign_is_long_gone(after_ms: int, *, is_lively: bool) -> None:
    pace = Pace(fps_idle=10, fps_max=50, now_ms=0)
    pace.saw(Sign.UNREAD, 100)
    pace.asked(200)
    pace.saw(Sign.NOTHING, 100 + after_ms)
    assert pace.due_ms == 200 + (20 if is_lively else 100)


@pytest.mark.parametrize(("fps_idle", "fps_max"), [(0, 1), (1, 0)])
def test_no_frames_at_all_is_a_bug(fps_idle: int, fps_max: int) -> None:
    with pytest.raises(ValueError, match="above zero"):
        Pace(fps_idle=fps_idle, fps_max=fps_max, now_ms=0)
