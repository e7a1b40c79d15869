"""Checkpoints: how a terminal does and how far its journal went, before any of it is sent."""

import json
from dataclasses import replace

from central.centre import Centre
from central.errors import Refused
from central.histories import chain_held, fork, note, settle
from central.journals import telling_terminal
from central.orders import note_obeying, order_document
from central.records import Terminal
from central.store.histories import Told
from protocol.acknowledgement import Acknowledgement
from protocol.checkpoint import Checkpoint, read_checkpoint
from protocol.health import CheckpointAnswer, Telling, checkpoint_answer_octets
from protocol.problems import Problem, ProblemCode
from verifier.errors import TrustError


def take_checkpoint(centre: Centre, sender: Terminal, telling: Telling) -> bytes:
    """Return the signed answer to what a terminal tells of itself, which is kept.

    A note of an epoch that has ended says where the disk ended it: whoever begins a new epoch on
    the old disk sends one, and so nothing is missing that nobody has seen.

    Args:
        centre: site, database and clock.
        sender: as it was when its signature was checked.
        telling: in form; its note is judged here.

    Raises:
        Refused: suspended, or a fork, which is kept: both but for a terminal that has an order to
            get; a note of another's, or of an epoch to come.
    """
    told = _believed(telling, sender)
    with centre.store.transaction():
        held = replace(telling_terminal(centre.store, sender), last_seen_at=centre.now())
        if told.epoch > held.epoch:
            raise Refused(Problem(code=ProblemCode.EPOCH, detail=f"the epoch here is {held.epoch}"))
        centre.store.terminals.keep_head(held)
        report = json.dumps(dict(telling.health), separators=(",", ":"))
        centre.store.health.keep(held.terminal, report, held.last_seen_at)
        note_obeying(centre, held, telling.health)
        problem = _judged(centre, held, told)
    order = order_document(centre, held)
    if problem is not None and order is None:
        raise Refused(problem)
    return _answer(centre, held, told, order)


def _believed(telling: Telling, sender: Terminal) -> Checkpoint:
    try:
        return read_checkpoint(telling.checkpoint, terminal=sender.terminal, public=sender.public)
    except TrustError as error:
        problem = Problem(code=ProblemCode.MALFORMED, detail=f"checkpoint: {error}")
        raise Refused(problem) from error


def _judged(centre: Centre, held: Terminal, told: Checkpoint) -> Problem | None:
    """Keep what was told of entries that are not held; return what is against it."""
    settle(centre.store, held, told.seq)
    is_last = told.epoch < held.epoch
    own = chain_held(centre.store, told.terminal, told.epoch, told.seq)
    if own == told.head and not is_last:
        return None
    is_parted = not is_last and own is not None
    note(
        centre.store,
        Told(
            terminal=told.terminal,
            epoch=told.epoch,
            seq=told.seq,
            head=told.head,
            acked=centre.store.histories.end(told.terminal, told.epoch)[0],
            parts_at=told.seq if is_parted else 0,
            is_last=is_last,
            told_at=held.last_seen_at,
        ),
    )
    return fork(centre, held, at=told.seq, evidence=told.seq) if is_parted else None


def _answer(centre: Centre, held: Terminal, told: Checkpoint, order: bytes | None) -> bytes:
    ack = Acknowledgement(
        terminal=held.terminal,
        epoch=held.epoch,
        acked=held.acked,
        head=held.head,
        date=held.last_seen_at,
    )
    wants = told.epoch == held.epoch and told.seq > held.acked
    answer = CheckpointAnswer(held=ack, want_upload=wants, wipe=order)
    return checkpoint_answer_octets(answer, centre.site.keys.command)
