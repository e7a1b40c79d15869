"""The settings change in one step or not at all."""

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.diagnosis.scanner.writing import BACKUPS_MAX, inline, write_scanner
from terminal.errors import SettingsError, UsageError
from terminal.settings import load_settings

SERIAL = {"kind": "serial", "port": "/dev/ttyS0"}
TABLES = """
[[lane]]
name = "gate-2"
profile = "gate"
[lane.scanner]
kind = "serial"  # the old one
port = "/dev/ttyS7"
aim = "strip"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "etc" / "terminal.toml"
    path.parent.mkdir()
    path.write_text(
        f'centre = {{ url = "http://127.0.0.1:9", trust_root = "{"A" * 43}" }}\n'
        '[[lane]]\nname = "gate-1"  # the left one\nprofile = "gate"\n'
        'scanner = { kind = "serial", port = "/dev/ttyS0" }  # mended twice\n' + TABLES
    )
    path.chmod(0o640)
    return path


def listed(config: Path) -> list[str]:
    return sorted(each.name for each in config.parent.iterdir())


def test_table_that_would_not_load_is_not_written(config: Path) -> None:
    before = config.read_bytes()
    with pytest.raises(SettingsError, match=r"not written.*terminal\.toml: lane\.1\.scanner\.baud"):
        write_scanner(config, "gate-1", {**SERIAL, "baud": 7})
    assert config.read_bytes() == before
    assert listed(config) == ["terminal.toml"]


def test_lane_that_is_not_there_is_told(config: Path) -> None:
    with pytest.raises(UsageError, match="no lane gate-9"):
        write_scanner(config, "gate-9", SERIAL)
    assert listed(config) == ["terminal.toml"]


def test_comments_mode_and_the_other_lane_stay(config: Path) -> None:
    before = config.read_bytes()
    framing = {"kind": "delimited", "suffixes": ["ETX"]}
    kept = write_scanner(config, "gate-1", {**SERIAL, "baud": 9_600, "framing": framing})
    assert kept.read_bytes() == before
    text = config.read_text()
    assert "# the left one" in text
    assert "# mended twice" in text
    assert TABLES in text
    assert config.stat().st_mode & 0o777 == 0o640
    lane = load_settings(config).lane[0]
    assert lane.scanner.model_dump(exclude_unset=True)["baud"] == 9_600


def test_table_of_several_lines_loses_what_is_advised_no_more(config: Path) -> None:
    write_scanner(config, "gate-2", {"kind": "serial", "port": "/dev/ttyS7", "eci": True})
    text = config.read_text()
    assert "# the old one" in text
    assert "aim" not in text
    assert tomllib.loads(text)["lane"][1]["scanner"]["eci"] is True


def test_each_older_file_is_kept_until_there_are_too_many(config: Path) -> None:
    for number in (1, 2):
        kept = write_scanner(config, "gate-1", {**SERIAL, "bytes_min": number})
        assert kept.name == f"terminal.toml.before-{number}"
    for number in range(3, BACKUPS_MAX + 1):
        config.with_name(f"terminal.toml.before-{number}").touch()
    before = config.read_bytes()
    with pytest.raises(UsageError, match="remove old ones"):
        write_scanner(config, "gate-1", SERIAL)
    assert config.read_bytes() == before
    assert not [name for name in listed(config) if name.startswith(".")]


def test_link_stays_a_link_and_what_it_leads_to_is_changed(config: Path, tmp_path: Path) -> None:
    link = tmp_path / "terminal.toml"
    link.symlink_to(config)
    write_scanner(link, "gate-1", {**SERIAL, "eci": True})
    assert link.is_symlink()
    assert "eci = true" in config.read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_owner_stays(config: Path) -> None:
    os.chown(config, 65_534, 65_534)
    write_scanner(config, "gate-1", {**SERIAL, "eci": True})
    found = config.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (65_534, 65_534, 0o640)


values = st.recursive(
    st.booleans() | st.integers(-(2**31), 2**31) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.from_regex(r"\A[a-z_]{1,8}\Z"), inner)
    ),
    max_leaves=8,
)


@pytest.mark.slow
@given(values)
def test_value_on_one_line_is_read_back_as_it_was(value: object) -> None:
    assert tomllib.loads(f"x = {inline(value)}") == {"x": value}


def test_what_toml_can_not_say_is_a_bug() -> None:
    with pytest.raises(ValueError, match="no setting is a NoneType"):
        inline(None)
