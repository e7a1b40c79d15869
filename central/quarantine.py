"""Quarantine: entries of epochs that have ended, from a disk that came through it."""

from dataclasses import dataclass, field, replace

from central.centre import Centre
from central.errors import Refused
from central.journals import sending_terminal
from central.records import Terminal
from central.store.store import Store
from protocol.batch import Batch
from protocol.journal import extend, genesis
from protocol.problems import Problem, ProblemCode
from protocol.quarantine import Quarantined, quarantined_octets

_Entry = tuple[int, bytes, bytes]  # seq, line, chain


@dataclass(slots=True, kw_only=True)
class _Sorted:
    """Entries by where they belong."""

    head: bytes  # behind the last entry
    onward: list[_Entry] = field(default_factory=list)  # continue the journal held here
    aside: list[_Entry] = field(default_factory=list)  # part from it


def take_aside(centre: Centre, sender: Terminal, batch: Batch) -> bytes:
    """Return the signed word that the entries of `batch` are kept; they are durable by then.

    What the journal of that epoch holds already is passed over, what continues it is added to it,
    and what parts from it is kept beside it: nothing that is shown here is thrown away.

    Args:
        centre: site, database and clock.
        sender: as it was when its signature was checked.
        batch: read and in form.

    Raises:
        Refused: suspended; an epoch that has not ended; entries that follow on nothing known.
    """
    with centre.store.transaction():
        held = replace(sending_terminal(centre.store, sender), last_seen_at=centre.now())
        if not 1 <= batch.epoch < held.epoch:
            detail = f"the epoch here is {held.epoch}: only earlier ones have ended"
            raise Refused(Problem(code=ProblemCode.EPOCH, detail=detail))
        found = _sorted(centre.store, held, batch)
        centre.store.journals.append(replace(held, epoch=batch.epoch), found.onward)
        centre.store.histories.keep_aside(held.terminal, batch.epoch, found.aside)
        centre.store.terminals.keep_head(held)
    kept = Quarantined(
        terminal=held.terminal,
        epoch=batch.epoch,
        first=batch.first,
        last=batch.last,
        head=found.head,
        date=held.last_seen_at,
    )
    return quarantined_octets(kept, centre.site.keys.command)


def _sorted(store: Store, held: Terminal, batch: Batch) -> _Sorted:
    places = range(batch.first - 1, batch.last + 1)
    stored = store.journals.chains(held.terminal, batch.epoch, places)
    stored[0] = genesis(held.terminal, batch.epoch)
    aside = store.histories.aside(held.terminal, batch.epoch, places)
    end = store.histories.end(held.terminal, batch.epoch)
    before = (batch.first - 1, batch.prev)
    if stored.get(before[0]) != before[1] and before not in aside:
        detail = "these entries follow on none that is known; send them from the epoch's first"
        raise Refused(Problem(code=ProblemCode.GAP, detail=detail, members=(("need", 1),)))
    found = _Sorted(head=batch.prev)
    for seq, line in enumerate(batch.lines, start=batch.first):
        follows_end = (seq - 1, found.head) == end
        found.head = extend(found.head, line)
        if stored.get(seq) == found.head:
            continue
        if follows_end:
            found.onward.append((seq, line, found.head))
            end = (seq, found.head)
        else:
            found.aside.append((seq, line, found.head))
    return found
