from drivers.serial_line.sending import COMMAND_PAUSE_MS, COMMANDS_MAX, STUCK_MS_MAX, Sending


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
