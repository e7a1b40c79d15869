"""What the daemon tells the centre of lanes, devices and lists."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers.base import Condition, DeviceReport
from protocol.health import HEALTH_MEMBERS_MAX, HEALTH_OCTETS_MAX, read_telling
from terminal.lane_devices import Part
from terminal.lanes.machine import LaneState
from terminal.telling import FAULTS_TOLD_MAX, standing_of
from tests.support.cards import NOW
from tests.support.desks import open_desk
from verifier.model import UnixSeconds

_HOUR_S = 3_600


@dataclass
class ToldLane:
    name: str = "gate"
    profile_name: str = "gate"
    state: LaneState = LaneState.IDLE
    conditions: tuple[tuple[Part, DeviceReport], ...] = ()


def _report(condition: Condition, detail: str = "") -> DeviceReport:
    return DeviceReport(device="/dev/x", condition=condition, detail=detail)


def test_lane_that_does_well_tells_so(tmp_path: Path) -> None:
    lane = ToldLane(conditions=((Part.SCANNER, _report(Condition.UP)),))
    with open_desk(tmp_path / "journal") as desk:
        told = dict(standing_of(desk, [lane], UnixSeconds(NOW)))
    assert told.pop("version")
    assert told == {
        "lanes": 1,
        "lanes_out": 0,
        "scanners_down": 0,
        "scanners_poor": 0,
        "devices_down": 0,
        "lists": "fresh",
        "keys_age_s": 0,
        "status_age_s": 0,
    }


def test_faults_are_counted_by_what_they_are_and_told_in_words(tmp_path: Path) -> None:
    lane = ToldLane(
        state=LaneState.OUT_OF_SERVICE,
        conditions=(
            (Part.SCANNER, _report(Condition.DOWN, "sees nothing: is the lens covered?")),
            (Part.GATE, _report(Condition.DOWN)),
        ),
    )
    other = ToldLane(name="kiosk", conditions=((Part.SCANNER, _report(Condition.UP, "is small")),))
    with open_desk(tmp_path / "journal") as desk:
        told = standing_of(desk, [lane, other], UnixSeconds(NOW))
    counted = [told[name] for name in ("lanes_out", "scanners_down", "scanners_poor")]
    assert (counted, told["devices_down"]) == ([1, 1, 1], 1)
    assert [told[f"fault.{number}"] for number in (1, 2, 3)] == [
        "gate scanner: sees nothing: is the lens covered?",
        "gate gate: down",
        "kiosk scanner: is small",
    ]


@pytest.mark.parametrize(("hours", "lists"), [(1, "fresh"), (2, "stale"), (73, "expired")])
def test_lists_are_told_as_the_strictest_lane_sees_them(
    tmp_path: Path, hours: int, lists: str
) -> None:
    with open_desk(tmp_path / "journal") as desk:
        told = standing_of(desk, [ToldLane()], UnixSeconds(NOW + hours * _HOUR_S))
    assert (told["lists"], told["status_age_s"]) == (lists, hours * _HOUR_S)


def test_terminal_without_trust_has_no_lists(tmp_path: Path) -> None:
    with open_desk(tmp_path / "journal") as desk:
        desk.trust = None
        assert standing_of(desk, [ToldLane()], UnixSeconds(NOW))["lists"] == "none"


@pytest.mark.parametrize("text", ["é" * 999, "坏" * 999, "\ud800" * 999, "\x00" * 999, '"' * 999])
def test_many_long_faults_still_fit_into_a_checkpoint(tmp_path: Path, text: str) -> None:
    faults = ((Part.SCANNER, _report(Condition.DOWN, text)),)
    lanes = [ToldLane(name=f"lane-{n}", conditions=faults) for n in range(16)]
    with open_desk(tmp_path / "journal") as desk:
        told = dict(standing_of(desk, lanes, UnixSeconds(NOW)))
    assert f"fault.{FAULTS_TOLD_MAX}" in told
    assert f"fault.{FAULTS_TOLD_MAX + 1}" not in told
    body = json.dumps({"checkpoint": "", "health": told}, ensure_ascii=True).encode()
    assert len(told) <= HEALTH_MEMBERS_MAX
    assert len(json.dumps(told, ensure_ascii=False).encode()) <= HEALTH_OCTETS_MAX
    assert read_telling(body).health == told
