from pathlib import Path

import pytest

from protocol.keys import to_base64url
from terminal.devices.camera import CameraSettings
from terminal.devices.serial import SerialSettings
from terminal.errors import SettingsError
from terminal.provisioning.address import keep_url
from terminal.settings import SETTINGS_OCTETS_MAX, load_settings

PINNED = bytes(range(32))
KEY = to_base64url(PINNED)
CENTRE = f'[centre]\nurl = "http://127.0.0.1:8480"\ntrust_root = "{KEY}"\n'
LANE = (
    '[[lane]]\nname = "gate-1"\nprofile = "gate"\n'
    'scanner = { kind = "serial", port = "/dev/ttyACM0" }\n'
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "terminal.toml"


def refused(path: Path, text: str | bytes) -> str:
    """Return the one line in which the settings are refused."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    told = str(caught.value)
    assert told.startswith(f"{path}: ")
    return told


def test_the_smallest_settings_name_the_centre_alone(path: Path) -> None:
    path.write_text(CENTRE)
    settings = load_settings(path)
    assert settings.state_folder == Path("/var/lib/scan-terminal")
    assert settings.lane == ()
    assert settings.centre.root_octets() == PINNED


def test_trust_comes_from_the_centre_or_from_a_mirror_that_is_named(path: Path) -> None:
    path.write_text(CENTRE)
    assert load_settings(path).centre.trust_address == "http://127.0.0.1:8480/tuf"
    path.write_text(CENTRE + 'trust_url = "https://cdn.example/city/"\n')
    assert load_settings(path).centre.trust_address == "https://cdn.example/city/"


def test_every_kind_of_device_has_its_table(path: Path) -> None:
    path.write_text(
        CENTRE
        + LANE
        + 'gate = { kind = "relay", port = "/dev/ttyUSB0", channel = 2 }\n'
        + 'answers = { kind = "serial", port = "/dev/ttyS1" }\n'
        + '[[lane]]\nname = "gate-2"\nprofile = "gate"\n'
        + 'scanner = { kind = "camera", source = "/dev/video0" }\n'
    )
    first, second = load_settings(path).lane
    assert isinstance(first.scanner, SerialSettings)
    assert isinstance(second.scanner, CameraSettings)
    assert first.gate is not None
    assert first.gate.channel == 2


def test_families_of_others_are_named_in_the_terminals_table(path: Path) -> None:
    path.write_text(CENTRE)
    assert load_settings(path).terminal.families == ()
    names = ("mycity", "vds_2.x", "m" * 64, *(f"family-{n}" for n in range(13)))
    path.write_text(f"{CENTRE}[terminal]\nfamilies = {list(names)}\n")
    assert load_settings(path).terminal.families == names


def test_a_file_that_is_not_there_is_told_with_the_option_that_names_it(path: Path) -> None:
    with pytest.raises(SettingsError, match=rf"{path}: can't be read .*--config"):
        load_settings(path)


def test_a_directory_is_no_settings(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"{tmp_path}: can't be read"):
        load_settings(tmp_path)


def test_a_file_without_end_is_read_no_further_than_its_limit() -> None:
    with pytest.raises(SettingsError, match="larger than"):
        load_settings(Path("/dev/zero"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"\xff\xfe" + CENTRE.encode("utf-16-le"), "no UTF-8"),
        ("[centre\n", "no TOML"),
        ("a = " + "[" * 5_000, "no TOML"),
        ("url = 1\nurl = 2\n", "no TOML"),
        (b"#" * (SETTINGS_OCTETS_MAX + 1), "larger than"),
        (CENTRE + 'colour = "red"\n', "centre.colour"),
        (CENTRE + "[shop]\n", "shop"),
        (CENTRE.replace("url", "uri"), "centre.uri: no setting is called so"),
        (CENTRE + 'sync_s = "30"\n', "centre.sync_s"),
        (CENTRE + "sync_s = 0\n", "centre.sync_s"),
        (CENTRE + "sync_s = true\n", "centre.sync_s"),
        (CENTRE + '[terminal]\nlog_level = "loud"\n', "terminal.log_level"),
        (CENTRE + '[terminal]\nstate = ""\n', "terminal.state"),
        (CENTRE + '[terminal]\nfamilies = "mycity"\n', "terminal.families"),
        (CENTRE + '[terminal]\nfamilies = [""]\n', "terminal.families.1"),
        (CENTRE + '[terminal]\nfamilies = ["mycity", "My City"]\n', "terminal.families.2"),
        (CENTRE + f'[terminal]\nfamilies = ["{"m" * 65}"]\n', "terminal.families.1"),
        (CENTRE + f"[terminal]\nfamilies = {['m'] * 17}\n", "terminal.families"),
        (CENTRE + '[terminal]\nstate = "a\\u0000b"\n', "terminal.state"),
        (CENTRE + 'ca_file = "a\\nb"\n', "centre.ca_file"),
        (CENTRE.replace("http://", "ftp://"), "centre.url"),
        (CENTRE.replace("127.0.0.1:8480", "[::1"), "centre.url"),
        (CENTRE.replace(":8480", ":99999999"), "centre.url"),
        (CENTRE.replace(":8480", ":http"), "centre.url"),
        (CENTRE.replace("127.0.0.1:8480", ":8480"), "centre.url"),
        (CENTRE + 'trust_url = "ftp://cdn.example"\n', "centre.trust_url"),
        (CENTRE + 'trust_url = "https://[::1"\n', "centre.trust_url"),
        (CENTRE + 'trust_url = "https://cdn.example/tuf?city=1"\n', "centre.trust_url"),
        (CENTRE.replace(KEY, KEY[:-1]), "centre.trust_root"),
        (CENTRE.replace(KEY, ""), "centre.trust_root"),
        (CENTRE.replace(KEY, "ключ"), "centre.trust_root"),
        (CENTRE.replace(KEY, KEY + "AA"), "centre.trust_root"),
        (CENTRE + LANE + LANE, "two lanes have the same name"),
        (CENTRE + LANE + LANE.replace("gate-1", "gate-2"), "/dev/ttyACM0 is named twice"),
        (
            CENTRE + LANE + 'answers = { kind = "serial", port = "/dev/ttyACM0" }\n',
            "/dev/ttyACM0 is named twice",
        ),
        (CENTRE + LANE.replace("gate-1", "Gate 1"), "lane.1.name"),
        (CENTRE + LANE.replace("gate-1", "g" * 17), "lane.1.name"),
        (
            CENTRE + LANE.replace('"serial"', '"hid"'),
            "lane.1.scanner: kind hid is none of camera, ",
        ),
        (CENTRE + LANE.replace('kind = "serial", ', ""), "lane.1.scanner: has no kind"),
        (CENTRE + LANE.replace('"/dev/ttyACM0"', "7"), "lane.1.scanner.port: "),
        (CENTRE + LANE.replace('"/dev/ttyACM0"', '"\\u0000"'), "lane.1.scanner.port: "),
        (CENTRE + LANE.replace(" }", ", heartbeat_s = 5 }"), "lane.1.scanner: heartbeat_s needs"),
        (
            CENTRE + LANE.replace(" }", ', framing = { kind = "ssi", gap = 1 } }'),
            "lane.1.scanner.framing.gap: no setting is called so",
        ),
        (CENTRE + LANE + 'gate = { kind = "relay", port = "x", channel = 9 }\n', "lane.1.gate"),
        (CENTRE + "[lane]\n", "lane"),
        (
            CENTRE + "".join(LANE.replace("gate-1", f"gate-{n}") for n in range(17)),
            "lane: Tuple should have at most 16 items",
        ),
    ],
)
def test_every_fault_is_one_line_that_names_the_file_and_the_key(
    path: Path, text: str | bytes, says: str
) -> None:
    told = refused(path, text)
    assert says in told
    assert "\n" not in told
    assert len(told) < 400


def test_without_a_pinned_root_anywhere_the_remedy_is_named(path: Path, tmp_path: Path) -> None:
    told = refused(path, f'[centre]\ntrust_root_file = "{tmp_path / "none"}"\n')
    assert f"centre.trust_root is missing, and there is no {tmp_path / 'none'}" in told
    assert "scan-terminal trust-root ROOT" in told


def test_a_root_file_that_holds_no_root_is_refused_and_no_other_is_tried(
    path: Path, tmp_path: Path
) -> None:
    for octets in (b"", b"ROOT", KEY[:-1].encode(), KEY.encode() + b" # ours", b"\xff" * 43):
        (tmp_path / "root").write_bytes(octets)
        told = refused(path, f'[centre]\ntrust_root_file = "{tmp_path / "root"}"\n')
        assert f"{tmp_path / 'root'}: holds no trust root" in told


def test_a_root_in_the_settings_goes_before_the_one_in_a_file(path: Path, tmp_path: Path) -> None:
    (tmp_path / "root").write_text(to_base64url(bytes(32)) + "\n")
    named = f'trust_root_file = "{tmp_path / "root"}"\n'
    path.write_text(f"[centre]\n{named}")
    assert load_settings(path).centre.root_octets() == bytes(32)
    path.write_text(CENTRE + named)
    assert load_settings(path).centre.root_octets() == PINNED


def test_an_address_that_an_enrolment_brought_stands_behind_the_one_in_the_settings(
    path: Path, tmp_path: Path
) -> None:
    own = f'[terminal]\nstate = "{tmp_path}"\n'
    root = f'[centre]\ntrust_root = "{KEY}"\n'
    path.write_text(own + root)
    assert load_settings(path).centre.url == ""
    keep_url(tmp_path / "centre.json", "https://centre.example")
    assert load_settings(path).centre.trust_address == "https://centre.example/tuf"
    path.write_text(own + CENTRE)
    assert load_settings(path).centre.url == "http://127.0.0.1:8480"
    (tmp_path / "centre.json").write_text('{"url":7}')
    assert "centre.json: damaged" in refused(path, own + root)


def test_a_template_is_refused_by_its_path_with_the_fields_there_are(path: Path) -> None:
    answers = (
        'answers = { kind = "serial", port = "/dev/ttyS1", form = "text", template = "{x}" }\n'
    )
    told = refused(path, CENTRE + LANE + answers)
    assert "lane.1.answers: template has no field {x}; there are verdict, reason, card" in told


def test_faults_of_a_printer_are_told_by_its_path(path: Path) -> None:
    told = refused(path, CENTRE + LANE + 'printer = { kind = "escpos", node = "/x", width = 30 }\n')
    assert "lane.1.printer.width: " in told
