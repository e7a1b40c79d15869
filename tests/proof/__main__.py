"""Prove the device drivers on a whole machine in qemu: `python -m tests.proof FOLDER`.

FOLDER is what `scripts/proof-devices` made: disk.img, kernel, initrd. Exit 0 all was proved, 1 not.
"""

import argparse
import sys
import time
from pathlib import Path

from tests.proof.machine import Machine

# The whole proof takes three to six minutes on two cores; a machine that hangs is ended.
_SECONDS_MAX = 900


def say(text: str) -> None:
    """Tell whoever waits."""
    print(text, flush=True)  # noqa: T201  # a program of the checkout, run by hand


def main() -> int:
    """Run the machine, tell what it proves, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    began, proved, tried = time.monotonic(), 0, "starting"
    with Machine(folder, seconds_max=_SECONDS_MAX) as machine:
        say("the machine starts (emulated: a minute)")
        for told in machine.lines():
            tried = told.get("tries", tried)
            if "proved" in told:
                proved += 1
                say(f"{told['ms'] / 1000:7.1f} s  {told['proved']}")
            elif "ask" in told:
                machine.do(told)
            elif "end" in told:
                seconds = time.monotonic() - began
                if told["fault"]:
                    say(f"FAILED: {tried}\n{told['fault']}")
                say(f"{proved} things proved in {seconds:.0f} s, boot included")
                return 1 if told["fault"] else 0
    say(f"FAILED: the machine fell silent: {tried}\n{machine.console()}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
