"""Uploads over HTTP: each entry once and in order, and no second history."""

import gzip
import json
import threading
import zlib

import pytest
import requests

from central.records import TerminalState
from central.routes.signatures import CREATED_S_MAX
from protocol.batch import BATCH_OCTETS_MAX, CONTENT_TYPE, batch_octets
from protocol.content_coding import Coding, encoded
from protocol.http_signature import content_digest
from protocol.journal import extend_all, genesis
from protocol.keys import new_signing_key
from tests.central.peers import START, RunningCentre, Terminal, line, lines, problem


def test_first_batch_is_stored_and_acknowledged(centre: RunningCentre, terminal: Terminal) -> None:
    ack = centre.acknowledged(terminal.upload(1, 3))
    chain = extend_all(genesis(terminal.name, 1), lines(1, 1, 3))
    assert (ack.terminal, ack.epoch, ack.acked, ack.head) == (terminal.name, 1, 3, chain)
    assert ack.date == START
    assert centre.held(terminal.name) == [(1, 1), (1, 2), (1, 3)]


@pytest.mark.parametrize("encoding", [None, "identity", "gzip", "zstd"])
def test_batch_may_come_in_every_coding_and_again_in_another(
    centre: RunningCentre, terminal: Terminal, encoding: str | None
) -> None:
    octets = batch_octets(terminal.batch(lines(1, 1, 2), first=1))
    first = centre.acknowledged(terminal.upload_octets(octets, encoding=encoding))
    assert first.acked == 2
    assert centre.acknowledged(terminal.upload_octets(octets, encoding="zstd")) == first
    assert centre.held(terminal.name) == [(1, 1), (1, 2)]


def test_same_batch_again_is_acknowledged_and_not_doubled(
    centre: RunningCentre, terminal: Terminal
) -> None:
    first, again = terminal.upload(1, 3), terminal.upload(1, 3)
    assert centre.acknowledged(again) == centre.acknowledged(first)
    assert len(centre.held(terminal.name)) == 3


def test_old_batch_again_is_answered_with_the_newest_head(
    centre: RunningCentre, terminal: Terminal
) -> None:
    terminal.upload(1, 2)
    newest = centre.acknowledged(terminal.upload(3, 6))
    assert centre.acknowledged(terminal.upload(1, 2)) == newest
    assert centre.acknowledged(terminal.upload(2, 4)) == newest
    assert len(centre.held(terminal.name)) == 6


def test_overlapping_batch_brings_its_new_tail_only(
    centre: RunningCentre, terminal: Terminal
) -> None:
    terminal.upload(1, 3)
    assert centre.acknowledged(terminal.upload(2, 5)).acked == 5
    assert [seq for _, seq in centre.held(terminal.name)] == [1, 2, 3, 4, 5]


def test_gap_says_which_entry_comes_next(centre: RunningCentre, terminal: Terminal) -> None:
    terminal.upload(1, 3)
    refusal = terminal.upload(5, 6)
    assert (refusal.status_code, problem(refusal)["need"]) == (409, 4)
    assert len(centre.held(terminal.name)) == 3


def test_other_history_with_the_same_numbers_is_a_fork_where_it_begins(
    centre: RunningCentre, terminal: Terminal
) -> None:
    terminal.upload(1, 4)
    other = [*lines(1, 1, 2), line(1, 3, verdict="deny"), line(1, 4)]
    refusal = terminal.upload_batch(terminal.batch(other, first=1))
    assert (refusal.status_code, problem(refusal)["title"]) == (409, "fork")
    assert problem(refusal)["at"] == 3
    assert centre.acknowledged(terminal.upload(5, 5)).acked == 5  # the true next one


def test_other_history_with_the_next_numbers_is_a_fork(
    centre: RunningCentre, terminal: Terminal
) -> None:
    terminal.upload(1, 3)
    elsewhere = extend_all(genesis(terminal.name, 1), lines(1, 1, 3, verdict="deny"))
    batch = terminal.batch(lines(1, 4, 5), first=4, prev=elsewhere)
    refusal = terminal.upload_batch(batch)
    assert (problem(refusal)["title"], problem(refusal)["at"]) == ("fork", 4)
    assert len(centre.held(terminal.name)) == 3


def test_fork_in_an_overlap_stores_nothing_of_the_tail(
    centre: RunningCentre, terminal: Terminal
) -> None:
    terminal.upload(1, 3)
    refusal = terminal.upload_batch(
        terminal.batch([line(1, 3, verdict="deny"), line(1, 4)], first=3)
    )
    assert problem(refusal)["at"] == 3
    assert len(centre.held(terminal.name)) == 3


def test_first_batch_must_begin_at_the_epochs_own_beginning(terminal: Terminal) -> None:
    batch = terminal.batch(lines(1, 1, 2), first=1, prev=genesis("another", 1))
    assert problem(terminal.upload_batch(batch))["at"] == 1


def test_another_epoch_is_refused(terminal: Terminal) -> None:
    terminal.epoch = 2
    refusal = terminal.upload(1, 2)
    assert (refusal.status_code, problem(refusal)["title"]) == (409, "epoch")


