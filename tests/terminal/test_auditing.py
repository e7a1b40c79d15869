"""What `scan-terminal verify` knows by a folder on this machine."""

from pathlib import Path

import pytest

from protocol.trust_index import INDEX_PATH, KEYS_PATH
from terminal.auditing import Auditor
from terminal.errors import UsageError
from tests.support.cards import NOW, STATUS_INDEX, issuer_claims, issuer_part, text
from tests.support.lists import array_of, changes_of, delta
from tests.support.publishing import FILES, Folder
from tests.support.trust import LIST_NAME, status_token
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


def with_index(folder: Path, index: bytes, *without: str) -> Auditor:
    """Return an auditor of a copy in which some files are missing."""
    auditor(folder, {LIST_NAME: status_token(BASE), DELTA: CHANGE, INDEX_PATH: index})
    for path in without:
        (folder / path).unlink()
    return Auditor(folder, now=UnixSeconds(NOW), profile=None)


INDEX = Folder(files={**FILES, LIST_NAME: status_token(BASE), DELTA: CHANGE}).index()


def test_copy_that_is_what_its_index_says_is_used(tmp_path: Path) -> None:
    known = with_index(tmp_path, INDEX)
    assert known.problems == []
    assert known.judge(CARD).decision.reason is Reason.REVOKED


@pytest.mark.parametrize("lost", [(DELTA,), (LIST_NAME,), (DELTA, LIST_NAME)])
def test_half_a_copy_calls_no_card_valid(tmp_path: Path, lost: tuple[str, ...]) -> None:
    """The delta that is missing is the one that revokes the card."""
    known = with_index(tmp_path, INDEX, *lost)
    assert known.judge(CARD).decision.reason is Reason.STATUS_LIST_UNKNOWN
    assert all(any(problem.startswith(f"{path}: ") for problem in known.problems) for path in lost)


def test_file_that_is_not_the_index_says_counts_as_missing(tmp_path: Path) -> None:
    (tmp_path / LIST_NAME).parent.mkdir(parents=True)
    with_index(tmp_path, INDEX)
    (tmp_path / DELTA).write_bytes(CHANGE + b"\0")
    known = Auditor(tmp_path, now=UnixSeconds(NOW), profile=None)
    assert known.judge(CARD).decision.reason is Reason.STATUS_LIST_UNKNOWN


def test_list_that_the_index_does_not_name_calls_no_card_valid(tmp_path: Path) -> None:
    """A copy of the base stayed behind under another name, and the delta was lost."""
    (tmp_path / "status").mkdir(parents=True)
    (tmp_path / "status" / "copy.cwt").write_bytes(status_token(BASE))
    known = with_index(tmp_path, INDEX, DELTA)
    assert known.judge(CARD).decision.reason is Reason.STATUS_LIST_UNKNOWN
    assert "status/copy.cwt: the index does not name it" in known.problems


def test_folder_that_is_called_like_a_list_is_none(tmp_path: Path) -> None:
    (tmp_path / "status" / "old.cwt").mkdir(parents=True)
    assert auditor(tmp_path, {}).problems == []


def test_keys_that_are_not_the_indexs_are_not_believed(tmp_path: Path) -> None:
    """They may be of a day before one of them was taken out."""
    with_index(tmp_path, INDEX)
    (tmp_path / KEYS_PATH).write_bytes(FILES[KEYS_PATH] + b"\n")
    with pytest.raises(UsageError, match="copy the folder again"):
        Auditor(tmp_path, now=UnixSeconds(NOW), profile=None)


def test_index_that_is_none_is_told(tmp_path: Path) -> None:
    known = with_index(tmp_path, b"nonsense")
    assert known.judge(CARD).decision.reason is Reason.REVOKED
    assert any(problem.endswith("another title") for problem in known.problems)


def test_folder_of_a_centre_is_found(tmp_path: Path) -> None:
    auditor(tmp_path / "folder", {})
    assert Auditor(tmp_path, now=UnixSeconds(NOW), profile=None).problems == []


@pytest.mark.parametrize(("asked", "reason"), [("audience", "P.AUD"), ("challenge", "P.CHL")])
def test_what_only_a_lane_can_judge_is_never_granted(
    tmp_path: Path, asked: str, reason: str
) -> None:
    profile = f'entry_type = "passage"\nstatic = "grant"\n{asked} = "required"\n'
    auditor(tmp_path, {"policy/profiles/vault.toml": profile.encode()})
    known = Auditor(tmp_path, now=UnixSeconds(NOW), profile="vault")
    decision = known.judge(CARD).decision
    assert (decision.verdict, decision.reason and decision.reason.value) == (Verdict.REFER, reason)
