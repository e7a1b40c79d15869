"""Taking journals in: each entry once, in order, and never a second history."""

from collections.abc import Mapping
from dataclasses import replace

from central.centre import Centre
from central.errors import Refused
from central.histories import fork, note
from central.orders import order_to
from central.records import Terminal, TerminalState
from central.store.histories import Told
from central.store.store import Store
from protocol.acknowledgement import Acknowledgement, acknowledgement_octets
from protocol.batch import Batch
from protocol.journal import extend, genesis
from protocol.problems import Problem, ProblemCode

_SIGNATURE = Problem(code=ProblemCode.SIGNATURE, detail="not signed by this terminal's key")
_SUSPENDED = Problem(code=ProblemCode.SUSPENDED, detail="the terminal is suspended")


def known_terminal(store: Store, terminal: str) -> Terminal:
    """Return the terminal of that id, suspended or not.

    Raises:
        Refused: there is none; said as a wrong signature, so that nobody can ask who exists.
    """
    return _known(store.terminals.get(terminal))


def sending_terminal(store: Store, sender: Terminal) -> Terminal:
    """Return the terminal with its row locked: nobody else adds to its journal meanwhile.

    Raises:
        Refused: suspended, or enrolled anew since the signature was checked.
    """
    held = _locked(store, sender)
    if held.state is TerminalState.SUSPENDED:
        raise Refused(_SUSPENDED)
    return held


def telling_terminal(store: Store, sender: Terminal) -> Terminal:
    """Return the terminal with its row locked, as it may tell of itself.

    A suspended one may only where there is an order to it, which it could not be given otherwise.

    Raises:
        Refused: as `sending_terminal` says.
    """
    held = _locked(store, sender)
    if held.state is TerminalState.SUSPENDED and order_to(store, held) is None:
        raise Refused(_SUSPENDED)
    return held


def _locked(store: Store, sender: Terminal) -> Terminal:
    held = _known(store.terminals.locked(sender.terminal))
    if held.public != sender.public:
        raise Refused(_SIGNATURE)
    return held


def _known(found: Terminal | None) -> Terminal:
    if found is None:
        raise Refused(_SIGNATURE)
    return found


def take_in(centre: Centre, sender: Terminal, batch: Batch) -> bytes:
    """Return the acknowledgement of `batch`, whose entries are durable by then.

    The numbers are the idempotency key, so a batch may come again; the chain is compared
    even where every number is old, for a restored disk repeats numbers with another history.

    Args:
        centre: site, database and clock.
        sender: as it was when its signature was checked.
        batch: read and in form.

    Raises:
        Refused: suspended; another epoch; a gap; a fork. Nothing is stored.
    """
    with centre.store.transaction():
        held = sending_terminal(centre.store, sender)
        _check_place(held, batch)
        stored = _stored(centre.store, held, batch)
        chains = _chains(centre, held, batch, stored)
        # A restored database may hold entries behind the head that it has; none is stored twice.
        centre.store.journals.append(held, [entry for entry in chains if entry[0] not in stored])
        last, _, head = chains[-1]
        if last > held.acked:
            held = replace(held, acked=last, head=head)
        held = replace(held, last_seen_at=centre.now())
        centre.store.terminals.keep_head(held)
    return _acknowledged(centre, held)


def head_of(centre: Centre, sender: Terminal) -> bytes:
    """Return an acknowledgement of what is held of the terminal's journal.

    Raises:
        Refused: suspended.
    """
    with centre.store.transaction():
        held = replace(sending_terminal(centre.store, sender), last_seen_at=centre.now())
        centre.store.terminals.keep_head(held)
    return _acknowledged(centre, held)


def note_fork(centre: Centre, sender: Terminal, batch: Batch, problem: Problem) -> None:
    """Keep that a terminal showed another history; what of it nobody brings is missing."""
    at = dict(problem.members)["at"]
    told = Told(
        terminal=sender.terminal,
        epoch=batch.epoch,
        seq=batch.last,
        head=batch.head,
        acked=sender.acked,
        parts_at=int(at),
        is_last=False,
        told_at=centre.now(),
    )
    with centre.store.transaction():
        note(centre.store, told)


def _check_place(held: Terminal, batch: Batch) -> None:
    if batch.epoch != held.epoch:
        raise Refused(Problem(code=ProblemCode.EPOCH, detail=f"the epoch here is {held.epoch}"))
    if batch.first > held.acked + 1:
        need = held.acked + 1
        detail = f"entry {need} comes next"
        raise Refused(Problem(code=ProblemCode.GAP, detail=detail, members=(("need", need),)))


def _stored(store: Store, held: Terminal, batch: Batch) -> Mapping[int, bytes]:
    """Return the chain's values that are held of the batch's entries and the one before."""
    places = range(batch.first - 1, batch.last + 1)
    stored = store.journals.chains(held.terminal, held.epoch, places)
    return stored | {0: genesis(held.terminal, held.epoch)}


def _chains(
    centre: Centre, held: Terminal, batch: Batch, stored: Mapping[int, bytes]
) -> list[tuple[int, bytes, bytes]]:
    """Return (seq, line, chain) of each entry, the held ones compared with what is held."""
    chain = batch.prev
    if stored[batch.first - 1] != chain:
        raise Refused(fork(centre, held, at=batch.first, evidence=batch.first - 1))
    chains = []
    for seq, line in enumerate(batch.lines, start=batch.first):
        chain = extend(chain, line)
        if stored.get(seq, chain) != chain:
            raise Refused(fork(centre, held, at=seq, evidence=seq))
        chains.append((seq, line, chain))
    return chains


def _acknowledged(centre: Centre, held: Terminal) -> bytes:
    ack = Acknowledgement(
        terminal=held.terminal,
        epoch=held.epoch,
        acked=held.acked,
        head=held.head,
        date=held.last_seen_at,
    )
    return acknowledgement_octets(ack, centre.site.keys.command)
