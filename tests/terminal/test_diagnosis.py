"""What the doctor makes of a daemon's own report."""

import hashlib
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from protocol.keys import to_base64url
from terminal.diagnosis import _centre, _families, told_by_daemon
from terminal.settings import CentreSettings, Settings, TerminalSettings
from tests.support.middleman import Asked, Middleman, Told
from tests.support.packages import install
from verifier.formats import BUILT_IN

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


def with_families(*names: str) -> Settings:
    centre = CentreSettings(url="http://127.0.0.1:9", trust_root="")
    return Settings(centre=centre, terminal=TerminalSettings(families=names))


def test_families_that_can_be_had_are_named() -> None:
    found = _families(with_families())
    assert (found.check, found.level, found.remedy) == ("families", "ok", "")
    assert found.what == ", ".join(family.name for family in BUILT_IN)


def test_family_that_can_not_be_had_is_told_with_its_cause_and_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(
        install(tmp_path / "site", module="mycity_broken", source="raise OSError('no card')")
    )
    found = _families(with_families("mycity"))
    assert (found.check, found.level) == ("families", "fail")
    assert "brought by mycity-scan, can't be loaded (OSError: no card)" in found.what
    assert "terminal.families" in found.remedy


@pytest.mark.parametrize(
    ("files", "level", "told"),
    [
        ({"1.root.json": b"root", "timestamp.json": b"t"}, "ok", "answers"),
        ({"1.root.json": b"root"}, "fail", "publishes no trust"),
        ({"timestamp.json": b"t"}, "fail", "publishes no trust"),
        ({"1.root.json": b"anew", "timestamp.json": b"t"}, "fail", "another trust root"),
    ],
)
def test_centre_that_began_anew_is_told_from_one_that_publishes_nothing(
    files: dict[str, bytes], level: str, told: str
) -> None:
    def answer(asked: Asked) -> Told:
        body = files.get(asked.path.rpartition("/")[2])
        return Told(status=404) if body is None else Told(body=body)

    root = to_base64url(hashlib.sha256(b"root").digest())
    with Middleman(answer) as man:
        found = _centre(Settings(centre=CentreSettings(url=man.url, trust_root=root)))
    assert (found.check, found.level) == ("centre", level)
    assert told in found.what
    assert bool(found.remedy) == (level != "ok")
