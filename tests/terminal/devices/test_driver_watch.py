"""What a driver of others hands over is as it should be, or tells that the driver is at fault."""

from dataclasses import replace
from typing import Any

import pytest

from drivers.base import (
    PAYLOAD_BYTES_MAX,
    Condition,
    Contact,
    ContactEvent,
    DeviceReport,
    ScannedCode,
)
from drivers.handed_over import CODE_AGE_MS_MAX, COMPANIONS_MAX
from terminal.devices.driver_watch import (
    CALL_MS_MAX,
    CODES_A_SECOND_MAX,
    DETAIL_CHARACTERS_MAX,
    FAULT_MS_MIN,
    REPORTS_A_SECOND_MAX,
    DriverWatch,
)

NOW = 1_000_000
CODE = ScannedCode(payload=b"HOLDER-0007", engine="acme", seen_ms=NOW - 5, read_ms=NOW)
UP = DeviceReport(device="/dev/acme", condition=Condition.UP, detail="")
DOWN = DeviceReport(device="/dev/acme", condition=Condition.DOWN, detail="the cable is out")


def watch() -> DriverWatch:
    """Return a machine whose driver has reported UP, and been heard."""
    machine = DriverWatch("acme", NOW)
    machine.tick(NOW)
    machine.report(UP, NOW)
    return machine


def told(outcomes: tuple[Any, ...]) -> list[tuple[Condition, str]]:
    return [(each.condition, each.detail) for each in outcomes if isinstance(each, DeviceReport)]


def test_driver_is_starting_until_it_says_more() -> None:
    machine = DriverWatch("acme", NOW)
    assert told(machine.tick(NOW)) == [(Condition.STARTING, "")]
    assert machine.tick(NOW) == ()
    assert machine.report(UP, NOW) == (UP,)
    assert machine.report(UP, NOW) == ()
    assert machine.report(DOWN, NOW) == (DOWN,)


def test_code_that_is_well_is_handed_on() -> None:
    assert watch().code(CODE, NOW) == (CODE,)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "a NoneType and no ScannedCode"),
        (b"HOLDER-0007", "a bytes and no ScannedCode"),
        (UP, "a DeviceReport and no ScannedCode"),
        (replace(CODE, payload=b""), "a payload"),
        (replace(CODE, payload="HOLDER-0007"), "a payload"),
        (replace(CODE, payload=bytearray(b"x")), "a payload"),
        (replace(CODE, payload=b"x" * (PAYLOAD_BYTES_MAX + 1)), "a payload"),
        (replace(CODE, engine=""), "an engine"),
        (replace(CODE, engine="a\nb"), "an engine"),
        (replace(CODE, engine=b"acme"), "an engine"),
        (replace(CODE, read_ms=float(NOW)), "times"),
        (replace(CODE, read_ms=True), "times"),
        (replace(CODE, seen_ms=None), "times"),
        (replace(CODE, seen_ms=NOW + 1), "times"),
        (replace(CODE, read_ms=NOW + 1), "times"),
        (replace(CODE, seen_ms=0, read_ms=NOW - CODE_AGE_MS_MAX - 1), "times"),
        (replace(CODE, showing="1"), "a showing"),
        (replace(CODE, companions=[b"B"]), "companions"),
        (replace(CODE, companions=(b"B", "C")), "companions"),
        (replace(CODE, companions=(b"B",) * (COMPANIONS_MAX + 1)), "companions"),
    ],
)
def test_what_is_no_code_is_dropped_and_told(given: object, words: str) -> None:
    machine = watch()
    ((condition, detail),) = told(machine.code(given, NOW))
    assert condition is Condition.DOWN
    assert detail.startswith(f"driver acme delivered {words}")
    assert detail.endswith("tell who made it")
    assert "HOLDER" not in detail
    assert machine.faults == 1


@pytest.mark.parametrize(
    "code",
    [
        replace(CODE, payload=b"x" * PAYLOAD_BYTES_MAX),
        replace(CODE, seen_ms=NOW),
        replace(CODE, seen_ms=0, read_ms=NOW - CODE_AGE_MS_MAX),
        replace(CODE, showing=3, companions=(b"B",) * COMPANIONS_MAX),
    ],
)
def test_code_just_within_its_limits_is_handed_on(code: ScannedCode) -> None:
    assert watch().code(code, NOW) == (code,)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("up", "a str and no DeviceReport"),
        (replace(UP, condition="up"), "a condition"),
        (replace(UP, device=None), "a device or a detail"),
        (replace(UP, detail=b""), "a device or a detail"),
        (replace(DOWN, detail=""), "DOWN without a word"),
    ],
)
def test_what_is_no_report_is_told(given: object, words: str) -> None:
    ((condition, detail),) = told(watch().report(given, NOW))
    assert condition is Condition.DOWN
    assert detail.startswith(f"driver acme reported {words}")


def test_report_is_one_line_and_not_too_long() -> None:
    given = replace(DOWN, device="a\nb", detail="x\r\n\x1b[2J" + "y" * 999)
    (report,) = watch().report(given, NOW)
    assert isinstance(report, DeviceReport)
    assert report.device == "a b"
    assert report.detail.isprintable()
    assert len(report.detail) == DETAIL_CHARACTERS_MAX


