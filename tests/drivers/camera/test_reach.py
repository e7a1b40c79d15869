from pathlib import Path

import pytest

from drivers.camera.reach import reach_of

KEYS = Path("/var/lib/scan-terminal/identity.json")
SETTINGS = Path("/etc/scan-terminal/terminal.toml")
SOURCES = (
    "0",
    "/dev/v4l/by-id/usb-camera-video-index0",
    "http://camera.example:8080/stream",
    "rtsp://camera.example/live",
    "/srv/videos/hall.mp4",
)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("secret", [KEYS, SETTINGS])
def test_no_camera_process_reaches_keys_or_settings(source: str, secret: Path) -> None:
    reach = reach_of(source)
    assert not any(secret.is_relative_to(path) for path in (*reach.read, *reach.use))


@pytest.mark.parametrize(
    ("source", "port"),
    [
        ("http://camera.example:8080/stream", 8080),
        ("http://camera.example/stream", 80),
        ("https://camera.example/", 443),
        ("RTSP://[2001:db8::1]/live", 554),
        ("rtsp://holder:word@camera.example:8554/live", 8554),
    ],
)
def test_a_stream_connects_to_its_own_port_and_asks_for_names(source: str, port: int) -> None:
    assert set(reach_of(source).ports) == {53, port}


@pytest.mark.parametrize("source", ["http://camera.example:99999/", "http://[", "odd://camera"])
def test_an_address_without_a_port_connects_nowhere(source: str) -> None:
    assert reach_of(source).ports == (53,)


@pytest.mark.parametrize("source", ["0", "/srv/videos/hall.mp4"])
def test_what_is_no_stream_connects_nowhere(source: str) -> None:
    assert reach_of(source).ports == ()


def test_only_the_camera_is_written_and_no_other_device() -> None:
    """A relay board on /dev/ttyUSB0 opens the gate."""
    assert reach_of("/dev/video0").use == reach_of("0").use == (Path("/dev/video0"),)
    assert reach_of("http://camera.example/").use == reach_of("/srv/hall.mp4").use == ()
