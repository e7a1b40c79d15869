"""What `scan-terminal verify` knows by a folder on this machine."""

from pathlib import Path

from terminal.auditing import Auditor
from tests.support.cards import NOW, STATUS_INDEX, issuer_claims, issuer_part, text
from tests.support.lists import array_of, changes_of, delta
from tests.support.publishing import FILES
from tests.support.trust import LIST_NAME, status_token
from verifier.model import UnixSeconds
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
