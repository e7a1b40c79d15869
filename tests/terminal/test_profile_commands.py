"""`profile check|schema|show` as scripts and people meet them."""

import json
from pathlib import Path

import pytest

from protocol.profile_file.schema import profile_schema
from terminal.commands import profiles
from terminal.errors import UsageError
from tests.conftest import ROOT
from tests.terminal.test_settings import CENTRE

GATE = ROOT / "central" / "profiles" / "gate.toml"


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.toml"
    path.write_text('entry_type = "passage"\nopen_ms = -1\noepn_ms = 5\n')
    return path


def test_good_file_is_ok_and_the_command_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert profiles.check([GATE]) == 0
    assert capsys.readouterr().out == f"{GATE}: ok\n"


def test_every_fault_stands_on_a_line_with_its_path_in_both_languages(
    bad: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert profiles.check([bad]) == 1
    first, *lines = capsys.readouterr().out.splitlines()
    assert first == f"{bad}: 2 faults"
    assert lines[0] == "  oepn_ms: no setting is called so; did you mean open_ms?"
    assert lines[2] == "  open_ms: must be a whole number, 0 to 86400000, and is -1"
    assert lines[3] == "    应为 0 到 86400000 的整数，现在是 -1"


def test_one_bad_file_among_good_ones_is_exit_1(
    bad: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert profiles.check([GATE, bad, GATE], as_json=True) == 1
    told = [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]
    assert [each["ok"] for each in told] == [True, False, True]
    assert [fault["path"] for fault in told[1]["faults"]] == ["oepn_ms", "open_ms"]
    assert set(told[1]["faults"][0]) == {"path", "en", "zh"}


def test_what_is_unwise_is_advice_and_exit_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "door.toml"
    path.write_text('entry_type = "passage"\nattended = false\n')
    assert profiles.check([path]) == 0
    assert "  advice: attended: is false" in capsys.readouterr().out


def test_file_that_is_not_there_is_a_fault_of_the_world(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        profiles.check([tmp_path / "none.toml"])


def test_schema_is_printed_whole(capsys: pytest.CaptureFixture[str]) -> None:
    profiles.schema()
    assert json.loads(capsys.readouterr().out) == profile_schema()


def test_file_is_shown_in_both_languages(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    profiles.show(str(GATE), as_json=True)
    told = json.loads(capsysbinary.readouterr().out)
    assert told["name"] == "gate"
    assert {"en": "The card must carry health-pass.", "zh": "卡上须有用途 health-pass。"} in told[
        "sentences"
    ]


def test_text_tells_english_first_and_chinese_below(capsys: pytest.CaptureFixture[str]) -> None:
    profiles.show(str(GATE))
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["gate", "  It lets people through."]
    assert "  放人通行。" in lines


def test_profile_that_is_not_held_is_told_with_what_to_do(tmp_path: Path) -> None:
    settings = tmp_path / "terminal.toml"
    settings.write_text(f'[terminal]\nstate = "{tmp_path / "state"}"\n{CENTRE}')
    with pytest.raises(UsageError, match=r"no profile gate is held here .*sync first"):
        profiles.show("gate", settings)
