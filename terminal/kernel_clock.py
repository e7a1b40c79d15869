"""What the kernel knows of time: whether it follows a time server, and how long it has been up."""

import ctypes
import time
from collections.abc import Callable

# linux/timex.h, for 64-bit machines (there are no others here: docs/dependencies.md).
_TIME_ERROR = 5
_STA_UNSYNC = 0x0040


class Timex(ctypes.Structure):
    """`struct timex` of linux/timex.h; `modes` 0 only reads, and needs no capability."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("constant", ctypes.c_long),
        ("precision", ctypes.c_long),
        ("tolerance", ctypes.c_long),
        ("time", ctypes.c_long * 2),
        ("tick", ctypes.c_long),
        ("ppsfreq", ctypes.c_long),
        ("jitter", ctypes.c_long),
        ("shift", ctypes.c_int),
        ("stabil", ctypes.c_long),
        ("jitcnt", ctypes.c_long),
        ("calcnt", ctypes.c_long),
        ("errcnt", ctypes.c_long),
        ("stbcnt", ctypes.c_long),
        ("tai", ctypes.c_int),
        ("unused", ctypes.c_int * 11),
    )


Adjtimex = Callable[[Timex], int]


def libc_adjtimex() -> Adjtimex | None:
    """Return the C library's `adjtimex`; None: it has none."""
    try:
        function = ctypes.CDLL(None).adjtimex
    except (OSError, AttributeError):
        return None

    def adjtimex(timex: Timex) -> int:
        return int(function(ctypes.byref(timex)))

    return adjtimex


_ADJTIMEX = libc_adjtimex()


def is_synchronised(adjtimex: Adjtimex | None = _ADJTIMEX) -> bool:
    """Return whether the kernel follows a time server; False also where it will not tell.

    The kernel takes its word back when the clock is set by hand, and 8.9 hours after the time
    server was last heard: its error bound then passes 16 s, at 500 ppm (`NTP_PHASE_LIMIT`).
    """
    if adjtimex is None:
        return False
    timex = Timex(modes=0)
    state = adjtimex(timex)
    return 0 <= state < _TIME_ERROR and not timex.status & _STA_UNSYNC


def boottime_ms() -> int:
    """Return milliseconds since the machine was started; they also count while it sleeps."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
