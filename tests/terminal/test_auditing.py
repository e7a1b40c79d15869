"""What `scan-terminal verify` knows by a folder on this machine."""

from pathlib import Path

import pytest

from protocol.trust_folder import KEYS_PATH
from terminal.auditing import Auditor, judgement_members
from terminal.errors import UsageError
from tests.support.cards import (
    ISSUER,
    NOW,
    STATUS_INDEX,
    SUBJECT,
    holder_part,
    issuer_claims,
    issuer_part,
    kid,
    text,
)
from tests.support.lists import array_of, changes_of, delta
from tests.support.publishing import FILES, Folder
from tests.support.trust import CITY, LIST_NAME, judged, status_list, status_token, world
from verifier.model import UnixSeconds, Verdict
from verifier.reasons import Reason

CARD = text(issuer_part(issuer_claims()))
PLACE = STATUS_INDEX % (1 << 20)
DELTA = LIST_NAME.replace(".cwt", ".delta")
BASE = bytes(1 << 18)
CHANGE = delta(
    BASE,
    array_of({PLACE: 1}, bits=2, entries=1 << 20),
    changes_of([(PLACE, 1)], bits=2),
)


def auditor(folder: Path, files: dict[str, bytes]) -> Auditor:
    for path, octets in (FILES | files).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(octets)
    return Auditor(folder, now=UnixSeconds(NOW), profile=None)


def test_delta_beside_a_list_is_applied(tmp_path: Path) -> None:
    known = auditor(tmp_path, {LIST_NAME: status_token(BASE), DELTA: CHANGE})
    assert known.problems == []
    assert known.judge(CARD).decision.reason is Reason.REVOKED


def test_delta_of_another_base_is_told_and_the_list_stays(tmp_path: Path) -> None:
    known = auditor(tmp_path, {LIST_NAME: status_token(BASE, claims={6: NOW - 5}), DELTA: CHANGE})
    assert known.judge(CARD).decision.reason is None
    (problem,) = known.problems
    assert problem.startswith(f"{DELTA}: ")
    assert known.judge(CARD).verification.ages.status_s == 5


def copied(folder: Path, *without: str) -> Path:
    """Return a published folder, copied without some of its targets."""
    published = Folder()
    published.files |= {LIST_NAME: status_token(BASE), DELTA: CHANGE}
    published.publish()
    published.write(folder)
    for path in without:
        place_of(folder, path).unlink()
    return folder


def place_of(folder: Path, path: str) -> Path:
    above, _, name = path.rpartition("/")
    (place,) = (folder / "targets" / above).glob(f"*.{name}")
    return place


def audited(folder: Path, *, now: int = NOW) -> Auditor:
    return Auditor(folder, now=UnixSeconds(now), profile=None)


@pytest.mark.parametrize("below", [".", "tuf", "folder/tuf"])
def test_published_folder_is_read_by_its_metadata(tmp_path: Path, below: str) -> None:
    copied(tmp_path / below)
    known = audited(tmp_path)
    assert known.problems == []
    assert known.judge(CARD).decision.reason is Reason.REVOKED


def test_lists_of_a_published_folder_are_as_young_as_its_timestamp(tmp_path: Path) -> None:
    copied(tmp_path)
    known = audited(tmp_path, now=NOW + 7)
    assert known.judge(CARD).verification.ages.status_s == 7


def test_published_folder_that_is_past_its_expiry_is_read_and_told(tmp_path: Path) -> None:
    copied(tmp_path)
    known = audited(tmp_path, now=NOW + 40 * 86_400)
    assert "the metadata of timestamp is past its expiry" in known.problems


@pytest.mark.parametrize("lost", [(DELTA,), (LIST_NAME,), (DELTA, LIST_NAME)])
def test_half_a_copy_calls_no_card_valid(tmp_path: Path, lost: tuple[str, ...]) -> None:
    """The delta that is missing is the one that revokes the card."""
    known = audited(copied(tmp_path, *lost))
    assert known.judge(CARD).decision.reason is Reason.STATUS_LIST_UNKNOWN
    assert all(any(problem.startswith(f"{path}: ") for problem in known.problems) for path in lost)


@pytest.mark.parametrize("tail", [b"\0", b""])
def test_file_that_is_not_as_named_counts_as_missing(tmp_path: Path, tail: bytes) -> None:
    place_of(copied(tmp_path), DELTA).write_bytes(CHANGE[: -1 if not tail else None] + tail)
    assert audited(tmp_path).judge(CARD).decision.reason is Reason.STATUS_LIST_UNKNOWN


def test_file_that_no_metadata_names_is_not_read(tmp_path: Path) -> None:
    """A copy of the base stayed behind under another name, and the delta was lost."""
    copied(tmp_path, DELTA)
    (tmp_path / "targets" / "status" / "copy.cwt").write_bytes(status_token(BASE))
    assert audited(tmp_path).judge(CARD).decision.reason is Reason.STATUS_LIST_UNKNOWN


