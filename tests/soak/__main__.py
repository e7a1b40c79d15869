"""Run drivers for a long time, at speed: `python -m tests.soak [--lines N] [--frames N]`.

Every line and frame must come once and in order, and neither memory nor descriptors nor threads
may grow after the warm-up. Exit 0 all well, 1 something is wrong, 2 usage.
"""

import argparse
import importlib
import importlib.util
import sys
from collections.abc import Callable

from tests.soak.modbus_bus import soak_bus
from tests.soak.serial_line import Soaked, soak_lines, soak_plug

_CAMERA = "tests.soak.camera"


def main() -> int:
    """Run what the command line asks for, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000, help="on a serial line")
    parser.add_argument("--plugs", type=int, default=1_000, help="pulled and put back")
    parser.add_argument("--frames", type=int, default=100_000, help="of a camera; 0: none")
    asked = parser.parse_args()
    runs: list[tuple[Callable[[int], Soaked], int]] = [
        (soak_lines, asked.lines),
        (soak_plug, asked.plugs),
        (soak_bus, asked.plugs),
    ]
    if asked.frames and importlib.util.find_spec(_CAMERA) is not None:
        runs.append((importlib.import_module(_CAMERA).soak_camera, asked.frames))
    wrong = [_told(run(count)) for run, count in runs if count]
    return int(any(wrong))


def _told(soaked: Soaked) -> bool:
    """Say what became of a run; return whether it was wrong."""
    first, last = soaked.taken[len(soaked.taken) // 5], soaked.taken[-1]
    say(
        f"{soaked.what} in {soaked.seconds:.0f} s: memory {first.rss_kb} to {last.rss_kb} kB,"
        f" descriptors {first.descriptors} to {last.descriptors},"
        f" threads {first.threads} to {last.threads}: {soaked.wrong or 'all well'}"
    )
    return bool(soaked.wrong)


def say(text: str) -> None:
    """Tell whoever waits."""
    print(text, flush=True)  # noqa: T201  # a program of the checkout, run by hand


if __name__ == "__main__":
    sys.exit(main())
