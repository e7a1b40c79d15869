"""Keeping the memory that one frame has used for the next.

zxing-cpp allots a megabyte for each look at a frame of 1280 by 720 and frees it again. As it comes
the C library hands what is free at the end of its heap back to the system, so that each look has
the system find, clear and map the same pages once more: a fifth of what an empty frame costs.
"""

import ctypes

# glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
# What a first look at the largest frame, of 25 megapixels, takes; and glibc's own limit.
KEPT_BYTES_MAX = 32 * 1024 * 1024


def keep_freed_memory() -> bool:
    """Have this process keep up to KEPT_BYTES_MAX octets that are free; return whether it does.

    Other C libraries than glibc have no such setting, and cost what they cost.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    # Either setting by itself ends what glibc would adapt by itself, so both are needed.
    options = (_MMAP_THRESHOLD, _TRIM_THRESHOLD)
    return all(mallopt(option, KEPT_BYTES_MAX) == 1 for option in options)