@pytest.mark.parametrize("damage", ["gone", "altered"])
def test_keys_that_are_not_as_named_are_not_believed(tmp_path: Path, damage: str) -> None:
    """They may be of a day before one of them was taken out."""
    place = place_of(copied(tmp_path), KEYS_PATH)
    place.write_bytes(FILES[KEYS_PATH] + b"\n")
    if damage == "gone":
        place.unlink()
    with pytest.raises(UsageError, match="copy the folder again"):
        audited(tmp_path)


@pytest.mark.parametrize("name", ["1.root.json", "timestamp.json", "3.snapshot.json"])
@pytest.mark.parametrize("damage", ["gone", "altered"])
def test_published_folder_without_sound_metadata_is_refused(
    tmp_path: Path, name: str, damage: str
) -> None:
    place = copied(tmp_path) / "metadata" / name
    octets = place.read_bytes()
    place.unlink()
    if damage == "altered":
        place.write_bytes(octets.replace(b'"version":', b'"version":1'))
    with pytest.raises(UsageError, match="copy the folder again"):
        audited(tmp_path)


def test_profile_of_a_published_folder_is_found(tmp_path: Path) -> None:
    known = Auditor(copied(tmp_path), now=UnixSeconds(NOW), profile="gate")
    assert known.judge(CARD).decision.reason is Reason.REVOKED


def test_folder_that_is_called_like_a_list_is_none(tmp_path: Path) -> None:
    (tmp_path / "status" / "old.cwt").mkdir(parents=True)
    assert auditor(tmp_path, {}).problems == []


@pytest.mark.parametrize(("asked", "reason"), [("audience", "P.AUD"), ("challenge", "P.CHL")])
def test_what_only_a_lane_can_judge_is_never_granted(
    tmp_path: Path, asked: str, reason: str
) -> None:
    profile = f'entry_type = "passage"\nstatic = "grant"\n{asked} = "required"\n'
    auditor(tmp_path, {"policy/profiles/vault.toml": profile.encode()})
    known = Auditor(tmp_path, now=UnixSeconds(NOW), profile="vault")
    decision = known.judge(CARD).decision
    assert (decision.verdict, decision.reason and decision.reason.value) == (Verdict.REFER, reason)


# What is told of a judgement.


def told_of(code: bytes, *, age_s: int = 0) -> dict[str, object]:
    known = world(lists=[status_list(issued_at=NOW - age_s)])
    return judgement_members("the code", judged(code, known, lane=None))


def test_everything_that_a_credential_says_is_told() -> None:
    told = told_of(text(holder_part(None, {3: "gate-1", 6: NOW - 1, 39: b"8 octets"})))
    assert told["credential"] == {
        "issuer": CITY,
        "kid": kid(ISSUER).hex(),
        "subject": SUBJECT.hex(),
        "types": 3,
        "capabilities": ["health-pass", "government", "door"],
        "nbf": NOW - 86_400,
        "exp": NOW + 86_400,
        "status": STATUS_INDEX,
        "iat": NOW - 1,
        "aud": "gate-1",
        "cnonce": b"8 octets".hex(),
    }
    assert (told["code"], told["format"]) == ("the code", "cc1")
    assert (told["verdict"], told["reason"]) == ("grant", None)
    printed = told_of(CARD)["credential"]
    assert isinstance(printed, dict)
    assert (printed["iat"], printed["aud"], printed["cnonce"]) == (None, None, None)


def test_every_outcome_of_a_check_is_told_with_what_belongs_to_it() -> None:
    stale = told_of(CARD, age_s=5_000)["checks"]
    assert isinstance(stale, list)
    assert [check["n"] for check in stale] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert stale[0] == {"n": 1, "name": "form", "outcome": "PASSED"}
    assert stale[6] == {"n": 7, "name": "status", "outcome": "STALE", "age_s": 5_000}
    assert stale[7]["outcome"] == "SKIPPED"
    assert set(stale[7]) == {"n", "name", "outcome", "why"}
    junk = told_of(b"CC1:junk")
    assert (junk["format"], junk["credential"]) == (None, None)
    checks = junk["checks"]
    assert isinstance(checks, list)
    assert checks[0] == {"n": 1, "name": "form", "outcome": "FAILED", "reason": "D.B45"}
    assert [check["outcome"] for check in checks[1:]] == ["SKIPPED"] * 7


def test_nobody_is_named_as_issuer_of_what_is_not_proven() -> None:
    forged = told_of(text(issuer_part(signature=bytes(64))))["credential"]
    assert isinstance(forged, dict)
    assert forged["issuer"] is None
