import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from drivers.base import Replying
from terminal.answer_form import CardForm, JsonForm, TextForm
from terminal.devices.keyboard_out import node_finding
from terminal.devices.osdp import OsdpSettings
from terminal.devices.outputs import AnswersSettings, IndicatorSettings, PrinterSettings
from tests.conftest import ROOT

KEY = "00112233445566778899aabbccddeeff"
ANSWERS: TypeAdapter[AnswersSettings] = TypeAdapter(AnswersSettings)
OSDP = {"kind": "osdp", "port": "/dev/ttyUSB0"}


def told(findings: object) -> list[str]:
    return [finding.level for finding in findings]  # type: ignore[attr-defined]  # Findings


def refused(table: dict[str, object]) -> str:
    with pytest.raises(ValidationError) as caught:
        ANSWERS.validate_python(table)
    return str(caught.value)


def test_each_kind_of_answer_line_has_its_form() -> None:
    made = [
        ANSWERS.validate_python(table).answer_form()
        for table in (
            {"kind": "serial", "port": "/dev/ttyS1"},
            {"kind": "serial", "port": "/dev/ttyS1", "form": "text", "on": "grant"},
            {"kind": "virtual-serial", "link": "/run/x/till", "form": "text"},
            {"kind": "keyboard"},
            {**OSDP, "key_file": "/etc/scan-terminal/scbk"},
            {"kind": "driver", "name": "acme-till"},
        )
    ]
    template = "{verdict};{reason};{card};{amount}"
    assert made == [
        JsonForm(),
        TextForm(template=template, is_grant_alone=True),
        TextForm(template=template),
        TextForm(template="{card}", is_grant_alone=True),
        CardForm(octets=8),
        JsonForm(),
    ]


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ({"kind": "serial", "port": "x", "form": "text", "template": "{who}"}, "there are verdict"),
        ({"kind": "serial", "port": "x", "template": "{card}"}, 'belongs to form = "text"'),
        ({"kind": "keyboard", "template": "卡 {card}"}, "no ASCII"),
        ({"kind": "keyboard", "template": "{card}\r"}, "can't be printed"),
        ({"kind": "virtual-serial", "link": "till"}, "pattern"),
        ({"kind": "virtual-serial", "link": "/run/till", "mode": "0777"}, "'0666'"),
        (OSDP, "either key_file or credential"),
        ({**OSDP, "key_file": "/k", "credential": "k"}, "either key_file or credential"),
        ({**OSDP, "credential": "scbk", "install": True}, "key_file: name one"),
        ({**OSDP, "credential": "../scbk"}, "pattern"),
        ({**OSDP, "key_file": "/k", "octets": 17}, "less than or equal to 16"),
        ({**OSDP, "key_file": "/k", "key": KEY}, "Extra inputs"),
    ],
)
def test_settings_that_can_not_be_meant_are_refused(table: dict[str, object], why: str) -> None:
    assert why in refused(table)


def test_a_credential_is_looked_for_where_systemd_puts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = OsdpSettings.model_validate({**OSDP, "credential": "scbk"})
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert settings.key_path == tmp_path / "scbk"
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    assert told(settings.findings("answers"))[-1] == "ok"


def test_the_doctor_says_what_is_wrong_with_a_key(tmp_path: Path) -> None:
    path = tmp_path / "scbk"
    settings = OsdpSettings.model_validate({**OSDP, "key_file": str(path)})
    installing = OsdpSettings.model_validate({**OSDP, "key_file": str(path), "install": True})
    assert told(settings.findings("answers")) == ["fail", "warn", "fail"]
    path.write_text(KEY)
    path.chmod(0o644)
    assert "chmod 600" in list(settings.findings("answers"))[-1].what
    path.chmod(0o600)
    assert told(settings.findings("answers"))[-1] == "ok"
    assert told(installing.findings("answers"))[-1] == "warn"
    assert not [finding for finding in settings.findings("answers") if KEY in str(finding)]


def test_a_reader_follows_what_its_controller_says() -> None:
    settings = OsdpSettings.model_validate({**OSDP, "key_file": "/etc/scan-terminal/scbk"})
    reader = settings.make()
    assert isinstance(reader, Replying)
    reader.stop()


