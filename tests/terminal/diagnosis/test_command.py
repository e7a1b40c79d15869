"""`doctor` as a person and a program meet it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from terminal.cli import app


def run(folder: Path, *more: str) -> tuple[int, str]:
    config = str(folder / "gone.toml")
    done = CliRunner().invoke(app, ["doctor", "--config", config, *more])
    return done.exit_code, done.stdout


@pytest.mark.parametrize(
    ("language", "begins", "says"),
    [
        ("en", "FAIL settings: ", ["cause: ", "remedy: "]),
        ("zh", "故障 settings: ", ["原因", "处理"]),
    ],
)
def test_person_reads_finding_cause_and_remedy(
    tmp_path: Path, language: str, begins: str, says: list[str]
) -> None:
    status, out = run(tmp_path, "--lang", language)
    assert status == 1
    first, *more = out.splitlines()
    assert first.startswith(begins)
    assert first.endswith("[settings.file]")
    assert all(word in line for word, line in zip(says, more, strict=True))


def test_program_reads_code_cause_and_remedy_in_the_language_it_asks_for(tmp_path: Path) -> None:
    told = [json.loads(run(tmp_path, "--json", "--lang", each)[1]) for each in ("en", "zh")]
    assert {each["code"] for each in told} == {"settings.file"}
    assert {each["level"] for each in told} == {"fail"}
    assert told[0]["what"] == told[1]["what"]
    assert told[0]["cause"] != told[1]["cause"]
    assert told[0]["remedy"] == "correct the file"
    assert "docs/settings.md" in told[1]["remedy"]


def test_language_that_nobody_speaks_here_is_bad_usage(tmp_path: Path) -> None:
    assert run(tmp_path, "--lang", "la")[0] == 2
