"""What of the proof can be held without a machine, so that it does not rot between two runs."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import TypeAdapter

from drivers.hid.scanned_data import scanner_layout
from terminal.devices.scanners import ScannerSettings
from tests.conftest import ROOT
from tests.proof import picture

GUEST = ROOT / "tests" / "proof" / "guest"


@pytest.fixture
def guest(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the guest's program, imported as it is there."""
    monkeypatch.syspath_prepend(str(GUEST))
    spec = importlib.util.spec_from_file_location("stage", GUEST / "stage.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("screen", "gadgets", "host"):
        sys.modules.pop(name)
    return module


def test_camera_looks_at_the_code_that_is_waited_for(guest: ModuleType) -> None:
    script = (ROOT / "scripts" / "proof-devices").read_text(encoding="utf-8")
    assert re.findall(r"^CODE='(.*)'$", script, re.MULTILINE) == [guest.CC1]


def test_picture_is_of_the_size_that_the_screen_has(guest: ModuleType) -> None:
    assert (picture.WIDTH, picture.HEIGHT) == (guest.screen.WIDTH, guest.screen.HEIGHT)
    assert len(picture.luma(guest.CC1)) == picture.WIDTH * picture.HEIGHT


def test_lanes_are_settings_of_the_terminal(guest: ModuleType) -> None:
    for table in guest.LANES.values():
        assert TypeAdapter(ScannerSettings).validate_python(table).kind == table["kind"]


def test_guests_point_of_sale_scanner_is_one(guest: ModuleType) -> None:
    assert scanner_layout(guest.POINT_OF_SALE).report_octets == 64


def test_rules_and_unit_that_are_installed_are_the_shipped_ones(guest: ModuleType) -> None:
    assert (ROOT / "systemd" / Path(guest.RULES).name).is_file()
    assert (ROOT / "systemd" / guest.UNIT).is_file()
