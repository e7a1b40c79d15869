"""Simulate cities: `python -m tests.simulation [--seconds S] [--seed S] [--runs N] [--bug NAME]`.

Terminals and centre, the product's own code, live through seeded faults; then what lanes were told
is compared with what the centre holds. Exit 0 all well, or a planted bug caught; 1 not; 2 usage.
"""

import argparse
import secrets
import sys
from collections.abc import Iterable

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from tests.simulation.bugs import BUGS
from tests.simulation.runs import ACTS, Findings, Job, jobs_for, run_each

_SECONDS = 60.0
# Whoever has found so many runs in want has found enough.
_WRONG_MAX = 5


def main() -> int:
    """Run what the command line asks for, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seconds", type=float, default=_SECONDS, help="begin runs for so long")
    parser.add_argument("--seed", default=f"{secrets.randbelow(1 << 32)}")
    parser.add_argument("--runs", type=int, help="so many instead")
    parser.add_argument("--acts", type=int, default=ACTS, help="of each run")
    parser.add_argument("--bug", choices=tuple(BUGS), default="", help="plant it")
    asked = parser.parse_args()
    say(f"seed {asked.seed}")
    found = _watched(_jobs(asked))
    for line in told(found):
        say(line)
    return int(bool(found.wrong) != bool(asked.bug))


def _jobs(asked: argparse.Namespace) -> Iterable[Job]:
    if asked.runs is None:
        return jobs_for(asked.seconds, asked.seed, acts=asked.acts, bug=asked.bug)
    return [Job(f"{asked.seed}.{number}", asked.acts, asked.bug) for number in range(asked.runs)]


def told(found: Findings) -> list[str]:
    """Return what a person is told of the runs."""
    kinds = ", ".join(f"{name} {count}" for name, count in found.faults.most_common())
    total = found.faults.total()
    lines = [
        f"{found.runs} runs, {found.acts} acts, {found.requests} requests, {total} faults ({kinds})",
        f"lanes were told of {found.told} entries: in the centre's journals {found.home},",
        f"  beside them {found.aside}, named as unrecoverable {found.named},",
        f"  on disks that were taken away, which the centre can't know (yet) {found.unknown};",
        f"  {found.erased} were erased, for the centre had acknowledged them",
        f"{found.sold_minor / 100:.2f} was sold where it was compared card by card",
    ]
    for seed, faults in found.wrong:
        lines += [f"run {seed}:", *(f"  {fault}" for fault in faults[:8])]
    return [*lines, f"{len(found.wrong)} of {found.runs} runs were wrong"]


def _watched(jobs: Iterable[Job]) -> Findings:
    found = Findings()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("0 runs", total=None)
        for _, outcome in run_each(jobs):
            found.take(outcome)
            description = f"{found.runs} runs, {found.faults.total()} faults"
            progress.update(task, description=f"{description}, {len(found.wrong)} wrong")
            if len(found.wrong) >= _WRONG_MAX:
                break
    return found


def say(text: str) -> None:
    """Tell whoever waits."""
    print(text, flush=True)  # noqa: T201  # a program of the checkout, run by hand


if __name__ == "__main__":
    sys.exit(main())
