"""Checkpoints, forks, epochs that end, and what of them nobody has seen."""

import json
from collections.abc import Mapping

import pytest

from central.histories import TOLD_MAX
from central.records import TerminalState
from protocol.acknowledgement import read_acknowledgement
from protocol.checkpoint import Checkpoint, checkpoint_octets
from protocol.enrolment import Enrolment, read_enrolment
from protocol.journal import extend_all, genesis
from protocol.keys import new_signing_key
from protocol.use import key_digest
from tests.central.peers import START, RunningCentre, Terminal, line, lines, problem

OTHER = {"verdict": "deny"}  # what a line of another history says


def chain(terminal: Terminal, seq: int, *, epoch: int = 1, **changes: object) -> bytes:
    """Return the chain's value behind `seq` entries that say `changes`."""
    return extend_all(genesis(terminal.name, epoch), lines(epoch, 1, seq, **changes))


def anew(centre: RunningCentre, terminal: Terminal) -> tuple[Terminal, Enrolment]:
    """Return the same terminal on an empty disk, and what it was answered."""
    other = Terminal(url=centre.url, name=terminal.name)
    answer = other.enrol(other.ask(centre.code_for(terminal.name)))
    assert answer.status_code == 201, answer.text
    enrolment = read_enrolment(answer.content, centre.keys, public=other.key.public)
    other.epoch = enrolment.epoch
    return other, enrolment


def missing(first: int, last: int | None, *, epoch: int = 1, is_all: bool = True) -> object:
    return {"epoch": epoch, "from": first, "to": last, "is_all": is_all}


# Checkpoints.


def test_checkpoint_says_how_far_the_journal_is_held_and_that_the_rest_is_wanted(
    centre: RunningCentre, terminal: Terminal
) -> None:
    terminal.upload(1, 2)
    answer = centre.told(terminal.tell(5))
    held = answer.held
    assert (held.terminal, held.epoch, held.acked) == (terminal.name, 1, 2)
    assert (held.head, held.date, answer.want_upload) == (chain(terminal, 2), START, True)
    assert not centre.told(terminal.tell(2)).want_upload


def test_checkpoint_of_an_empty_journal_is_taken(centre: RunningCentre, terminal: Terminal) -> None:
    answer = centre.told(terminal.tell(0))
    assert (answer.held.acked, answer.want_upload) == (0, False)


def test_checkpoint_that_comes_late_is_no_fork(centre: RunningCentre, terminal: Terminal) -> None:
    """It was overtaken by the uploads behind it."""
    terminal.upload(1, 5)
    assert centre.told(terminal.tell(3)).held.acked == 5
    assert centre.unrecoverable(terminal.name) == []


def test_checkpoint_of_another_history_is_a_fork_before_anything_is_sent(
    centre: RunningCentre, terminal: Terminal
) -> None:
    terminal.upload(1, 5)
    refusal = terminal.tell(4, head=chain(terminal, 4, **OTHER))
    assert (refusal.status_code, problem(refusal)["title"]) == (409, "fork")
    assert problem(refusal)["at"] == 4
    assert centre.held(terminal.name) == [(1, seq) for seq in range(1, 6)]


def test_checkpoint_of_an_epoch_to_come_is_refused(terminal: Terminal) -> None:
    refusal = terminal.tell(0, epoch=2)
    assert (refusal.status_code, problem(refusal)["title"]) == (409, "epoch")


@pytest.mark.parametrize("health", [[], {"a": 1.5}, {"a": {}}, {"A": 1}, {"a": "x" * 201}])
def test_health_out_of_form_is_refused(terminal: Terminal, health: Mapping[str, object]) -> None:
    note = Checkpoint(terminal=terminal.name, epoch=1, seq=0, head=genesis(terminal.name, 1))
    refusal = terminal.tell_octets(checkpoint_octets(note, terminal.key), health)
    assert (refusal.status_code, problem(refusal)["title"]) == (422, "malformed")