def test_fault_is_told_for_a_second_and_then_forgotten() -> None:
    machine = watch()
    machine.code(None, NOW)
    assert machine.due_ms() == NOW + FAULT_MS_MIN
    assert machine.tick(NOW + FAULT_MS_MIN - 1) == ()
    assert machine.tick(NOW + FAULT_MS_MIN) == (UP,)
    assert machine.trouble == ""
    assert machine.due_ms() is None


def test_fault_again_and_again_stays_told() -> None:
    machine = watch()
    machine.code(None, NOW)
    assert machine.code(None, NOW + FAULT_MS_MIN - 1) == ()
    assert machine.tick(NOW + FAULT_MS_MIN) == ()
    assert machine.faults == 2


def test_own_report_waits_behind_a_fault() -> None:
    machine = watch()
    machine.code(None, NOW)
    assert machine.report(DOWN, NOW) == ()
    assert machine.tick(NOW + FAULT_MS_MIN) == (DOWN,)


def test_final_fault_is_never_forgotten_nor_replaced() -> None:
    machine = watch()
    machine.fault("can't be loaded", NOW, is_final=True)
    machine.code(None, NOW + 1)
    assert machine.tick(NOW + 10 * FAULT_MS_MIN) == ()
    assert machine.trouble == "can't be loaded"
    assert machine.due_ms() is None


def test_flood_of_codes_is_cut_and_told_until_it_is_over() -> None:
    machine = watch()
    for _ in range(CODES_A_SECOND_MAX):
        assert machine.code(CODE, NOW) == (CODE,)
    ((_, detail),) = told(machine.code(CODE, NOW))
    assert "more than 50 codes a second" in detail
    assert machine.code(CODE, NOW) == ()
    later = replace(CODE, read_ms=NOW + 1000)
    assert machine.code(later, NOW + 1000) == (UP, later)


def test_reports_are_told_no_faster_than_anybody_reads_and_the_last_one_is() -> None:
    machine = DriverWatch("acme", NOW)
    machine.tick(NOW)
    count = sum(len(machine.report(each, NOW)) for each in (UP, DOWN) * 20)
    assert count == REPORTS_A_SECOND_MAX
    assert machine.report(DOWN, NOW + 999) == ()  # the fifth told was UP
    assert machine.due_ms() == NOW + 1000
    assert machine.tick(NOW + 1000) == (DOWN,)
    assert machine.due_ms() is None


def test_call_that_does_not_return_is_told_until_it_does() -> None:
    machine = watch()
    machine.call_begins("start", NOW)
    assert machine.tick(NOW + CALL_MS_MAX - 1) == ()
    ((condition, detail),) = told(machine.tick(NOW + CALL_MS_MAX))
    assert (condition, detail) == (Condition.DOWN, "driver acme does not return from start")
    assert machine.tick(NOW + 9 * CALL_MS_MAX) == ()
    assert machine.faults == 1
    assert machine.call_ends(NOW + 9 * CALL_MS_MAX) == ()
    assert machine.tick(NOW + 9 * CALL_MS_MAX + FAULT_MS_MIN) == (UP,)


def release(*, is_active: bool) -> ContactEvent:
    return ContactEvent(contact=Contact.RELEASE, is_active=is_active, at_ms=NOW)


def test_a_release_that_was_told_ends_though_its_contact_floods() -> None:
    """A loose wire; what is over must not hold a gate open for ever."""
    machine = watch()
    assert machine.contact(release(is_active=True), NOW) == (release(is_active=True),)
    for _ in range(CODES_A_SECOND_MAX - 1):
        machine.contact(release(is_active=True), NOW)
    assert release(is_active=True) not in machine.contact(release(is_active=True), NOW)
    assert machine.contact(release(is_active=False), NOW)[-1] == release(is_active=False)
    assert machine.contact(release(is_active=False), NOW) == ()


def test_a_release_that_a_dead_driver_told_ends_when_the_next_says_nothing_of_it() -> None:
    machine = watch()
    machine.contact(release(is_active=True), NOW)
    machine.fault("it died", NOW, is_final=True)
    assert release(is_active=False) not in machine.begins_anew(NOW)
    assert release(is_active=False) not in machine.report(DOWN, NOW)
    assert release(is_active=False) in machine.report(UP, NOW)
    assert machine.report(UP, NOW) == ()


def test_a_release_that_the_next_driver_tells_too_goes_on() -> None:
    machine = watch()
    machine.contact(release(is_active=True), NOW)
    machine.fault("it died", NOW, is_final=True)
    machine.begins_anew(NOW)
    assert release(is_active=True) in machine.contact(release(is_active=True), NOW)
    assert release(is_active=False) not in machine.report(UP, NOW)


def test_a_device_that_comes_back_by_its_own_driver_ends_nothing() -> None:
    """The driver itself tells what has changed meanwhile."""
    machine = watch()
    machine.contact(release(is_active=True), NOW)
    machine.report(DOWN, NOW)
    assert machine.report(UP, NOW) == (UP,)
