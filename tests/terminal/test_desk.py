import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from offline_cache.errors import CacheFault
from protocol.journal import LINE_BYTES_MAX
from terminal.desk import Desk
from terminal.presenting import Outcome
from tests.support.cards import (
    HOLDER,
    NOW,
    STATUS_INDEX,
    STRANGER,
    holder_part,
    issuer_claims,
    issuer_part,
    public,
    text,
)
from tests.support.desks import open_desk, published
from tests.support.journals import remembered, rows_on_disk
from tests.support.publishing import FILES, PROFILE_PATH
from tests.support.trust import LIST_NAME, status_token, with_value
from verifier.model import Verdict
from verifier.reasons import Reason

JUNK = b"https://menu.example/today"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def desk(path: Path) -> Iterator[Desk]:
    with open_desk(path) as opened:
        yield opened


def settle(desk: Desk, payload: bytes, *, lane: str = "gate-1") -> Outcome:
    profile = desk.profile("gate")
    assert profile is not None
    judged = desk.judge(payload, lane=lane, profile=profile)
    return asyncio.run(desk.settle(judged, lane=lane, profile=profile, seen_ms=0))


def flushed(desk: Desk, path: Path) -> list[dict[str, object]]:
    """Write the refusals and return every entry of the journal."""
    desk.flush_refusals()
    desk.writer.call(lambda _: None).result(10)
    return [json.loads(line) for _, line in rows_on_disk(path)]


def test_a_grant_is_in_the_journal_when_it_is_told(desk: Desk, path: Path) -> None:
    outcome = settle(desk, text(holder_part()))
    assert (outcome.verdict, outcome.seq) == (Verdict.GRANT, 1)
    ((_, line),) = rows_on_disk(path)
    entry = json.loads(line)
    assert entry["verdict"] == "grant"
    assert b"a1b2c3d4e5f60718" not in line, "the subject itself never leaves"


def test_the_same_proof_at_another_lane_is_a_replay(desk: Desk) -> None:
    settle(desk, text(holder_part()))
    outcome = settle(desk, text(holder_part()), lane="gate-2")
    assert (outcome.verdict, outcome.reason, outcome.seq) == (Verdict.DENY, Reason.REPLAYED, 2)


def test_what_proved_a_phone_is_not_proven_again_until_other_trust_comes(desk: Desk) -> None:
    """One signature instead of two for who comes again; what is published ends it."""
    for drawn_at in (NOW, NOW + 1):
        settle(desk, text(holder_part(None, {6: drawn_at})))
    settle(desk, text(holder_part(key=STRANGER)))
    settle(desk, text(issuer_part()))
    assert len(desk._issuer_parts) == 2
    desk.trust = published()
    settle(desk, text(issuer_part()))
    assert len(desk._issuer_parts) == 1


def test_junk_is_counted_and_leaves_nothing_else(desk: Desk, path: Path) -> None:
    for _ in range(500):
        outcome = settle(desk, JUNK)
    assert (outcome.verdict, outcome.reason) == (Verdict.DENY, Reason.FORMAT_UNKNOWN)
    assert outcome.seq is None
    assert rows_on_disk(path) == []
    (entry,) = flushed(desk, path)
    assert (entry["type"], entry["counts"]) == ("refusals", {"D.UNK": 500})
    assert flushed(desk, path) == [entry], "told once"


def test_refusals_are_one_bounded_entry_a_lane(desk: Desk, path: Path) -> None:
    forged = bytearray(issuer_part(issuer_claims()))
    forged[-1] ^= 1
    for lane in ("gate-1", "gate-2"):
        for payload in (JUNK, b"", b"x" * 8_000, b"CC1:x", text(bytes(forged))):
            settle(desk, payload, lane=lane)
    entries = flushed(desk, path)
    assert [entry["lane"] for entry in entries] == ["gate-1", "gate-2"]
    assert all(sum(entry["counts"].values()) == 5 for entry in entries)  # type: ignore[attr-defined]  # a dict
    assert all(len(line) < LINE_BYTES_MAX for _, line in rows_on_disk(path))


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"13" + b"7" * 16, "P.PAY"),
        (b"5c" * 32 + b":1:1911111111", "P.EHC"),
        (b"SHSTMETRO-5c5c5c5c", "P.TRN"),
        (b"https://s.sh.gov.cn/0016c0ffee5c5c5c5c5c##", "P.CTY"),
    ],
)
def test_code_of_another_service_leaves_its_reason_and_a_count(
    desk: Desk, path: Path, caplog: pytest.LogCaptureFixture, payload: bytes, code: str
) -> None:
    caplog.set_level("DEBUG")
    outcome = settle(desk, payload)
    assert (outcome.verdict, outcome.seq) == (Verdict.DENY, None)
    assert rows_on_disk(path) == []
    answer = outcome.answer(lane="gate-1", epoch=1)
    assert set(json.loads(answer)) == {"lane", "verdict", "reason", "entry", "ms"}
    (entry,) = flushed(desk, path)
    assert (entry["type"], entry["counts"]) == ("refusals", {code: 1})
    told = answer + caplog.text.encode() + b"".join(line for _, line in rows_on_disk(path))
    for place in range(len(payload) - 7):
        assert payload[place : place + 8] not in told, "no piece of the text goes anywhere"


# The memory of what was shown is written by what was proven and accepted alone.

