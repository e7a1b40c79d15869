"""The assistant before a scanner on a pseudo terminal that knows its baud rate."""

import json
import os
import termios
import threading
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Self

import pytest

from terminal.cli import app
from terminal.diagnosis.scanner.samples import SAMPLES
from terminal.errors import UsageError

TEXT, LONG, OCTETS = (sample.octets for sample in SAMPLES)
SPEEDS = {termios.B9600: 9_600, termios.B115200: 115_200, termios.B57600: 57_600}


class ScannerPeer:
    """A scanner: each time a sample is to be shown, somebody shows it the next code.

    It sends noise where the line is set to another rate than its own.
    """

    def __init__(self, codes: Sequence[bytes], *, baud: int = 115_200) -> None:
        self._codes, self._baud = list(codes), baud
        self._master, self._slave = os.openpty()
        self.path = os.ttyname(self._slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._master)
        os.close(self._slave)

    def show(self) -> None:
        """Send the next code, if there is one more."""
        rate = SPEEDS.get(termios.tcgetattr(self._slave)[4])
        if rate != self._baud:
            os.write(self._master, bytes(0x80 | each >> 1 for each in TEXT))
        elif self._codes:
            os.write(self._master, self._codes.pop(0))


def attended(peer: ScannerPeer, arguments: Sequence[str], prompt: str) -> tuple[int, list[str]]:
    """Run the command; what it prints is read as it comes, and each prompt is obeyed."""
    reading, writing = os.pipe()
    ended: list[int] = []

    def work() -> None:
        with os.fdopen(writing, "w", encoding="utf-8") as out, redirect_stdout(out):
            ended.append(app(["doctor", "scanner", *arguments], standalone_mode=False))

    thread = threading.Thread(target=work)
    thread.start()
    lines = []
    with os.fdopen(reading, encoding="utf-8") as told:
        for line in told:
            lines.append(line)
            if prompt in line:
                peer.show()
    thread.join()
    return ended[0], lines


def run(peer: ScannerPeer, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """Run it as a program would; return its objects but for the prompts."""
    status, lines = attended(peer, [*arguments, "--json"], '{"show"')
    return status, [told for told in map(json.loads, lines) if "show" not in told]


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
        status, told = run(peer, "--port", peer.path)
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
        where = ("--config", str(config), "--samples", "2")
        status, told = run(peer, *where, "--write")
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
        status, told = run(peer, "--config", str(config), "--timeout", "0.1", "--write")
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
        status, lines = attended(peer, ["--port", peer.path, "--samples", "1"], "scan 1:")
    assert status == 1
    assert "NOBODYS" not in "".join(lines)
    assert "[scanner.other-code]" in "".join(lines)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "prompt", "says"), [("en", "scan 1:", "cause: "), ("zh", "第 1 次", "原因: ")]
)
def test_person_is_told_what_to_do_in_his_language(language: str, prompt: str, says: str) -> None:
    with ScannerPeer([TEXT]) as peer:
        arguments = ["--port", peer.path, "--samples", "1", "--lang", language]
        status, lines = attended(peer, arguments, prompt)
    assert status == 1
    assert says in "".join(lines)
    assert 'framing = { kind = "idle-gap" }' in "".join(lines)


def test_page_is_written_once_and_never_over_another_file(tmp_path: Path) -> None:
    page = tmp_path / "samples.html"
    assert app(["doctor", "scanner", "--page", str(page)], standalone_mode=False) == 0
    assert "<svg" in page.read_text()
    with pytest.raises(UsageError, match="is there already"):
        app(["doctor", "scanner", "--page", str(page)], standalone_mode=False)


def test_writing_needs_a_lane() -> None:
    with pytest.raises(UsageError, match="needs a lane"):
        app(["doctor", "scanner", "--port", "/dev/null", "--write"], standalone_mode=False)
