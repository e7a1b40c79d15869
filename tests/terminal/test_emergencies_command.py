"""`scan-terminal emergency`, before a daemon that answers what it is told to."""

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from terminal.commands.emergencies import close_lanes, open_lanes
from terminal.control import serve_control
from terminal.errors import ControlError

GATE = {"name": "gate-1", "state": "held-open", "held_open": True, "can_hold": True, "trouble": "x"}
COUNTER = {**GATE, "name": "counter-1", "can_hold": False}
CLOSED = {**GATE, "state": "idle", "held_open": False, "trouble": ""}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "s").mkdir(mode=0o700)
    path = tmp_path / "t.toml"
    path.write_text(
        f'[terminal]\nstate = "{tmp_path / "s"}"\n'
        f'[centre]\nurl = "http://127.0.0.1:1"\ntrust_root = "{"A" * 43}"\n'
    )
    return path


def answered(
    config: Path, reply: Mapping[str, object], command: Callable[[], int]
) -> tuple[int, object]:
    """Return the exit status of `command`, and what the daemon was asked."""
    asked: list[str] = []

    async def run() -> int:
        async def emergency(about: str) -> Mapping[str, object]:
            asked.append(about)
            return reply

        socket = config.parent / "s" / "control.sock"
        server = await serve_control(socket, {}, {"emergency": emergency})
        try:
            return await asyncio.to_thread(command)
        finally:
            server.close()

    return asyncio.run(run()), json.loads(asked[0])


@pytest.mark.parametrize(("lanes", "status"), [([GATE], 0), ([GATE, COUNTER], 1)])
def test_all_lanes_are_opened_and_one_without_a_gate_is_told(
    config: Path,
    capsys: pytest.CaptureFixture[str],
    lanes: list[dict[str, object]],
    status: int,
) -> None:
    told = answered(config, {"lanes": lanes}, lambda: open_lanes(config, as_json=True))
    assert told == (status, {"open": True, "lane": None})
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == lanes


def test_one_lane_is_closed_by_its_name(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = answered(config, {"lanes": [CLOSED]}, lambda: close_lanes(config, lane="gate-1"))
    assert told == (0, {"open": False, "lane": "gate-1"})
    assert capsys.readouterr().out == "lane gate-1: idle\n"


def test_a_lane_that_an_alarm_still_holds_open_is_told(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answered(config, {"lanes": [GATE]}, lambda: close_lanes(config))[0] == 1
    assert capsys.readouterr().out == "lane gate-1: held-open: x\n"


def test_what_the_daemon_refuses_is_told(config: Path) -> None:
    with pytest.raises(ControlError, match="no lane is called"):
        answered(config, {"error": "no lane is called so"}, lambda: open_lanes(config, lane="x"))


def test_without_a_daemon_gates_are_opened_by_hand(config: Path) -> None:
    with pytest.raises(ControlError, match="by hand"):
        open_lanes(config)
