"""The rules by what can be said without udev; `make proof-devices` has udev itself take them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from drivers.hid.scanned_data import scanner_layout
from tests.conftest import ROOT

RULES = ROOT / "systemd" / "70-scan-terminal.rules"
LINES = [
    line
    for line in RULES.read_text(encoding="ascii").splitlines()
    if line and not line.startswith("#")
]
# udev(7): a key, perhaps an attribute, an operator, a quoted value.
PAIR = re.compile(r'([A-Z]+(?:\{[^{}"]+\})?)(==|!=|\+=|:=|=)"((?:[^"\\]|\\.)*)"')
MATCHES = {"ACTION", "SUBSYSTEM", "SUBSYSTEMS", "KERNEL", "ATTRS", "PROGRAM", "ENV"}
ASSIGNMENTS = {"ENV", "GROUP", "MODE", "SYMLINK", "GOTO", "LABEL", "IMPORT", "OPTIONS"}


def pairs(line: str) -> list[tuple[str, str, str]]:
    found = [match.groups() for match in PAIR.finditer(line)]
    assert ", ".join(f'{key}{sign}"{value}"' for key, sign, value in found) == line
    return [(key, sign, value) for key, sign, value in found]


@pytest.mark.parametrize("line", LINES)
def test_line_is_of_keys_that_udev_knows(line: str) -> None:
    for key, sign, _value in pairs(line):
        name = key.partition("{")[0]
        # The program is a match by its exit status, whichever sign it carries.
        assert name in (MATCHES if sign in {"==", "!="} else ASSIGNMENTS)


def values(key: str) -> list[str]:
    return [value for line in LINES for name, _, value in pairs(line) if name == key]


def test_every_jump_goes_forward_to_its_label() -> None:
    for place, line in enumerate(LINES):
        for key, _, value in pairs(line):
            if key == "GOTO":
                below = [pair for later in LINES[place + 1 :] for pair in pairs(later)]
                assert ("LABEL", "=", value) in below, f"{value} is not below line {place}"


def test_makers_are_numbers_as_the_kernel_writes_them_and_named_once() -> None:
    makers = [each for value in values("ATTRS{idVendor}") for each in value.split("|")]
    products = [each for value in values("ATTRS{idProduct}") for each in value.split("|")]
    assert len(set(makers)) == len(makers)
    assert all(re.fullmatch(r"[0-9a-f]{4}", each) for each in makers + products)


def test_nodes_are_their_groups_alone() -> None:
    assert set(values("GROUP")) == {"scan-terminal"}
    assert set(values("MODE")) == {"0660"}


@pytest.mark.skipif(shutil.which("grep") is None, reason="there is no grep here")
@pytest.mark.parametrize(
    ("descriptor", "is_scanner"),
    [
        ("058c0902a101 8501 7508 9510 09fe 8102 c0", True),
        ("05010906a101 7508 9508 8102 c0", False),  # a keyboard
        ("05010902a101 058c0902a101 c0c0", False),  # not its first collection
        ("058c0901a101 c0", False),  # a badge reader
    ],
)
def test_program_knows_a_scanner_by_its_description(
    descriptor: str,
    is_scanner: bool,  # noqa: FBT001  # a row's verdict
    tmp_path: Path,
) -> None:
    (program,) = values("PROGRAM")
    octets = bytes.fromhex(descriptor)
    if is_scanner:
        assert scanner_layout(octets).reports
    (tmp_path / "device").mkdir()
    (tmp_path / "device" / "report_descriptor").write_bytes(octets)
    command = program.replace("/sys%p", str(tmp_path))
    done = subprocess.run(["/bin/sh", "-c", command], check=False)
    assert (done.returncode == 0) is is_scanner


def _verifies() -> bool:
    """Return whether there is a udevadm that has `verify`: systemd 254 or later."""
    udevadm = shutil.which("udevadm")
    if udevadm is None:
        return False
    told = subprocess.run([udevadm, "--version"], check=True, capture_output=True, text=True)
    return int(told.stdout.split()[0]) >= 254


@pytest.mark.skipif(not _verifies(), reason="udevadm of systemd 254 or later is not here")
def test_udev_itself_takes_them(tmp_path: Path) -> None:
    # It complains of a group that this machine does not have.
    rules = RULES.read_text(encoding="ascii").replace('"scan-terminal"', '"root"')
    path = tmp_path / RULES.name
    path.write_text(rules, encoding="ascii")
    subprocess.run(["udevadm", "verify", str(path)], check=True)  # noqa: S607  # whichever is here
