"""Other histories than the one held: told of, found out, and what of them nobody has seen."""

from collections.abc import Iterator
from dataclasses import replace

from central.centre import Centre
from central.projectors.entry import read_entry
from central.records import Terminal
from central.store.histories import Told
from central.store.store import Store
from central.wording import utc
from protocol.acknowledgement import Acknowledgement, acknowledgement_octets
from protocol.journal import genesis
from protocol.problems import Problem, ProblemCode

# A terminal tells before each backlog, and what came home is forgotten: an honest one has two.
TOLD_MAX = 64


def chain_held(store: Store, terminal: str, epoch: int, seq: int) -> bytes | None:
    """Return the chain's value behind entry `seq` of the journal held; None: it is not held."""
    if seq == 0:
        return genesis(terminal, epoch)
    return store.journals.chains(terminal, epoch, range(seq, seq + 1)).get(seq)


def note(store: Store, told: Told) -> None:
    """Keep what a terminal says of entries that are not held here; inside a transaction."""
    known = [each for each in store.histories.told(told.terminal) if each.epoch == told.epoch]
    for each in known:
        if (each.seq, each.head) == (told.seq, told.head):
            told = replace(
                told,
                acked=min(told.acked, each.acked),
                parts_at=told.parts_at or each.parts_at,
                is_last=told.is_last or each.is_last,
            )
            store.histories.forget(each)
    if len(known) >= TOLD_MAX:
        store.histories.forget(min(known, key=lambda each: (each.is_last, each.seq)))
    store.histories.tell(told)


def settle(store: Store, held: Terminal, seq: int) -> None:
    """Look anew at what was told of this epoch, now that the journal is said to end at `seq`.

    What has come home is forgotten. Where the journal was longer when it last spoke, an image of
    the disk may have been put back: what comes from now on may part from what it held then.
    """
    for told in store.histories.told(held.terminal):
        if told.epoch != held.epoch:
            continue
        if told.seq <= held.acked and _is_held(store, told):
            store.histories.forget(told)
        elif told.seq > seq and told.acked < held.acked < told.seq:
            store.histories.forget(told)
            store.histories.tell(replace(told, acked=held.acked))


def fork(centre: Centre, held: Terminal, *, at: int, evidence: int) -> Problem:
    """Return the refusal of another history.

    Args:
        centre: whose key signs the evidence.
        held: the terminal.
        at: the first entry known to differ.
        evidence: an entry held here behind which the other history has another chain value: the
            terminal need not take an unsigned refusal's word for it.
    """
    head = chain_held(centre.store, held.terminal, held.epoch, evidence)
    assert head is not None  # noqa: S101  # the caller has compared with it
    ack = Acknowledgement(
        terminal=held.terminal, epoch=held.epoch, acked=evidence, head=head, date=centre.now()
    )
    signed = acknowledgement_octets(ack, centre.site.keys.command).decode()
    return Problem(
        code=ProblemCode.FORK,
        detail=f"the journal held here has another history by entry {at}",
        members=(("at", at), ("evidence", signed)),
    )


def unrecoverable(store: Store) -> Iterator[dict[str, object]]:
    """Return which entries existed, or may have, on disks that nobody brought.

    `to` is the last that was told of, null where none was; `is_all` says whether that disk is
    known to have held no more.
    """
    for terminal in store.terminals.all():
        yield from _missing(store, terminal)


def missing_of(store: Store, terminal: str) -> Iterator[dict[str, object]]:
    """Return which entries of one terminal existed, or may have, on disks that nobody brought."""
    held = store.terminals.get(terminal)
    if held is not None:
        yield from _missing(store, held)


def brought_aside(store: Store) -> Iterator[dict[str, object]]:
    """Return what is kept beside journals, from disks that parted from them: in quarantine."""
    for terminal in store.terminals.all():
        for epoch, seq, line in store.histories.lines_aside(terminal.terminal):
            entry = read_entry(terminal.terminal, epoch, seq, line)
            yield {
                "terminal": terminal.terminal,
                "epoch": epoch,
                "seq": seq,
                "lane": entry.lane,
                "at": utc(entry.at),
                "type": entry.type,
                "verdict": entry.verdict,
                "reason": entry.reason,
                "amount_minor": entry.amount_minor,
                "currency": entry.currency,
            }


def _missing(store: Store, terminal: Terminal) -> Iterator[dict[str, object]]:
    told = store.histories.told(terminal.terminal)
    for epoch in range(1, terminal.epoch + 1):
        of_epoch = [each for each in told if each.epoch == epoch]
        end, _ = store.histories.end(terminal.terminal, epoch)
        is_ended = epoch < terminal.epoch
        is_closed = any(_closes(store, each, end) for each in of_epoch)
        lasts: dict[int, int | None] = {}
        if is_ended and not is_closed:
            lasts[end + 1] = None
        for each in of_epoch:
            is_on_its_way = not is_ended and each.seq > end and not each.parts_at
            if not is_on_its_way and not _is_known(store, each):
                first = _first_missing(each, end)
                lasts[first] = max(each.seq, lasts.get(first) or 0)
        for first, last in sorted(lasts.items()):
            yield {
                "terminal": terminal.terminal,
                "epoch": epoch,
                "from": first,
                "to": last,
                "is_all": is_closed or not is_ended,
            }


def _closes(store: Store, told: Told, end: int) -> bool:
    """Return whether the disk whose history is held here, up to `end`, ended with what was told.

    Another one that ends the epoch, a clone or an image put back, speaks for itself alone.
    """
    if not told.is_last or told.seq < end:
        return False
    here = range(told.seq, told.seq + 1)
    aside = store.histories.aside(told.terminal, told.epoch, here)
    return _is_held(store, told) or (told.seq > end and (told.seq, told.head) not in aside)


def _first_missing(told: Told, end: int) -> int:
    """Return the first entry that may be missing of the history that was told of."""
    if told.parts_at == told.seq:
        return 1  # by a checkpoint: its entry differs, and nobody knows which was the first
    return told.parts_at or (end + 1 if told.seq > end else told.acked + 1)


def _is_held(store: Store, told: Told) -> bool:
    return chain_held(store, told.terminal, told.epoch, told.seq) == told.head


def _is_known(store: Store, told: Told) -> bool:
    """Return whether the entries that were told of are here, in the journal or beside it."""
    here = range(told.seq, told.seq + 1)
    aside = store.histories.aside(told.terminal, told.epoch, here)
    return _is_held(store, told) or (told.seq, told.head) in aside
