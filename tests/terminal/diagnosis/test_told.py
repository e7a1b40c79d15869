"""What the doctor makes of a daemon's own report."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from offline_cache.trust_store import TrustStore
from protocol.keys import to_base64url
from terminal.diagnosis.daemon import told_by_daemon
from terminal.diagnosis.ground import Ground
from terminal.diagnosis.knowledge import look_at_trust
from terminal.diagnosis.libraries import look_at_families
from terminal.settings import CentreSettings, Settings, TerminalSettings
from terminal.timekeeping import system_now
from tests.support.cards import NOW
from tests.support.packages import install
from tests.support.publishing import Folder
from verifier.formats import BUILT_IN
from verifier.model import UnixSeconds

FAR = {"source": "trust-index", "date": 4_070_908_800}  # 2099
GATE: dict[str, Any] = {
    "name": "gate-1",
    "trouble": "",
    "freshness": None,
    "counts": {"frames": 9, "decode_forbidden": 0, "decode_crashed": 2},
}
OLD = {"keys": {"age_s": 9, "state": "fresh"}, "status": {"age_s": 7_200, "state": "stale"}}
OVER = {"keys": {"age_s": 8_000_000, "state": "expired"}}
WELL: dict[str, Any] = {
    "clock": {"quality": "trusted", "state": "synchronised", "far": None},
    "journal": {"fault": None},
    "sync": {"state": "working", "detail": ""},
    "lanes": [GATE],
}


def levels(**changed: Any) -> dict[str, str]:
    state = deepcopy(WELL) | changed
    return {finding.check: finding.level for finding in told_by_daemon(state)}


@pytest.mark.parametrize(
    ("state", "says"), [("out-of-service", "serves by itself"), ("idle", "serves meanwhile")]
)
def test_a_lane_that_serves_without_its_printer_is_not_told_to_stand_still(
    state: str, says: str
) -> None:
    lane = GATE | {"state": state, "trouble": "the printer is out of paper"}
    (found,) = [each for each in told_by_daemon(WELL | {"lanes": [lane]}) if each.level == "fail"]
    assert says in found.remedy


def test_a_daemon_that_is_well_gives_no_cause_for_a_remedy() -> None:
    assert levels() == {"sync": "ok"}


@pytest.mark.parametrize(
    ("changed", "check", "level"),
    [
        ({"clock": {"quality": "untrusted", "state": "behind", "far": None}}, "clock", "fail"),
        ({"clock": {"quality": "untrusted", "state": "jumped", "far": None}}, "clock", "fail"),
        ({"clock": WELL["clock"] | {"far": FAR}}, "clock", "warn"),
        ({"journal": {"fault": "the disk is full"}}, "journal", "fail"),
        ({"sync": {"state": "backing-off", "detail": "no connection"}}, "sync", "warn"),
        ({"sync": {"state": "refused", "detail": "suspended"}}, "sync", "fail"),
        ({"sync": {"state": "halted", "detail": "fork"}}, "sync", "fail"),
        ({"lanes": [{"name": "gate-1", "trouble": "relay away"}]}, "lane gate-1", "fail"),
        ({"lanes": [GATE | {"freshness": OLD}]}, "lane gate-1", "warn"),
        ({"lanes": [GATE | {"freshness": OVER}]}, "lane gate-1", "fail"),
        ({"lanes": [GATE | {"counts": {"decode_forbidden": 1}}]}, "lane gate-1", "warn"),
        ({"lanes": [GATE | {"counts": {"capture_forbidden": 9}}]}, "lane gate-1", "warn"),
    ],
)
def test_what_only_the_daemon_knows_is_told_with_its_remedy(
    changed: dict[str, Any], check: str, level: str
) -> None:
    assert levels(**changed)[check] == level
    findings = list(told_by_daemon(deepcopy(WELL) | changed))
    assert all(finding.remedy for finding in findings if finding.level != "ok")


def with_families(*names: str) -> Ground:
    centre = CentreSettings(url="http://127.0.0.1:9")
    settings = Settings(centre=centre, terminal=TerminalSettings(families=names))
    return Ground(config=Path("/nowhere"), settings=settings)


def test_families_that_can_be_had_are_named() -> None:
    (found,) = look_at_families(with_families())
    assert (found.check, found.level, found.remedy) == ("families", "ok", "")
    assert found.what == ", ".join(family.name for family in BUILT_IN)


def test_family_that_can_not_be_had_is_told_with_its_cause_and_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(
        install(tmp_path / "site", module="mycity_broken", source="raise OSError('no card')")
    )
    (found,) = look_at_families(with_families("mycity"))
    assert (found.check, found.level) == ("families", "fail")
    assert "brought by mycity-scan, can't be loaded (OSError: no card)" in found.what
    assert "terminal.families" in found.remedy


@pytest.mark.parametrize(("ahead_s", "level"), [(-9, "ok"), (20, "ok"), (90, "fail")])
def test_trust_dated_ahead_of_the_clock_is_no_young_one(
    tmp_path: Path, ahead_s: int, level: str
) -> None:
    """Whoever has the timestamp key dates as he likes, and no age tells it."""
    folder = Folder()
    folder.publish(issued_at=system_now() + ahead_s)
    TrustStore(tmp_path / "trust", folder.pinned).accept(folder, now=UnixSeconds(NOW))
    centre = CentreSettings(url="http://127.0.0.1:9", trust_root=to_base64url(folder.pinned))
    settings = Settings(centre=centre, terminal=TerminalSettings(state=str(tmp_path)))
    (found,) = look_at_trust(Ground(config=tmp_path, settings=settings))
    assert (found.check, found.level) == ("trust", level)
    assert "-" not in found.what.partition(",")[2].partition("s old")[0]


def test_daemon_that_waits_to_be_enrolled_says_so_and_nothing_else() -> None:
    state = {"enrolled": False, "enrolment": {"en": "not enrolled yet"}, "lanes": []}
    (found,) = told_by_daemon(state)
    assert (found.code, found.level) == ("daemon.unenrolled", "fail")
    assert "enrol --arm" in found.remedy
