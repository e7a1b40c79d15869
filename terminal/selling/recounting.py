"""Adding up the day's sales of before this start, a part of the journal at a time."""

import asyncio

from terminal.desk import Desk

# In which, by any wall's time, the whole day before lies.
RECOUNTED_S = 172_800
# The journal's thread reads so many lines in a millisecond or two: nobody waits longer for it.
RECOUNTED_AT_ONCE = 200


async def recount(desk: Desk) -> None:
    """Add up what the day's entries of before this start sold; what follows is added anyhow.

    A part at a time, so that no lane waits for the journal meanwhile.

    Raises:
        CacheError: the journal can't be read.
    """
    totals, now = desk.totals, desk.timekeeper.read().now
    end, oldest = totals.through, now
    while end > 0 and oldest >= now - RECOUNTED_S:
        lines = await lines_through(desk, end)
        if not lines:
            return  # erased; so is what stood before
        oldest = min(totals.add_line(line, now=now) for line in lines)
        end -= len(lines)


async def lines_through(desk: Desk, last: int) -> tuple[bytes, ...]:
    """Return the lines up to entry `last`, RECOUNTED_AT_ONCE at most; none: they are erased.

    Raises:
        CacheError: the journal can't be read.
    """
    first = max(1, last - RECOUNTED_AT_ONCE + 1)
    call = desk.writer.call(lambda journal: journal.batch_from(first, last - first + 1))
    batch = await asyncio.wrap_future(call)
    return () if batch is None else batch.lines
