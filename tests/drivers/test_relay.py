import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from driver_peers import Inbox, PtyPeer, monotonic_ms

from drivers.base import Condition
from drivers.outputs import PULSE_MS_MAX
from drivers.relay import SerialRelay, command
from drivers.serial_port import Line, SerialPort

pytestmark = pytest.mark.usefixtures("no_fd_leak")

ON_1 = bytes.fromhex("a0 01 01 a2")
OFF_1 = bytes.fromhex("a0 01 00 a1")


@contextmanager
def running(path: Path, inbox: Inbox, channel: int = 1) -> Iterator[SerialRelay]:
    relay = SerialRelay(port=str(path), channel=channel, monotonic_ms=monotonic_ms)
    relay.start(inbox.report)
    try:
        yield relay
    finally:
        relay.stop()


def test_commands_are_those_of_the_board() -> None:
    assert command(1, is_on=True) == ON_1
    assert command(1, is_on=False) == OFF_1
    assert command(8, is_on=True) == bytes.fromhex("a0 08 01 a9")


def test_pulse_is_on_then_off(pty_peer: PtyPeer, inbox: Inbox) -> None:
    with running(pty_peer.path, inbox) as relay:
        assert pty_peer.read(4) == OFF_1
        opened_ms = monotonic_ms()
        relay.open(80)
        assert pty_peer.read(8) == ON_1 + OFF_1
        assert monotonic_ms() - opened_ms >= 80
    assert pty_peer.read(4) == OFF_1


def test_stop_closes_in_the_middle_of_a_pulse(pty_peer: PtyPeer, inbox: Inbox) -> None:
    with running(pty_peer.path, inbox, channel=2) as relay:
        relay.open(PULSE_MS_MAX)
        assert pty_peer.read(8) == command(2, is_on=False) + command(2, is_on=True)
    assert pty_peer.read(4) == command(2, is_on=False)


def test_second_opening_prolongs_and_never_cuts(pty_peer: PtyPeer, inbox: Inbox) -> None:
    with running(pty_peer.path, inbox) as relay:
        assert pty_peer.read(4) == OFF_1
        opened_ms = monotonic_ms()
        relay.open(60)
        relay.open(120)
        relay.open(1)
        assert pty_peer.read(8) == ON_1 + OFF_1
        assert monotonic_ms() - opened_ms >= 120


def test_board_that_comes_back_late_stays_closed(tmp_path: Path, inbox: Inbox) -> None:
    path = tmp_path / "late"
    with running(path, inbox) as relay:
        inbox.wait_for(Condition.DOWN)
        relay.open(1)
        with PtyPeer(path) as peer:
            inbox.wait_for(Condition.UP)
            assert peer.read(4) == OFF_1
            relay.open(100)  # a busy machine may sleep over a shorter one, which is then over
            assert peer.read(8) == ON_1 + OFF_1


def test_board_unplugged_while_open_is_open_for_what_is_left(
    pty_peer: PtyPeer, inbox: Inbox
) -> None:
    with running(pty_peer.path, inbox) as relay:
        relay.open(PULSE_MS_MAX)
        assert pty_peer.read(8) == OFF_1 + ON_1
        pty_peer.unplug()
        inbox.wait_for(Condition.DOWN)
        pty_peer.plug()
        assert pty_peer.read(8) == OFF_1 + ON_1


def test_gate_that_is_held_stays_open_and_is_held_again_after_a_replug(
    pty_peer: PtyPeer, inbox: Inbox
) -> None:
    with running(pty_peer.path, inbox) as relay:
        assert pty_peer.read(4) == OFF_1
        relay.hold(is_open=True)
        assert pty_peer.read(4) == ON_1
        relay.open(1)  # its end is not the end of the emergency
        pty_peer.unplug()
        inbox.wait_for(Condition.DOWN)
        pty_peer.plug()
        assert pty_peer.read(8) == OFF_1 + ON_1
        relay.hold(is_open=False)
        assert pty_peer.read(4) == OFF_1


def test_a_held_gate_is_told_again_whenever_that_is_said(pty_peer: PtyPeer, inbox: Inbox) -> None:
    """The board's supply gave way in the emergency; its adapter has the computer's, and stayed."""
    with running(pty_peer.path, inbox) as relay:
        assert pty_peer.read(4) == OFF_1
        relay.hold(is_open=True)
        assert pty_peer.read(4) == ON_1
        relay.hold(is_open=True)
        assert pty_peer.read(4) == ON_1
        relay.hold(is_open=False)
        assert pty_peer.read(4) == OFF_1


class Noting(SerialPort):
    """Notes in which thread commands were written; takes only so many octets at once."""

    def __init__(self, path: str, line: Line) -> None:
        super().__init__(path, line)
        self.threads: list[threading.Thread] = []
        self.octets_max = 4096
        opened.append(self)

    def write_some(self, octets: bytes) -> int:
        self.threads.append(threading.current_thread())
        return super().write_some(octets[: self.octets_max])


opened: list[Noting] = []

# Of which the board's thread, woken on a busy machine, is in the way of one or two.
TRIES = 20


@contextmanager
def noted(path: Path, inbox: Inbox) -> Iterator[tuple[SerialRelay, Noting]]:
    relay = SerialRelay(port=str(path), monotonic_ms=monotonic_ms, open_port=Noting)
    relay.start(inbox.report)
    try:
        inbox.wait_for(Condition.UP)
        yield relay, opened[-1]
    finally:
        relay.stop()
        opened.clear()


def test_opening_is_written_by_who_asks_before_open_returns(
    pty_peer: PtyPeer, inbox: Inbox
) -> None:
    with noted(pty_peer.path, inbox) as (relay, port):
        assert pty_peer.read(4) == OFF_1
        for _ in range(TRIES):  # the board's own thread may be in the middle of its round
            relay.open(10_000)
            is_mine = port.threads[-1] is threading.current_thread()
            assert pty_peer.read(4) == ON_1
            if is_mine:
                return
            relay.hold(is_open=False)
            assert pty_peer.read(4) == OFF_1
        pytest.fail("the board's thread wrote each of them")


def test_command_that_a_line_takes_in_parts_is_sent_whole(pty_peer: PtyPeer, inbox: Inbox) -> None:
    with noted(pty_peer.path, inbox) as (relay, port):
        port.octets_max = 3
        relay.open(10_000)
        assert pty_peer.read(8) == OFF_1 + ON_1
        port.octets_max = 0
        relay.hold(is_open=False)  # nothing goes: it is left to the board's thread
        port.octets_max = 4
        assert pty_peer.read(4) == OFF_1


def test_letting_go_closes_in_the_middle_of_a_pulse(pty_peer: PtyPeer, inbox: Inbox) -> None:
    with running(pty_peer.path, inbox) as relay:
        relay.open(PULSE_MS_MAX)
        assert pty_peer.read(8) == OFF_1 + ON_1
        relay.hold(is_open=False)
        assert pty_peer.read(4) == OFF_1


@pytest.mark.parametrize("channel", [0, 9])
def test_channel_that_no_board_has_is_a_bug(channel: int) -> None:
    with pytest.raises(ValueError, match="channel"):
        SerialRelay(port="unused", channel=channel, monotonic_ms=monotonic_ms)


def test_pulse_of_nothing_is_a_bug() -> None:
    relay = SerialRelay(port="unused", monotonic_ms=monotonic_ms)
    with pytest.raises(ValueError, match="above zero"):
        relay.open(0)
    relay.stop()
