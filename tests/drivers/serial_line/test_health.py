import pytest

from drivers.framing.base import LineFault
from drivers.serial_line.health import APART_MS_MAX, BAD_MS_MIN, FAULTS_MAX, LineHealth

LATER_MS = 60_000


def test_noise_without_a_good_code_is_trouble_with_its_likely_cause() -> None:
    health = LineHealth()
    for _ in range(FAULTS_MAX - 1):
        health.fault(LineFault.ENDLESS, 0)
    assert not health.trouble
    health.fault(LineFault.ENDLESS, 0)
    assert "is the scanner's suffix set, or the baud rate wrong?" in health.trouble
    health.good(0)
    assert not health.trouble
    assert health.faults == {LineFault.ENDLESS: FAULTS_MAX}


def test_faults_between_good_codes_are_no_trouble() -> None:
    health = LineHealth()
    for number in range(100):
        for _ in range(FAULTS_MAX - 1):
            health.fault(LineFault.STRAY, number * LATER_MS)
        assert not health.trouble
        health.good(number * LATER_MS)


@pytest.mark.parametrize(("after_ms", "is_trouble"), [(BAD_MS_MIN - 1, False), (BAD_MS_MIN, True)])
def test_line_that_was_just_good_must_be_bad_for_a_while(
    after_ms: int, *, is_trouble: bool
) -> None:
    health = LineHealth()
    health.good(0)
    for _ in range(FAULTS_MAX):
        health.fault(LineFault.BROKEN_OFF, after_ms)
    assert bool(health.trouble) is is_trouble


@pytest.mark.parametrize("fault", [fault for fault in LineFault if fault.may_be_shown])
def test_codes_that_can_not_be_used_are_trouble_until_one_could(fault: LineFault) -> None:
    """A scanner that is set wrong, as against people who show other codes."""
    health = LineHealth()
    for _ in range(FAULTS_MAX):
        health.fault(fault, 0)
    assert health.trouble == fault.value
    health.good(0)
    for _ in range(100):
        health.fault(fault, LATER_MS)
    assert not health.trouble
    assert health.faults[fault] == FAULTS_MAX + 100


@pytest.mark.parametrize("fault", [fault for fault in LineFault if not fault.may_be_shown])
def test_scanner_that_loses_its_settings_is_trouble_though_it_was_good(fault: LineFault) -> None:
    """Nobody can show a code that has no AIM prefix: each would be dropped without a word."""
    health = LineHealth()
    health.good(0)
    for _ in range(FAULTS_MAX):
        health.fault(fault, LATER_MS)
    assert health.trouble == fault.value


@pytest.mark.parametrize(
    ("apart_ms", "is_trouble"), [(APART_MS_MAX, True), (APART_MS_MAX + 1, False)]
)
def test_faults_far_apart_make_no_row(apart_ms: int, *, is_trouble: bool) -> None:
    health = LineHealth()
    for number in range(FAULTS_MAX):
        health.fault(LineFault.STRAY, number * apart_ms)
    assert bool(health.trouble) is is_trouble


def test_port_just_opened_begins_without_trouble() -> None:
    health = LineHealth()
    for _ in range(FAULTS_MAX):
        health.fault(LineFault.ENDLESS, 0)
    health.reset()
    assert not health.trouble
    assert health.faults == {LineFault.ENDLESS: FAULTS_MAX}
