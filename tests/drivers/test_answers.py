from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from driver_peers import Inbox, PtyPeer, monotonic_ms

from drivers.answers import LINE_AGE_MS_MAX, LINE_BYTES_MAX, LINES_MAX, SerialAnswers
from drivers.base import Condition

pytestmark = pytest.mark.usefixtures("no_fd_leak")


@contextmanager
def running(path: Path, inbox: Inbox) -> Iterator[SerialAnswers]:
    answers = SerialAnswers(port=str(path))
    answers.start(inbox.report)
    try:
        yield answers
    finally:
        answers.stop()


def test_lines_come_in_order_each_with_a_line_feed(pty_peer: PtyPeer, inbox: Inbox) -> None:
    with running(pty_peer.path, inbox) as answers:
        inbox.wait_for(Condition.UP)
        answers.send(b'{"verdict":"GRANT"}')
        answers.send("通行".encode())
        assert pty_peer.read(27) == b'{"verdict":"GRANT"}\n' + "通行\n".encode()
    assert answers.dropped == 0


@pytest.mark.parametrize("line", [b"two\nlines", b"x" * (LINE_BYTES_MAX + 1)])
def test_what_is_not_one_line_is_a_bug(line: bytes) -> None:
    answers = SerialAnswers(port="unused")
    with pytest.raises(ValueError, match="one line"):
        answers.send(line)
    answers.stop()


@pytest.mark.slow
def test_peer_that_does_not_read_is_reported_and_holds_up_nobody(
    pty_peer: PtyPeer, inbox: Inbox
) -> None:
    lines = [bytes((65 + number,)) * LINE_BYTES_MAX for number in range(40)]
    with running(pty_peer.path, inbox) as answers:
        inbox.wait_for(Condition.UP)
        began_ms = monotonic_ms()
        for line in lines:
            answers.send(line)
        assert monotonic_ms() - began_ms < 1000
        assert answers.dropped >= len(lines) - LINES_MAX - 8
        assert "does not read" in inbox.wait_for(Condition.DOWN).detail
        # It reads again: what comes are whole lines, and the newest is among them.
        kept = len(lines) - answers.dropped
        octets = pty_peer.read(kept * (LINE_BYTES_MAX + 1))
        inbox.wait_for(Condition.UP)
    came = octets.split(b"\n")
    assert came[-1] == b""
    assert set(came[:-1]) <= set(lines)
    assert came[-2] == lines[-1]


def test_stuck_peer_does_not_hold_up_the_stop(pty_peer: PtyPeer, inbox: Inbox) -> None:
    with running(pty_peer.path, inbox) as answers:
        inbox.wait_for(Condition.UP)
        for _ in range(LINES_MAX):
            answers.send(b"x" * LINE_BYTES_MAX)
        began_ms = monotonic_ms()
    assert monotonic_ms() - began_ms < 1000


def test_answers_for_somebody_who_has_gone_are_dropped() -> None:
    now_ms = [0]
    answers = SerialAnswers(port="unused", monotonic_ms=lambda: now_ms[0])
    answers.send(b"old")
    now_ms[0] = 1
    answers.send(b"in time")
    now_ms[0] = LINE_AGE_MS_MAX + 1
    assert answers._lines.take() == b"in time\n"
    assert answers._lines.take() == b""
    assert answers.dropped == 1
    answers.stop()


def test_line_cut_by_unplugging_is_not_continued(pty_peer: PtyPeer, inbox: Inbox) -> None:
    with running(pty_peer.path, inbox) as answers:
        inbox.wait_for(Condition.UP)
        for _ in range(8):
            answers.send(b"x" * LINE_BYTES_MAX)
        pty_peer.read(10)
        pty_peer.unplug()
        inbox.wait_for(Condition.DOWN)
        pty_peer.plug()
        inbox.wait_for(Condition.UP)
        assert pty_peer.read(LINE_BYTES_MAX + 1) == b"x" * LINE_BYTES_MAX + b"\n"
