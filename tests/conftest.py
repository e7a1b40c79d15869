import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """Public vectors too large for the repository; their absence is no success on CI."""
    path = (ROOT / os.environ.get("SCAN_TERMINAL_SHARED", "../shared")).resolve()
    if path.is_dir():
        return path
    reason = f"no shared vectors at {path}: set SCAN_TERMINAL_SHARED"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def docs() -> Path:
    """The documents that a build is held to."""
    return ROOT / "docs"


@pytest.fixture(scope="session")
def oracle() -> str:
    """Return the Python that has the libraries."""
    named = os.environ.get("SCAN_TERMINAL_ORACLE_PYTHON", ".venv-oracle/bin/python")
    path = ROOT / named
    if path.exists():
        return str(path)
    reason = f"no oracle at {path}: see tests/oracle/requirements.txt"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
