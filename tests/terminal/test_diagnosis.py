"""What the doctor makes of a daemon's own report."""

from copy import deepcopy
from typing import Any

import pytest

from terminal.diagnosis import told_by_daemon

WELL: dict[str, Any] = {
    "clock": {"quality": "trusted"},
    "journal": {"fault": None},
    "sync": {"state": "working", "detail": ""},
    "lanes": [{"name": "gate-1", "trouble": ""}],
}


def levels(**changed: Any) -> dict[str, str]:
    state = deepcopy(WELL) | changed
    return {finding.check: finding.level for finding in told_by_daemon(state)}


def test_a_daemon_that_is_well_gives_no_cause_for_a_remedy() -> None:
    assert levels() == {"sync": "ok"}


@pytest.mark.parametrize(
    ("changed", "check", "level"),
    [
        ({"clock": {"quality": "untrusted"}}, "clock", "fail"),
        ({"journal": {"fault": "the disk is full"}}, "journal", "fail"),
        ({"sync": {"state": "backing-off", "detail": "no connection"}}, "sync", "warn"),
        ({"sync": {"state": "refused", "detail": "suspended"}}, "sync", "fail"),
        ({"sync": {"state": "halted", "detail": "fork"}}, "sync", "fail"),
        ({"lanes": [{"name": "gate-1", "trouble": "relay away"}]}, "lane gate-1", "fail"),
    ],
)
def test_what_only_the_daemon_knows_is_told_with_its_remedy(
    changed: dict[str, Any], check: str, level: str
) -> None:
    assert levels(**changed)[check] == level
    findings = list(told_by_daemon(deepcopy(WELL) | changed))
    assert all(finding.remedy for finding in findings if finding.level != "ok")
