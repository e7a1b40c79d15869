"""A herd after an outage, in virtual time: the terminals' own back-off, the centre's admission.

Nothing here waits. Every terminal is a real `SyncMachine`, the centre a real `Admission` before a
server that takes one upload after the other; the moments between are drawn by a seed.
"""

import heapq
import random
from collections import Counter, deque
from contextlib import ExitStack
from dataclasses import dataclass

from central.errors import Refused as TurnedAway
from central.routes.admission import Admission
from protocol.batch import BATCH_ENTRIES_MAX
from terminal.sync.machine import Reached, Refused, SyncMachine, Unreachable

# So long an outage that every terminal has come to the end of its back-off.
_FAILURES = 10

# What a refusal costs the centre, to an upload: its headers, their signature, the answer.
_REFUSAL_SHARE = 0.25

# From an acknowledgement to the next batch: a round trip, and the checkpoint's commit.
_TURN_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Herd:
    """Who comes back at once, and to what."""

    terminals: int
    batches: int  # that each has waiting
    rate: float  # uploads a second that the centre takes
    seed: int
    is_announced: bool = True  # whether terminals say what they have: X-Backlog
    retry_after_s: int | None = None  # instead of the centre's own word; 0: none


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """How it went."""

    ideal_s: float
    drained_s: float
    refused: int
    accepted: int
    peak: float  # the busiest second's requests, to what the centre takes

    @property
    def ratio(self) -> float:
        """Return the time it took to the time that the work alone takes."""
        return self.drained_s / self.ideal_s


def drain(herd: Herd) -> Drained:
    """Return how `herd` is served."""
    return _Outage(herd).run()


class _Outage:
    def __init__(self, herd: Herd) -> None:
        self._herd, self._now = herd, 0.0
        self._random = random.Random(herd.seed)
        self._admission = Admission(lambda: self._now)
        self._machines = [SyncMachine() for _ in range(herd.terminals)]
        self._left = [herd.batches] * herd.terminals
        self._coming: list[tuple[float, int]] = []  # when, which terminal
        self._inside: deque[tuple[int, ExitStack]] = deque()
        self._done_at: float | None = None  # when the one in hand is done
        self._refused, self._offered = 0, Counter[int]()
        self._refusing_s = 0.0  # spent on refusals since the last upload began

    def run(self) -> Drained:
        herd = self._herd
        for terminal, machine in enumerate(self._machines):
            waits = [
                machine.receive(Unreachable(what="no network"), random_unit=self._random.random())
                for _ in range(_FAILURES)
            ]
            self._comes(terminal, waits[-1])
        while self._coming or self._inside:
            self._step()
        return Drained(
            ideal_s=herd.terminals * herd.batches / herd.rate,
            drained_s=self._now,
            refused=self._refused,
            accepted=herd.terminals * herd.batches,
            peak=max(self._offered.values()) / herd.rate,
        )

    def _step(self) -> None:
        """Do what comes next: an upload is done, or a terminal asks."""
        if self._done_at is not None and (not self._coming or self._done_at <= self._coming[0][0]):
            self._now = self._done_at
            self._serve()
        else:
            self._now, terminal = heapq.heappop(self._coming)
            self._ask(terminal)

    def _ask(self, terminal: int) -> None:
        name, left = str(terminal), self._left[terminal]
        self._offered[int(self._now)] += 1
        place = ExitStack()
        try:
            waiting = str(left * BATCH_ENTRIES_MAX) if self._herd.is_announced else None
            self._admission.ask(name, waiting)
            place.enter_context(self._admission.upload(name))
        except TurnedAway as refusal:
            self._refused += 1
            self._refusing_s += _REFUSAL_SHARE / self._herd.rate
            own = self._herd.retry_after_s
            told_s = self._admission.retry_after_s() if own is None else own
            answer = Refused(problem=refusal.problem, retry_after_s=told_s)
            machine = self._machines[terminal]
            self._comes(terminal, machine.receive(answer, random_unit=self._random.random()))
            return
        self._inside.append((terminal, place))
        if self._done_at is None:
            self._begin()

    def _serve(self) -> None:
        terminal, place = self._inside.popleft()
        place.close()
        self._left[terminal] -= 1
        self._machines[terminal].receive(Reached(), random_unit=self._random.random())
        if self._left[terminal]:
            self._comes(terminal, _TURN_S)
        self._done_at = None
        if self._inside:
            self._begin()

    def _begin(self) -> None:
        work_s = self._random.expovariate(self._herd.rate)
        self._done_at = self._now + work_s + self._refusing_s
        self._refusing_s = 0.0

    def _comes(self, terminal: int, in_s: float) -> None:
        heapq.heappush(self._coming, (self._now + in_s, terminal))
