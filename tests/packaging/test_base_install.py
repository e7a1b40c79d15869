"""A base install: the terminal runs, and what belongs to an extra names it."""

import json
import subprocess
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from tests.packaging.installation import Installation

# The base point of edwards25519: a key that everybody knows, good for settings that go nowhere.
ROOT_KEY = urlsafe_b64encode(bytes([0x58] + [0x66] * 31)).rstrip(b"=").decode()


def _refused_in_one_line(done: subprocess.CompletedProcess[str]) -> str:
    """Return the line; the command must have ended with 2 and said nothing else."""
    assert done.returncode == 2, done
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


@pytest.fixture
def settings(tmp_path: Path) -> str:
    path = tmp_path / "terminal.toml"
    path.write_text(
        f'[terminal]\nstate = "{tmp_path / "state"}"\n'
        f'[centre]\nurl = "http://127.0.0.1:9"\ntrust_root = "{ROOT_KEY}"\n',
        encoding="utf-8",
    )
    return str(path)


@pytest.mark.parametrize("module", ["cryptography", "fastapi", "segno"])
def test_package_of_an_extra_is_not_installed(base: Installation, module: str) -> None:
    assert not base.has(module)


@pytest.mark.parametrize("program", ["scan-terminal", "scan-central"])
def test_help_works(base: Installation, program: str) -> None:
    done = base.run(program, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage: " in done.stdout


def test_run_without_settings_says_so(base: Installation) -> None:
    assert "missing.toml" in _refused_in_one_line(
        base.run("scan-terminal", "run", "--config", "missing.toml")
    )


def test_run_before_enrolment_says_what_to_do(base: Installation, settings: str) -> None:
    line, status = base.first_words("scan-terminal", "run", "--config", settings)
    assert "not enrolled" in line
    assert "scan-terminal enrol --arm" in line
    assert status == 0


@pytest.mark.parametrize("command", ["demo", "bench"])
def test_command_of_the_demo_names_its_extra(base: Installation, command: str) -> None:
    assert "scan-terminal[demo]" in _refused_in_one_line(base.run("scan-terminal", command))


def test_bench_of_the_centre_names_its_extras(base: Installation) -> None:
    line = _refused_in_one_line(base.run("scan-central", "bench"))
    assert "scan-terminal[demo,postgres]" in line


def test_centre_serves_only_with_its_extra(base: Installation, tmp_path: Path) -> None:
    made = base.run("scan-central", "init", "--dir", str(tmp_path / "centre"), "--json")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["trust_root"]
    served = base.run("scan-central", "serve", "--dir", str(tmp_path / "centre"), "--port", "0")
    assert "scan-terminal[central]" in _refused_in_one_line(served)