@pytest.mark.parametrize(
    "bad",
    [
        b"{}",
        b"",
        b"\xff",
        line(1, 2)[:-1],
        line(1, 9),
        line(2, 2),
        line(1, 2, lane="x" * 5000),
        line(1, 2).replace(b'"lane-1"', b'"\\ud800"'),
        line(1, 2).replace(b'"lane-1"', b'"l","x":NaN'),
        line(1, 2).replace(b'"ages"', b'"x":' + b"[" * 1500 + b"]" * 1500 + b',"ages"'),
    ],
)
def test_malformed_line_is_told_by_number_and_nothing_is_stored(
    centre: RunningCentre, terminal: Terminal, bad: bytes
) -> None:
    refusal = terminal.upload_batch(terminal.batch([line(1, 1), bad, line(1, 3)], first=1))
    assert (refusal.status_code, problem(refusal)["line"]) == (422, 3)
    assert centre.held(terminal.name) == []


@pytest.mark.parametrize("octets", [b"", b"\n", b"{}\n", b'{"epoch":1}', b"no\n"])
def test_malformed_header_is_line_1(terminal: Terminal, octets: bytes) -> None:
    refusal = terminal.upload_octets(octets)
    assert (refusal.status_code, problem(refusal)["line"]) == (422, 1)


@pytest.mark.parametrize("coding", [Coding.GZIP, Coding.ZSTD])
def test_bomb_is_not_inflated(centre: RunningCentre, terminal: Terminal, coding: Coding) -> None:
    bomb = encoded(bytes(64 * BATCH_OCTETS_MAX), coding)
    refusal = _upload_raw(terminal, bomb, coding.value)
    assert (refusal.status_code, problem(refusal)["title"]) == (413, "too-large")
    assert centre.held(terminal.name) == []


def test_limit_on_octets_is_exact_after_inflating(terminal: Terminal) -> None:
    at_limit, over = bytes(BATCH_OCTETS_MAX), bytes(BATCH_OCTETS_MAX + 1)
    assert problem(terminal.upload_octets(at_limit))["title"] == "malformed"
    assert problem(terminal.upload_octets(over))["title"] == "too-large"


def test_limit_on_octets_is_exact_before_inflating(terminal: Terminal) -> None:
    at_limit, over = bytes(BATCH_OCTETS_MAX), bytes(BATCH_OCTETS_MAX + 1)
    assert problem(terminal.upload_octets(at_limit, encoding=None))["title"] == "malformed"
    assert problem(terminal.upload_octets(over, encoding=None))["title"] == "too-large"


@pytest.mark.parametrize("coding", [Coding.GZIP, Coding.ZSTD])
@pytest.mark.parametrize("cut", [slice(0, -1), slice(0, 10), slice(1, None)])
def test_broken_compression_is_refused(terminal: Terminal, cut: slice, coding: Coding) -> None:
    whole = encoded(batch_octets(terminal.batch(lines(1, 1, 1), first=1)), coding)
    assert problem(_upload_raw(terminal, whole[cut], coding.value))["title"] == "malformed"


@pytest.mark.parametrize("coding", [Coding.GZIP, Coding.ZSTD])
def test_octets_behind_the_compressed_ones_are_refused(terminal: Terminal, coding: Coding) -> None:
    whole = encoded(batch_octets(terminal.batch(lines(1, 1, 1), first=1)), coding)
    assert problem(_upload_raw(terminal, whole + whole, coding.value))["title"] == "malformed"


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "zstd, gzip", "deflate", "x-gzip"])
def test_other_content_codings_are_refused(terminal: Terminal, encoding: str) -> None:
    body = zlib.compress(b"x")
    refusal = _upload_raw(terminal, body, encoding)
    assert (refusal.status_code, problem(refusal)["title"]) == (415, "encoding")


def test_other_media_type_is_refused(terminal: Terminal) -> None:
    headers = {"content-type": "application/json"}
    refusal = terminal.send("POST", terminal.path, headers=headers, body=b"{}")
    assert (refusal.status_code, problem(refusal)["title"]) == (415, "encoding")


def _upload_raw(terminal: Terminal, body: bytes, encoding: str) -> requests.Response:
    headers = {"content-type": CONTENT_TYPE, "content-encoding": encoding}
    return terminal.send("POST", terminal.path, headers=headers, body=body)


def _refused_as_signature(centre: RunningCentre, terminal: Terminal, **how: object) -> None:
    octets = batch_octets(terminal.batch(lines(1, 1, 1), first=1))
    refusal = terminal.upload_octets(octets, **how)
    assert (refusal.status_code, problem(refusal)["title"]) == (401, "signature")
    assert centre.held(terminal.name) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"signature": None},
        {"signature-input": None},
        {"content-digest": None},
        {"signature": "st=:AAAA:"},
        {"content-digest": content_digest(b"another body")},
        {"content-type": "application/x-ndjson; charset=utf-8"},
    ],
)
def test_request_changed_after_it_was_signed_is_refused(
    centre: RunningCentre, terminal: Terminal, changed: dict[str, str | None]
) -> None:
    _refused_as_signature(centre, terminal, changed=changed)


