import subprocess
import sys

import pytest


@pytest.mark.slow
def test_daemon_without_programs_loads_nothing_of_http() -> None:
    code = (
        "import sys, terminal.daemon, terminal.cli, terminal.diagnosis.registry\n"
        "print(*sorted({'starlette', 'uvicorn', 'h11', 'anyio', 'prometheus_client'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == ""
