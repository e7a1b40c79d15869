"""Each restriction is tried in a process of its own: there is no way back from one."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.camera.landlock import landlock_version

ROOT = Path(__file__).parents[3]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not landlock_version(), reason="this kernel has no Landlock"),
]

_TRY = """
import ctypes, json, os, signal, socket, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from drivers.camera.landlock import Reach, restrict
asked = json.loads(sys.argv[2])
ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)
reach = Reach(
    read=tuple(map(Path, asked["read"])), use=tuple(map(Path, asked["use"])),
    ports=tuple(asked["ports"]),
)
assert restrict(reach)
told = {}
def attempt(name, act):
    try:
        act()
    except OSError as fault:
        told[name] = fault.strerror
    else:
        told[name] = "done"
for path in asked["paths"]:
    attempt("read " + path, lambda: open(path, "rb").read(1))
    attempt("write " + path, lambda: os.close(os.open(path, os.O_WRONLY)))
for port in asked["try_ports"]:
    attempt(f"connect {port}", lambda: socket.socket().connect(("127.0.0.1", port)))
attempt("signal", lambda: os.kill(os.getppid(), 0))
print(json.dumps(told))
"""


def tried(
    paths: list[Path],
    *,
    read: list[Path],
    use: tuple[Path, ...] = (),
    ports: tuple[int, ...] = (),
    try_ports: tuple[int, ...] = (),
) -> dict[str, str]:
    asked = {
        "paths": [str(path) for path in paths],
        "read": [str(path) for path in read],
        "use": [str(path) for path in use],
        "ports": ports,
        "try_ports": try_ports,
    }
    done = subprocess.run(
        [sys.executable, "-c", _TRY, str(ROOT), json.dumps(asked)],
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, str] = json.loads(done.stdout)
    return told


def test_only_named_files_are_read_and_none_is_written(tmp_path: Path) -> None:
    keys, video, folder = tmp_path / "identity.json", tmp_path / "video", tmp_path / "etc"
    folder.mkdir()
    for file in (keys, video, folder / "hosts"):
        file.write_bytes(b"x")
    missing = tmp_path / "missing"
    told = tried([keys, video, folder / "hosts"], read=[video, folder, missing])
    assert told.pop("signal") in ("done", "Operation not permitted")  # since Linux 6.12
    assert told == {
        f"read {keys}": "Permission denied",
        f"write {keys}": "Permission denied",
        f"read {video}": "done",
        f"write {video}": "Permission denied",
        f"read {folder / 'hosts'}": "done",
        f"write {folder / 'hosts'}": "Permission denied",
    }


def test_a_device_may_be_written(tmp_path: Path) -> None:
    device = tmp_path / "video0"
    device.write_bytes(b"x")
    told = tried([device], read=[], use=(device,))
    assert {told[f"read {device}"], told[f"write {device}"]} == {"done"}


def test_a_device_is_reached_by_its_link_and_its_neighbour_is_not(tmp_path: Path) -> None:
    link, relay = tmp_path / "usb-camera", tmp_path / "ttyUSB0"
    for node in (tmp_path / "video0", relay):
        node.write_bytes(b"x")
    link.symlink_to("video0")
    told = tried([link, relay], read=[], use=(link,))
    assert told[f"write {link}"] == "done"
    assert {told[f"read {relay}"], told[f"write {relay}"]} == {"Permission denied"}


@pytest.mark.skipif(landlock_version() < 4, reason="this kernel's Landlock knows no ports")
def test_only_named_ports_are_connected_to() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as camera,
        socket.create_server(("127.0.0.1", 0)) as other,
    ):
        right, wrong = camera.getsockname()[1], other.getsockname()[1]
        told = tried([], read=[], ports=(right,), try_ports=(right, wrong))
    assert told[f"connect {right}"] == "done"
    assert told[f"connect {wrong}"] == "Permission denied"


@pytest.mark.skipif(landlock_version() < 6, reason="this kernel's Landlock knows no signals")
def test_nobody_outside_is_signalled() -> None:
    assert tried([], read=[])["signal"] == "Operation not permitted"
