import os
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from drivers.hid.keymap import LAYOUTS
from drivers.hid.wedge import GAP_MS_MAX
from drivers.hid.wedge_framing import QUIET_MS
from terminal.devices.hid_pos import HidPosSettings
from terminal.devices.scanners import ScannerSettings
from terminal.devices.wedge import WedgeSettings

_ANY: TypeAdapter[Any] = TypeAdapter(ScannerSettings)


def test_kinds_are_known_by_their_names() -> None:
    wedge = _ANY.validate_python({"kind": "wedge", "device": "/dev/input/event3"})
    pos = _ANY.validate_python({"kind": "hid-pos", "device": "/dev/hidraw0"})
    assert isinstance(wedge, WedgeSettings)
    assert isinstance(pos, HidPosSettings)
    assert (wedge.port, pos.port) == ("/dev/input/event3", "/dev/hidraw0")


def test_defaults_of_the_settings_are_those_of_the_driver() -> None:
    assert WedgeSettings(kind="wedge", device="x").gap_ms_max == GAP_MS_MAX


def test_every_layout_can_be_chosen() -> None:
    assert set(get_args(WedgeSettings.model_fields["layout"].annotation)) == set(LAYOUTS)


@pytest.mark.parametrize("gap_ms_max", [1, QUIET_MS])
def test_every_gap_that_is_allowed_makes_a_driver(gap_ms_max: int) -> None:
    settings = WedgeSettings(kind="wedge", device="x", gap_ms_max=gap_ms_max, ends=())
    settings.make().stop()


def test_point_of_sale_settings_make_a_driver() -> None:
    HidPosSettings(kind="hid-pos", device="x", qr_only=True).make().stop()


@pytest.mark.parametrize(
    "changed",
    [{"gap_ms_max": 0}, {"gap_ms_max": 1_001}, {"ends": ["space"]}, {"layout": "dvorak"}],
)
def test_what_is_out_of_range_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _ANY.validate_python({"kind": "wedge", "device": "x"} | changed)


@pytest.mark.parametrize("kind", ["wedge", "hid-pos"])
def test_doctor_tells_a_missing_scanner_and_the_remedy(kind: str, tmp_path: Path) -> None:
    settings = _ANY.validate_python({"kind": kind, "device": str(tmp_path / "none")})
    (finding,) = settings.findings("lane gate-1")
    assert (finding.check, finding.level) == ("lane gate-1", "fail")
    assert "is not there" in finding.what
    assert finding.remedy


@pytest.mark.parametrize("kind", ["wedge", "hid-pos"])
def test_doctor_tells_a_node_of_another_kind(kind: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "node")
    settings = _ANY.validate_python({"kind": kind, "device": str(tmp_path / "node")})
    (finding,) = settings.findings("lane gate-1")
    assert finding.level == "fail"
    assert "is no" in finding.what
