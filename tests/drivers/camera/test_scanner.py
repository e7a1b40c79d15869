import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import cv2
import pytest
from driver_peers import (
    PATIENCE_S,
    Inbox,
    MjpegCamera,
    finder_lattice,
    monotonic_ms,
    qr_luma,
)

from drivers.base import Condition
from drivers.camera.crew import MODULES
from drivers.camera.effects import Child
from drivers.camera.health import Failure
from drivers.camera.landlock import landlock_version
from drivers.camera.scanner import CameraScanner

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_fd_leak")]

ROOT = Path(__file__).parents[3]


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("it never came")
        select.poll().poll(10)  # the processes need the machine


def wait_for_spare(scanner: CameraScanner) -> dict[str, int]:
    """Return the processes' numbers once there is a spare, and it is ready."""
    wait_until(lambda: scanner._machine._lives[Child.SPARE].is_ready)
    wait_until(lambda: len(scanner.child_pids()) == len(Child))
    return dict(scanner.child_pids())


@contextmanager
def running(source: str | CameraScanner, inbox: Inbox, **settings: Any) -> Iterator[CameraScanner]:
    if isinstance(source, CameraScanner):
        scanner = source
    else:
        scanner = CameraScanner(source=source, monotonic_ms=monotonic_ms, **settings)
    scanner.start(inbox.deliver, inbox.report)
    try:
        yield scanner
    finally:
        pids = scanner.child_pids().values()
        scanner.stop()
    assert scanner.child_pids() == {}
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    assert not [one for one in threading.enumerate() if one.name.startswith("camera")]


def test_code_held_before_the_camera_is_delivered_once(
    mjpeg_camera: MjpegCamera, inbox: Inbox
) -> None:
    with running(mjpeg_camera.address, inbox, hold_off_ms=60_000) as scanner:
        inbox.wait_for(Condition.UP)
        before_ms = monotonic_ms()
        mjpeg_camera.show(qr_luma(b"HOLDER-0007"))
        code = inbox.code()
        mjpeg_camera.wait_served(10)
        mjpeg_camera.show(None)
        mjpeg_camera.wait_served(3)
        mjpeg_camera.show(qr_luma(b"HOLDER-0007"))
        mjpeg_camera.wait_served(5)
        mjpeg_camera.show(qr_luma(b"HOLDER-0008"))
        assert inbox.code().payload == b"HOLDER-0008"
        assert scanner.health.restarts == 0
    assert inbox.codes.empty()
    assert (code.payload, code.engine) == (b"HOLDER-0007", "zxing")
    assert before_ms - 100 <= code.seen_ms <= code.read_ms <= monotonic_ms()


def test_code_held_before_the_camera_comes_again_when_it_could_not_be_used(
    mjpeg_camera: MjpegCamera, inbox: Inbox
) -> None:
    with running(mjpeg_camera.address, inbox, hold_off_ms=60_000) as scanner:
        mjpeg_camera.show(qr_luma(b"HOLDER-0007"))
        assert inbox.code().payload == b"HOLDER-0007"
        mjpeg_camera.wait_served(10)
        assert inbox.codes.empty()
        scanner.forget()
        assert inbox.code().payload == b"HOLDER-0007"
        mjpeg_camera.show(qr_luma(b"HOLDER-0008"))
        assert inbox.code().payload == b"HOLDER-0008"
    assert inbox.codes.empty()


def test_killed_capture_costs_a_frame(mjpeg_camera: MjpegCamera, inbox: Inbox) -> None:
    with running(mjpeg_camera.address, inbox) as scanner:
        inbox.wait_for(Condition.UP)
        old = wait_for_spare(scanner)
        os.kill(old["capture"], signal.SIGKILL)
        mjpeg_camera.show(qr_luma(b"NEXT"))
        assert "capture process" in inbox.wait_for(Condition.DOWN).detail
        assert inbox.code().payload == b"NEXT"
        inbox.wait_for(Condition.UP)
        new = scanner.child_pids()
        assert {name for name in new if new[name] != old[name]} == {"capture"}
        assert scanner.health.capture[Failure.MEMORY] == scanner.health.restarts == 1


def test_decode_killed_again_and_again_is_replaced_unnoticed(
    mjpeg_camera: MjpegCamera, inbox: Inbox
) -> None:
    with running(mjpeg_camera.address, inbox, hold_off_ms=0) as scanner:
        inbox.wait_for(Condition.UP)
        mjpeg_camera.show(qr_luma(b"CODE"))
        for _ in range(3):
            pids = wait_for_spare(scanner)
            os.kill(pids["decode"], signal.SIGKILL)
            taken_over = pids["spare"]
            while scanner.child_pids().get("decode") != taken_over:
                inbox.code()
            inbox.code()
        assert scanner.health.decode[Failure.MEMORY] == scanner.health.restarts == 3
    assert inbox.reports.empty()


