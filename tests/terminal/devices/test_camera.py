import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from drivers.camera.naming import SCHEMES, full_name
from drivers.camera.scanner import CameraScanner
from terminal.devices import camera as camera_module
from terminal.devices.camera import CameraSettings
from terminal.diagnosis.finding import Finding


def settings(source: str = "/dev/v4l/by-id/usb-camera", toml: str = "") -> CameraSettings:
    table = tomllib.loads(toml)
    return CameraSettings.model_validate({"kind": "camera", "source": source, **table})


def refusal(source: str, toml: str = "") -> str:
    with pytest.raises(ValidationError) as refused:
        settings(source, toml)
    (error,) = refused.value.errors()
    return error["msg"] + ".".join(str(part) for part in error["loc"])


def test_nothing_but_a_source_is_needed() -> None:
    plain = settings()
    scanner = plain.make()
    assert isinstance(scanner, CameraScanner)
    scanner.stop()
    assert (plain.width, plain.height, plain.exposure_us, plain.focus) == (1280, 720, None, None)


def test_all_that_a_camera_is_set_to_reaches_its_driver() -> None:
    full = settings(
        toml="""
        fps_idle = 5
        fps_max = 30
        frozen_after_s = 0
        width = 1920
        height = 1080
        exposure_us = 5000
        gain = 12
        focus = 40
        brightness = -10
        """
    )
    scanner = full.make()
    assert isinstance(scanner, CameraScanner)
    scanner.stop()
    order = scanner._order
    assert order.frozen_after_ms == 0
    assert (order.controls.width, order.controls.height) == (1920, 1080)
    assert (order.controls.exposure_us, order.controls.gain) == (5000, 12)
    assert (order.controls.focus, order.controls.brightness) == (40, -10)


@pytest.mark.parametrize(
    ("toml", "where"),
    [
        ("exposure_us = 0", "exposure_us"),
        ("exposure_us = 1000001", "exposure_us"),
        ("width = 159", "width"),
        ("height = 2161", "height"),
        ("gain = -1", "gain"),
        ("focus = 65536", "focus"),
        ("frozen_after_s = -1", "frozen_after_s"),
        ("exposure = 5", "exposure"),
    ],
)
def test_value_out_of_range_is_refused_by_its_name(toml: str, where: str) -> None:
    assert refusal("0", toml).endswith(where)


@pytest.mark.parametrize("source", ["rtsp://10.0.0.7/live", "http://10.0.0.7/", "hall.mp4"])
@pytest.mark.parametrize("toml", ["exposure_us = 5000", "width = 1280", "focus = 40"])
def test_what_only_a_camera_here_can_be_set_to_is_refused_for_others(
    source: str, toml: str
) -> None:
    name = toml.partition(" ")[0]
    assert f"{name} belongs to a camera under /dev" in refusal(source, toml)
    assert getattr(settings("/dev/video0", toml), name) is not None


@pytest.mark.parametrize("scheme", SCHEMES)
def test_addresses_that_a_camera_may_have_pass(scheme: str) -> None:
    assert settings(f"{scheme}://10.0.0.7/live").source.startswith(scheme)
    assert settings(f"{scheme.upper()}://10.0.0.7/live")


@pytest.mark.parametrize("scheme", ["file", "ftp", "concat", "rtmp", "udp", ""])
def test_other_addresses_are_refused_and_not_repeated(scheme: str) -> None:
    said = refusal(f"{scheme}://admin:secret@10.0.0.7/live")
    assert "no address of http, https, rtsp, rtsps" in said
    assert "secret" not in said


@pytest.fixture
def stable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The two folders in which udev names cameras."""
    folders = tmp_path / "by-id", tmp_path / "by-path"
    for folder in folders:
        folder.mkdir()
    monkeypatch.setattr(camera_module, "STABLE", folders)
    return folders


def found(source: str) -> list[Finding]:
    return list(settings(source).findings("lane gate-1"))


@pytest.mark.parametrize("source", ["7", "/dev/video7"])
def test_doctor_proposes_the_name_that_stays(source: str, stable: tuple[Path, Path]) -> None:
    for folder, name in zip(
        stable, ("usb-Maker_Camera_123-video-index0", "pci-usb-0"), strict=True
    ):
        (folder / name).symlink_to("/dev/video7")
        (folder / "other").symlink_to("/dev/video8")
    missing, numbered = found(source)
    assert missing.level == "fail"
    assert numbered.level == "warn"
    assert "may be another camera's after the next start" in numbered.what
    assert numbered.remedy == f"name it {stable[0] / 'usb-Maker_Camera_123-video-index0'}"


def test_doctor_names_the_folder_where_no_name_leads_to_the_camera(
    stable: tuple[Path, Path],
) -> None:
    assert found("0")[1].remedy == f"name it as in {stable[0]}"


@pytest.mark.parametrize("source", ["/dev/v4l/by-id/usb-camera", "hall.mp4"])
def test_doctor_has_nothing_against_a_name_that_stays(source: str) -> None:
    assert [finding.level for finding in found(source)] == ["fail"]  # it is not here


def test_doctor_leaves_a_stream_to_the_daemon() -> None:
    (finding,) = found("rtsp://admin:secret@10.0.0.7/live")
    assert finding.level == "ok"
    assert "secret" not in finding.what


def test_number_and_path_are_the_same_camera() -> None:
    assert full_name("7") == "/dev/video7"
