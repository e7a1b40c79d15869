"""Prove what a power cut leaves: `python -m tests.crash [--states N] [--seed S] [--part NAME]`.

Each part makes so many images of a disk and opens them with the product's own code; then each
planted bug must be caught. Exit 0 all well, 1 a promise was broken or a bug not caught, 2 usage.
"""

import argparse
import secrets
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from tests.crash.looking import Findings, keep
from tests.crash.parts import BUGS, PARTS
from tests.crash.runs import run_by_pieces

KEPT = Path(__file__).parents[2] / ".crash"  # `make clean` removes it


def main() -> int:
    """Run what the command line asks for, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--states", type=int, default=12_000, help="images of each part")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32))
    parser.add_argument("--part", choices=(*PARTS, *BUGS), action="append")
    asked = parser.parse_args()
    say(f"seed {asked.seed}")
    wrong = [_is_wrong(name, asked) for name in asked.part or (*PARTS, *BUGS)]
    return int(any(wrong))


def _is_wrong(name: str, asked: argparse.Namespace) -> bool:
    """Run a part or a planted bug and say what it showed; return whether that is wrong."""
    found = _watched(name, seed=asked.seed, images=asked.states)
    say(
        f"{name}: {found.images} images of {found.lives} lives, {found.faults} calls failed,"
        f" {len(found.broken)} broken{' (planted)' if name in BUGS else ''}"
    )
    if name in BUGS:
        return not found.broken
    for number, broken in enumerate(found.broken):
        say(f"  {keep(broken, KEPT / f'{broken.life}-{number}')}: {'; '.join(broken.promises[:3])}")
    return bool(found.broken)


def _watched(name: str, *, seed: int, images: int) -> Findings:
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(name, total=images)
        for found in run_by_pieces(name, seed=seed, images=images):
            progress.update(task, completed=found.images)
    return found


def say(text: str) -> None:
    """Tell whoever waits."""
    print(text, flush=True)  # noqa: T201  # a program of the checkout, run by hand


if __name__ == "__main__":
    sys.exit(main())
