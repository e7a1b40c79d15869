"""What one look may cost: a process that goes beyond it ends, and nothing else does."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from drivers.camera.health import EXIT_MEMORY
from drivers.opencv import load_opencv

_OPENCV_NO_MEMORY = -4  # cv::Error::StsNoMem


@contextmanager
def bounded(cpu_ms_max: int) -> Iterator[None]:
    """End this process where it takes more CPU time (by SIGPROF), or gets no memory.

    CPU time, so that a box that is busy with something else kills no honest work.
    """
    signal.setitimer(signal.ITIMER_PROF, cpu_ms_max / 1000)
    try:
        yield
    except MemoryError:
        os._exit(EXIT_MEMORY)  # what would put things in order has no memory either
    except load_opencv().error as fault:
        if _code(fault) == _OPENCV_NO_MEMORY:
            os._exit(EXIT_MEMORY)
        raise
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _code(fault: Any) -> int | None:
    code: int | None = getattr(fault, "code", None)
    return code
