"""The power goes in the middle of a run, again and again; nothing that was answered is lost."""

import json
import os
import queue
import random
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest

from simulator.phone import Phone
from simulator.serial_peers import AnswerPeer, RelayPeer, ScannerPeer
from tests.support.site import Terminal, Town, eventually, now

KILLS = 3
PHONES = 200
# More would only wait in the daemon, where nothing is promised yet.
UNANSWERED_MAX = 3


@dataclass
class Crowd:
    """People who come one after the other, for as long as the block lasts."""

    phones: Iterator[Phone]
    scanner: ScannerPeer
    answers: AnswerPeer
    told: list[dict[str, Any]] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)

    def come(self) -> None:
        shown = 0
        while not self._ended.is_set():
            self.scanner.scan(next(self.phones).draw(now()))
            shown += 1
            want = shown - UNANSWERED_MAX
            while not self._ended.is_set() and self._heard() < want:
                self._listen(0.02)

    def _heard(self) -> int:
        return len(self.told)

    def _listen(self, timeout_s: float) -> None:
        try:
            line = self.answers.next(timeout_s)
        except queue.Empty:
            return
        # A kill may have cut the line before in two; what was cut is no answer.
        self.told.append(json.loads(line[line.rfind(b'{"lane"') :]))

    def until(self, answers: int) -> None:
        eventually(lambda: len(self.told) >= answers, f"{answers} answers")

    def go(self) -> None:
        """Nobody comes any more; take what is still on the line."""
        self._ended.set()

    def rest(self) -> list[dict[str, Any]]:
        while self.answers.waiting:
            self._listen(0)
        return self.told


def durable_grants(terminal: Terminal) -> int:
    """Count the grants on the dead daemon's disk."""
    path = f"file:{terminal.state / 'journal.db'}?mode=ro"
    with closing(sqlite3.connect(path, uri=True)) as connection:
        lines = connection.execute("SELECT line FROM journal").fetchall()
    return sum(json.loads(line)["verdict"] == "grant" for (line,) in lines)


@pytest.mark.journey
@pytest.mark.slow
def test_what_a_lane_answered_survives_kill_9_and_reaches_the_centre_once(
    town: Town,
    make_terminal: Callable[[str], Terminal],
    gate: str,
    scanner: ScannerPeer,
    answers: AnswerPeer,
    relay: RelayPeer,
) -> None:
    seed = int(os.environ.get("SCAN_TERMINAL_SEED", random.SystemRandom().randrange(1 << 32)))
    story = f"SCAN_TERMINAL_SEED={seed}"
    rng = random.Random(seed)  # noqa: S311  # the moments of the kills
    phones = iter(town.phones(PHONES))
    terminal, answered = make_terminal(gate), list[dict[str, Any]]()
    for _ in range(KILLS):
        terminal.start()
        terminal.wait_for_lanes()
        crowd = Crowd(phones, scanner, answers)
        people = threading.Thread(target=crowd.come)
        people.start()
        crowd.until(rng.randrange(1, 12))
        threading.Event().wait(rng.uniform(0, 0.06))  # the moment is the point
        terminal.kill()
        crowd.go()
        people.join()
        answered += crowd.rest()
        assert relay.openings <= durable_grants(terminal), f"opened before it was kept; {story}"
    terminal.start()
    terminal.wait_for_lanes()
    last = terminal.wait_for_upload()
    assert terminal.stop() == 0, story

    journal = {entry["seq"]: entry for entry in terminal.journal()}
    assert list(journal) == [*range(1, last + 1)], story
    for told in answered:
        if told["entry"] is not None:
            kept = journal[told["entry"]["seq"]]
            assert (kept["verdict"], kept["reason"]) == (told["verdict"], told["reason"]), story
    grants = [e["presentation"] for e in journal.values() if e.get("verdict") == "grant"]
    assert len(grants) == len(set(grants)), f"granted twice; {story}"
    assert len(grants) >= KILLS, story
    assert relay.openings <= len(grants), story

    central = town.entries(terminal.name)
    assert Counter((epoch, seq) for epoch, seq, _ in central) == Counter(
        (1, seq) for seq in journal
    ), story
    assert all(journal[seq] == line for _, seq, line in central), story
    audit = json.loads(terminal.command("journal", "verify", "--json"))
    assert (audit["faults"], audit["entries"], audit["tail_proven_to"]) == ([], last, last), story
