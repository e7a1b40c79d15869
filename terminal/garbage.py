"""What Python's garbage collector looks through while somebody stands before a lane."""

import gc


def leave_out_what_stays() -> None:
    """Let the collector pass over everything that is there now: code, settings, trust.

    It stays for as long as the process, and looking through it took 40 ms a time, each half minute
    of a busy gate, with every lane waiting (docs/benchmarks.md). What comes later is looked through
    as ever.
    """
    gc.collect()
    gc.freeze()
