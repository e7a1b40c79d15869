"""`scan-central` on a centre of its own."""

import pytest

from central.site import Site
from tests.central.cli_runs import Run, runner


@pytest.fixture
def run(site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on a centre of its own."""
    monkeypatch.setenv("SCAN_CENTRAL_DIR", str(site.directory))
    return runner(capsys)
