import os

import pytest

from drivers.camera.ffmpeg import restrict_ffmpeg
from drivers.camera.naming import SCHEMES

VARIABLE = "OPENCV_FFMPEG_CAPTURE_OPTIONS"


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "protocol_whitelist;file,http,tcp,concat")


def options(name: str) -> dict[str, str]:
    assert restrict_ffmpeg(name)
    return dict(option.split(";") for option in os.environ[VARIABLE].split("|"))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_stream_has_the_network_and_no_file(scheme: str) -> None:
    protocols = options(f"{scheme}://camera.example/live")["protocol_whitelist"].split(",")
    assert "tcp" in protocols
    assert set(protocols) <= {scheme, "tcp", "tls"}


@pytest.mark.parametrize("name", ["hall.mp4", "/srv/hall.mp4"])
def test_file_has_files_and_no_network(name: str) -> None:
    assert options(name) == {"protocol_whitelist": "file"}


def test_pictures_over_http_are_jpegs_from_where_they_were_asked_for() -> None:
    told = options("http://camera.example/stream")
    assert told["format_whitelist"] == "mpjpeg,mjpeg"
    assert told["max_redirects"] == "0"


def test_rtsp_opens_no_port_of_its_own() -> None:
    assert options("rtsp://camera.example/1")["rtsp_transport"] == "tcp"


def test_letters_of_a_scheme_may_be_large() -> None:
    assert options("HTTP://camera.example/") == options("http://camera.example/")


@pytest.mark.parametrize("name", ["file:///etc/passwd", "ftp://camera.example/1"])
def test_other_addresses_are_not_opened(name: str) -> None:
    assert not restrict_ffmpeg(name)
