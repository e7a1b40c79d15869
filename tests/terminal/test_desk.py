import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from offline_cache.errors import CacheFault
from protocol.journal import LINE_BYTES_MAX
from terminal.desk import Desk
from terminal.presenting import Outcome
from tests.support.cards import holder_part, issuer_claims, issuer_part, text
from tests.support.desks import open_desk
from tests.support.journals import rows_on_disk
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


def test_counts_stay_when_the_journal_takes_nothing(desk: Desk) -> None:
    settle(desk, JUNK)
    desk.writer.call(lambda j: j._connection.execute("PRAGMA query_only = 1").close()).result(10)
    with pytest.raises(CacheFault):
        settle(desk, text(holder_part()))
    with pytest.raises(CacheFault):
        desk.flush_refusals()
    assert desk._refusals["gate-1"][Reason.FORMAT_UNKNOWN] == 1


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