FORGED = bytearray(issuer_part(issuer_claims(holder=public(HOLDER))))
FORGED[-1] ^= 1
REVOKED = {LIST_NAME: status_token(with_value(STATUS_INDEX, 1))}


def drawn(**claims: Any) -> bytes:
    return text(holder_part(issuer_part(issuer_claims(holder=public(HOLDER), **claims))))


@pytest.mark.parametrize(
    ("payload", "files", "reason"),
    [
        (JUNK, {}, Reason.FORMAT_UNKNOWN),
        (text(issuer_part(issuer_claims(holder=public(HOLDER)))), {}, Reason.HOLDER_PROOF_MISSING),
        (text(holder_part(bytes(FORGED))), {}, Reason.ISSUER_SIGNATURE_WRONG),
        (text(holder_part(key=STRANGER)), {}, Reason.HOLDER_SIGNATURE_WRONG),
        (text(issuer_part(key=STRANGER)), {}, Reason.KEY_UNKNOWN),
        (text(holder_part(None, {6: NOW - 61})), {}, Reason.PROOF_TOO_OLD),
        (text(holder_part(None, {6: NOW + 16})), {}, Reason.PROOF_FROM_THE_FUTURE),
        (drawn(exp=NOW), {}, Reason.CREDENTIAL_EXPIRED),
        (text(issuer_part(issuer_claims(exp=NOW))), {}, Reason.CREDENTIAL_EXPIRED),
        (drawn(nbf=NOW + 1), {}, Reason.NOT_YET_VALID),
        (text(holder_part()), REVOKED, Reason.REVOKED),
        (text(issuer_part()), REVOKED, Reason.REVOKED),
        (text(holder_part(None, {3: "elsewhere", 6: NOW})), {}, Reason.BOUND_TO_ANOTHER_LANE),
        (
            text(holder_part()),
            {PROFILE_PATH: b'challenge = "required"\n'},
            Reason.CHALLENGE_UNANSWERED,
        ),
        (
            drawn(capabilities=1),
            {PROFILE_PATH: b'capability = "shop"\n'},
            Reason.CAPABILITY_MISSING,
        ),
        (text(issuer_part()), {PROFILE_PATH: b'static = "deny"\n'}, Reason.STATIC_CODE),
    ],
)
def test_what_is_refused_writes_no_mark_against_anybody(
    desk: Desk, path: Path, payload: bytes, files: dict[str, bytes], reason: Reason
) -> None:
    """Else a code that is not his, or no code at all, could lock a citizen out."""
    rules = b'entry_type = "passage"\n' + files.get(PROFILE_PATH, b'static = "grant"\n')
    desk.trust = published({**FILES, **files, PROFILE_PATH: rules})
    outcome = settle(desk, payload)
    assert (outcome.verdict, outcome.reason) == (Verdict.DENY, reason)
    assert remembered(path) == ({}, {})
    assert (outcome.seq is None) is reason.names_nobody
    desk.trust = published()
    assert settle(desk, text(holder_part())).verdict is Verdict.GRANT
    assert settle(desk, text(issuer_part())).verdict is Verdict.GRANT
    assert [len(rows) for rows in remembered(path)] == [1, 1]


def test_a_lost_claim_moves_no_mark(desk: Desk, path: Path) -> None:
    settle(desk, text(holder_part(None, {6: NOW + 10})))
    before = remembered(path)
    for iat in (NOW + 10, NOW):
        assert settle(desk, text(holder_part(None, {6: iat}))).reason is Reason.REPLAYED
    assert remembered(path) == before


def test_what_was_shown_is_refused_after_a_restart_that_lost_its_tables(path: Path) -> None:
    with open_desk(path) as desk:
        settle(desk, text(holder_part()))
        settle(desk, text(issuer_part()))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DROP TABLE shown")
        connection.execute("DELETE FROM shown_static")
    with open_desk(path) as desk:
        assert settle(desk, text(holder_part()), lane="gate-2").reason is Reason.REPLAYED
        assert settle(desk, text(issuer_part()), lane="gate-2").reason is Reason.SHOWN_AGAIN


def test_counts_stay_when_the_journal_takes_nothing(desk: Desk) -> None:
    settle(desk, JUNK)
    desk.writer.call(lambda j: j._connection.execute("PRAGMA query_only = 1").close()).result(10)
    with pytest.raises(CacheFault):
        settle(desk, text(holder_part()))
    with pytest.raises(CacheFault):
        desk.flush_refusals()
    assert desk.counts.refusals["gate-1"][Reason.FORMAT_UNKNOWN] == 1


@pytest.mark.slow
def test_counts_that_a_busy_journal_did_not_take_come_with_the_next_entry(
    desk: Desk, path: Path
) -> None:
    settle(desk, JUNK)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        desk.flush_refusals()
        desk.writer.call(lambda journal: journal.seq).result(20)  # behind the entry that failed
        other.execute("ROLLBACK")
    settle(desk, JUNK)
    assert [entry["counts"] for entry in flushed(desk, path)] == [{"D.UNK": 2}]


def test_without_trust_nothing_is_judged(desk: Desk) -> None:
    profile = desk.profile("gate")
    assert profile is not None
    desk.trust = None
    assert desk.profile("gate") is None
    with pytest.raises(ValueError, match="out of service"):
        desk.judge(JUNK, lane="gate-1", profile=profile)