def test_another_body_is_refused(centre: RunningCentre, terminal: Terminal) -> None:
    octets = batch_octets(terminal.batch(lines(1, 1, 2), first=1))
    _refused_as_signature(centre, terminal, sent_body=gzip.compress(octets))


def test_another_key_is_refused(centre: RunningCentre, terminal: Terminal) -> None:
    _refused_as_signature(centre, terminal, key=new_signing_key())


def test_another_terminals_name_as_keyid_is_refused(
    centre: RunningCentre, terminal: Terminal
) -> None:
    _refused_as_signature(centre, terminal, key_id="gate-other")


def test_unknown_terminal_is_answered_like_a_wrong_key(terminal: Terminal) -> None:
    wrong_key = terminal.upload_octets(b"x\n", key=new_signing_key())
    terminal.name = "nobody"
    unknown = terminal.upload(1, 1)
    assert unknown.status_code == 401
    assert problem(unknown) == problem(wrong_key)


@pytest.mark.parametrize("away", [CREATED_S_MAX, -CREATED_S_MAX])
def test_signature_may_be_a_day_away_and_not_a_second_more(
    centre: RunningCentre, terminal: Terminal, away: int
) -> None:
    terminal.clock_at = START + away
    assert centre.acknowledged(terminal.upload(1, 1)).acked == 1
    terminal.clock_at += 1 if away > 0 else -1
    refusal = terminal.upload(2, 2)
    assert (refusal.status_code, problem(refusal)["title"]) == (401, "clock")


def test_suspended_terminal_is_refused_until_it_is_resumed(
    centre: RunningCentre, terminal: Terminal
) -> None:
    centre.set_state(terminal.name, TerminalState.SUSPENDED)
    for refusal in (terminal.upload(1, 1), terminal.head()):
        assert (refusal.status_code, problem(refusal)["title"]) == (403, "suspended")
    centre.set_state(terminal.name, TerminalState.ACTIVE)
    assert centre.acknowledged(terminal.upload(1, 1)).acked == 1


def test_head_is_an_acknowledgement_of_what_is_held(
    centre: RunningCentre, terminal: Terminal
) -> None:
    empty = centre.acknowledged(terminal.head())
    assert (empty.acked, empty.head) == (0, genesis(terminal.name, 1))
    assert centre.acknowledged(terminal.upload(1, 2)) == centre.acknowledged(terminal.head())


def test_head_is_for_the_terminal_alone(terminal: Terminal) -> None:
    refusal = terminal.send("GET", f"{terminal.path}/head", key=new_signing_key())
    assert problem(refusal)["title"] == "signature"
    unsigned = terminal.send("GET", f"{terminal.path}/head", changed={"signature": None})
    assert problem(unsigned)["title"] == "signature"


def test_signature_for_the_head_does_not_serve_for_an_upload(terminal: Terminal) -> None:
    signed = terminal.head().request.headers
    changed = {name: signed[name] for name in ("signature", "signature-input")}
    octets = batch_octets(terminal.batch(lines(1, 1, 1), first=1))
    assert problem(terminal.upload_octets(octets, changed=changed))["title"] == "signature"


@pytest.mark.slow
def test_identical_uploads_at_once_store_once(centre: RunningCentre, terminal: Terminal) -> None:
    answers = []

    def send() -> None:
        while (answer := terminal.upload(1, 200)).status_code == 429:
            pass  # one signature has one place: come again
        answers.append(answer)

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {centre.acknowledged(answer).acked for answer in answers} == {200}
    assert len(answers) == 6
    assert len(centre.held(terminal.name)) == 200


@pytest.mark.slow
@pytest.mark.parametrize("new_site", ["sqlite"], indirect=True)  # the other's row lock: its own
def test_database_held_by_another_process_is_no_fault_of_the_terminal(
    centre: RunningCentre, terminal: Terminal
) -> None:
    other = centre.site.open_store()
    try:
        with other.transaction():
            refusal = terminal.upload(1, 1)
    finally:
        other.close()
    assert (refusal.status_code, problem(refusal)["title"]) == (503, "overloaded")
    assert centre.acknowledged(terminal.upload(1, 1)).acked == 1


def test_refusals_carry_no_more_than_they_must(terminal: Terminal) -> None:
    refusal = terminal.upload_octets(b"{}\n")
    assert set(json.loads(refusal.content)) == {"type", "title", "status", "detail", "line"}


def test_fault_of_the_centre_tells_nothing_of_its_inside(
    centre: RunningCentre, terminal: Terminal
) -> None:
    store = centre.site.open_store()
    try:
        with store.transaction():
            store.database.execute(
                "UPDATE terminal SET status = 'odd' WHERE terminal = ?", (terminal.name,)
            )
        answer = terminal.upload(1, 1)
    finally:
        with store.transaction():
            store.database.execute("DELETE FROM terminal WHERE terminal = ?", (terminal.name,))
        store.close()
    assert answer.status_code == 500
    assert problem(answer).keys() == {"type", "title", "status"}
