"""A virtualenv with the wheel in it, used as on a machine that never saw the checkout."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

# Starting an interpreter with OpenCV on a loaded two-core machine takes up to ten seconds; the
# demo's ten seconds of citizens take thirty in all.
PATIENCE_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Programs of one virtualenv, run in `cwd`."""

    venv: Path
    cwd: Path

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program to its end and return what it said."""
        return subprocess.run(
            self._command(program, arguments),
            cwd=self.cwd,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def start(self, program: str, *arguments: str, log: Path) -> subprocess.Popen[str]:
        """Start a program that runs until it is told to stop; what it says goes to `log`."""
        with log.open("w") as file:
            return subprocess.Popen(
                self._command(program, arguments),
                cwd=self.cwd,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
            )

    def first_words(self, program: str, *arguments: str) -> tuple[str, int]:
        """Start a program, stop it once it has said a line; return that and its exit status."""
        with subprocess.Popen(
            self._command(program, arguments),
            cwd=self.cwd,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stderr is not None
            line = process.stderr.readline()
            process.terminate()
            process.communicate(timeout=PATIENCE_S)
        return line, process.returncode

    def has(self, module: str) -> bool:
        """Return whether a module can be imported."""
        return self.run("python", "-c", f"import {module}").returncode == 0

    def _command(self, program: str, arguments: tuple[str, ...]) -> list[str]:
        return [str(self.venv / "bin" / program), *arguments]


def _environment() -> dict[str, str]:
    """Return our environment without what would lead Python to the checkout."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
