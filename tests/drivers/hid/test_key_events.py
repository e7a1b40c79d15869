import pytest
from hid_peers import event, key

from drivers.base import DriverError
from drivers.hid.key_events import (
    CapsLit,
    KeyEvents,
    KeyMoved,
    KeysLost,
    caps_light,
    held_keys,
    is_caps_lit,
)

# From a 64-bit machine: A pressed and let go at 12.345678 s after it started.
RECORDED = bytes.fromhex(
    "0c000000000000004e46050000000000 0400 0400 04000700"  # MSC_SCAN: HID usage 7:4
    "0c000000000000004e46050000000000 0100 1e00 01000000"  # KEY_A down
    "0c000000000000004e46050000000000 0000 0000 00000000"
    "0c00000000000000ee4e050000000000 0400 0400 04000700"
    "0c00000000000000ee4e050000000000 0100 1e00 00000000"  # KEY_A up
    "0c00000000000000ee4e050000000000 0000 0000 00000000"
)
DROPPED = event(0, 3, 0, 7)
REPORT = event(0, 0, 0, 9)


def test_recorded_octets_are_a_key_down_and_up() -> None:
    assert KeyEvents().receive(RECORDED) == (
        KeyMoved(code=30, is_down=True, at_ms=12_345),
        KeyMoved(code=30, is_down=False, at_ms=12_347),
    )


def test_events_may_come_in_any_portions() -> None:
    events = KeyEvents()
    portions = [RECORDED[place : place + 24] for place in range(0, len(RECORDED), 24)]
    happenings = [each for portion in portions for each in events.receive(portion)]
    assert tuple(happenings) == KeyEvents().receive(RECORDED)


@pytest.mark.parametrize("missing", [1, 8, 23])
def test_half_an_event_is_no_keyboards(missing: int) -> None:
    with pytest.raises(DriverError, match="no key press"):
        KeyEvents().receive(RECORDED[:-missing])


def test_repeats_of_the_kernel_are_no_presses() -> None:
    assert [each.is_down for each in KeyEvents().receive(key(30, 2) + key(30, 0))] == [False]  # type: ignore[union-attr]  # keys alone


def test_what_the_kernel_dropped_is_left_out_up_to_its_report() -> None:
    events = KeyEvents()
    octets = key(30, 1) + DROPPED + event(1, 31, 1) + REPORT + key(32, 1, 11)
    assert events.receive(octets) == (
        KeyMoved(code=30, is_down=True, at_ms=0),
        KeysLost(at_ms=9),
        KeyMoved(code=32, is_down=True, at_ms=11),
    )


def test_a_loss_goes_on_over_portions() -> None:
    events = KeyEvents()
    assert events.receive(DROPPED + event(1, 31, 1)) == ()
    assert events.receive(event(1, 33, 1)) == ()
    assert events.receive(REPORT) == (KeysLost(at_ms=9),)


def test_light_of_caps_lock_is_told() -> None:
    events = KeyEvents()
    assert events.receive(caps_light(is_on=True)) == (CapsLit(is_on=True),)
    assert events.receive(caps_light(is_on=False)) == (CapsLit(is_on=False),)
    assert events.receive(event(0x11, 0, 1)) == ()  # NumLock's


def test_bitmaps_of_the_kernel_are_read_bit_by_bit() -> None:
    assert held_keys(bytes(96)) == frozenset()
    assert held_keys(b"\x02\x00\x80" + bytes(93)) == {1, 23}
    assert is_caps_lit(b"\x02\x00")
    assert not is_caps_lit(b"\x05\x00")
