import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long a case takes says more of the machine than of the code.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

# A shell starts what runs in its background deaf to Ctrl-C, and so would be all that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

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
