import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.camera.naming import SourceKind, device_name, full_name, kind_of, located


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("0", SourceKind.DEVICE),
        ("/dev/v4l/by-id/usb-camera", SourceKind.DEVICE),
        ("http://camera.example/stream", SourceKind.STREAM),
        ("rtsp://camera.example/1", SourceKind.STREAM),
        ("/srv/video.mp4", SourceKind.FILE),
        ("video.mp4", SourceKind.FILE),
    ],
)
def test_source_is_known_by_its_text(text: str, kind: SourceKind) -> None:
    assert kind_of(text) is kind


def test_camera_may_be_named_by_its_number() -> None:
    assert full_name("7") == "/dev/video7"
    assert full_name("/dev/video7") == "/dev/video7"


def test_file_is_named_for_a_process_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/usr")
    assert located("video.mp4") == "/usr/video.mp4"
    assert located("0") == "0"
    assert located("rtsp://camera.example/1") == "rtsp://camera.example/1"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("rtsp://user:secret@camera.example/1", "rtsp://camera.example/…"),
        ("rtsp://user:s@cret@camera.example:554/1", "rtsp://camera.example:554/…"),
        ("rtsp://user:secret@[2001:db8::7]:554/1", "rtsp://[2001:db8::7]:554/…"),
        ("rtsp://10.0.0.7:554/live?user=admin&pwd=secret", "rtsp://10.0.0.7:554/…"),
        ("http://10.0.0.7?pwd=secret", "http://10.0.0.7/…"),
        ("http://10.0.0.7#secret", "http://10.0.0.7/…"),
        ("http://10.0.0.7/", "http://10.0.0.7/…"),
        ("http://10.0.0.7:8080", "http://10.0.0.7:8080"),
        # Which of these is the host?
        ("rtsp://admin:s/cret@10.0.0.7:554/1", "rtsp://…"),
        ("rtsp://admin:1234/cret@10.0.0.7:554/1", "rtsp://…"),
        ("rtsp://10.0.0.7/live@secret", "rtsp://…"),
        ("rtsp://admin#secret@10.0.0.7/1", "rtsp://…"),
        ("rtsp://admin?secret@10.0.0.7/1", "rtsp://…"),
        ("rtsp://admin\\secret@10.0.0.7/1", "rtsp://…"),
        ("rtsp://admin:secret", "rtsp://…"),
        ("rtsp://admin:secret@", "rtsp://…"),
        ("rtsp://", "rtsp://…"),
        ("admin:secret@rtsp://10.0.0.7", "…"),
        ("://secret", "…"),
        ("/dev/video0", "/dev/video0"),
        ("0", "0"),
        ("videos/a@b?c.mp4", "videos/a@b?c.mp4"),
    ],
)
def test_reports_show_scheme_host_and_port_alone(source: str, name: str) -> None:
    assert device_name(source) == name


@given(
    place=st.sampled_from(
        [
            "rtsp://{}@10.0.0.7:554/live",
            "rtsp://admin:{}@10.0.0.7:554/live",
            "rtsp://10.0.0.7:554/{}",
            "rtsp://10.0.0.7:554/live?user=admin&pwd={}",
            "rtsp://10.0.0.7:554?{}",
            "rtsp://10.0.0.7:554/live#{}",
        ]
    ),
    secret=st.text(st.sampled_from("sS7@/?#:[].-&=%\\ \n…é") | st.characters(), max_size=12),
)
def test_no_secret_ever_shows(place: str, secret: str) -> None:
    """Told are these words and no others, whatever the secret is."""
    assert device_name(place.format(secret)) in ("rtsp://10.0.0.7:554/…", "rtsp://…")
