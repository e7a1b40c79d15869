"""The assistant before a scanner on a pseudo terminal that knows its baud rate."""

import json
import os
import termios
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import pytest
from typer.testing import CliRunner

from terminal.cli import app
from terminal.diagnosis.scanner.listening import BURST_GAP_MS
from terminal.diagnosis.scanner.samples import SAMPLES

TEXT, LONG, OCTETS = (sample.octets for sample in SAMPLES)
SPEEDS = {termios.B9600: 9_600, termios.B115200: 115_200, termios.B57600: 57_600}


class ScannerPeer:
    """A scanner: each time its port is waited on, somebody shows it the next code.

    It sends noise where the line is set to another rate than its own.
    """

    def __init__(self, codes: Sequence[bytes], *, baud: int = 115_200) -> None:
        self._codes, self._baud = list(codes), baud
        self._master, self._slave = os.openpty()
        self.path = os.ttyname(self._slave)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()
        os.close(self._master)
        os.close(self._slave)

    def _rate(self) -> int:
        return SPEEDS.get(termios.tcgetattr(self._slave)[4], 0)

    def _is_raw(self) -> bool:
        return not termios.tcgetattr(self._slave)[3] & termios.ICANON

    def _work(self) -> None:
        tried: set[int] = set()
        while self._codes and not self._ending.wait(BURST_GAP_MS * 1.6 / 1_000):
            rate = self._rate()
            if not self._is_raw():
                continue
            if rate == self._baud:
                os.write(self._master, self._codes.pop(0))
            elif rate not in tried:
                tried.add(rate)
                os.write(self._master, bytes(0x80 | each >> 1 for each in TEXT))


def run(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
    done = CliRunner().invoke(app, ["doctor", "scanner", *arguments, "--json"])
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()]


def settings(folder: Path, scanner: str) -> Path:
    path = folder / "terminal.toml"
    path.write_text(
        f"""# of the shop at the corner
[terminal]
state = "{folder}/state"  # on the disk

[centre]
url = "http://127.0.0.1:9"
trust_root = "{"A" * 43}"

[[lane]]
name = "gate-1"
profile = "gate"
# bought last year
scanner = {{ {scanner} }}
"""
    )
    path.chmod(0o600)
    return path


@pytest.mark.slow
def test_clean_scanner_is_said_to_be_well() -> None:
    with ScannerPeer([TEXT + b"\r", LONG + b"\r", OCTETS + b"\r"]) as peer:
        status, told = run("--port", peer.path, "--timeout", "9")
    assert status == 0
    assert [each["sample"] for each in told[:3]] == ["text", "long", "octets"]
    assert [(each["code"], each["level"]) for each in told[3:-1]] == [("scanner.well", "ok")]
    assert told[-1]["proven"]
    assert told[-1]["scanner"] == {"kind": "serial", "port": peer.path}


@pytest.mark.slow
def test_rate_and_faults_are_found_and_written_into_the_settings(tmp_path: Path) -> None:
    """Comments, owner and mode stay; the old file is kept beside the new one."""
    codes = [b"]Q2\\000026" + TEXT + b"\x03", b"]Q2\\000026" + LONG + b"\x03"]
    with ScannerPeer(codes, baud=9_600) as peer:
        config = settings(tmp_path, f'kind = "serial", port = "{peer.path}", hold_off_ms = 700')
        before = config.read_bytes()
        where = ("--config", str(config), "--samples", "2", "--timeout", "9")
        status, told = run(*where, "--write")
    assert status == 1
    found = {each["code"] for each in told if "code" in each}
    assert found == {
        "scanner.baud",
        "scanner.aim",
        "scanner.eci",
        "scanner.terminator-other",
    }
    last = told[-1]
    assert last["proven"]
    assert last["scanner"] == {
        "kind": "serial",
        "port": peer.path,
        "hold_off_ms": 700,
        "baud": 9_600,
        "framing": {"kind": "delimited", "suffixes": ["ETX"]},
        "aim": "strip",
    }
    text = config.read_text()
    assert "# of the shop at the corner" in text
    assert "# bought last year" in text
    assert "baud = 9600" in text
    assert config.stat().st_mode & 0o777 == 0o600
    assert Path(last["written"]).read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "terminal.toml",
        "terminal.toml.before-1",
    ]


@pytest.mark.slow
def test_scanner_that_sends_nothing_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    with ScannerPeer([]) as peer:
        config = settings(tmp_path, f'kind = "serial", port = "{peer.path}"')
        before = config.read_bytes()
        status, told = run("--config", str(config), "--timeout", "0.1", "--write")
    assert status == 1
    assert [each["code"] for each in told[:-1]] == ["scanner.silent"]
    assert told[-1] == {
        "well": False,
        "scanner": None,
        "toml": None,
        "proven": False,
        "written": None,
    }
    assert config.read_bytes() == before


@pytest.mark.slow
def test_code_of_a_holder_is_told_by_its_size_alone() -> None:
    code = b"CC1:" + b"NOBODYS-CODE" * 20
    with ScannerPeer([code + b"\r"]) as peer:
        done = CliRunner().invoke(
            app, ["doctor", "scanner", "--port", peer.path, "--samples", "1", "--timeout", "9"]
        )
    assert done.exit_code == 1
    assert "NOBODYS" not in done.output
    assert "[scanner.other-code]" in done.output


@pytest.mark.slow
@pytest.mark.parametrize(("language", "says"), [("en", "cause: "), ("zh", "原因: ")])
def test_person_is_told_what_to_do_in_his_language(language: str, says: str) -> None:
    with ScannerPeer([TEXT]) as peer:
        arguments = ["--port", peer.path, "--samples", "1", "--timeout", "9", "--lang", language]
        done = CliRunner().invoke(app, ["doctor", "scanner", *arguments])
    assert done.exit_code == 1
    assert says in done.output
    assert 'framing = { kind = "idle-gap" }' in done.output
