"""Drivers of other people's, brought as packages: found, refused, loaded and never in advance."""

import importlib
import json
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.base import Gate, Scanner
from drivers.cards import CARDS
from drivers.clock import monotonic_ms
from terminal.cli import main
from terminal.devices.guard import GuardedAnswers, GuardedGate, GuardedScanner
from terminal.devices.third_party import (
    SHELVES,
    DriverAnswerSettings,
    DriverGateSettings,
    DriverScannerSettings,
    load_maker,
    make_driver,
)
from terminal.errors import DriverUnusable, SettingsError
from terminal.settings import LaneSettings, load_settings
from tests.support.acme import PAGE, SOURCE, forget_modules
from tests.support.packages import install
from tests.terminal.test_settings import CENTRE

GROUP = "scan_terminal.scanners"
SETTINGS = {"host": "127.0.0.1", "port": 1}
TOML = [tomllib.loads(block.split("```")[0]) for block in PAGE.split("```toml\n")[1:]]

Bring = Callable[..., Path]


@pytest.fixture
def bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bring]:
    """Install packages for this process, each into a folder of its own; modules are forgotten."""

    def install_one(source: str = SOURCE, **named: str) -> Path:
        count = len(list(tmp_path.iterdir()))
        about = {"module": "acme", "package": "acme-scan", "family": "acme", "names": "SCANNER"}
        folder = install(tmp_path / f"site-{count}", source=source, group=GROUP, **(about | named))
        monkeypatch.syspath_prepend(folder)
        importlib.invalidate_caches()
        return folder

    yield install_one
    forget_modules("acme", "other")


def refused(settings: dict[str, Any] | None = None) -> str:
    with pytest.raises(DriverUnusable) as caught:
        make_driver("scanner", "acme", SETTINGS if settings is None else settings, monotonic_ms)
    told = str(caught.value)
    assert "\n" not in told
    assert len(told) < 500
    return told


def level(**settings: Any) -> tuple[str, str]:
    table = DriverScannerSettings(kind="driver", name="acme", settings=settings)
    (found,) = table.findings("lane gate-1")
    return found.level, found.what


# What is found


def test_driver_that_is_named_is_made_with_its_settings(bring: Bring) -> None:
    folder = bring()
    driver = make_driver("scanner", "acme", SETTINGS, monotonic_ms)
    assert type(driver).__name__ == "AcmeScanner"
    assert (folder / "acme.imported").exists()
    assert level(**SETTINGS) == ("ok", "driver acme is there, of grade bronze")


def test_nothing_is_imported_before_a_lane_starts(bring: Bring) -> None:
    folder = bring()
    table = DriverScannerSettings(kind="driver", name="acme", settings=SETTINGS)
    scanner = table.make()
    assert isinstance(scanner, GuardedScanner)
    assert not (folder / "acme.imported").exists()
    scanner.stop()


def test_driver_that_is_not_installed_is_told_with_those_that_are(bring: Bring) -> None:
    assert "installed: none" in refused()
    bring(family="acne")
    assert "scanner driver acme is not installed (installed: acne)" in refused()
    assert level()[0] == "fail"


def test_driver_that_two_packages_bring_is_refused_with_both(bring: Bring) -> None:
    first, second = bring(), bring(module="other", package="other-scan")
    assert "brought by acme-scan and other-scan" in refused()
    assert not (first / "acme.imported").exists()
    assert not (second / "other.imported").exists()


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("import no_such_module_of_anybodys", "can't be loaded (ModuleNotFoundError"),
        ("raise ValueError('a cause\\nof two lines')", "ValueError: a cause of two lines"),
        ("import sys\nsys.exit(3)", "SystemExit: 3"),
        ("x = (", "SyntaxError"),
        ("OTHER = 1", "AttributeError"),
        ("SCANNER = object()", "has no method make"),
        (SOURCE + "\nAcme.card = 'gold'", "has no quality card"),
        (SOURCE + "\nAcme.make = lambda *a, **k: None", "makes a NoneType without start and"),
        (SOURCE + "\nAcmeScanner.forget = None", "makes a AcmeScanner without forget"),
    ],
)
def test_package_that_brings_no_driver_is_refused(bring: Bring, source: str, says: str) -> None:
    bring(source)
    assert says in refused()
    assert level(**SETTINGS)[0] == "fail"


def test_settings_that_the_driver_can_not_use_are_told_in_its_words(bring: Bring) -> None:
    bring()
    assert "refuses its settings: ValueError: settings are host and port" in refused({"x": 1})
    assert "look at the scanner's menu" in level(host="a", port="b")[1]


def test_driver_can_not_change_the_settings_of_others(bring: Bring) -> None:
    bring(SOURCE + "\nAcme.make = lambda s, settings, **_: settings['a'].clear()")
    settings = {"a": [1]}
    refused(settings)
    assert settings == {"a": [1]}


def test_driver_that_fails_strangely_fails_the_doctors_check_alone(bring: Bring) -> None:
    bring(SOURCE + "\nAcme.make = lambda *a, **k: 1 / 0")
    assert level() == ("fail", "driver acme fails: ZeroDivisionError: division by zero")


# Settings


