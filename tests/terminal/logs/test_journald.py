"""Lines as systemd's journal takes them: a real datagram socket, and its own reader of catalogues."""

import io
import logging
import os
import shutil
import socket
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal.logs.catalogue import EVENTS
from terminal.logs.forms import with_priority
from terminal.logs.handler import EventHandler
from terminal.logs.journald import JournalSocket, is_wanted
from terminal.logs.starting import make_handler

ROOT = Path(__file__).resolve().parents[3]
_TEXT = "lane %s: out of service: %s"


def record(text: str, *given: object, level: int = logging.WARNING) -> logging.LogRecord:
    return logging.LogRecord("n", level, "p", 1, text, given, None)


def fields_of(datagram: bytes) -> dict[str, str]:
    """Return the fields of a datagram, read by the protocol's description."""
    found = {}
    while datagram:
        name, _, datagram = datagram.partition(b"\n")
        if b"=" in name:
            key, _, value = name.partition(b"=")
        else:
            key, (size,) = name, struct.unpack("<Q", datagram[:8])
            value, datagram = datagram[8 : 8 + size], datagram[8 + size :]
            assert datagram.startswith(b"\n")
            datagram = datagram[1:]
        found[key.decode()] = value.decode()
    return found


class Journal:
    """Systemd's journal, as far as a program meets it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.setblocking(False)

    def told(self) -> list[dict[str, str]]:
        found = []
        while True:
            try:
                found.append(fields_of(self.socket.recv(1 << 18)))
            except BlockingIOError:
                return found


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal(tmp_path / "socket")
    yield opened
    opened.socket.close()


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def opened(journal: Journal, stream: io.StringIO) -> Iterator[EventHandler]:
    handler = EventHandler(stream, with_priority, JournalSocket(journal.path), now_s=lambda: 0.0)
    yield handler
    handler.close()


def test_line_comes_with_its_fields_and_nothing_on_standard_error(
    journal: Journal, opened: EventHandler, stream: io.StringIO
) -> None:
    opened.emit(record(_TEXT, "gate-1", "no camera\n没有相机"))
    (fields,) = journal.told()
    assert fields["MESSAGE"] == "lane gate-1: out of service: no camera\n没有相机"
    assert (fields["LANE"], fields["REASON"]) == ("gate-1", "no camera\n没有相机")
    assert (fields["EVENT"], fields["PRIORITY"]) == ("lane.out-of-service", "4")
    assert fields["SYSLOG_IDENTIFIER"] == "scan-terminal"
    assert len(fields["MESSAGE_ID"]) == 32
    assert stream.getvalue() == ""


def test_value_with_an_equals_sign_or_a_lone_surrogate_stays_one_field(
    journal: Journal, opened: EventHandler
) -> None:
    opened.emit(record(_TEXT, "gate-1", "MESSAGE_ID=1"))
    opened.emit(record(_TEXT, "gate-1", "\udcff"))
    told = journal.told()
    assert told[0]["REASON"] == "MESSAGE_ID=1"
    assert len(told[0]["MESSAGE_ID"]) == 32
    assert told[1]["REASON"] == "\\udcff"


def test_journal_that_went_away_leaves_lines_on_standard_error(
    journal: Journal, opened: EventHandler, stream: io.StringIO
) -> None:
    journal.socket.close()
    opened.emit(record("stopped"))
    assert stream.getvalue() == "<4>stopped\n"
    assert opened.told()[2] == 1


def test_line_that_neither_journal_nor_stream_takes_is_lost_once(
    journal: Journal, opened: EventHandler, stream: io.StringIO
) -> None:
    journal.socket.close()
    stream.close()
    opened.emit(record("stopped"))
    assert opened.told()[2] == 1


def test_journal_that_takes_no_more_holds_up_nobody(
    journal: Journal, opened: EventHandler, stream: io.StringIO
) -> None:
    """The kernel queues some datagrams for it; what is above goes to standard error at once."""
    waiting = int(Path("/proc/sys/net/unix/max_dgram_qlen").read_text(encoding="ascii"))
    for number in range(waiting + 5):
        opened.emit(record(f"library line {number}", level=logging.INFO))
        opened._limit._buckets.clear()
    written = stream.getvalue().splitlines()
    assert written
    assert len(written) + len(journal.told()) == waiting + 5


def test_what_is_left_out_is_counted_and_told_at_the_end(
    journal: Journal, opened: EventHandler
) -> None:
    for _ in range(25):
        opened.emit(record(_TEXT, "gate-1", "no camera"))
        journal.told()
    opened.emit(record(_TEXT, "gate-2", "no camera"))
    levels, suppressed, _ = opened.told()
    assert (levels, suppressed) == ({"warning": 26}, {"lane.out-of-service": 5})
    opened.close()
    last = journal.told()[-1]
    assert last["EVENT"] == "log.suppressed"
    assert (last["COUNT"], last["WHAT"]) == ("5", "lane.out-of-service gate-1")


def test_stream_that_nobody_reads_ends_no_lane() -> None:
    stream = io.StringIO()
    opened = EventHandler(stream, with_priority)
    stream.close()
    opened.emit(record("stopped"))
    assert opened.told()[2] == 1


def test_only_the_stream_that_systemd_connected_is_its_journal(tmp_path: Path) -> None:
    with (tmp_path / "stream").open("w") as stream:
        about = os.fstat(stream.fileno())
        ours = {"JOURNAL_STREAM": f"{about.st_dev}:{about.st_ino}"}
        assert is_wanted(ours, stream.fileno())
        assert not is_wanted({"JOURNAL_STREAM": f"{about.st_dev}:1"}, stream.fileno())
        assert not is_wanted({}, stream.fileno())
        assert not is_wanted(ours, -1)


@pytest.mark.parametrize(
    ("environment", "readers", "begins"),
    [({}, "people", "20"), ({"INVOCATION_ID": "1"}, "people", "<4>"), ({}, "programs", "{")],
)
def test_form_is_for_whoever_reads(
    environment: dict[str, str],
    readers: str,
    begins: str,
) -> None:
    stream = io.StringIO()
    make_handler(stream, environment, is_json=readers == "programs").emit(record("stopped"))
    assert stream.getvalue().startswith(begins)


_JOURNALCTL = shutil.which("journalctl")


@pytest.mark.skipif(_JOURNALCTL is None, reason="no journalctl here: apt install systemd")
@pytest.mark.parametrize("language", ["en_GB.UTF-8", "zh_CN.UTF-8"])
def test_systemd_reads_both_catalogues(tmp_path: Path, language: str) -> None:
    assert _JOURNALCTL is not None
    folder = tmp_path / "usr/lib/systemd/catalog"
    folder.mkdir(parents=True)
    (tmp_path / "var/lib/systemd/catalog").mkdir(parents=True)
    for catalogue in (ROOT / "systemd").glob("*.catalog"):
        shutil.copy(catalogue, folder)
    asked = [_JOURNALCTL, f"--root={tmp_path}"]
    subprocess.run([*asked, "--update-catalog"], check=True, capture_output=True)
    done = subprocess.run([*asked, "--list-catalog"], check=True, capture_output=True, text=True)
    listed = {line.split(" ", 1)[0] for line in done.stdout.splitlines()}
    assert listed == {event.message_id for event in EVENTS}, language
