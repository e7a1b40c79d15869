"""Settings file, port, time zone, libraries."""

import os
import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from terminal.diagnosis.ground import Ground
from terminal.diagnosis.interface import look_at_port
from terminal.diagnosis.libraries import installed_opencv, look_at_opencv
from terminal.diagnosis.settings_file import look_at_settings_file
from terminal.local.table import LocalSettings
from tests.terminal.diagnosis.conftest import Laid

Make = Callable[..., Ground]


@pytest.mark.parametrize(("mode", "level"), [(0o644, "ok"), (0o640, "warn"), (0o666, "fail")])
def test_settings_are_read_by_the_daemon_and_written_by_no_stranger(
    laid: Laid, ground: Make, mode: int, level: str
) -> None:
    here = ground()
    here.config.touch()
    here.config.chmod(mode)
    (found,) = look_at_settings_file(here)
    assert (found.code, found.level) == ("settings.access", level)
    laid.put("/etc/group", f"scan-terminal:x:{os.getgid()}:\n")
    assert next(iter(look_at_settings_file(here))).level == {"warn": "ok"}.get(level, level)


LISTENING = (
    "  sl  local_address rem_address   st tx_queue\n"
    "   0: 0100007F:1B9E 00000000:0000 0A 00000000:00000000\n"
    "   1: 0100007F:1B9F 00000000:0000 01 00000000:00000000\n"
)


@pytest.mark.parametrize(("port", "codes"), [(7070, ["local.port"]), (7071, []), (7072, [])])
def test_port_that_another_program_listens_on_is_told(
    laid: Laid, ground: Make, port: int, codes: list[str]
) -> None:
    laid.put("/proc/net/tcp", LISTENING)
    here = ground()
    assert list(look_at_port(here)) == []  # there is no interface
    settings = here.settings.model_copy(update={"local": LocalSettings(port=port)})
    there = Ground(config=here.config, settings=settings, machine=here.machine)
    assert [found.code for found in look_at_port(there)] == codes


def test_socket_that_a_crash_left_is_no_daemon_that_has_the_port(laid: Laid, ground: Make) -> None:
    laid.put("/proc/net/tcp", LISTENING)
    here = ground()
    settings = here.settings.model_copy(update={"local": LocalSettings()})
    there = Ground(config=here.config, settings=settings, machine=here.machine)
    there.settings.state_folder.mkdir()
    with closing(socket.socket(socket.AF_UNIX)) as server:
        server.bind(str(there.state.control))
        server.listen()
    assert [found.code for found in look_at_port(there)] == ["local.port"]


def package(folder: Path, name: str) -> None:
    info = folder / f"{name.replace('-', '_')}-4.14.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 4.14.0\n")


def test_two_packages_of_opencv_are_told_and_one_is_not(ground: Make, tmp_path: Path) -> None:
    site = tmp_path / "site"
    package(site, "opencv-python")
    package(site, "numpy")
    assert installed_opencv((str(site),)) == ["opencv-python"]
    package(site, "opencv-python-headless")
    here = ground()
    both = Ground(config=here.config, settings=here.settings, packages=(str(site),))
    (found,) = [each for each in look_at_opencv(both) if each.level == "fail"]
    assert found.code == "engine.opencv-doubled"
    assert "opencv-python and opencv-python-headless" in found.what
