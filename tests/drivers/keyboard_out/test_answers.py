import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from driver_peers import PATIENCE_S, Inbox, monotonic_ms

sys.path.insert(0, str(Path(__file__).parent))

from uinput_peer import UinputPeer

from drivers.base import Condition, DeviceMissing, DriverError
from drivers.keyboard_out.answers import KeyboardAnswers
from drivers.keyboard_out.uinput import VirtualKeyboard, open_keyboard

pytestmark = pytest.mark.usefixtures("no_fd_leak")


@contextmanager
def typing(peer: UinputPeer, inbox: Inbox, key_ms: int = 0) -> Iterator[KeyboardAnswers]:
    answers = KeyboardAnswers(key_ms=key_ms, settle_ms=0, open_device=lambda: VirtualKeyboard(peer))
    answers.start(inbox.report)
    try:
        yield answers
    finally:
        answers.stop()


def wait_lines(peer: UinputPeer, count: int) -> None:
    until_ms = monotonic_ms() + int(PATIENCE_S * 1_000)
    while len(peer.lines) < count and monotonic_ms() < until_ms:
        pass


def test_an_answer_is_typed_and_ended_by_enter(inbox: Inbox) -> None:
    peer = UinputPeer()
    with typing(peer, inbox) as answers:
        inbox.wait_for(Condition.UP)
        answers.send(b"GRANT {0a1B} ~!")
        answers.send(b"second")
        wait_lines(peer, 2)
        assert peer.lines == ["GRANT {0a1B} ~!", "second"]
        assert peer.name == b"scan-terminal keyboard"
    assert peer.is_closed
    assert not peer.is_made


def test_a_line_that_was_begun_is_typed_to_its_end_when_the_daemon_stops(inbox: Inbox) -> None:
    """Half of it would stay in the program's field, before the next."""
    peer = UinputPeer()
    line = "0123456789" * 10
    with typing(peer, inbox, key_ms=20) as answers:
        inbox.wait_for(Condition.UP)
        answers.send(line.encode())
        while not peer.typed:
            pass
        began_ms = monotonic_ms()
    assert monotonic_ms() - began_ms < 1_000
    assert peer.lines == [line]


@pytest.mark.parametrize("line", [b"a\nb", b"a\rb", b"\x1b[A", b"\t", b"\x7f", "卡".encode()])
def test_a_line_that_would_press_another_key_is_refused(line: bytes) -> None:
    answers = KeyboardAnswers()
    with pytest.raises(ValueError, match="printable ASCII"):
        answers.send(line)
    answers.stop()


def test_an_empty_line_presses_nothing(inbox: Inbox) -> None:
    peer = UinputPeer()
    with typing(peer, inbox) as answers:
        answers.send(b"")
        answers.send(b"behind it")
        wait_lines(peer, 1)
        assert peer.lines == ["behind it"]


def test_a_kernel_that_takes_the_keyboard_away_is_reported(inbox: Inbox) -> None:
    peers = [UinputPeer(fails=errno.ENODEV), UinputPeer()]
    waiting = list(peers)
    answers = KeyboardAnswers(
        key_ms=0, settle_ms=0, open_device=lambda: VirtualKeyboard(waiting.pop(0))
    )
    answers.start(inbox.report)
    try:
        inbox.wait_for(Condition.UP)
        answers.send(b"lost")
        assert "fails" in inbox.wait_for(Condition.DOWN).detail
        inbox.wait_for(Condition.UP)
        answers.send(b"typed")
        wait_lines(peers[1], 1)
    finally:
        answers.stop()
    assert peers[1].lines == ["typed"]


def test_a_kernel_without_uinput_is_told_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(DeviceMissing, match="modprobe uinput"):
        open_keyboard(str(tmp_path / "uinput"))


def test_what_makes_no_keyboard_is_told(tmp_path: Path) -> None:
    plain = tmp_path / "uinput"
    plain.write_bytes(b"")
    with pytest.raises(DriverError, match="makes no keyboard"):
        open_keyboard(str(plain))