def test_decode_that_hangs_is_replaced(mjpeg_camera: MjpegCamera, inbox: Inbox) -> None:
    with running(mjpeg_camera.address, inbox, frame_deadline_ms=2000) as scanner:
        inbox.wait_for(Condition.UP)
        os.kill(wait_for_spare(scanner)["decode"], signal.SIGSTOP)
        mjpeg_camera.show(qr_luma(b"NEXT"))
        assert inbox.code().payload == b"NEXT"
        assert scanner.health.decode[Failure.HUNG] == 1


def test_camera_that_gives_no_frames_is_down_until_it_does(
    mjpeg_camera: MjpegCamera, inbox: Inbox
) -> None:
    with running(mjpeg_camera.address, inbox, frame_age_ms_max=300) as scanner:
        inbox.wait_for(Condition.UP)
        os.kill(scanner.child_pids()["capture"], signal.SIGSTOP)
        assert "gives no pictures" in inbox.wait_for(Condition.DOWN).detail
        os.kill(scanner.child_pids()["capture"], signal.SIGCONT)
        inbox.wait_for(Condition.UP)
        assert scanner.health.restarts == 0


def test_stream_that_ends_is_opened_again(inbox: Inbox) -> None:
    with MjpegCamera() as camera, running(camera.address, inbox, frame_age_ms_max=300) as scanner:
        inbox.wait_for(Condition.UP)
        camera.hang_up()
        camera.show(qr_luma(b"NEXT"))
        assert inbox.code().payload == b"NEXT"
        assert scanner.health.restarts == 0


@pytest.mark.parametrize("source", ["/dev/video99", "99"])
def test_missing_camera_is_reported(inbox: Inbox, source: str) -> None:
    with running(source, inbox):
        report = inbox.wait_for(Condition.DOWN)
    assert report.device == source
    assert report.detail == (
        f"camera {source} is not there: check the cable and the source in the settings"
    )


def test_unreachable_camera_is_reported_and_its_password_is_not(inbox: Inbox) -> None:
    source = "http://holder:secret@127.0.0.1:9/stream"
    with running(source, inbox) as scanner:
        report = inbox.wait_for(Condition.DOWN)
        for pid in scanner.child_pids().values():
            assert b"secret" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    assert "cannot be opened" in report.detail
    assert "secret" not in report.device + report.detail