def test_note_by_another_key_or_of_another_terminal_is_refused(terminal: Terminal) -> None:
    """The request is the terminal's own; what it brings is not."""
    own = Checkpoint(terminal=terminal.name, epoch=1, seq=0, head=genesis(terminal.name, 1))
    other = Checkpoint(terminal="gate-other", epoch=1, seq=0, head=genesis("gate-other", 1))
    for note in (
        checkpoint_octets(own, new_signing_key()),
        checkpoint_octets(other, terminal.key),
        b"no note",
    ):
        refusal = terminal.tell_octets(note, {})
        assert (refusal.status_code, problem(refusal)["title"]) == (422, "malformed")


def test_checkpoint_must_be_signed_and_of_an_active_terminal(
    centre: RunningCentre, terminal: Terminal
) -> None:
    path = f"/v1/terminals/{terminal.name}/checkpoint"
    headers = {"content-type": "application/json"}
    refusal = terminal.send("POST", path, headers=headers, body=b"{}", key=new_signing_key())
    assert problem(refusal)["title"] == "signature"
    refusal = terminal.send("POST", path, body=b"{}")
    assert problem(refusal)["title"] == "encoding"
    refusal = terminal.send("POST", path, headers=headers, body=b" " * 9_000)
    assert problem(refusal)["title"] == "too-large"
    centre.set_state(terminal.name, TerminalState.SUSPENDED)
    assert problem(terminal.tell(0))["title"] == "suspended"


def test_what_is_told_of_without_end_is_bounded(centre: RunningCentre, terminal: Terminal) -> None:
    for seq in range(1, TOLD_MAX + 4):
        centre.told(terminal.tell(seq))
    store = centre.site.open_store()
    try:
        assert len(store.histories.told(terminal.name)) == TOLD_MAX
    finally:
        store.close()


# Forks.


@pytest.mark.parametrize("first", [3, 4], ids=["the same numbers", "the next numbers"])
def test_fork_brings_signed_evidence(centre: RunningCentre, terminal: Terminal, first: int) -> None:
    """An acknowledgement of what is held, which the other history can't agree with."""
    terminal.upload(1, 3)
    prev = chain(terminal, first - 1, **OTHER)
    refusal = terminal.upload_batch(
        terminal.batch(lines(1, first, 4, **OTHER), first=first, prev=prev)
    )
    evidence = str(problem(refusal)["evidence"]).encode()
    ack = read_acknowledgement(evidence, centre.keys, now=START)
    assert (ack.terminal, ack.epoch) == (terminal.name, 1)
    assert ack.head == chain(terminal, ack.acked)
    assert ack.head != chain(terminal, ack.acked, **OTHER)


def test_entries_of_a_fork_are_missing_until_somebody_brings_them(
    centre: RunningCentre, terminal: Terminal
) -> None:
    terminal.upload(1, 3)
    other = [*lines(1, 1, 1), *lines(1, 2, 5, **OTHER)]
    fork = terminal.batch(other, first=1)
    assert problem(terminal.upload_batch(fork))["at"] == 2
    assert centre.unrecoverable(terminal.name) == [missing(2, 5)]
    again, _ = anew(centre, terminal)
    kept = centre.kept(again.keep_aside(fork))
    assert (kept.epoch, kept.first, kept.last) == (1, 1, 5)
    assert centre.aside(terminal.name) == [(1, 2), (1, 3), (1, 4), (1, 5)]
    assert centre.held(terminal.name) == [(1, 1), (1, 2), (1, 3)]
    assert centre.unrecoverable(terminal.name) == [missing(4, None, is_all=False)]
    centre.told(again.tell(5, epoch=1, head=kept.head))
    # The fork is home whole. Where the disk ended whose history is held nobody has said.
    assert centre.unrecoverable(terminal.name) == [missing(4, None, is_all=False)]


def test_fork_found_by_a_checkpoint_may_have_begun_anywhere_before(
    centre: RunningCentre, terminal: Terminal
) -> None:
    """The note says that entry 4 is another, and nothing of those before it."""
    terminal.upload(1, 5)
    assert problem(terminal.tell(4, head=chain(terminal, 4, **OTHER)))["at"] == 4
    assert centre.unrecoverable(terminal.name) == [missing(1, 4)]


# Epochs that end.


