"""An end for a command that a native library does not come back to."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# The dearest honest photograph, 48 megapixels with every rung of the ladder, takes some 5 s on a
# slow core; a picture made for it keeps an engine busy for many minutes, deaf to Ctrl-C.
FRAME_S_MAX = 30.0


def end(words: str) -> None:
    """End the process with exit status 2, whatever its other threads are at."""
    sys.stdout.flush()
    sys.stderr.write(f"scan-terminal: {words}\n")
    sys.stderr.flush()
    os._exit(2)


@contextmanager
def bounded(
    words: str, *, seconds: float | None = None, ending: Callable[[str], None] = end
) -> Iterator[Callable[[], None]]:
    """Give what is done within `seconds` from one call of the yielded function to the next.

    Args:
        words: what is told when it takes longer: what to leave out.
        seconds: FRAME_S_MAX without it.
        ending: takes the words, in a thread of its own.
    """
    limit_s = FRAME_S_MAX if seconds is None else seconds
    has_news, is_over = threading.Event(), False

    def watch() -> None:
        while has_news.wait(limit_s):
            if is_over:
                return
            has_news.clear()
        ending(words)

    watcher = threading.Thread(target=watch, name="overtime", daemon=True)
    watcher.start()
    try:
        yield has_news.set
    finally:
        is_over = True
        has_news.set()
        watcher.join()
