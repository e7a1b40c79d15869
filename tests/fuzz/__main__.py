"""Fuzz the readers of octets from outside: `python -m tests.fuzz [--seconds N] [TARGET...]`.

First the planted bugs, which show that nothing is blind; then each target for its share of the
seconds. Exit 0 nothing found, 1 a finding, 2 usage. All it writes lies in `.fuzz/`.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.table import PLANTED, TARGETS
from tests.fuzz.target import Target

_FOLDER = Path(".fuzz")
_FINDINGS = _FOLDER / "findings"

_SECONDS_TOTAL = 600
_SECONDS_EACH_MIN = 2  # below it hardly more than the seeds are run
# All planted bugs are found within five; a busy machine may take longer.
_PLANTED_SECONDS = 30

# What libFuzzer calls the file it leaves.
_EXPECTED_OF_PLANTED = {
    "planted-raise": "crash",
    "planted-hang": "timeout",
    "planted-hoard": "oom",
    "planted-second-text": "crash",
}

_EXECUTIONS = re.compile(r"stat::number_of_executed_units: (\d+)|Done (\d+) runs")
_COVERAGE = re.compile(r" cov: (\d+)")
_WRITTEN = re.compile(r"Test unit written to (\S+)")
_CHATTER = re.compile(r"INFO: |WARNING: Failed to find|#\d+\t")
_LINES_SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One target's run."""

    name: str
    executions: int
    coverage: int
    exit_code: int
    said: str
    findings: tuple[Path, ...]


def main() -> int:
    """Run what the command line asks for, and return the exit code."""
    asked = _arguments()
    unknown = [name for name in asked.targets if name not in TARGETS]
    if unknown:
        say(f"no target {unknown[0]}; there are {' '.join(TARGETS)}")
        return 2
    if not _sees_planted_bugs(asked.jobs):
        return 1
    chosen = {name: TARGETS[name] for name in asked.targets or TARGETS}
    seconds = max(_SECONDS_EACH_MIN, asked.seconds * asked.jobs // len(chosen))
    say(f"{len(chosen)} targets, {seconds} s each, {asked.jobs} at a time")
    ran = [_told(each) for each in _run_all(chosen, seconds, asked.jobs)]
    bad = [each for each in ran if each.exit_code or not each.executions]
    for each in bad:
        _explain(each)
    total = sum(each.executions for each in ran)
    say(f"{total} executions, findings in {len(bad)} of {len(ran)} targets")
    return 1 if bad else 0


def say(text: str) -> None:
    """Tell whoever waits."""
    print(text, flush=True)  # noqa: T201  # a program of the checkout, run by hand and by CI


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=_SECONDS_TOTAL, help="in all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="at a time")
    return parser.parse_args()


def _sees_planted_bugs(jobs: int) -> bool:
    """Return whether every planted bug was found, in its kind; chance gets a second one."""
    missed = dict(PLANTED)
    for _ in range(2):
        for name in missed:
            shutil.rmtree(_FOLDER / "corpus" / name, ignore_errors=True)
        blind = [each for each in _run_all(missed, _PLANTED_SECONDS, jobs) if not _is_seen(each)]
        missed = {each.name: PLANTED[each.name] for each in blind}
    for each in blind:
        say(f"{_shown(each.said)}\n{each.name}: NOT SEEN (exit {each.exit_code})")
    if blind:
        say("the self-test failed: no finding, but a fuzzer that might miss one")
    if not blind:
        say(f"all {len(PLANTED)} planted bugs were found")
    return not blind


def _is_seen(ran: Ran) -> bool:
    kinds = {path.name.removeprefix(f"{ran.name}-").partition("-")[0] for path in ran.findings}
    return ran.exit_code != 0 and kinds == {_EXPECTED_OF_PLANTED[ran.name]}


def _run_all(targets: Mapping[str, Target], seconds: int, jobs: int) -> Iterable[Ran]:
    _FINDINGS.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        yield from pool.map(lambda target: _run(target, seconds), targets.values())


def _run(target: Target, seconds: int) -> Ran:
    """Run one target in a process of its own: a finding ends it."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.one", target.name, *_options(target, seconds)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    executions = [int(one or other) for one, other in _EXECUTIONS.findall(done.stdout)]
    coverage = [int(number) for number in _COVERAGE.findall(done.stdout)]
    return Ran(
        name=target.name,
        executions=max(executions, default=0),
        coverage=max(coverage, default=0),
        exit_code=done.returncode,
        said=done.stdout,
        findings=tuple(Path(path) for path in _WRITTEN.findall(done.stdout)),
    )


def _options(target: Target, seconds: int) -> Iterator[str]:
    """Write seeds and dictionary, and yield libFuzzer's arguments for them."""
    yield f"-max_total_time={seconds}"
    yield "-print_final_stats=1"
    yield f"-artifact_prefix={_FINDINGS}/{target.name}-"
    if target.words:
        words = _FOLDER / f"{target.name}.dict"
        words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words), "ascii")
        yield f"-dict={words}"
    corpus, seeds = _FOLDER / "corpus" / target.name, _FOLDER / "seeds" / target.name
    shutil.rmtree(seeds, ignore_errors=True)
    for folder in (corpus, seeds):
        folder.mkdir(parents=True, exist_ok=True)
        yield str(folder)
    for place, seed in enumerate(target.seeds):
        (seeds / f"{place:03}").write_bytes(seed)


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{octet:02x}" for octet in word)


def _told(ran: Ran) -> Ran:
    outcome = "FOUND" if ran.exit_code or not ran.executions else "nothing"
    say(f"{ran.name:18} {ran.executions:9} executions  coverage {ran.coverage:4}  {outcome}")
    return ran


def _explain(ran: Ran) -> None:
    say(f"\n== {ran.name} (exit {ran.exit_code})\n{_shown(ran.said)}")
    for path in ran.findings:
        say(f"finding: {path}")
        say(f"again:   {sys.executable} -m tests.fuzz.one {ran.name} {path}")


def _shown(said: str) -> str:
    lines = [line for line in said.splitlines() if not _CHATTER.match(line)]
    return "\n".join(lines[-_LINES_SHOWN:])


if __name__ == "__main__":
    sys.exit(main())
