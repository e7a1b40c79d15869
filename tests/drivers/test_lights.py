from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from driver_peers import Inbox, PtyPeer, monotonic_ms

from drivers.base import Condition, Shown
from drivers.gates import BoardGate
from drivers.lights import PATTERNS, Lamp, Lights
from drivers.outputs import Light
from drivers.relay import RelayBoard, command

pytestmark = pytest.mark.usefixtures("no_fd_leak")

LAMPS = {Lamp.RED: 1, Lamp.GREEN: 2}


def on(channel: int) -> bytes:
    return command(channel, is_on=True)


def off(channel: int) -> bytes:
    return command(channel, is_on=False)


@contextmanager
def lit(board: RelayBoard, inbox: Inbox, lamps: dict[Lamp, int] = LAMPS) -> Iterator[Lights]:
    lights = Lights(board=board, lamps=lamps, monotonic_ms=monotonic_ms)
    lights.start(inbox.report)
    try:
        yield lights
    finally:
        lights.stop()


def board_at(path: Path) -> RelayBoard:
    return RelayBoard(port=str(path), monotonic_ms=monotonic_ms)


def test_everything_that_can_be_shown_has_a_pattern_of_its_own() -> None:
    assert set(PATTERNS) == set(Shown)
    told = {tuple(sorted((lamp.value, light.value) for lamp, light in each.items())): shown
            for shown, each in PATTERNS.items() if shown is not Shown.BUSY}  # fmt: skip
    assert len(told) == len(PATTERNS) - 1


def test_refused_and_let_through_light_different_lamps() -> None:
    assert PATTERNS[Shown.OK] == {Lamp.GREEN: Light.STEADY}
    assert PATTERNS[Shown.DENY] == {Lamp.RED: Light.STEADY}


def test_lamps_follow_what_is_shown_and_are_dark_at_the_end(
    pty_peer: PtyPeer, inbox: Inbox
) -> None:
    with lit(board_at(pty_peer.path), inbox) as lights:
        assert pty_peer.read(8) == off(1) + off(2)
        lights.show(Shown.OK)
        assert pty_peer.read(4) == on(2)
        lights.show(Shown.DENY, "see the desk")
        assert pty_peer.read(8) == on(1) + off(2)
        lights.show(Shown.READY)  # a lamp that is not there is left out
        assert pty_peer.read(4) == off(1)
    assert pty_peer.read(8) == off(1) + off(2)


@pytest.mark.slow
def test_lamp_blinks(pty_peer: PtyPeer, inbox: Inbox) -> None:
    with lit(board_at(pty_peer.path), inbox, {Lamp.GREEN: 3}) as lights:
        lights.show(Shown.HELD_OPEN)
        assert pty_peer.read(16) == off(3) + on(3) + off(3) + on(3)


def test_lamps_show_what_was_last_said_when_their_board_comes_back(
    pty_peer: PtyPeer, inbox: Inbox
) -> None:
    with lit(board_at(pty_peer.path), inbox) as lights:
        inbox.wait_for(Condition.UP)
        pty_peer.unplug()
        inbox.wait_for(Condition.DOWN)
        lights.show(Shown.DENY)
        pty_peer.plug()
        assert pty_peer.read(12) == off(1) + off(2) + on(1)


def test_gate_and_lights_share_a_board_and_leave_it_one_by_one(
    pty_peer: PtyPeer, inbox: Inbox
) -> None:
    board, other = board_at(pty_peer.path), Inbox()
    gate = BoardGate(board=board, number=8, monotonic_ms=monotonic_ms)
    with lit(board, inbox, {Lamp.RED: 1}) as lights:
        inbox.wait_for(Condition.UP)
        gate.start(other.report)
        other.wait_for(Condition.UP)  # told to who comes later too
        assert pty_peer.read(8) == off(1) + off(8)
        gate.hold(is_open=True)
        assert pty_peer.read(4) == on(8)
        lights.show(Shown.DENY)
        assert pty_peer.read(4) == on(1)
        gate.stop()
        assert pty_peer.read(4) == off(8)
        lights.show(Shown.OK)
        assert pty_peer.read(4) == off(1)


def test_one_output_has_one_driver(pty_peer: PtyPeer, inbox: Inbox) -> None:
    board = board_at(pty_peer.path)
    gate = BoardGate(board=board, number=1, monotonic_ms=monotonic_ms)
    with lit(board, inbox, {Lamp.RED: 1}), pytest.raises(ValueError, match="has a driver"):
        gate.start(inbox.report)


def test_board_serves_again_after_everybody_had_left(pty_peer: PtyPeer, inbox: Inbox) -> None:
    board = board_at(pty_peer.path)
    for _ in range(2):
        with lit(board, inbox, {Lamp.RED: 1}):
            assert pty_peer.read(4) == off(1)
        assert pty_peer.read(4) == off(1)


def test_two_lamps_of_one_output_are_a_bug() -> None:
    with pytest.raises(ValueError, match="output each"):
        Lights(
            board=board_at(Path("unused")),
            lamps={Lamp.RED: 1, Lamp.GREEN: 1},
            monotonic_ms=monotonic_ms,
        )
