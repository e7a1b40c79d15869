"""What a built wheel is proved by.

`scripts/test-wheel` builds it, installs it into clean virtualenvs and says where they are; without
that there is nothing to prove, and `make test` collects nothing here.
"""

import os
from pathlib import Path

import pytest

from tests.packaging.installation import Installation

WHERE = os.environ.get("SCAN_TERMINAL_WHEEL_PROOF")
collect_ignore_glob = [] if WHERE else ["test_*.py"]


@pytest.fixture(scope="session")
def proof() -> Path:
    """The folder with dist, base and demo, as scripts/test-wheel describes it."""
    assert WHERE is not None
    return Path(WHERE)


@pytest.fixture
def base(proof: Path, tmp_path: Path) -> Installation:
    """The wheel without extras, used from an empty folder."""
    return Installation(venv=proof / "base", cwd=tmp_path)


@pytest.fixture
def demo(proof: Path, tmp_path: Path) -> Installation:
    """The wheel with the extra demo, used from an empty folder."""
    return Installation(venv=proof / "demo", cwd=tmp_path)
