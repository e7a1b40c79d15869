import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from driver_peers import PATIENCE_S

from drivers.camera.child_process import ChildEndedError, ChildProcess
from drivers.camera.messages import Kind, Message
from drivers.camera.slot import Slot

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_fd_leak")]

ROOT = Path(__file__).parents[3]


@pytest.fixture
def rogue() -> Iterator[Callable[[bytes], ChildProcess]]:
    slot = Slot()
    processes = []

    def start(way: bytes) -> ChildProcess:
        os.pwrite(slot.capture_fd, way, 0)
        processes.append(ChildProcess("rogue_processes", slot.capture_fd))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.end()
    slot.close()


def received(process: ChildProcess) -> tuple[Message, ...]:
    assert select.select([process.message_fd()], [], [], PATIENCE_S)[0]
    return process.receive()


def test_noise_ends_the_process(rogue: Callable[[bytes], ChildProcess]) -> None:
    with pytest.raises(ChildEndedError, match="said a body of"):
        received(rogue(b"n"))


def test_failure_is_told_in_its_last_words(rogue: Callable[[bytes], ChildProcess]) -> None:
    with pytest.raises(ChildEndedError, match=r"^exit 1: no camera\[31m today$"):
        received(rogue(b"f"))


def test_process_that_hangs_up_is_killed(rogue: Callable[[bytes], ChildProcess]) -> None:
    with pytest.raises(ChildEndedError, match=r"^signal 9$"):
        received(rogue(b"h"))


def test_process_that_does_not_want_to_end_is_killed(
    rogue: Callable[[bytes], ChildProcess],
) -> None:
    process = rogue(b"s")
    assert received(process) == (Message(kind=Kind.READY),)
    process.ask_to_end()
    process.end()
    assert not Path(f"/proc/{process.pid}").exists()


def test_process_that_does_not_listen_is_found_out(
    rogue: Callable[[bytes], ChildProcess],
) -> None:
    process = rogue(b"s")
    message = Message(kind=Kind.SOURCE, body=b"x" * 40_000)
    process.send(message)  # a pipe holds 64 kB
    with pytest.raises(ChildEndedError, match="does not listen"):
        process.send(message)


def test_speaking_to_a_dead_process_tells_how_it_died(
    rogue: Callable[[bytes], ChildProcess],
) -> None:
    process = rogue(b"s")
    received(process)
    process.kill()
    process._process.wait()
    with pytest.raises(ChildEndedError, match=r"^signal 9$"):
        process.send(Message(kind=Kind.FILL))


def test_process_inherits_nothing_but_what_it_needs(
    rogue: Callable[[bytes], ChildProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCAN_TERMINAL_TOKEN", "secret")
    monkeypatch.setenv("OPENCV_LOG_LEVEL", "ERROR")
    leak = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(leak, True)
    (message,) = received(rogue(b"e"))
    os.close(leak)
    names = message.body.decode().split("\n")
    assert "OPENCV_LOG_LEVEL=" in names
    assert not {"SCAN_TERMINAL_TOKEN=", "HOME=", "PYTHONPATH="} & set(names)
    assert "/" in names
    assert sum(name.isdecimal() for name in names) == 5  # 0, 1, 2, the slot, this listing


def test_processes_find_the_code_of_a_daemon_started_inside_a_checkout() -> None:
    """Its import path then begins with "", which is another place in another process."""
    program = """
import select
from drivers.camera.child_process import ChildProcess
from drivers.camera.slot import Slot
slot = Slot()
process = ChildProcess("drivers.camera.decode_process", slot.decode_fd)
select.select([process.message_fd()], [], [])
print(process.receive()[0].kind.name)
process.ask_to_end()
process.end()
"""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout, done.returncode) == ("READY\n", 0), done.stderr
