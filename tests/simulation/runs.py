"""Many runs in several processes; each the same for the same seed."""

import logging
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field

from tests.simulation.bugs import BUGS
from tests.simulation.world import Outcome, run_world

# Of one run: two seconds of a processor, and 140 faults.
ACTS = 300


@dataclass(frozen=True, slots=True)
class Job:
    """One run."""

    seed: str
    acts: int = ACTS
    bug: str = ""  # planted


@dataclass(slots=True)
class Findings:
    """What several runs came to."""

    runs: int = 0
    acts: int = 0
    requests: int = 0
    told: int = 0
    home: int = 0
    aside: int = 0
    named: int = 0
    unknown: int = 0
    erased: int = 0
    sold_minor: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, list[str]]] = field(default_factory=list)  # by seed

    def take(self, outcome: Outcome) -> None:
        """Take in one run."""
        verdict = outcome.verdict
        self.runs += 1
        self.acts += outcome.acts
        self.requests += outcome.requests
        self.told += verdict.told
        self.home += verdict.home
        self.aside += verdict.aside
        self.named += verdict.named
        self.unknown += verdict.unknown
        self.erased += outcome.erased
        self.sold_minor += outcome.sold_minor
        self.faults += outcome.faults
        if verdict.faults:
            self.wrong.append((outcome.seed, verdict.faults))


def jobs_for(seconds: float, seed: str, *, acts: int, bug: str) -> Iterator[Job]:
    """Yield jobs with seeds of their own until so many seconds are over."""
    ends_s, number = time.monotonic() + seconds, 0
    while time.monotonic() < ends_s:
        yield Job(f"{seed}.{number}", acts, bug)
        number += 1


def run_each(jobs: Iterable[Job]) -> Iterator[tuple[Job, Outcome]]:
    """Yield what each job came to, as soon as it has; the next is taken when a process is free."""
    waiting = iter(jobs)
    spawning = multiprocessing.get_context("spawn")
    workers = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(workers, spawning, _hush) as pool:
        under_way: dict[Future[Outcome], Job] = {}
        while True:
            while len(under_way) < workers and (job := next(waiting, None)) is not None:
                under_way[pool.submit(run_job, job)] = job
            if not under_way:
                return
            for done in wait(under_way, return_when=FIRST_COMPLETED).done:
                yield under_way.pop(done), done.result()


def run_job(job: Job) -> Outcome:
    """Return what a job comes to, in this process."""
    if not job.bug:
        return run_world(job.seed, job.acts)
    with BUGS[job.bug]():
        return run_world(job.seed, job.acts)


def _hush() -> None:
    logging.disable(logging.CRITICAL)  # thousands of faults are meant
