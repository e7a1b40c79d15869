import ctypes
import mmap
import resource

import pytest

from drivers.decode.heap import keep_freed_memory

ALLOTTED_BYTES = 8 * 1024 * 1024


def pages_mapped_anew() -> int:
    """Return how many pages the system mapped while memory was allotted, used and freed."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    bytearray(b"\x01") * ALLOTTED_BYTES
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="not glibc")
def test_what_one_frame_has_freed_is_there_for_the_next() -> None:
    assert keep_freed_memory()
    pages_mapped_anew()
    assert pages_mapped_anew() < ALLOTTED_BYTES // mmap.PAGESIZE // 10
