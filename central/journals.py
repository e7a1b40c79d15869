"""Taking journals in: each entry once, in order, and never a second history."""

from dataclasses import replace

from central.centre import Centre
from central.errors import Refused
from central.records import Terminal, TerminalState
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


def _locked_terminal(store: Store, terminal: str) -> Terminal:
    """Return the terminal with its row locked: nobody else adds to its journal meanwhile."""
    return _known(store.terminals.locked(terminal))


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
        held = _locked_terminal(centre.store, sender.terminal)
        _check_place(held, sender, batch)
        chains = _chains(centre.store, held, batch)
        new = [entry for entry in chains if entry[0] > held.acked]
        if new:
            held = replace(held, acked=new[-1][0], head=new[-1][2])
            centre.store.journals.append(held, new)
        held = replace(held, last_seen_at=centre.now())
        centre.store.terminals.keep_head(held)
    return _acknowledged(centre, held)


def head_of(centre: Centre, sender: Terminal) -> bytes:
    """Return an acknowledgement of what is held of the terminal's journal.

    Raises:
        Refused: suspended.
    """
    with centre.store.transaction():
        held = _locked_terminal(centre.store, sender.terminal)
        held = replace(held, last_seen_at=centre.now())
        _check_active(held)
        centre.store.terminals.keep_head(held)
    return _acknowledged(centre, held)


def _check_active(held: Terminal) -> None:
    if held.state is TerminalState.SUSPENDED:
        raise Refused(_SUSPENDED)


def _check_place(held: Terminal, sender: Terminal, batch: Batch) -> None:
    _check_active(held)
    if held.public != sender.public:  # enrolled anew since the signature was checked
        raise Refused(_SIGNATURE)
    if batch.epoch != held.epoch:
        raise Refused(Problem(code=ProblemCode.EPOCH, detail=f"the epoch here is {held.epoch}"))
    if batch.first > held.acked + 1:
        need = held.acked + 1
        detail = f"entry {need} comes next"
        raise Refused(Problem(code=ProblemCode.GAP, detail=detail, members=(("need", need),)))


def _chains(store: Store, held: Terminal, batch: Batch) -> list[tuple[int, bytes, bytes]]:
    """Return (seq, line, chain) of each entry, the held ones compared with what is held."""
    stored = store.journals.chains(
        held.terminal, held.epoch, range(batch.first - 1, batch.last + 1)
    )
    stored[0] = genesis(held.terminal, held.epoch)
    chain = batch.prev
    if stored[batch.first - 1] != chain:
        raise Refused(_fork(batch.first))
    chains = []
    for seq, line in enumerate(batch.lines, start=batch.first):
        chain = extend(chain, line)
        if stored.get(seq, chain) != chain:
            raise Refused(_fork(seq))
        chains.append((seq, line, chain))
    return chains


def _fork(seq: int) -> Problem:
    detail = f"the journal held here has another history by entry {seq}"
    return Problem(code=ProblemCode.FORK, detail=detail, members=(("at", seq),))


def _acknowledged(centre: Centre, held: Terminal) -> bytes:
    ack = Acknowledgement(
        terminal=held.terminal,
        epoch=held.epoch,
        acked=held.acked,
        head=held.head,
        date=held.last_seen_at,
    )
    return acknowledgement_octets(ack, centre.site.keys.command)