def test_lane_may_have_a_driver_for_each_of_its_parts() -> None:
    table = {"kind": "driver", "name": "acme", "settings": {"port": "/dev/ttyS1", "deep": {"a": 1}}}
    lane = LaneSettings.model_validate(
        {"name": "gate-1", "profile": "gate", "scanner": table, "gate": table, "answers": table}
    )
    assert isinstance(lane.scanner, DriverScannerSettings)
    assert isinstance(lane.gate, DriverGateSettings)
    assert isinstance(lane.answers, DriverAnswerSettings)
    made = (lane.scanner.make(), lane.gate.make(), lane.answers.make())
    kinds = (GuardedScanner, GuardedGate, GuardedAnswers)
    assert all(isinstance(each, kind) for each, kind in zip(made, kinds, strict=True))
    assert tuple(device.port for device in lane.devices if device.port) == ("/dev/ttyS1",) * 3


def test_port_of_a_driver_is_no_other_lanes(tmp_path: Path) -> None:
    scanner = 'scanner = { kind = "driver", name = "acme", settings = { port = "/dev/ttyS1" } }\n'
    lanes = [f'[[lane]]\nname = "gate-{n}"\nprofile = "gate"\n{scanner}' for n in (1, 2)]
    (tmp_path / "t.toml").write_text(CENTRE + "".join(lanes))
    with pytest.raises(SettingsError, match="/dev/ttyS1 is named twice"):
        load_settings(tmp_path / "t.toml")


@pytest.mark.parametrize("name", ["", "Acme", "a/b", "a" * 65, "-a"])
def test_name_that_no_entry_point_has_is_refused(tmp_path: Path, name: str) -> None:
    scanner = f'scanner = {{ kind = "driver", name = "{name}" }}\n'
    (tmp_path / "t.toml").write_text(f'{CENTRE}[[lane]]\nname = "g"\nprofile = "g"\n{scanner}')
    with pytest.raises(SettingsError, match="is not of the form"):
        load_settings(tmp_path / "t.toml")


def test_guards_keep_the_protocols() -> None:
    scanner: Scanner = GuardedScanner("a", object, package="a", monotonic_ms=monotonic_ms)
    gate: Gate = GuardedGate("a", object, package="a", monotonic_ms=monotonic_ms)
    assert scanner
    assert gate


def test_page_shows_what_is_looked_up() -> None:
    settings, project = TOML
    (lane,) = settings["lane"]
    assert LaneSettings.model_validate(lane).scanner.kind == "driver"
    assert project["project"]["entry-points"] == {GROUP: {"acme": "acme:SCANNER"}}
    for shelf in SHELVES.values():
        assert f"`{shelf.group}`" in PAGE


# Commands


def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, list[dict[str, Any]]]:
    monkeypatch.setattr(sys, "argv", ["scan-terminal", *words])
    with pytest.raises(SystemExit) as caught:
        main()
    told = capsys.readouterr().out
    return int(caught.value.code or 0), [json.loads(line) for line in told.splitlines()]


def test_every_driver_is_listed_with_its_card(
    bring: Bring, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bring()
    status, told = command(monkeypatch, capsys, "drivers", "--json")
    assert status == 0
    ours = {(each["part"], each["name"]) for each in told if each["from"] == "scan-terminal"}
    assert ours == {(part, name) for part, cards in CARDS.items() for name in cards}
    (theirs,) = [each for each in told if each["from"] == "acme-scan"]
    assert (theirs["part"], theirs["name"], theirs["trouble"]) == ("scanner", "acme", "")
    assert theirs["card"]["grade"] == "bronze"
    assert theirs["card"]["evidence"][0]["proof"] == "simulator"


def test_driver_that_is_broken_is_listed_with_its_trouble(
    bring: Bring, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bring("raise OSError('no licence')")
    status, told = command(monkeypatch, capsys, "drivers", "--json")
    assert status == 1
    assert told[-1]["card"] is None
    assert "no licence" in told[-1]["trouble"]


@pytest.mark.slow
def test_driver_of_others_is_checked_before_its_simulator(
    bring: Bring, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("drivers.conformance_bench.SILENCE_S", 0.3)
    bring()
    status, told = command(monkeypatch, capsys, "drivers", "check", "acme", "--json")
    assert status == 0
    assert {each["outcome"] for each in told} == {"passed"}
    assert {each["check"] for each in told} >= {"card", "missing device", "codes", "forget"}


@pytest.mark.slow
def test_check_that_fails_ends_with_1(
    bring: Bring, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(SOURCE + "\nAcmeScanner.start = lambda *_: 1 / 0")
    status, told = command(monkeypatch, capsys, "drivers", "check", "acme", "--json")
    assert status == 1
    assert "raises in start: ZeroDivisionError" in told[1]["what"]


def test_every_kind_of_device_in_the_settings_has_its_card() -> None:
    fields = LaneSettings.model_fields
    for part in ("scanner", "gate", "answers", "contacts", "indicators", "printer"):
        kinds = {
            table.model_fields["kind"].annotation.__args__[0]  # type: ignore[union-attr]
            for table in _tables(fields[part].annotation)
        }
        assert kinds - {"driver"} == set(CARDS[part.replace("indicators", "indicator")]), part


def _tables(annotation: Any) -> set[Any]:
    """Return the tables of a union, however deep."""
    parts = getattr(annotation, "__args__", None)
    if parts is None:
        return {annotation} if hasattr(annotation, "model_fields") else set()
    return set().union(*(_tables(part) for part in parts))


def test_maker_of_a_part_is_looked_for_among_makers_of_that_part(bring: Bring) -> None:
    bring()
    with pytest.raises(DriverUnusable, match="gate driver acme is not installed"):
        load_maker("gate", "acme")
