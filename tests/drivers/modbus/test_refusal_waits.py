from drivers.back_off import WAIT_FIRST_MS, WAIT_MAX_MS
from drivers.modbus.refusals import Refusals


def test_what_was_never_refused_may_be_asked_for_at_any_time() -> None:
    refusals = Refusals[int]()
    refusals.take(9, 5)
    assert (refusals.why(9), refusals.retry_ms(9)) == ("", 0)


def test_each_refusal_waits_longer_up_to_the_most() -> None:
    refusals, now_ms, waits = Refusals[int](), 100, list[int]()
    for _ in range(8):
        refusals.refuse(9, "no relay 9", now_ms)
        waits.append(refusals.retry_ms(9) - now_ms)
        now_ms = refusals.retry_ms(9)
    assert waits[:3] == [WAIT_FIRST_MS, 2 * WAIT_FIRST_MS, 4 * WAIT_FIRST_MS]
    assert waits[-1] == WAIT_MAX_MS
    assert refusals.why(9) == "no relay 9"
    assert refusals.why(8) == ""


def test_what_is_taken_and_refused_in_turn_does_not_begin_anew() -> None:
    refusals = Refusals[int]()
    refusals.refuse(9, "no relay 9", 0)
    refusals.take(9, 200)
    assert (refusals.why(9), refusals.retry_ms(9)) == ("", 0)
    refusals.refuse(9, "no relay 9", 210)
    assert refusals.retry_ms(9) == 210 + 2 * WAIT_FIRST_MS


def test_what_is_not_kept_is_forgotten() -> None:
    refusals = Refusals[int]()
    refusals.refuse(9, "no relay 9", 0)
    refusals.refuse(8, "no relay 8", 0)
    refusals.keep({8})
    assert (refusals.why(9), refusals.why(8)) == ("", "no relay 8")
    refusals.keep(())
    assert refusals.why(8) == ""
