import os
import queue
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from driver_peers import PATIENCE_S, Inbox

from drivers.base import Condition, DriverError, Shown
from drivers.camera.landlock import landlock_version
from drivers.condition import ConditionTeller
from drivers.osdp.process import CARDS_MAX, OsdpProcess
from drivers.osdp.reader import OsdpAddress
from simulator.access_controller import LIGHT_GREEN, AccessController
from tests.conftest import ROOT

pytestmark = [pytest.mark.usefixtures("no_fd_leak"), pytest.mark.slow]

KEY = bytes.fromhex("00112233445566778899aabbccddeeff")
CARD = b"000a0d7fffababab"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "scbk"
    path.touch(mode=0o600)
    path.write_text(KEY.hex() + "\n")
    return path


@contextmanager
def reading(
    port: str, key_file: Path, inbox: Inbox, follow: Callable[[Shown], None] | None = None
) -> Iterator[OsdpProcess]:
    where = OsdpAddress(port=port, baud=115_200, address=1, key_file=key_file)
    reader = OsdpProcess(where=where)
    if follow is not None:
        reader.follow(follow)
    reader.start(inbox.report)
    try:
        yield reader
    finally:
        reader.stop()


def test_a_card_goes_through_the_process_and_the_light_comes_back(
    key_file: Path, inbox: Inbox
) -> None:
    shown: queue.Queue[Shown] = queue.Queue()
    with (
        AccessController(KEY) as controller,
        reading(controller.path, key_file, inbox, shown.put) as reader,
    ):
        inbox.wait_for(Condition.UP)
        reader.send(CARD)
        assert controller.cards.get(timeout=PATIENCE_S) == bytes.fromhex(CARD.decode())
        assert controller.light(LIGHT_GREEN)
        assert shown.get(timeout=PATIENCE_S) is Shown.OK
        pid = reader.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_frame_that_ends_libosdp_ends_no_lane(key_file: Path, inbox: Inbox) -> None:
    """An unknown command (83) in the clear, its checksum right: libosdp 3.2.9 does not survive."""
    frame = bytes.fromhex("ff53010900048300b055")
    with (
        AccessController(KEY) as controller,
        reading(controller.path, key_file, inbox) as reader,
    ):
        inbox.wait_for(Condition.UP)
        controller.cable.is_cut = True
        controller.say(frame)
        inbox.wait_for(Condition.DOWN)
        controller.cable.is_cut = False
        controller.restart()
        inbox.wait_for(Condition.UP)
        reader.send(CARD)
        assert controller.cards.get(timeout=PATIENCE_S) == bytes.fromhex(CARD.decode())


def test_a_line_that_is_plugged_in_anew_gets_another_process(
    key_file: Path, inbox: Inbox, tmp_path: Path
) -> None:
    port = tmp_path / "line"
    with reading(str(port), key_file, inbox) as reader:
        assert "is not there" in inbox.wait_for(Condition.DOWN).detail
        for _ in range(2):
            with AccessController(KEY) as controller:
                port.symlink_to(controller.path)
                while "no secure channel" not in inbox.wait_for(Condition.DOWN).detail:
                    pass
                controller.restart()  # it gave up on a reader that was not there yet
                inbox.wait_for(Condition.UP)
                reader.send(CARD)
                assert controller.cards.get(timeout=PATIENCE_S) == bytes.fromhex(CARD.decode())
                port.unlink()
            inbox.wait_for(Condition.DOWN)


@pytest.mark.skipif(not landlock_version(), reason="the kernel has no Landlock")
def test_the_process_reaches_its_line_and_its_key_and_no_other_file(
    key_file: Path, tmp_path: Path
) -> None:
    other = tmp_path / "identity.json"
    other.write_text("the terminal's own key")
    tried = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from drivers.osdp.child import _give_up\n"
        "from drivers.osdp.reader import OsdpAddress\n"
        "where = OsdpAddress(port='/dev/null', baud=9600, address=1, key_file=Path(sys.argv[1]))\n"
        "_give_up(os.getppid(), where)\n"
        "for path in (*sys.argv[1:], '/dev/zero', '/etc/passwd'):\n"
        "    try:\n"
        "        print(len(open(path).read(9)))\n"
        "    except PermissionError:\n"
        "        print('refused')\n"
        "open('/dev/null', 'w')\n"
    )
    command = [sys.executable, "-c", tried, str(key_file), str(other)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["9", "refused", "refused", "refused"]


def test_a_process_that_hangs_is_ended_and_started_anew(
    key_file: Path, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.osdp.process.SILENT_S_MAX", 1.5)
    monkeypatch.setattr("drivers.osdp.process.END_S_MAX", 0.1)
    with AccessController(KEY) as controller, reading(controller.path, key_file, inbox) as reader:
        inbox.wait_for(Condition.UP)
        os.kill(reader.pid, signal.SIGSTOP)
        assert "does not answer" in inbox.wait_for(Condition.DOWN).detail


def test_a_missing_key_is_told_through_the_process(tmp_path: Path, inbox: Inbox) -> None:
    with AccessController(KEY) as controller, reading(controller.path, tmp_path / "none", inbox):
        assert "install = true" in inbox.wait_for(Condition.DOWN).detail


def test_cards_for_a_process_that_is_not_there_are_dropped(tmp_path: Path) -> None:
    where = OsdpAddress(port="unused", baud=9_600, address=1, key_file=tmp_path / "none")
    reader = OsdpProcess(where=where)
    for _ in range(CARDS_MAX + 3):
        reader.send(CARD)
    assert reader.dropped == 3
    with pytest.raises(ValueError, match="hexadecimal"):
        reader.send(b"no card")
    reader.stop()


@pytest.mark.parametrize(
    "line", [b"", b"[1]", b"nonsense", b'{"condition":"well"}', b'{"shown":1}', b'"condition"']
)
def test_what_a_process_must_not_say_ends_it(tmp_path: Path, inbox: Inbox, line: bytes) -> None:
    where = OsdpAddress(port="unused", baud=9_600, address=1, key_file=tmp_path / "none")
    reader = OsdpProcess(where=where)
    with pytest.raises(DriverError, match="must not"):
        reader._take(line, ConditionTeller("osdp", inbox.report))
    reader.stop()