def test_the_doctor_says_whether_there_is_a_folder_for_the_virtual_port(tmp_path: Path) -> None:
    def findings(**more: str) -> list[str]:
        table = {"kind": "virtual-serial", "link": str(tmp_path / "till"), **more}
        return told(ANSWERS.validate_python(table).findings("answers"))

    assert findings() == ["ok"]
    assert findings(group="nobody-is-in-it") == ["fail"]
    assert findings(link=str(tmp_path / "none" / "till")) == ["fail"]


def test_the_doctor_says_whether_there_are_keyboards_to_be_made(tmp_path: Path) -> None:
    node = tmp_path / "uinput"
    assert "modprobe" in node_finding("answers", node).remedy
    node.touch()
    assert node_finding("answers", node).level == "ok"
    if os.getuid():
        node.chmod(0o000)
        assert node_finding("answers", node).level == "fail"


SOUND: TypeAdapter[IndicatorSettings] = TypeAdapter(IndicatorSettings)


def test_a_sound_is_made_as_it_is_set(tmp_path: Path) -> None:
    table = {
        "kind": "sound",
        "player": "pw-play",
        "card": "hall",
        "folder": str(tmp_path),
        "quiet": ["22:00-07:00", "12:30-13:00"],
    }
    settings = SOUND.validate_python(table)
    settings.make().stop()
    assert "make-sounds" in list(settings.findings("indicators"))[-1].what
    (tmp_path / "phrases.toml").write_text("")
    assert list(settings.findings("indicators"))[-1].level == "ok"


@pytest.mark.parametrize(
    "table",
    [
        {"quiet": ["24:00-07:00"]},
        {"quiet": ["22:00"]},
        {"volume": 101},
        {"languages": []},
        {"player": "sh"},
        {"card": "a\nb"},
    ],
)
def test_a_sound_that_can_not_be_meant_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SOUND.validate_python({"kind": "sound", **table})


PRINTER: TypeAdapter[PrinterSettings] = TypeAdapter(PrinterSettings)


@pytest.mark.parametrize(
    "table",
    [
        {"port": "/dev/ttyUSB0", "baud": 19_200, "flow": "rts-cts"},
        {"node": "/dev/usb/lp0", "width": 48, "encoding": "gbk"},
        {"host": "192.0.2.7", "encoding": "cp437", "languages": ["en"]},
        {"host": "printer.example:9101"},
    ],
)
def test_a_printer_is_on_a_line_a_node_or_the_network(table: dict[str, object]) -> None:
    settings = PRINTER.validate_python({"kind": "escpos", **table})
    settings.make().stop()
    levels = told(settings.findings("printer"))
    assert levels[0] == ("ok" if "host" in table else "fail")
    assert settings.receipt_writer("t-1").terminal == "t-1"


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ({}, "name one of port, node and host"),
        ({"port": "/dev/ttyS0", "host": "192.0.2.7"}, "name one of port, node and host"),
        ({"host": "192.0.2.7", "encoding": "cp437"}, "has no Chinese"),
        ({"host": "192.0.2.7:0"}, "outside 1 to 65535"),
        ({"host": "192.0.2.7:65536"}, "outside 1 to 65535"),
        ({"host": "http://192.0.2.7"}, "pattern"),
        ({"host": "192.0.2.7", "languages": []}, "at least 1"),
        ({"host": "192.0.2.7", "header": ["a\nb"]}, "pattern"),
    ],
)
def test_a_printer_that_can_not_be_meant_is_refused(table: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError) as caught:
        PRINTER.validate_python({"kind": "escpos", **table})
    assert why in str(caught.value)


@pytest.mark.slow
def test_nothing_of_an_output_is_imported_unless_a_lane_has_it() -> None:
    optional = ("osdp_sys", "escpos", "PIL", "qrcode", "drivers.osdp", "drivers.escpos")
    ours = ("drivers.sound", "drivers.keyboard_out", "drivers.virtual_serial", "drivers.answers")
    program = (
        "import sys, terminal.bootstrap, terminal.settings\n"
        f"print([name for name in {optional + ours!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
