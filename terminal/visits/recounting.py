"""Learning from the journal which ticket numbers were given before this start."""

import json

from protocol.journal import read_line
from protocol.visit import TicketRecord, read_visit_record
from terminal.desk import Desk
from terminal.selling.recounting import RECOUNTED_S, lines_through
from terminal.visits.numbers import TicketNumbers

# Stands in every line of a ticket, for `compact` writes members in one way.
_MARK = b'"type":"ticket"'


async def recount_tickets(desk: Desk, numbers: TicketNumbers) -> None:
    """Note every ticket of the last two days; what follows this start is noted as it is given.

    Raises:
        CacheError: the journal can't be read.
    """
    end, oldest = desk.totals.through, desk.timekeeper.read().now
    begin = oldest - RECOUNTED_S
    while end > 0 and oldest >= begin:
        lines = await lines_through(desk, end)
        if not lines:
            return  # erased; so is what stood before
        for line in lines:
            if _MARK in line:
                _note(line, numbers)
        oldest, end = read_line(lines[0]).at, end - len(lines)


def _note(line: bytes, numbers: TicketNumbers) -> None:
    try:
        record = read_visit_record(json.loads(line))
    except (ValueError, RecursionError):
        return  # of another version; the opening of the journal has looked at its chain
    if isinstance(record, TicketRecord):
        numbers.note(record)
