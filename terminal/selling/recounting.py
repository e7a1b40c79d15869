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
        first = max(1, end - RECOUNTED_AT_ONCE + 1)
        lines = await _lines(desk, first, end)
        if not lines:
            return  # erased; so is what stood before
        oldest, end = min(totals.add_line(line, now=now) for line in lines), first - 1


async def _lines(desk: Desk, first: int, last: int) -> tuple[bytes, ...]:
    call = desk.writer.call(lambda journal: journal.batch_from(first, last - first + 1))
    batch = await asyncio.wrap_future(call)
    return () if batch is None else batch.lines
