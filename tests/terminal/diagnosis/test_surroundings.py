"""Settings file, port, time zone, libraries."""

import os
import socket
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from terminal.diagnosis.clock import compare_zones, machines_offset
from terminal.diagnosis.ground import Ground
from terminal.diagnosis.interface import look_at_port, look_at_socket
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


def test_socket_for_programs_is_tried_while_the_daemon_runs(ground: Make, tmp_path: Path) -> None:
    here, path = ground(), tmp_path / "till.sock"
    local = LocalSettings.model_validate({"socket": {"path": str(path)}})
    settings = here.settings.model_copy(update={"local": local})
    there = Ground(config=here.config, settings=settings, machine=here.machine)
    assert list(look_at_socket(there)) == []  # no daemon, no socket
    settings.state_folder.mkdir()
    there.state.control.touch()
    assert [found.level for found in look_at_socket(there)] == ["warn"]
    with closing(socket.socket(socket.AF_UNIX)) as server:
        server.bind(str(path))
        server.listen()
        assert [found.level for found in look_at_socket(there)] == ["ok"]


def zone_file(offset_s: int) -> bytes:
    """Return a time zone of one offset for ever (RFC 9636, version 1)."""
    counts = (0, 0, 0, 0, 1, 4)
    return struct.pack(">4s16x6l", b"TZif", *counts) + struct.pack(">lBB4s", offset_s, 0, 0, b"CST")


def test_time_zone_is_held_against_the_profiles(laid: Laid) -> None:
    assert machines_offset(laid.machine) is None
    place = laid.put("/etc/localtime", "no zone")
    assert machines_offset(laid.machine) is None
    place.write_bytes(zone_file(28_800))
    offset_min = machines_offset(laid.machine)
    assert offset_min == 480
    assert [found.level for found in compare_zones({480}, offset_min)] == ["ok"]
    assert [found.level for found in compare_zones({480, 0}, offset_min)] == ["warn"]
    assert [found.level for found in compare_zones({0}, offset_min)] == ["warn"]
    assert list(compare_zones(set(), offset_min)) == []
    assert list(compare_zones({480}, None)) == []
