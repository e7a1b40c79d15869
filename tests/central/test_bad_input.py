"""Whatever bad is sent: a problem document that says which, nothing stored, and little spent."""

import tracemalloc
from collections.abc import Callable
from functools import cache

import pytest
import requests

from protocol.batch import BATCH_ENTRIES_MAX, BATCH_OCTETS_MAX, CONTENT_TYPE, batch_octets
from protocol.content_coding import Coding, encoded
from protocol.http_signature import Request, sign_request
from protocol.keys import new_signing_key
from tests.central.peers import START, RunningCentre, Terminal, line, lines, problem

# What is refused before the database is asked is the same on every engine.
pytestmark = pytest.mark.parametrize("new_site", ["sqlite"], indirect=True)

Send = Callable[[RunningCentre, Terminal], requests.Response]


@cache
def _bomb(coding: Coding) -> bytes:
    return encoded(bytes(64 * BATCH_OCTETS_MAX), coding)


def _octets(terminal: Terminal) -> bytes:
    return batch_octets(terminal.batch(lines(1, 1, 2), first=1))


def _raw(terminal: Terminal, body: bytes, coding: str = "gzip") -> requests.Response:
    headers = {"content-type": CONTENT_TYPE, "content-encoding": coding}
    return terminal.send("POST", terminal.path, headers=headers, body=body)


def unsigned(_: RunningCentre, terminal: Terminal) -> requests.Response:
    return terminal.upload_octets(
        _octets(terminal), changed={"signature": None, "signature-input": None}
    )


def signed_by_a_stranger(_: RunningCentre, terminal: Terminal) -> requests.Response:
    return terminal.upload_octets(_octets(terminal), key=new_signing_key())


def signed_by_another_terminal(centre: RunningCentre, terminal: Terminal) -> requests.Response:
    other = centre.enrolled(f"other-{terminal.name}")
    return terminal.upload_octets(_octets(terminal), key=other.key, key_id=other.name)


def sent_for_another_terminal(centre: RunningCentre, terminal: Terminal) -> requests.Response:
    """Its own key and name, at the other's address."""
    other = centre.enrolled(f"address-{terminal.name}")
    headers = {"content-type": CONTENT_TYPE}
    return terminal.send("POST", other.path, headers=headers, body=_octets(terminal))


def entries_of_another_terminal(centre: RunningCentre, terminal: Terminal) -> requests.Response:
    """Signed well, but the chain begins at another's beginning."""
    other = centre.enrolled(f"author-{terminal.name}")
    return terminal.upload_octets(batch_octets(other.batch(lines(1, 1, 2), first=1)))


def signature_seen_on_another_request(_: RunningCentre, terminal: Terminal) -> requests.Response:
    seen = terminal.head().request.headers
    changed = {name: seen[name] for name in ("signature", "signature-input")}
    return terminal.upload_octets(_octets(terminal), changed=changed)


def body_changed_on_the_way(_: RunningCentre, terminal: Terminal) -> requests.Response:
    other = batch_octets(terminal.batch(lines(1, 1, 3), first=1))
    return terminal.upload_octets(_octets(terminal), sent_body=encoded(other, Coding.GZIP))


def coding_changed_on_the_way(_: RunningCentre, terminal: Terminal) -> requests.Response:
    return terminal.upload_octets(_octets(terminal), changed={"content-encoding": "zstd"})


def clock_of_a_week_ago(_: RunningCentre, terminal: Terminal) -> requests.Response:
    request = Request(
        method="POST",
        path=terminal.path,
        headers={"content-type": CONTENT_TYPE},
        body=_octets(terminal),
    )
    old = sign_request(
        request, key=terminal.key, key_id=terminal.name, now=type(START)(START - 7 * 86_400)
    )
    return terminal.send(
        "POST", terminal.path, headers=request.headers, body=request.body, changed=old
    )


def too_long(_: RunningCentre, terminal: Terminal) -> requests.Response:
    return terminal.upload_octets(bytes(BATCH_OCTETS_MAX + 1), encoding=None)


def gzip_bomb(_: RunningCentre, terminal: Terminal) -> requests.Response:
    return _raw(terminal, _bomb(Coding.GZIP))


def zstd_bomb(_: RunningCentre, terminal: Terminal) -> requests.Response:
    return _raw(terminal, _bomb(Coding.ZSTD), "zstd")


def other_coding(_: RunningCentre, terminal: Terminal) -> requests.Response:
    return _raw(terminal, _octets(terminal), "br")


def other_media_type(_: RunningCentre, terminal: Terminal) -> requests.Response:
    headers = {"content-type": "text/plain"}
    return terminal.send("POST", terminal.path, headers=headers, body=_octets(terminal))


