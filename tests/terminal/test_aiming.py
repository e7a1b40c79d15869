"""`aim`: what it looks at, what it refuses, and what it tells."""

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import segno

from drivers.base import Deliver, Report, ScannedCode
from offline_cache.state import StateFolder
from protocol.keys import to_base64url
from terminal.aiming import CODES_MAX, WINDOW_MS, CodeTally, target_of
from terminal.commands.aiming import aim
from terminal.errors import SettingsError, UsageError


@pytest.fixture
def config(tmp_path: Path) -> Callable[..., Path]:
    def write(*scanners: str) -> Path:
        path = tmp_path / "terminal.toml"
        root = to_base64url(bytes(32))
        lanes = "".join(
            f'[[lane]]\nname = "lane-{number}"\nprofile = "gate"\nscanner = {scanner}\n'
            for number, scanner in enumerate(scanners, 1)
        )
        path.write_text(
            f'[terminal]\nstate = "{tmp_path}"\n'
            f'[centre]\nurl = "http://127.0.0.1:9"\ntrust_root = "{root}"\n{lanes}'
        )
        return path

    return write


@contextmanager
def daemon(folder: Path) -> Iterator[None]:
    """Answer on the control socket as a daemon does."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(StateFolder(folder).control))
        listener.listen()
        listener.settimeout(20)

        def answer() -> None:
            caller, _ = listener.accept()
            with caller:
                caller.recv(64)
                caller.sendall(b'{"running":true}\n')

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield
        finally:
            thread.join()


def refused(config: Path, *, lane: str | None = None, source: str | None = None) -> str:
    with pytest.raises(UsageError) as caught:
        target_of(config, lane=lane, source=source)
    return str(caught.value)


CAMERA = '{ kind = "camera", source = "/dev/video0" }'
STREAM = '{ kind = "camera", source = "http://user:secret@camera.example/a" }'
SERIAL = '{ kind = "serial", port = "/dev/ttyACM0" }'


# What is looked at


def test_only_lane_needs_no_name(config: Callable[..., Path]) -> None:
    target = target_of(config(CAMERA), lane=None, source=None)
    assert (target.lane, target.name) == ("lane-1", "/dev/video0")


def test_one_of_several_lanes_is_named(config: Callable[..., Path]) -> None:
    path = config(CAMERA, SERIAL)
    assert target_of(path, lane="lane-2", source=None).name == "/dev/ttyACM0"
    assert "lane-1, lane-2" in refused(path)
    assert "lane-1, lane-2" in refused(path, lane="lane-3")


def test_source_needs_no_settings(tmp_path: Path) -> None:
    target = target_of(tmp_path / "none.toml", lane=None, source="http://user:secret@cam.example/a")
    assert (target.lane, target.name) == (None, "http://cam.example/…")
    with pytest.raises(SettingsError):
        target_of(tmp_path / "none.toml", lane=None, source=None)


def test_lane_and_source_together_are_refused(config: Callable[..., Path]) -> None:
    assert "give one of them" in refused(config(CAMERA), lane="lane-1", source="0")
    assert "--source" in refused(config(CAMERA), source="")


# The daemon


@pytest.mark.parametrize("scanner", [CAMERA, SERIAL])
def test_device_that_the_daemon_holds_is_refused_with_the_remedy(
    config: Callable[..., Path], tmp_path: Path, scanner: str
) -> None:
    path = config(scanner)
    with daemon(tmp_path):
        told = refused(path)
    assert "systemctl stop scan-terminal" in told
    assert "--source" in told


def test_stream_of_a_running_daemon_can_be_looked_at(
    config: Callable[..., Path], tmp_path: Path
) -> None:
    path = config(STREAM)
    StateFolder(tmp_path).control.touch()  # nobody would answer: it is not asked
    assert target_of(path, lane=None, source=None).name == "http://camera.example/…"


def test_camera_of_a_lane_is_refused_by_any_of_its_names(
    config: Callable[..., Path], tmp_path: Path
) -> None:
    path = config(CAMERA)
    for source in ("/dev/video0", "0"):
        with daemon(tmp_path):
            assert "holds" in refused(path, source=source)
        StateFolder(tmp_path).control.unlink()
    assert target_of(path, lane=None, source="/dev/video1").name == "/dev/video1"


def test_socket_that_makes_no_sense_counts_as_a_daemon(
    config: Callable[..., Path], tmp_path: Path
) -> None:
    path = config(CAMERA)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(StateFolder(tmp_path).control))
        listener.listen()

        def hang_up() -> None:
            listener.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        assert "holds" in refused(path)
        thread.join()


# Scanners that decode by themselves


class Engine:
    """A scanner that delivers what it is told to."""

    faults = 3

    def __init__(self) -> None:
        self.deliver: Deliver

    def start(self, deliver: Deliver, _report: Report) -> None:
        self.deliver = deliver

    def forget(self) -> None: ...

    def stop(self) -> None: ...


def scanned(read_ms: int, payload: bytes = b"HOLDER-0007") -> ScannedCode:
    return ScannedCode(payload=payload, engine="serial", seen_ms=read_ms - 4, read_ms=read_ms)


def test_codes_are_counted_and_only_recent_ones_are_a_rate() -> None:
    engine, now_ms = Engine(), [0]
    tally = CodeTally(engine, lambda: now_ms[0])
    tally.start(lambda _report: None)
    for read_ms in (0, 1, 2):
        engine.deliver(scanned(read_ms))
    now_ms[0] = WINDOW_MS
    view = tally.view()
    assert (view.codes, view.rate) == (3, 2 * 1000 / WINDOW_MS)
    assert view.last == scanned(2)
    assert view.faults == {"faults": 3}


def test_codes_kept_are_bounded() -> None:
    engine = Engine()
    tally = CodeTally(engine, lambda: 0)
    tally.start(lambda _report: None)
    for _ in range(CODES_MAX + 1):
        engine.deliver(scanned(0))
    assert tally.view().codes == CODES_MAX + 1
    assert tally.view().rate == CODES_MAX * 1000 / WINDOW_MS


# The command


def video(path: Path, payload: str | None) -> str:
    frame = np.full((320, 320), 120, np.uint8)
    if payload is not None:
        matrix = np.array(segno.make_qr(payload, version=3, error="m").matrix, np.uint8)
        code = np.kron(1 - matrix, np.ones((6, 6), np.uint8)) * 255
        frame[60 : 60 + len(code), 60 : 60 + len(code)] = code
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (320, 320))
    for _ in range(50):
        writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    writer.release()
    return str(path)


def objects(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.slow
def test_camera_is_told_an_object_a_second_and_drawn_at_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = video(tmp_path / "code.avi", "HOLDER-0007"), tmp_path / "out.png"
    status = aim(tmp_path / "none.toml", source=source, seconds=8, picture=out, as_json=True)
    told = [each for each in objects(capsys) if each["read"]]
    assert status == 0
    assert told
    last = told[-1]
    assert (last["device"], last["condition"], last["standing"]) == (source, "up", "good")
    assert (last["modules"], last["sharpness"], last["advice"]) == (29, "sharp", [])
    assert last["pixels_per_module"] == pytest.approx(6, abs=0.2)
    assert last["read_rate"] > 0.9
    assert "text" not in last
    assert "HOLDER" not in json.dumps(told)
    assert cv2.imread(str(out)).shape[2] == 3


@pytest.mark.slow
def test_camera_that_shows_no_code_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = video(tmp_path / "none.avi", None)
    assert aim(tmp_path / "none.toml", source=source, seconds=5, text=True, as_json=True) == 1
    last = objects(capsys)[-1]
    assert (last["standing"], last["text"]) == ("nothing", None)
    assert [advice["code"] for advice in last["advice"]] in (["covered"], [])


@pytest.mark.slow
def test_serial_scanner_is_told_without_what_codes_say(
    config: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    master, slave = os.openpty()
    (tmp_path / "port").symlink_to(os.ttyname(slave))
    path = config(f'{{ kind = "serial", port = "{tmp_path}/port" }}')
    ended = threading.Event()

    def scan() -> None:
        while not ended.wait(0.1):
            os.write(master, b"HOLDER-0007\r")

    thread = threading.Thread(target=scan)
    thread.start()
    try:
        assert aim(path, seconds=3, as_json=True) == 0
    finally:
        ended.set()
        thread.join()
        os.close(master)
        os.close(slave)
    told = capsys.readouterr().out
    last = json.loads(told.splitlines()[-1])
    assert (last["lane"], last["condition"], last["length"]) == ("lane-1", "up", 11)
    assert last["codes"] > 1  # though it is the same one
    assert "HOLDER" not in told


def test_picture_of_a_scanner_without_one_is_refused(
    config: Callable[..., Path], tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="no pictures"):
        aim(config(SERIAL), picture=tmp_path / "out.png")
    with pytest.raises(UsageError, match=r"use \.png"):
        aim(config(CAMERA), picture=tmp_path / "out.txt")
