"""Two lanes on one Modbus bus: gates, lamps and contacts; one board dies, an alarm is released."""

import json
from collections.abc import Callable, Iterator

import pytest

from simulator.modbus_peer import FLASH_COIL, Fault, ModbusPeer
from simulator.serial_peers import AnswerPeer, ScannerPeer
from tests.support.site import Terminal, Town, eventually, now

pytestmark = [pytest.mark.journey, pytest.mark.slow]

ANSWER_S_MAX = 20.0
RED, GREEN, RELEASE = 7, 8, 2


@pytest.fixture
def bus() -> Iterator[ModbusPeer]:
    with ModbusPeer(units=(1, 2)) as peer:
        yield peer


def lane(number: int, scanner: ScannerPeer, bus: ModbusPeer) -> str:
    on_bus = f'kind = "modbus", port = "{bus.path}", unit = {number}'
    return (
        f'[[lane]]\nname = "gate-{number}"\nprofile = "gate"\n'
        f'scanner = {{ kind = "serial", port = "{scanner.path}", hold_off_ms = 0 }}\n'
        f"gate = {{ {on_bus} }}\n"
        f"contacts = {{ {on_bus}, inputs = {{ passage = 1, release = {RELEASE} }} }}\n"
        f"indicators = [{{ {on_bus}, lamps = {{ red = {RED}, green = {GREEN} }} }}]\n"
    )


def test_a_dead_board_takes_out_its_own_lane_and_an_alarm_opens_the_other(
    town: Town,
    make_terminal: Callable[[str], Terminal],
    scanner: ScannerPeer,
    answers: AnswerPeer,
    bus: ModbusPeer,
) -> None:
    board, (holder,) = bus.boards[1], town.phones(1)
    counter = f'answers = {{ kind = "serial", port = "{answers.path}" }}\n'
    with ScannerPeer() as other:
        terminal = make_terminal(lane(1, scanner, bus) + counter + lane(2, other, bus))
        terminal.start()
        terminal.wait_for_lanes()
        bus.boards[2].fault = Fault.SILENT

        def states() -> list[str]:
            return [each["state"] for each in terminal.status()["lanes"]]

        eventually(lambda: states() == ["idle", "out-of-service"], "lane 2 alone out of service")
        scanner.scan(holder.draw(now()))
        assert json.loads(answers.next(ANSWER_S_MAX))["verdict"] == "grant"
        eventually(lambda: board.is_on(GREEN), "the green lamp")
        pulses = [address for address, _ in board.told if address >= FLASH_COIL]
        assert pulses[0] == FLASH_COIL  # the board times the gate's pulse itself
        bus.boards[2].fault = None
        eventually(lambda: states()[1] == "idle", "lane 2 back")

        board.inputs.add(RELEASE)
        eventually(lambda: states()[0] == "held-open" and board.is_on(1), "held open")
        board.inputs.discard(RELEASE)
        eventually(lambda: states()[0] == "idle" and not board.is_on(1), "closed again")
        assert terminal.stop() == 0
    assert not board.is_open
