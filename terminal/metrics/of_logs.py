"""What the log was told, and what it left out."""

import logging

from terminal.logs.handler import EventHandler
from terminal.metrics import names
from terminal.metrics.metric import Family, Sample, family, single


def log_families() -> list[Family]:
    """Return the counts of this process's log; nothing where it is another's."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, EventHandler):
            levels, suppressed, lost = handler.told()
            return [
                family(
                    names.LOG_LINES,
                    [Sample(labels=(level,), value=count) for level, count in levels.items()],
                ),
                family(
                    names.LOG_SUPPRESSED,
                    [Sample(labels=(event,), value=count) for event, count in suppressed.items()],
                ),
                single(names.LOG_LOST, lost),
            ]
    return []
