"""Devices that are missing, taken or gone: the daemon runs, says so, and serves when they come."""

from collections.abc import Callable
from pathlib import Path

import pytest
import serial

from simulator.mjpeg import MjpegServer
from simulator.network import Cable
from simulator.serial_peers import AnswerPeer, ScannerPeer
from tests.support.site import Terminal, eventually

pytestmark = [pytest.mark.journey, pytest.mark.slow]

IN_SERVICE = "idle"
OUT_OF_SERVICE = "out-of-service"


def lane(scanner: str) -> str:
    return f'[[lane]]\nname = "gate-1"\nprofile = "gate"\nscanner = {{ {scanner} }}\n'


def wait_for_trouble(terminal: Terminal, says: str) -> None:
    """Return once the lane is out of service and says why."""

    def is_told() -> bool:
        told = terminal.lane()
        return told.get("state") == OUT_OF_SERVICE and says in told["trouble"]

    eventually(is_told, f"{says!r} in the lane's trouble")


def wait_for_service(terminal: Terminal) -> None:
    def serves() -> bool:
        told = terminal.lane()
        return told.get("state") == IN_SERVICE and told["trouble"] == ""

    eventually(serves, "the lane in service")


def test_a_scanner_that_is_plugged_in_later_brings_its_lane_into_service(
    make_terminal: Callable[[str], Terminal], scanner: ScannerPeer, tmp_path: Path
) -> None:
    port = tmp_path / "scanner"
    terminal = make_terminal(lane(f'kind = "serial", port = "{port}"'))
    terminal.start()
    wait_for_trouble(terminal, str(port))
    told = terminal.command("status", accept=(1,))
    assert f"lane gate-1 (gate): {OUT_OF_SERVICE}" in told
    assert f"{port}" in terminal.command("doctor", accept=(1,))
    port.symlink_to(scanner.path)
    wait_for_service(terminal)
    assert terminal.stop() == 0


def test_a_scanner_that_another_program_holds_is_said_to_be_busy(
    make_terminal: Callable[[str], Terminal], scanner: ScannerPeer
) -> None:
    terminal = make_terminal(lane(f'kind = "serial", port = "{scanner.path}"'))
    with serial.Serial(scanner.path, exclusive=True):
        terminal.start()
        wait_for_trouble(terminal, scanner.path)
        assert "another program" in terminal.lane()["trouble"]
    wait_for_service(terminal)
    assert terminal.stop() == 0


def test_a_counters_line_that_is_missing_keeps_its_lane_closed(
    make_terminal: Callable[[str], Terminal],
    scanner: ScannerPeer,
    answers: AnswerPeer,
    tmp_path: Path,
) -> None:
    """Nobody would hear of a grant, so nothing is taken."""
    port = tmp_path / "counter"
    lanes = lane(f'kind = "serial", port = "{scanner.path}"')
    terminal = make_terminal(f'{lanes}answers = {{ kind = "serial", port = "{port}" }}\n')
    terminal.start()
    wait_for_trouble(terminal, str(port))
    port.symlink_to(answers.path)
    wait_for_service(terminal)
    assert terminal.stop() == 0


def test_a_camera_that_does_not_answer_is_told_and_serves_when_it_does(
    make_terminal: Callable[[str], Terminal],
) -> None:
    with MjpegServer(fps=10) as camera, Cable(host="127.0.0.1", port=_port(camera)) as cable:
        cable.pull()
        terminal = make_terminal(lane(f'kind = "camera", source = "{cable.url}/stream"'))
        terminal.start()
        wait_for_trouble(terminal, cable.url)
        cable.plug()
        wait_for_service(terminal)
        assert terminal.stop() == 0


def _port(camera: MjpegServer) -> int:
    return int(camera.url.rsplit(":", 1)[1].split("/")[0])
