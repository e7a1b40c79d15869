"""The end of a day, in order and not."""

import json
import resource
import threading
from collections.abc import Callable
from typing import Any

import pytest

from simulator.serial_peers import AnswerPeer, RelayPeer, ScannerPeer
from tests.support.site import Terminal, Town, eventually, now

pytestmark = [pytest.mark.journey, pytest.mark.slow]

ANSWER_S_MAX = 20.0


def drained(answers: AnswerPeer) -> list[dict[str, Any]]:
    return [json.loads(answers.next(0)) for _ in range(answers.waiting)]


def test_a_daemon_told_to_stop_in_traffic_keeps_all_it_answered_and_writes_its_refusals(
    town: Town,
    make_terminal: Callable[[str], Terminal],
    gate: str,
    scanner: ScannerPeer,
    answers: AnswerPeer,
) -> None:
    phones = town.phones(60)
    terminal, ended = make_terminal(gate), threading.Event()
    terminal.start()
    terminal.wait_for_lanes()

    def come() -> None:
        for number, phone in enumerate(phones):
            scanner.scan(phone.draw(now()))
            scanner.scan(f"junk {number}")
            if ended.is_set():
                return

    people = threading.Thread(target=come)
    people.start()
    eventually(lambda: answers.waiting > 8, "traffic")
    status = terminal.stop()
    ended.set()
    people.join()
    assert status == 0, terminal.log.read_text()

    told, entries = drained(answers), terminal.journal()
    by_seq = {entry["seq"]: entry for entry in entries}
    assert list(by_seq) == [*range(1, len(entries) + 1)]
    answered = [each for each in told if each["entry"] is not None]
    assert all(by_seq[each["entry"]["seq"]]["verdict"] == each["verdict"] for each in answered)
    counted = sum(
        count
        for entry in entries
        if entry["type"] == "refusals"
        for count in entry["counts"].values()
    )
    assert counted >= len(told) - len(answered) > 0
    assert [entry["type"] for entry in entries].count("refusals") == 1
    assert not (terminal.state / "control.sock").exists()


def test_a_disk_that_takes_no_more_closes_the_lane_and_opens_no_gate(
    town: Town,
    make_terminal: Callable[[str], Terminal],
    gate: str,
    scanner: ScannerPeer,
    answers: AnswerPeer,
    relay: RelayPeer,
) -> None:
    """The kernel refuses the daemon's writes: no grant, no entry, one line that says why."""
    first, second = town.phones(2)
    terminal = make_terminal(gate)
    terminal.start()
    terminal.wait_for_lanes()
    scanner.scan(first.draw(now()))
    assert json.loads(answers.next(ANSWER_S_MAX))["verdict"] == "grant"
    assert terminal._program is not None
    # The log of the first entry is longer; what the daemon says is shorter.
    resource.prlimit(terminal._program.pid, resource.RLIMIT_FSIZE, (8_192, 8_192))
    scanner.scan(second.draw(now()))

    def is_closed() -> bool:
        return terminal.lane().get("state") == "out-of-service"

    eventually(is_closed, "the lane out of service")
    assert "could not be" in terminal.lane()["trouble"]  # made durable, or kept
    assert terminal.status()["journal"]["seq"] == 1
    assert answers.waiting == 0
    assert relay.openings == 1
    terminal.command("status", accept=(1,))
    assert terminal.stop() == 2
    *_, last = terminal.log.read_text().splitlines()
    assert last.startswith(f"scan-terminal: {terminal.state / 'journal.db'}: ")
    assert "could not be" in last
    assert "Traceback" not in terminal.log.read_text()

    terminal.start()  # the disk has room again
    terminal.wait_for_lanes()
    scanner.scan(second.draw(now()))
    told = json.loads(answers.next(ANSWER_S_MAX))
    assert (told["verdict"], told["entry"]["seq"]) == ("grant", 2)
    assert terminal.stop() == 0