def test_image_that_says_where_it_ended_does_not_speak_for_the_disk_it_replaced(
    centre: RunningCentre, terminal: Terminal
) -> None:
    """Six had come of the other disk, and it may have held more."""
    terminal.upload(1, 6)
    again, _ = anew(centre, terminal)
    centre.told(again.tell(4, epoch=1))
    assert centre.unrecoverable(terminal.name) == [missing(7, None, is_all=False)]


def test_disk_that_was_replaced_leaves_what_nobody_can_bring(
    centre: RunningCentre, terminal: Terminal
) -> None:
    """Nine entries were told of and six brought; then the disk was thrown away."""
    centre.told(terminal.tell(9))
    terminal.upload(1, 6)
    assert centre.unrecoverable(terminal.name) == []  # they are on their way
    anew(centre, terminal)
    assert centre.unrecoverable(terminal.name) == [missing(7, 9, is_all=False)]


def test_disk_of_which_nothing_more_is_known_is_listed_too(
    centre: RunningCentre, terminal: Terminal
) -> None:
    terminal.upload(1, 6)
    anew(centre, terminal)
    assert centre.unrecoverable(terminal.name) == [missing(7, None, is_all=False)]


def test_old_disk_that_says_where_it_ended_leaves_nothing(
    centre: RunningCentre, terminal: Terminal
) -> None:
    terminal.upload(1, 6)
    again, _ = anew(centre, terminal)
    answer = centre.told(again.tell(6, epoch=1))
    assert (answer.held.epoch, answer.held.acked) == (2, 0)
    assert centre.unrecoverable(terminal.name) == []


def test_old_disk_that_says_that_it_held_more_owes_it(
    centre: RunningCentre, terminal: Terminal
) -> None:
    terminal.upload(1, 6)
    again, _ = anew(centre, terminal)
    centre.told(again.tell(8, epoch=1))
    assert centre.unrecoverable(terminal.name) == [missing(7, 8)]
    rest = Terminal(url=centre.url, name=terminal.name, key=again.key)
    kept = centre.kept(rest.keep_aside(rest.batch(lines(1, 6, 8), first=6)))
    assert kept.head == chain(terminal, 8)
    assert centre.held(terminal.name) == [(1, seq) for seq in range(1, 9)]  # it goes on from 6
    assert centre.aside(terminal.name) == []
    assert centre.unrecoverable(terminal.name) == []


def test_image_put_back_that_outgrows_what_was_told_names_the_entries_it_lost(
    centre: RunningCentre, terminal: Terminal
) -> None:
    """Nine were told of and six brought; an image of the sixth came back and went on."""
    centre.told(terminal.tell(9))
    terminal.upload(1, 6)
    centre.told(terminal.tell(6))
    assert centre.unrecoverable(terminal.name) == []
    onward = [*lines(1, 1, 6), *lines(1, 7, 9, **OTHER)]
    centre.acknowledged(terminal.upload_batch(terminal.batch(onward[6:], first=7)))
    assert centre.unrecoverable(terminal.name) == [missing(7, 9)]


def test_quarantine_takes_a_batch_again_and_in_parts(
    centre: RunningCentre, terminal: Terminal
) -> None:
    terminal.upload(1, 2)
    again, _ = anew(centre, terminal)
    again.epoch = 1
    other = lines(1, 1, 6, **OTHER)
    first = terminal.batch(other[:3], first=1)
    second = terminal.batch(other[3:], first=4, prev=chain(terminal, 3, **OTHER))
    for batch in (first, first, second, second, first):
        centre.kept(again.keep_aside(batch))
    assert centre.aside(terminal.name) == [(1, seq) for seq in range(1, 7)]
    assert centre.held(terminal.name) == [(1, 1), (1, 2)]


def test_two_clones_are_kept_beside_each_other(centre: RunningCentre, terminal: Terminal) -> None:
    terminal.upload(1, 1)
    again, _ = anew(centre, terminal)
    for reason in ("P.RPL", "P.RPS"):
        batch = terminal.batch(lines(1, 2, 2, verdict="deny", reason=reason), first=2)
        centre.kept(again.keep_aside(batch))
    # The first went on from what is held; the second parted from it.
    assert centre.held(terminal.name) == [(1, 1), (1, 2)]
    assert centre.aside(terminal.name) == [(1, 2)]


