"""`content check|schema|show` as scripts and people meet them."""

import json
from pathlib import Path

import pytest

from protocol.content.schema import content_schema
from terminal.commands import contents
from tests.conftest import ROOT
from verifier.errors import TrustError

EXAMPLE = ROOT / "docs" / "examples" / "content.json"


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.json"
    path.write_text(EXAMPLE.read_text().replace('"queue": "social"', '"queue": "x"'))
    return path


def test_good_pack_is_ok_and_the_command_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert contents.check([EXAMPLE]) == 0
    told = capsys.readouterr().out
    assert told == f"{EXAMPLE}: ok, 2 categories, 3 services, 2 queues, 1 checklists\n"


def test_fault_stands_with_its_path_in_both_languages(
    bad: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert contents.check([EXAMPLE, bad]) == 1
    _, *lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{bad}: 1 fault"
    assert lines[1].startswith("  services[0].queue: ")
    assert "不存在" in lines[2]


def test_programs_are_told_by_json(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert contents.check([bad], as_json=True) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["faults"][0]["path"]) == (False, "services[0].queue")


def test_schema_is_the_readers_own(capsys: pytest.CaptureFixture[str]) -> None:
    contents.schema()
    assert json.loads(capsys.readouterr().out) == content_schema()


def test_pack_is_shown_with_what_each_service_asks_for(
    bad: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contents.show(EXAMPLE)
    told = capsys.readouterr().out
    assert "senior-allowance  高龄津贴申领" in told
    assert "card queue=social subsidies" in told
    contents.show(EXAMPLE, as_json=True)
    assert json.loads(capsys.readouterr().out)["services"] == 3
    with pytest.raises(TrustError, match=r"services\[0\].queue"):
        contents.show(bad)
