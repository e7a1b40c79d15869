"""The demo as its user runs it: the real command, its objects, its exit status."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

KINDS = {
    "phone": ("grant", None),
    "printed card": ("refer", "P.STA"),
    "photograph": ("deny", "P.RPL"),
    "revoked card": ("deny", "R.REV"),
    "forged card": ("deny", "S.ISS"),
    "expired card": ("deny", "T.EXP"),
    "inner part": ("deny", "D.CNF"),
    "other card": ("deny", "P.CAP"),
    "printed again": ("deny", "P.RPS"),
}
AT_THE_GATE = {"turns back": ("grant", None)}
AT_THE_COUNTER = {
    "dear, approved": ("grant", None),
    "dear, offline": ("deny", "P.FLR"),
    "answer lost": ("grant", None),
    "brought back": ("grant", None),
}
EXPECTED = {
    "gate-1": KINDS | AT_THE_GATE,
    "kiosk-1": KINDS,
    "pharmacy-1": KINDS | AT_THE_COUNTER,
}


@pytest.fixture(scope="module")
def told() -> list[dict[str, object]]:
    """Run the demo once; every object that it printed, the reconciliation last."""
    command = [sys.executable, "-m", "terminal", "demo", "--seconds", "5", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)

    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.journey
def test_every_kind_of_citizen_gets_the_verdict_he_should_at_every_lane(
    told: list[dict[str, object]],
) -> None:
    seen = {(p["lane"], p["holder"], p["verdict"], p["reason"]) for p in told[:-1]}

    assert seen == {
        (lane, holder, *outcome)
        for lane, kinds in EXPECTED.items()
        for holder, outcome in kinds.items()
    }
    assert all(p["right"] and isinstance(p["ms"], int) for p in told[:-1])


@pytest.mark.slow
@pytest.mark.journey
def test_lanes_go_on_while_the_centre_is_away(told: list[dict[str, object]]) -> None:
    offline = [p for p in told[:-1] if p["offline"]]

    assert offline
    assert all(p["right"] for p in offline)


@pytest.mark.slow
@pytest.mark.journey
def test_reconciliation_says_that_nothing_is_lost_or_doubled(told: list[dict[str, object]]) -> None:
    sums = told[-1]

    assert (sums["lost"], sums["doubled"], sums["wrong_verdicts"]) == (0, 0, 0)
    assert sums["entries"] == sums["acknowledged"] == sums["central"] > 0
    assert sums["gate_grants"] == sums["gate_openings"] > 0


@pytest.mark.slow
@pytest.mark.journey
def test_who_turns_back_before_an_open_gate_has_not_come(told: list[dict[str, object]]) -> None:
    turned = [p for p in told[:-1] if p["holder"] == "turns back"]

    assert told[-1]["turned_back"] == told[-1]["not_passed"] == len(turned) > 0


@pytest.mark.slow
@pytest.mark.journey
def test_receipts_journal_and_centre_agree_to_the_cent(told: list[dict[str, object]]) -> None:
    """One sale was brought back, and one was armed without anybody hearing of it."""
    sums, sold = told[-1], 0
    for shown in told[:-1]:
        if shown["verdict"] == "grant" and shown["holder"] != "brought back":
            sold += int(str(shown["amount_minor"] or 0))

    assert sums["reversed"] == 1
    assert sums["receipts_minor"] == sums["terminal_minor"] == sums["central_minor"] == sold > 0


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the demo makes its folder; a socket's path within has 108 octets at most."""
    with tempfile.TemporaryDirectory(prefix="d-") as made:
        yield Path(made)


def start(
    folder: Path, *arguments: str, stdout: int | IO[bytes] = subprocess.PIPE
) -> subprocess.Popen[bytes]:
    inherited = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup has it ignored, by heirs too
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "terminal", *arguments],
            stdout=stdout,
            stderr=subprocess.PIPE,
            env={**os.environ, "TMPDIR": str(folder)},
            process_group=0,
        )
    finally:
        signal.signal(signal.SIGHUP, inherited)


def programs_in(folder: Path) -> list[int]:
    """Return the ids of all processes that were given something in `folder`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes()
        except OSError:
            continue  # it has ended meanwhile
        if os.fsencode(folder) in line:
            found.append(int(path.parent.name))
    return found


def assert_nothing_is_left_in(folder: Path) -> None:
    assert programs_in(folder) == []
    assert list(folder.iterdir()) == []


@pytest.mark.slow
@pytest.mark.journey
def test_signal_to_the_whole_group_ends_the_demo_and_all_that_it_began(folder: Path) -> None:
    """Its programs are in groups of their own: they hear of it from the demo alone."""
    with start(folder, "demo", "--seconds", "60", "--json") as demo:
        assert demo.stdout is not None
        assert json.loads(demo.stdout.readline())["right"]
        programs = programs_in(folder)
        assert programs
        assert demo.pid not in {os.getpgid(pid) for pid in programs}
        os.killpg(demo.pid, signal.SIGTERM)
        told, complaint = demo.communicate(timeout=60)

    assert demo.returncode == 143
    assert complaint == b"scan-terminal: the demo was interrupted\n"
    assert all(json.loads(line)["right"] for line in told.splitlines())
    assert_nothing_is_left_in(folder)


@pytest.mark.slow
@pytest.mark.journey
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_signal_ends_the_demo_while_it_is_still_being_set_up(
    folder: Path, number: signal.Signals, status: int
) -> None:
    with start(folder, "demo", "--seconds", "60") as demo:
        assert demo.stdout is not None
        assert b"making a centre" in demo.stdout.readline()
        os.killpg(demo.pid, number)
        told, complaint = demo.communicate(timeout=60)

    assert demo.returncode == status
    assert told == b""
    assert complaint == b"scan-terminal: the demo was interrupted\n"
    assert_nothing_is_left_in(folder)


@pytest.mark.slow
@pytest.mark.journey
def test_full_disk_ends_the_demo_with_one_line(folder: Path) -> None:
    """At its first line, while it is still being set up."""
    with (
        Path("/dev/full").open("wb") as full,
        start(folder, "demo", "--seconds", "5", stdout=full) as demo,
    ):
        _, complaint = demo.communicate(timeout=180)

    assert demo.returncode == 2
    assert complaint == (
        b"scan-terminal: can't write to standard output: No space left on device\n"
    )
    assert_nothing_is_left_in(folder)


@pytest.mark.slow
@pytest.mark.journey
def test_reader_that_leaves_ends_the_demo_with_one_line(folder: Path) -> None:
    """In the middle of a city's life."""
    with start(folder, "demo", "--seconds", "60", "--json") as demo:
        assert demo.stdout is not None
        assert demo.stderr is not None
        assert demo.stdout.readline()
        demo.stdout.close()
        complaint = demo.stderr.read()
        demo.wait(60)

    assert demo.returncode == 2
    assert complaint == b"scan-terminal: can't write to standard output: Broken pipe\n"
    assert_nothing_is_left_in(folder)
