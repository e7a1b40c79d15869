"""What is in the wheel and the sdist, and what the wheel says of itself."""

import subprocess
import tarfile
import tomllib
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from tests.conftest import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
WHEEL = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
STEM = f"{PROJECT['name'].replace('-', '_')}-{PROJECT['version']}"


@pytest.fixture(scope="module")
def wheel(proof: Path) -> zipfile.ZipFile:
    (path,) = (proof / "dist").glob("*.whl")
    assert path.name == f"{STEM}-py3-none-any.whl"
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    return message_from_bytes(wheel.read(f"{STEM}.dist-info/METADATA"))


def _files_below(*folders: str) -> set[str]:
    """Return the files of the checkout that git knows or would know."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *folders],  # noqa: S607  # whichever git cloned this
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return {name for name in listed.split("\0") if name and (ROOT / name).exists()}


def test_wheel_holds_the_packages_their_data_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    expected = _files_below(*WHEEL["packages"])
    for source, target in WHEEL["shared-data"].items():
        files = _files_below(source)
        assert files, f"{source} is shipped and empty"
        expected |= {f"{STEM}.data/data/{target}{name.removeprefix(source)}" for name in files}
    about = f"{STEM}.dist-info/"
    assert {name for name in wheel.namelist() if not name.startswith(about)} == expected


@pytest.mark.parametrize(
    "name",
    [
        "central/schema/sqlite/0001_begin.sql",
        "central/schema/postgresql/0001_begin.sql",
        "central/pages/site/index.html",
        "central/profiles/gate.toml",
        "terminal/wording/reasons.toml",
    ],
)
def test_data_read_at_run_time_is_in_the_wheel(wheel: zipfile.ZipFile, name: str) -> None:
    assert name in wheel.namelist()


# An operator who changes the alerts tries them by it (docs/operators.md).
FOR_OPERATORS = "share/scan-terminal/monitoring/alerts.test.yml"


def test_wheel_holds_no_test(wheel: zipfile.ZipFile) -> None:
    names = [name for name in wheel.namelist() if not name.endswith(FOR_OPERATORS)]
    assert [name for name in names if "test" in name.rpartition("/")[2]] == []
    assert [name for name in wheel.namelist() if "tests" in name.split("/")] == []


def test_license_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    assert f"{STEM}.dist-info/licenses/LICENSE" in wheel.namelist()


def test_metadata_says_what_pyproject_says(metadata: Message) -> None:
    assert metadata["Name"] == PROJECT["name"]
    assert metadata["Version"] == PROJECT["version"]
    assert metadata["Requires-Python"] == PROJECT["requires-python"]
    assert metadata["License-Expression"] == PROJECT["license"]
    assert set(metadata.get_all("Provides-Extra", [])) == set(PROJECT["optional-dependencies"])


def test_base_install_requires_only_the_dependencies(metadata: Message) -> None:
    required = metadata.get_all("Requires-Dist", [])
    base = [each for each in required if "extra ==" not in each]
    assert sorted(base) == sorted(PROJECT["dependencies"])


def test_sdist_holds_what_the_wheel_is_built_from(proof: Path) -> None:
    (path,) = (proof / "dist").glob("*.tar.gz")
    with tarfile.open(path) as sdist:
        names = set(sdist.getnames())
    sources = _files_below("pyproject.toml", "README.md", "LICENSE", *WHEEL["packages"])
    assert {f"{STEM}/{name}" for name in sources} <= names