def test_video_file_is_played_over_and_over(
    tmp_path: Path, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "video.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (640, 480))
    for payload in (b"FIRST", b"SECOND"):
        for _ in range(8):
            writer.write(cv2.cvtColor(qr_luma(payload), cv2.COLOR_GRAY2BGR))
    writer.release()
    monkeypatch.chdir(tmp_path)
    runs: list[bytes] = []
    with running("video.avi", inbox, hold_off_ms=100, fps_idle=60, fps_max=60):
        while len(runs) < 4:  # a busy machine may tell one twice
            payload = inbox.code().payload
            runs += [payload] if payload not in runs[-1:] else []
    assert runs in ([b"FIRST", b"SECOND"] * 2, [b"SECOND", b"FIRST"] * 2)


def test_processes_die_with_the_daemon() -> None:
    program = """
import queue, time
from drivers.base import Condition
from drivers.camera.crew import MODULES
from drivers.camera.effects import Child
from drivers.camera.health import Failure
from drivers.camera.landlock import landlock_version
from drivers.camera.scanner import CameraScanner
reports = queue.Queue()
scanner = CameraScanner(source="/dev/video99", monotonic_ms=lambda: time.monotonic_ns() // 10**6)
scanner.start(print, reports.put)
while reports.get().condition is not Condition.DOWN:
    pass
print(*scanner.child_pids().values(), flush=True)
input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as daemon:  # fmt: skip
        assert daemon.stdout is not None
        watched = [os.pidfd_open(int(pid)) for pid in daemon.stdout.readline().split()]
        daemon.kill()
    assert len(watched) in (2, 3)  # the spare may have come or not
    for pidfd in watched:
        assert select.select([pidfd], [], [], PATIENCE_S)[0]
        os.close(pidfd)


def test_stop_without_start_frees_everything() -> None:
    CameraScanner(source="0", monotonic_ms=monotonic_ms).stop()


def test_stop_right_after_start_is_clean(inbox: Inbox) -> None:
    with running("/dev/video99", inbox):
        pass


@pytest.mark.parametrize("name", ["capture", "decode", "spare"])
def test_processes_have_given_up_their_powers(
    mjpeg_camera: MjpegCamera, inbox: Inbox, name: str
) -> None:
    with running(mjpeg_camera.address, inbox) as scanner:
        inbox.wait_for(Condition.UP)
        folder = Path(f"/proc/{wait_for_spare(scanner)[name]}")
        limits = (folder / "limits").read_text().splitlines()
        status = dict(line.split(":\t", 1) for line in (folder / "status").read_text().splitlines())
        score = int((folder / "oom_score_adj").read_text())
    values = {line[:26].strip(): line[26:].split()[:2] for line in limits}
    for limit in ("Max core file size", "Max file size"):
        assert values[limit] == ["0", "0"]
    assert values["Max address space"][1] != "unlimited"
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert [int(status[one], 16) for one in ("CapInh", "CapPrm", "CapEff", "CapAmb")] == [0] * 4
    assert score >= 500
    if name != "capture":
        assert values["Max open files"] == values["Max processes"] == ["0", "0"]
        assert status["Threads"] == "1"


@pytest.mark.parametrize("name", ["decode", "spare"])
def test_decode_holds_its_pipes_and_the_slot_to_read_and_nothing_else(
    mjpeg_camera: MjpegCamera, inbox: Inbox, name: str
) -> None:
    with running(mjpeg_camera.address, inbox) as scanner:
        inbox.wait_for(Condition.UP)
        folder = Path(f"/proc/{wait_for_spare(scanner)[name]}")
        held = {int(fd.name): str(fd.readlink()) for fd in (folder / "fd").iterdir()}
        flags = (folder / "fdinfo" / "4").read_text().splitlines()[1]
        memory = (folder / "maps").read_text()
    pipes = [held.pop(fd) for fd in (0, 1, 2, 3)]
    assert all(one.startswith("pipe:") for one in pipes)
    assert pipes[1] == pipes[2]  # what libraries print is a complaint
    assert held == {4: "/memfd:camera frame (deleted)"}
    assert int(flags.split()[1], 8) & os.O_ACCMODE == os.O_RDONLY
    assert not [line for line in memory.splitlines() if "w" in line[:26] and "x" in line[:34]]


class RogueLane(CameraScanner):
    modules: ClassVar[Mapping[Child, str]] = {
        Child.CAPTURE: MODULES[Child.CAPTURE],
        Child.DECODE: "rogue_decode",
        Child.SPARE: "rogue_decode",
    }


@pytest.mark.parametrize(
    ("way", "failure"),
    [
        (b"CRASH", Failure.CRASHED),
        (b"COMPLAIN", Failure.CRASHED),
        (b"COMPUTE", Failure.HUNG),
        (b"EAT", Failure.MEMORY),
        (b"CALL HOME", Failure.FORBIDDEN),
        (b"FORK", Failure.FORBIDDEN),
        (b"NONSENSE", Failure.NONSENSE),
    ],
)
def test_picture_that_overcomes_a_decoder_costs_itself_and_is_counted(
    mjpeg_camera: MjpegCamera, inbox: Inbox, way: bytes, failure: Failure
) -> None:
    lane = RogueLane(source=mjpeg_camera.address, monotonic_ms=monotonic_ms)
    with running(lane, inbox):
        inbox.wait_for(Condition.UP)
        wait_for_spare(lane)
        mjpeg_camera.show(qr_luma(way))
        wait_until(lambda: lane.health.decode[failure] > 0)
        mjpeg_camera.show(qr_luma(b"NEXT"))
        assert inbox.code().payload == b"NEXT"
        assert lane.health.restarts == lane.health.decode[failure]


def test_decoder_that_waits_for_ever_is_replaced(mjpeg_camera: MjpegCamera, inbox: Inbox) -> None:
    lane = RogueLane(source=mjpeg_camera.address, monotonic_ms=monotonic_ms, frame_deadline_ms=2000)
    with running(lane, inbox):
        mjpeg_camera.show(qr_luma(b"WAIT"))
        wait_until(lambda: lane.health.decode[Failure.HUNG] > 0)
        mjpeg_camera.show(qr_luma(b"NEXT"))
        assert inbox.code().payload == b"NEXT"


def test_picture_made_to_hang_a_decoder_costs_itself(tmp_path: Path, inbox: Inbox) -> None:
    """In the video it comes round again and again; each time the code behind it is read."""
    code = cv2.copyMakeBorder(qr_luma(b"NEXT"), 360, 360, 640, 640, cv2.BORDER_REPLICATE)
    frames = [finder_lattice(), *[code] * 8]
    path = tmp_path / "hostile.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"FFV1"), 10, (1920, 1200))
    for frame in frames:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    writer.release()
    lane = CameraScanner(source=str(path), monotonic_ms=monotonic_ms, hold_off_ms=0)
    with running(lane, inbox):
        wait_until(lambda: lane.health.decode[Failure.HUNG] > 0)
        while not inbox.codes.empty():
            inbox.code()
        assert inbox.code().payload == b"NEXT"
    assert lane.health.restarts == lane.health.decode[Failure.HUNG]


@pytest.mark.skipif(not landlock_version(), reason="this kernel has no Landlock")
def test_camera_that_is_plugged_in_anew_gets_a_capture_process_that_may_reach_it(
    inbox: Inbox,
) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:  # a camera's path lies under /dev
        node = Path(folder) / "video0"
        with running(str(node), inbox) as scanner:
            assert "is not there" in inbox.wait_for(Condition.DOWN).detail
            os.mkfifo(node)
            # It is no camera, but it was reached.
            wait_until(lambda: "cannot be opened" in inbox.wait_for(Condition.DOWN).detail)
        assert scanner.health.capture[Failure.RENEWED] == scanner.health.restarts == 1
