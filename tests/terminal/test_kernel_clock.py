import ctypes
import time

import pytest

from terminal.kernel_clock import Timex, boottime_ms, is_synchronised, libc_adjtimex

STA_UNSYNC, STA_PLL = 0x40, 0x01
TIME_OK, TIME_INS, TIME_WAIT, TIME_ERROR = 0, 1, 4, 5


def kernel(state: int, status: int) -> bool:
    """Return what is made of a kernel that answers so; it must have been asked read-only."""
    asked = []

    def adjtimex(timex: Timex) -> int:
        asked.append(timex.modes)
        timex.status = status
        return state

    answer = is_synchronised(adjtimex)
    assert asked == [0]
    return answer


@pytest.mark.parametrize("state", [TIME_OK, TIME_INS, TIME_WAIT])
def test_a_kernel_that_follows_a_time_server_is_synchronised(state: int) -> None:
    assert kernel(state, STA_PLL)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (TIME_ERROR, STA_UNSYNC),
        (TIME_ERROR, STA_PLL),
        (TIME_OK, STA_UNSYNC),
        (-1, 0),  # denied by a sandbox
        (6, 0),  # no state of today's
    ],
)
def test_any_other_answer_is_no_synchronisation(state: int, status: int) -> None:
    assert not kernel(state, status)


def test_a_libc_without_the_call_is_no_synchronisation() -> None:
    assert not is_synchronised(None)


def test_the_structure_is_the_kernels() -> None:
    """208 octets on 64-bit machines; a shorter one would be written past its end."""
    assert ctypes.sizeof(Timex) == 208
    assert Timex.status.offset == 40
    assert Timex.maxerror.offset == 24


def test_this_machine_answers() -> None:
    adjtimex = libc_adjtimex()
    assert adjtimex is not None
    timex = Timex(modes=0)
    assert -1 <= adjtimex(timex) <= TIME_ERROR
    assert is_synchronised() in (True, False)


def test_boot_time_grows_and_is_no_less_than_monotonic_time() -> None:
    monotonic_ms = time.monotonic_ns() // 1_000_000
    assert monotonic_ms <= boottime_ms() <= boottime_ms()
