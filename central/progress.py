"""Progress of long work, on standard error, where a person looks at it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Fewer steps than this are over before a bar could be read.
_STEPS_MIN = 20


@contextmanager
def shown() -> Iterator[Callable[[str, int, int], None]]:
    """Yield what is told how far the work is; it shows that only on a terminal."""
    if not sys.stderr.isatty():
        yield lambda _, __, ___: None
        return
    from rich.console import Console  # noqa: PLC0415  # needed by people alone
    from rich.progress import Progress, TaskID  # noqa: PLC0415  # as above

    with Progress(console=Console(stderr=True), transient=True) as bars:
        known: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if total < _STEPS_MIN:
                return
            if what not in known:
                known[what] = bars.add_task(what, total=total)
            bars.update(known[what], completed=done)

        yield show
