"""Bugs planted into the product, each of which the checker must find."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import replace

from central import checkpoints
from central.centre import Centre
from central.errors import Refused
from central.journals import sending_terminal, take_in
from central.records import Terminal
from central.routes import journals as routes
from protocol.acknowledgement import Acknowledgement, acknowledgement_octets
from protocol.batch import BATCH_ENTRIES_MAX, Batch
from protocol.journal import extend
from tests.simulation.machine import Machine, TunedJournal
from tests.simulation.virtual_time import standing_in


def _take_in_blindly(centre: Centre, sender: Terminal, batch: Batch) -> bytes:
    """Append whatever comes behind what is held, and acknowledge it."""
    with centre.store.transaction():
        held = sending_terminal(centre.store, sender)
        seq, chain, entries = held.acked, held.head, []
        for line in batch.lines:
            seq, chain = seq + 1, extend(chain, line)
            entries.append((seq, line, chain))
        centre.store.journals.append(held, entries)
        held = replace(held, acked=seq, head=chain, last_seen_at=centre.now())
        centre.store.terminals.keep_head(held)
    return _acknowledged(centre, sender, batch)


def _take_in_by_numbers(centre: Centre, sender: Terminal, batch: Batch) -> bytes:
    """Believe that a number which is held is the same entry, whatever the chain says."""
    with centre.store.transaction():
        held = sending_terminal(centre.store, sender)
    if batch.last <= held.acked:
        return _acknowledged(centre, sender, batch)
    return _TAKE_IN(centre, sender, batch)


class _Later:
    """Batches that were acknowledged, and are written when the next one comes."""

    def __init__(self) -> None:
        self._centre: Centre | None = None
        self._waiting: list[tuple[Terminal, Batch]] = []

    def take_in(self, centre: Centre, sender: Terminal, batch: Batch) -> bytes:
        """Acknowledge a batch."""
        if centre is not self._centre:  # the one that died had them in its memory
            self._centre, self._waiting = centre, []
        for each in self._waiting:
            with suppress(Refused):
                _TAKE_IN(centre, *each)
        self._waiting = [(sender, batch)]
        return _acknowledged(centre, sender, batch)


_TAKE_IN = take_in


def _acknowledged(centre: Centre, sender: Terminal, batch: Batch) -> bytes:
    ack = Acknowledgement(
        terminal=sender.terminal,
        epoch=batch.epoch,
        acked=batch.last,
        head=batch.head,
        date=centre.now(),
    )
    return acknowledgement_octets(ack, centre.site.keys.command)


class HastyJournal(TunedJournal):
    """Marks entries as sent when they are handed out, before any answer has come."""

    def batch_from(self, first: int, limit: int = BATCH_ENTRIES_MAX) -> Batch | None:
        batch = super().batch_from(first, limit)
        if batch is not None and first == self.acked() + 1:
            self._commits.run("a mark", lambda: self._mark(batch.last))
        return batch

    def _mark(self, last: int) -> None:
        marked = (self.epoch, last, b"sent")
        self._connection.execute("INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?)", marked)


class TrustingJournal(TunedJournal):
    """Takes every acknowledgement for one of its own history."""

    def contradicts(self, acked: int, head: bytes) -> bool:
        del acked, head
        return False


@contextmanager
def _numbers_believed() -> Iterator[None]:
    """Have neither side compare chains."""
    with ExitStack() as stack:
        stack.enter_context(standing_in(routes, "take_in", _take_in_by_numbers))
        stack.enter_context(standing_in(checkpoints, "chain_held", lambda *_: None))
        stack.enter_context(standing_in(Machine, "journal_kind", TrustingJournal))
        yield


Planting = Callable[[], AbstractContextManager[None]]

BUGS: Mapping[str, Planting] = {
    "no-dedupe": lambda: standing_in(routes, "take_in", _take_in_blindly),
    "numbers-believed": _numbers_believed,
    "marked-before-answer": lambda: standing_in(Machine, "journal_kind", HastyJournal),
    "acknowledged-before-commit": lambda: standing_in(routes, "take_in", _Later().take_in),
}
