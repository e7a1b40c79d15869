"""Streams that go wrong, each in its own way, on a real socket and read by FFmpeg itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from stream_lane import JPEG, StreamLane

from drivers.camera import source as source_module
from drivers.camera.messages import Trouble
from simulator.bad_camera import BadCamera, Fault
from simulator.rtsp import RtspCamera, RtspFault

pytestmark = pytest.mark.slow

QUIET = {Trouble.SILENT, Trouble.UNOPENED}
TROUBLES = {
    Fault.STALLS: QUIET,
    Fault.CUTS: QUIET,
    Fault.HALVES: {Trouble.GARBLED},
    Fault.NOISE: {Trouble.GARBLED, *QUIET},
    Fault.SHORT_LENGTH: {Trouble.GARBLED, *QUIET},
    Fault.LONG_LENGTH: QUIET,
    Fault.ENDLESS_HEADER: QUIET,
    Fault.TRICKLES: QUIET,
    Fault.CLOSES: QUIET,
    Fault.REDIRECTS: QUIET,
    Fault.HUGE_PART: {Trouble.TOO_LARGE, *QUIET},
    Fault.HUGE_SIZE: {Trouble.TOO_LARGE, *QUIET},
    Fault.PLAYLIST: QUIET,
    Fault.FLOODS: {Trouble.FLOODING},
    Fault.PAGE: QUIET,
}
NOWHERE = "127.0.0.1:9/stream"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenCV gives up soon; and what FFmpeg may use is forgotten after the test."""
    monkeypatch.setattr(source_module, "OPEN_MS_MAX", 1_500)
    monkeypatch.setattr(source_module, "READ_MS_MAX", 300)
    monkeypatch.setenv("OPENCV_FFMPEG_CAPTURE_OPTIONS", "")


@contextmanager
def http(fault: Fault, *, elsewhere: str = f"http://{NOWHERE}") -> Iterator[BadCamera]:
    with BadCamera(JPEG, fault, elsewhere=elsewhere) as camera:
        yield camera


@contextmanager
def rtsp(fault: RtspFault, *, elsewhere: str = f"rtsp://{NOWHERE}") -> Iterator[RtspCamera]:
    with RtspCamera(JPEG, fault, elsewhere=elsewhere) as camera:
        yield camera


def test_every_fault_has_its_troubles() -> None:
    assert set(TROUBLES) == set(Fault) - {Fault.NONE}


@pytest.mark.parametrize("fault", TROUBLES)
def test_fault_of_a_camera_is_told_and_the_lane_heals_by_itself(fault: Fault) -> None:
    with http(fault) as camera, StreamLane(camera.url) as lane:
        assert lane.trouble() in TROUBLES[fault]
        camera.mend()
        lane.wait_for_code()


@pytest.mark.parametrize("fault", sorted(set(RtspFault) - {RtspFault.NONE}, key=str))
def test_fault_of_an_rtsp_camera_is_told_and_the_lane_heals_by_itself(fault: RtspFault) -> None:
    with rtsp(fault) as camera, StreamLane(camera.url) as lane:
        assert lane.trouble() in QUIET
        camera.mend()
        lane.wait_for_code()


def test_well_cameras_are_no_trouble() -> None:
    for camera in (BadCamera(JPEG, Fault.NONE), RtspCamera(JPEG)):
        with camera, StreamLane(camera.url) as lane:
            for _ in range(10):
                lane.wait_for_code()
            assert lane.troubles.empty()


def test_rtsp_camera_is_asked_for_its_one_connection_and_nothing_else() -> None:
    with rtsp(RtspFault.NONE) as camera:
        with StreamLane(camera.url) as lane:
            lane.wait_for_code()
        setups = [asked for asked in camera.asked if asked.startswith("SETUP")]
    assert setups
    assert all("RTP/AVP/TCP" in asked and "client_port" not in asked for asked in setups)


@pytest.mark.parametrize("fault", [Fault.REDIRECTS, Fault.PLAYLIST])
def test_camera_leads_nobody_to_another_place(fault: Fault) -> None:
    with http(Fault.NONE) as other, http(fault, elsewhere=other.url) as camera:
        with StreamLane(camera.url) as lane:
            for _ in range(3):
                assert lane.trouble() is Trouble.UNOPENED
        assert other.served == 0


def test_rtsp_camera_leads_nobody_to_another_place() -> None:
    with rtsp(RtspFault.NONE) as other, rtsp(RtspFault.REDIRECTS, elsewhere=other.url) as camera:
        with StreamLane(camera.url) as lane:
            for _ in range(3):
                assert lane.trouble() is Trouble.UNOPENED
        assert other.asked == []


@pytest.mark.parametrize("fault", [Fault.REDIRECTS, Fault.PLAYLIST])
@pytest.mark.parametrize("scheme", ["file://{}", "concat:{}", "subfile,,start,0,end,0,,:{}"])
def test_camera_leads_nobody_to_a_file_of_this_machine(
    fault: Fault, scheme: str, tmp_path: Path
) -> None:
    path = tmp_path / "video.jpg"
    path.write_bytes(JPEG)
    with http(fault, elsewhere=scheme.format(path)) as camera, StreamLane(camera.url) as lane:
        for _ in range(2):
            assert lane.trouble() is Trouble.UNOPENED
        assert lane.pictures.empty()
