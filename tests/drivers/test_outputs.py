import pytest

from drivers.outputs import (
    BLINK_HALF_MS,
    BLINKS_MAX,
    OFF,
    PULSE_MS_MAX,
    Light,
    Output,
    Wanted,
)


def test_output_is_off_before_anybody_says_a_word() -> None:
    assert Output().wanted(0) == OFF


def test_pulse_is_on_until_its_very_end() -> None:
    output = Output()
    output.pulse(200, now_ms=1_000)
    assert output.wanted(1_199) == Wanted(is_on=True, until_ms=1_200)
    assert output.wanted(1_200) == OFF


def test_pulse_is_prolonged_and_never_cut() -> None:
    output = Output()
    output.pulse(200, now_ms=0)
    output.pulse(1, now_ms=100)
    assert output.wanted(199).is_on
    output.pulse(200, now_ms=150)
    assert output.wanted(349).is_on
    assert output.wanted(350) == OFF


def test_pulse_is_capped() -> None:
    output = Output()
    output.pulse(86_400_000, now_ms=0)
    assert output.wanted(PULSE_MS_MAX - 1).is_on
    assert output.wanted(PULSE_MS_MAX) == OFF


def test_pulse_of_nothing_is_a_bug() -> None:
    with pytest.raises(ValueError, match="above zero"):
        Output().pulse(0, now_ms=0)


def test_what_is_held_is_on_until_told_otherwise_whatever_pulses_say() -> None:
    output = Output()
    output.hold(is_on=True)
    output.pulse(1, now_ms=0)
    assert output.wanted(86_400_000) == Wanted(is_on=True)
    output.hold(is_on=False)
    assert output.wanted(0) == OFF


def test_what_is_held_is_another_thing_to_tell_each_time_it_is_said() -> None:
    output = Output()
    told = []
    for is_on in (True, True, True, False, False, True):
        output.hold(is_on=is_on)
        told.append(output.wanted(0))
    assert [(wanted.is_on, wanted.said) for wanted in told] == [
        (True, 0), (True, 1), (True, 2), (False, 0), (False, 0), (True, 0),
    ]  # fmt: skip


def test_letting_go_ends_a_pulse_too() -> None:
    output = Output()
    output.pulse(1_000, now_ms=0)
    output.hold(is_on=False)
    assert output.wanted(1) == OFF


def test_what_has_ended_is_off_for_good() -> None:
    output = Output()
    output.hold(is_on=True)
    output.end()
    output.pulse(1_000, now_ms=0)
    assert output.wanted(1) == OFF


def test_lamp_blinks_so_often_and_is_steady_then() -> None:
    output = Output()
    output.shine(Light.BLINK, now_ms=1_000)
    assert output.wanted(1_000) == Wanted(is_on=True, until_ms=1_000 + BLINK_HALF_MS)
    dark_ms = 1_000 + BLINK_HALF_MS
    assert output.wanted(dark_ms) == Wanted(is_on=False, until_ms=dark_ms + BLINK_HALF_MS)
    over_ms = 1_000 + 2 * BLINKS_MAX * BLINK_HALF_MS
    assert not output.wanted(over_ms - 1).is_on
    assert output.wanted(over_ms) == Wanted(is_on=True)


def test_same_light_again_does_not_begin_its_blinking_anew() -> None:
    output = Output()
    output.shine(Light.BLINK, now_ms=0)
    output.shine(Light.BLINK, now_ms=BLINK_HALF_MS)
    assert not output.wanted(BLINK_HALF_MS).is_on
    output.shine(Light.OFF, now_ms=BLINK_HALF_MS)
    assert output.wanted(BLINK_HALF_MS) == OFF