def no_compression_at_all(_: RunningCentre, terminal: Terminal) -> requests.Response:
    return _raw(terminal, _octets(terminal))


def a_line_that_is_none(_: RunningCentre, terminal: Terminal) -> requests.Response:
    return terminal.upload_batch(terminal.batch([line(1, 1), b"{}"], first=1))


def a_line_nested_without_end(_: RunningCentre, terminal: Terminal) -> requests.Response:
    deep = line(1, 2).replace(b'"ages"', b'"x":' + b"[" * 1500 + b"]" * 1500 + b',"ages"')
    return terminal.upload_batch(terminal.batch([line(1, 1), deep], first=1))


def too_many_lines(_: RunningCentre, terminal: Terminal) -> requests.Response:
    many = lines(1, 1, BATCH_ENTRIES_MAX + 1)
    return terminal.upload_batch(terminal.batch(many, first=1))


def a_million_empty_lines(_: RunningCentre, terminal: Terminal) -> requests.Response:
    return terminal.upload_octets(b"\n" * (BATCH_OCTETS_MAX - 1))


def a_foreign_epoch(_: RunningCentre, terminal: Terminal) -> requests.Response:
    terminal.epoch = 2
    return terminal.upload(1, 2)


def a_gap(_: RunningCentre, terminal: Terminal) -> requests.Response:
    return terminal.upload(5, 6)


BAD = [
    (unsigned, 401, "signature"),
    (signed_by_a_stranger, 401, "signature"),
    (signed_by_another_terminal, 401, "signature"),
    (sent_for_another_terminal, 401, "signature"),
    (entries_of_another_terminal, 409, "fork"),
    (signature_seen_on_another_request, 401, "signature"),
    (body_changed_on_the_way, 401, "signature"),
    (coding_changed_on_the_way, 401, "signature"),
    (clock_of_a_week_ago, 401, "clock"),
    (too_long, 413, "too-large"),
    (gzip_bomb, 413, "too-large"),
    (zstd_bomb, 413, "too-large"),
    (other_coding, 415, "encoding"),
    (other_media_type, 415, "encoding"),
    (no_compression_at_all, 422, "malformed"),
    (a_line_that_is_none, 422, "malformed"),
    (a_line_nested_without_end, 422, "malformed"),
    (too_many_lines, 422, "malformed"),
    (a_million_empty_lines, 422, "malformed"),
    (a_foreign_epoch, 409, "epoch"),
    (a_gap, 409, "gap"),
]


@pytest.mark.parametrize(
    ("send", "status", "title"), BAD, ids=lambda each: getattr(each, "__name__", "")
)
def test_bad_input_is_told_which_and_nothing_of_it_is_stored(
    centre: RunningCentre, terminal: Terminal, send: Send, status: int, title: str
) -> None:
    refusal = send(centre, terminal)
    assert (refusal.status_code, problem(refusal)["title"]) == (status, title)
    assert centre.held(terminal.name) == []
    assert centre.aside(terminal.name) == []
    terminal.epoch = 1
    assert centre.acknowledged(terminal.upload(1, 1)).acked == 1  # it serves on


@pytest.mark.parametrize(
    "send", [gzip_bomb, zstd_bomb, a_million_empty_lines, a_line_nested_without_end]
)
def test_bad_input_costs_a_few_times_what_a_batch_may_weigh(
    centre: RunningCentre, terminal: Terminal, send: Send
) -> None:
    """Of 64 MiB in a bomb, and a million parts of a body split at its line feeds."""
    for coding in (Coding.GZIP, Coding.ZSTD):
        _bomb(coding)  # made by now: what the sender spends does not count
    tracemalloc.start()
    try:
        send(centre, terminal)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * BATCH_OCTETS_MAX


def test_request_that_is_sent_again_octet_by_octet_does_nothing(
    centre: RunningCentre, terminal: Terminal
) -> None:
    """Whoever recorded it on the way may send it for a day: it is the same batch."""
    first = terminal.upload(1, 3)
    recorded = first.request
    centre.acknowledged(terminal.upload(4, 5))
    with requests.Session() as session:
        session.trust_env = False
        again = session.send(recorded, timeout=20)
    assert centre.acknowledged(again).acked == 5
    assert len(centre.held(terminal.name)) == 5


def test_request_of_an_earlier_epoch_that_is_sent_again_is_refused(
    centre: RunningCentre, terminal: Terminal
) -> None:
    recorded = terminal.upload(1, 3).request
    again = Terminal(url=centre.url, name=terminal.name)
    assert again.enrol(again.ask(centre.code_for(terminal.name))).status_code == 201
    with requests.Session() as session:
        session.trust_env = False
        refusal = session.send(recorded, timeout=20)
    assert (refusal.status_code, problem(refusal)["title"]) == (401, "signature")