def test_quarantine_is_for_epochs_that_have_ended(
    centre: RunningCentre, terminal: Terminal
) -> None:
    for epoch in (0, 1, 2):
        terminal.epoch = epoch
        refusal = terminal.keep_aside(terminal.batch(lines(epoch, 1, 1), first=1))
        assert (refusal.status_code, problem(refusal)["title"]) == (409, "epoch")
    assert centre.aside(terminal.name) == []


def test_quarantine_takes_nothing_that_follows_on_nothing(
    centre: RunningCentre, terminal: Terminal
) -> None:
    again, _ = anew(centre, terminal)
    refusal = again.keep_aside(terminal.batch(lines(1, 4, 5), first=4))
    assert (refusal.status_code, problem(refusal)["need"]) == (409, 1)
    assert centre.aside(terminal.name) == []
    # Nor what follows on another value behind a number that is known, held or beside.
    centre.kept(again.keep_aside(terminal.batch(lines(1, 1, 2), first=1)))
    centre.kept(again.keep_aside(terminal.batch(lines(1, 1, 3, **OTHER), first=1)))
    for first in (3, 4):
        refusal = again.keep_aside(terminal.batch(lines(1, first, 5), first=first, prev=bytes(32)))
        assert (refusal.status_code, problem(refusal)["need"]) == (409, 1)
    assert centre.aside(terminal.name) == [(1, 1), (1, 2), (1, 3)]


def test_quarantine_must_be_signed_in_form_and_of_an_active_terminal(
    centre: RunningCentre, terminal: Terminal
) -> None:
    again, _ = anew(centre, terminal)
    batch = terminal.batch(lines(1, 1, 2), first=1)
    assert problem(terminal.keep_aside(batch))["title"] == "signature"  # the old key's
    broken = terminal.batch([line(1, 1), line(1, 3)], first=1)
    assert problem(again.keep_aside(broken))["line"] == 3
    centre.set_state(terminal.name, TerminalState.SUSPENDED)
    assert problem(again.keep_aside(batch))["title"] == "suspended"
    assert centre.aside(terminal.name) == []


def test_uploads_by_the_key_of_an_earlier_epoch_are_refused(
    centre: RunningCentre, terminal: Terminal
) -> None:
    terminal.upload(1, 2)
    again, _ = anew(centre, terminal)
    for refusal in (terminal.upload(3, 3), terminal.tell(3), terminal.head()):
        assert (refusal.status_code, problem(refusal)["title"]) == (401, "signature")
    assert centre.acknowledged(again.upload(1, 1)).acked == 1
    assert centre.held(terminal.name) == [(1, 1), (1, 2), (2, 1)]


# What a new epoch begins with.


def test_first_enrolment_carries_nothing_over(centre: RunningCentre) -> None:
    _, enrolment = anew(centre, Terminal(url=centre.url, name="brand-new"))
    assert (enrolment.epoch, enrolment.before) == (1, None)


def test_new_epoch_begins_with_what_the_centre_knows_was_shown(
    centre: RunningCentre, terminal: Terminal
) -> None:
    entries = [
        line(1, 1, pseudonym="0a" * 16, iat=START - 50),
        line(1, 2, pseudonym="0b" * 16, iat=None, lane="gate-2"),
        line(1, 3, pseudonym="0c" * 16, verdict="deny", reason="P.RPL"),
        line(1, 4, pseudonym="0a" * 16, iat=START, verdict="refer", reason="T.CLK"),
        line(1, 5, pseudonym="not one of ours"),
        line(1, 6, pseudonym="0a" * 16, iat=START - 40, reference={"epoch": 1, "seq": 4}),
    ]
    centre.acknowledged(terminal.upload_batch(terminal.batch(entries, first=1)))
    _, enrolment = anew(centre, terminal)
    before = enrolment.before
    assert before is not None
    head = extend_all(genesis(terminal.name, 1), entries)
    assert (before.epoch, before.acked, before.head) == (1, 6, head)
    phones = [(mark.pseudonym, mark.iat, mark.at) for mark in before.marks.phones]
    assert phones == [("0a" * 16, START, START)]
    cards = [(mark.pseudonym, mark.at, mark.lane) for mark in before.marks.cards]
    assert cards == [("0b" * 16, START, "gate-2")]


