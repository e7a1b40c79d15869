"""Progress of long work, on standard error, where a person looks at it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Fewer steps than this are over before a bar could be read.
_STEPS_MIN = 20_000


@contextmanager
def shown(what: str, total: int) -> Iterator[Callable[[int], object]]:
    """Yield what is told how many of `total` steps are done; it shows that only on a terminal."""
    if total < _STEPS_MIN or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415  # needed by people alone
    from rich.progress import Progress  # noqa: PLC0415  # as above

    with Progress(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(what, total=total)
        yield lambda done: bars.update(task, completed=done)
