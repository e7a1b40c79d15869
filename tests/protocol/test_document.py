"""docs/protocol.md says what protocol/ does."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from offline_cache import replay
from offline_cache.trust_client import limits
from protocol.batch import BATCH_ENTRIES_MAX, BATCH_OCTETS_MAX
from protocol.enrolment import CODE_LIFETIME_S
from protocol.http_signature import Request, sign_request
from protocol.journal import LINE_BYTES_MAX, PresentationRecord, line_of
from protocol.keys import SigningKey
from protocol.problems import STATUS_OF
from protocol.profile_file.reading import STATIC_WINDOW_S_MAX
from protocol.sealed import Sealed
from protocol.signed_json import DOCUMENT_BYTES_MAX
from protocol.use import Place, Use
from tests.support.cards import ISSUER
from tests.support.journals import draft
from verifier import clock
from verifier.clock import ClockQuality
from verifier.model import Role, UnixSeconds
from verifier.profile import EntryType
from verifier.trust import KEYS_OCTETS_MAX

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def written(docs: Path) -> str:
    return (docs / "protocol.md").read_text("utf-8")


def section(written: str, name: str) -> str:
    return written.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


def test_every_section_that_the_code_names_exists(written: str) -> None:
    packages = ("verifier", "protocol", "offline_cache", "terminal", "central", "drivers")
    named = {
        name
        for package in packages
        for path in (ROOT / package).rglob("*.py")
        for name in re.findall(r'docs/protocol\.md,\s+"([^"]+)"', path.read_text("utf-8"))
    }
    assert {"Names", "Upload", "Time"} <= named
    assert all(section(written, name) for name in named), named


def test_every_problem_stands_in_the_table_with_its_status(written: str) -> None:
    rows = re.findall(r"^\| (\d{3}) \| `([a-z-]+)` \|", section(written, "Upload"), re.MULTILINE)
    assert {code: int(status) for status, code in rows} == {
        code.value: status for code, status in STATUS_OF.items()
    }


FULL_USE = Use(
    zone="hall",
    direction="in",
    amount_minor=1,
    currency="CNY",
    fund="purse",
    client="till",
    key="k" * 16,
    asked="0" * 16,
    approval="a" * 16,
)


def test_members_of_a_line_stand_in_their_order(written: str) -> None:
    cells = re.findall(r"^\| (`.*?`) \|", section(written, "Journal"), re.MULTILINE)
    members = re.findall(r"`([a-z_]+)`", " ".join(cells))
    plain = draft()
    assert isinstance(plain.record, PresentationRecord)
    box = Sealed(kid=bytes(8), box=bytes(48))
    full = replace(
        plain,
        record=replace(
            plain.record,
            stale=("keys",),
            use=FULL_USE,
            reference=Place(epoch=1, seq=1),
            attendant="a" * 32,
            sealed=box,
        ),
    )
    assert members == list(json.loads(line_of(full, epoch=1, seq=1)))


def test_every_entry_type_clock_quality_and_role_is_named(written: str) -> None:
    journal, folder = section(written, "Journal"), section(written, "Trust folder")
    assert all(f"`{each.value}`" in journal for each in (*EntryType, *ClockQuality))
    assert all(f"`{role.value}`" in folder for role in Role)


def test_limits_are_those_of_the_code(written: str) -> None:
    assert "at most 4096 octets" in section(written, "Journal")
    assert "1 to 500 entries, 1 MiB" in section(written, "Upload")
    assert "at most 16 kB" in section(written, "Signed documents")
    assert "JWK Set (RFC 7517), at most 1 MiB" in section(written, "Trust folder")
    assert "lives 900 s" in section(written, "Enrolment").replace("\n", " ")
    assert (LINE_BYTES_MAX, BATCH_ENTRIES_MAX, CODE_LIFETIME_S) == (4_096, 500, 900)
    assert (DOCUMENT_BYTES_MAX, BATCH_OCTETS_MAX) == (16_384, 1 << 20)
    assert KEYS_OCTETS_MAX == 1 << 20


def test_sizes_of_the_trust_folder_are_those_of_the_code(written: str) -> None:
    told = re.search(r"\*\*Sizes\.\*\* (.*)", section(written, "Trust folder"))
    assert told is not None
    kilobytes = [int(number) * 1_024 for number in re.findall(r"(\d+) kB", told[1])]
    assert kilobytes == [
        limits.ROOT_OCTETS_MAX,
        limits.TIMESTAMP_OCTETS_MAX,
        limits.SNAPSHOT_OCTETS_MAX,
        limits.TARGETS_OCTETS_MAX,
        limits.TARGET_OCTETS_MAX,
    ]
    assert f"{limits.ROOT_STEPS_MAX} new roots" in told[1]


def test_numbers_of_the_replay_memory_are_those_of_the_code(written: str) -> None:
    told = re.sub(r"\s+", " ", section(written, "Replay"))
    assert "more than 60 s in the future" in told
    assert "every 5,000 entries" in told
    assert "a phone's mark after a day, a printed card's after 32" in told
    assert "the last 20,000 entries are kept" in told
    assert "Over 500,000 rows a table" in told
    horizons = (replay.HORIZON_S, replay.STATIC_HORIZON_S, STATIC_WINDOW_S_MAX)
    assert horizons == (86_400, 32 * 86_400, 31 * 86_400)
    limits = (replay.CLOCK_STEP_S_MIN, replay.PRUNED_EVERY_ENTRIES, replay.KEPT_ENTRIES)
    assert (*limits, replay.ROWS_MAX) == (60, 5_000, 20_000, 500_000)


def test_numbers_of_the_clock_are_those_of_the_code(written: str) -> None:
    told = re.sub(r"\s+", " ", section(written, "Time"))
    for words in (
        "more than 30 s below the floor",
        "more than 5 s, and 50 millionths",
        "at most to 15 minutes past a synchronised clock",
        "at most 30 days past where it stood",
        "At most 64 such steps",
    ):
        assert words in told
    assert (clock.UNCERTAINTY_S_MAX, clock.JUMP_S_MAX, clock.DRIFT_PPM) == (30, 5, 50)
    assert (clock.FLOOR_LEAD_S_MAX, clock.FLOOR_STEP_S_MAX) == (15 * 60, 30 * 86_400)
    assert clock.SPENT_MAX == 64


def test_example_of_a_signed_request_is_what_we_send(written: str) -> None:
    headers = {"content-type": "application/x-ndjson", "content-encoding": "gzip"}
    request = Request(method="POST", path="/", headers=headers, body=b"x")
    added = sign_request(
        request,
        key=SigningKey(bytes(ISSUER)),
        key_id="terminal-0007",
        now=UnixSeconds(1_800_000_000),
    )
    assert f"Signature-Input: {added['signature-input']}\n" in section(written, "Requests")