def test_new_epoch_begins_with_what_the_centre_knows_was_used(
    centre: RunningCentre, terminal: Terminal
) -> None:
    card = "0a" * 16
    sale = {"pseudonym": card, "amount_minor": 250, "currency": "CNY", "client": "till"}
    back = sale | {"type": "annul", "reference": {"epoch": 1, "seq": 2}, "key": "r-1"}
    entries = [
        line(1, 1, **sale, key="k-1"),
        line(1, 2, **sale),
        line(1, 3, pseudonym=card, zone="hall", direction="in"),
        line(1, 4, **back),
        line(1, 5, **sale | {"verdict": "refer", "reason": "P.FLR"}, key="k-2"),
        line(1, 6, **sale | {"amount_minor": "much"}),
        line(1, 7, **sale | {"pseudonym": "not one of ours"}),
        line(1, 8, **sale | {"currency": "YUAN"}),
        line(1, 9, **sale | {"reference": "none of ours"}),
    ]
    centre.acknowledged(terminal.upload_batch(terminal.batch(entries, first=1)))
    _, enrolment = anew(centre, terminal)
    assert enrolment.before is not None
    marks = enrolment.before.marks
    assert [(use.epoch, use.seq, use.amount_minor, use.direction) for use in marks.uses] == [
        (1, 3, 0, "in"),
        (1, 1, 250, ""),
    ]
    assert {(key.digest, key.seq, key.is_final) for key in marks.keys} == {
        (key_digest("till", "k-1"), 1, True),
        (key_digest("till", "r-1"), 4, True),
        (key_digest("till", "k-2"), 5, False),
    }


def test_marks_of_epochs_before_the_last_are_carried_on(
    centre: RunningCentre, terminal: Terminal
) -> None:
    terminal.upload_batch(terminal.batch([line(1, 1, pseudonym="0a" * 16)], first=1))
    anew(centre, terminal)
    _, third = anew(centre, terminal)
    assert third.epoch == 3
    assert third.before is not None
    assert [mark.pseudonym for mark in third.before.marks.phones] == ["0a" * 16]


def test_marks_of_a_parted_disk_are_carried_on(centre: RunningCentre, terminal: Terminal) -> None:
    """It was kept beside the journal, and died in its turn: what it let in was let in."""
    earlier, later = START - 60, START + 60
    phone, card = "0a" * 16, "0b" * 16
    ours = [
        line(1, 1, pseudonym=phone, iat=START),
        line(1, 2, pseudonym=card, iat=None),
    ]
    theirs = [
        line(1, 1, pseudonym=phone, iat=earlier, at=earlier),
        line(1, 2, pseudonym=card, iat=None, at=later, lane="gate-2"),
        line(1, 3, pseudonym="0c" * 16),
    ]
    centre.acknowledged(terminal.upload_batch(terminal.batch(ours, first=1)))
    second, _ = anew(centre, terminal)
    centre.kept(second.keep_aside(terminal.batch(theirs, first=1)))
    _, third = anew(centre, terminal)
    assert third.before is not None
    marks = third.before.marks
    assert {(mark.pseudonym, mark.iat) for mark in marks.phones} == {
        (phone, START),
        ("0c" * 16, START),
    }
    assert [(mark.at, mark.lane) for mark in marks.cards] == [(later, "gate-2")]


def test_code_makes_one_epoch_however_often_it_is_asked(
    centre: RunningCentre, terminal: Terminal
) -> None:
    other = Terminal(url=centre.url, name=terminal.name)
    request = other.ask(centre.code_for(terminal.name))
    answers = [other.enrol(request).content for _ in range(3)]
    assert len(set(answers)) == 1
    assert json.loads(answers[0])["epoch"] == 2
