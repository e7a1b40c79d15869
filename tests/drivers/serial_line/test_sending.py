from drivers.serial_line.sending import (
    COMMAND_PAUSE_MS,
    COMMANDS_MAX,
    LATE_MS_MAX,
    STUCK_MS_MAX,
    Sending,
)


def test_commands_leave_in_order_with_a_pause_between() -> None:
    sending = Sending()
    sending.put(b"AB", 0)
    sending.put(b"C", 0)
    assert sending.ready(0) == b"AB"
    sending.wrote(1, 0)
    assert sending.ready(COMMAND_PAUSE_MS) == b"B"
    sending.wrote(1, 0)
    assert sending.ready(COMMAND_PAUSE_MS - 1) == b""
    assert sending.due_ms(0) == COMMAND_PAUSE_MS
    assert sending.ready(COMMAND_PAUSE_MS) == b"C"
    sending.wrote(1, COMMAND_PAUSE_MS)
    assert (sending.is_waiting, sending.due_ms(0)) == (False, None)


def test_acknowledgement_goes_first_and_at_once() -> None:
    sending = Sending()
    sending.put(b"A", 0)
    sending.ready(0)
    sending.wrote(1, 0)
    sending.put(b"B", 0)
    sending.put(b"\x06", 1, is_urgent=True)
    assert sending.ready(1) == b"\x06"


def test_acknowledgements_keep_their_order() -> None:
    """A NAK that leaves behind the ACK for what came next has the scanner send that again."""
    sending, left = Sending(), b""
    sending.put(b"BEEP", 0)
    for octets in (b"\x15", b"\x06"):
        sending.put(octets, 0, is_urgent=True)
    for _ in range(2):
        left += sending.ready(0)
        sending.wrote(1, 0)
    assert left == b"\x15\x06"


def test_acknowledgement_is_sent_however_many_commands_wait() -> None:
    sending = Sending()
    for _ in range(COMMANDS_MAX):
        sending.put(b"TRIGGER", 0)
    sending.put(b"\x06", 0, is_urgent=True)
    assert sending.ready(0) == b"\x06"


def test_acknowledgement_waits_for_the_pause_within_a_command() -> None:
    sending = Sending(octet_pause_ms=10)
    sending.put(b"AB", 0)
    sending.ready(0)
    sending.wrote(1, 0)
    sending.put(b"\x06", 1, is_urgent=True)
    assert sending.ready(9) == b""
    assert sending.ready(10) == b"B"
    sending.wrote(1, 10)
    assert sending.ready(10) == b"\x06"


def test_what_comes_too_late_is_dropped_but_for_settings() -> None:
    """A line that was held up for minutes must not beep for people who are long gone."""
    sending = Sending()
    sending.put(b"HELD UP", 0)
    assert sending.ready(0) == b"HELD UP"
    sending.put(b"\x06", 0, is_urgent=True)
    sending.put(b"BEEP", 0)
    sending.put(b"SETTING", 0, is_setting=True)
    sending.put(b"JUST IN TIME", 1)
    sending.wrote(7, LATE_MS_MAX - COMMAND_PAUSE_MS)
    assert sending.ready(LATE_MS_MAX) == b"SETTING"
    sending.wrote(7, LATE_MS_MAX - COMMAND_PAUSE_MS)
    assert sending.ready(LATE_MS_MAX) == b"JUST IN TIME"
    assert sending.dropped == 2


def test_last_that_comes_too_late_leaves_nothing_to_wait_for() -> None:
    sending = Sending()
    sending.put(b"A", 0)
    assert sending.ready(LATE_MS_MAX) == b""
    assert not sending.is_waiting
    assert not sending.is_stuck(LATE_MS_MAX)


def test_commands_are_forgotten_but_for_half_a_one_and_acknowledgements() -> None:
    sending = Sending()
    for octets in (b"AB", b"C"):
        sending.put(octets, 0)
    sending.ready(0)
    sending.wrote(1, 0)
    sending.put(b"\x06", 0, is_urgent=True)
    sending.clear_commands()
    assert sending.ready(0) == b"B"
    sending.wrote(1, 0)
    assert sending.ready(0) == b"\x06"
    sending.wrote(1, 0)
    assert not sending.is_waiting


def test_octets_leave_one_by_one_where_a_scanner_needs_it() -> None:
    sending = Sending(octet_pause_ms=10)
    sending.put(b"AB", 0)
    assert sending.ready(0) == b"A"
    sending.wrote(1, 0)
    assert sending.ready(9) == b""
    assert sending.ready(10) == b"B"


def test_line_that_takes_nothing_is_stuck_and_looked_at_no_more_often_than_needed() -> None:
    sending = Sending()
    sending.put(b"A", 100)
    sending.ready(100)
    sending.wrote(0, 200)
    assert sending.due_ms(200) == 100 + STUCK_MS_MAX
    assert not sending.is_stuck(99 + STUCK_MS_MAX)
    assert sending.is_stuck(100 + STUCK_MS_MAX)
    assert sending.due_ms(100 + STUCK_MS_MAX) == 100 + 2 * STUCK_MS_MAX
    sending.wrote(1, 100 + STUCK_MS_MAX)
    assert not sending.is_stuck(100 + 10 * STUCK_MS_MAX)


def test_oldest_commands_give_way_when_too_many_wait() -> None:
    sending = Sending()
    for number in range(COMMANDS_MAX + 1):
        sending.put(bytes((number,)), 0)
    assert sending.dropped == 1
    assert sending.ready(0) == b"\x01"


def test_clear_forgets_what_waits() -> None:
    sending = Sending()
    sending.put(b"AB", 0)
    sending.ready(0)
    sending.wrote(1, 0)
    sending.clear()
    assert not sending.is_waiting
