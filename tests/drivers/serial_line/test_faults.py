"""What goes wrong on serial lines, on pseudo terminals: it is told, and it heals by itself."""

import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from driver_peers import PATIENCE_S, Inbox, PtyPeer, monotonic_ms

from drivers.back_off import WAIT_MAX_MS, BackOff
from drivers.base import Condition, DeviceReport, ScannedCode, Signal
from drivers.framing.base import LineFault
from drivers.framing.delimited import Delimited
from drivers.framing.idle_gap import IdleGap
from drivers.framing.length import Layout, Length
from drivers.framing.ssi import Ssi
from drivers.framing.stx_etx import Cover, StxEtx
from drivers.serial_line.answers import Answer
from drivers.serial_line.commands import Action, Commands
from drivers.serial_line.content import Aim, Content
from drivers.serial_line.health import FAULTS_MAX
from drivers.serial_line.presets import PRESETS
from drivers.serial_line.scanner import SIGNAL_AGE_MS_MAX, Acknowledge, SerialScanner
from drivers.serial_port import Line, SerialPort
from simulator.scanner_peers import Gm65Scanner, SsiScanner, TalkingScanner
from tests.support.framings import KINDS, Kind

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_fd_leak")]

GAP_MS = 30  # what half a code is given in these tests
CODE = b"A CODE THAT IS WELL"


@contextmanager
def running(path: Path | str, inbox: Inbox, **settings: Any) -> Iterator[SerialScanner]:
    settings.setdefault("monotonic_ms", monotonic_ms)
    scanner = SerialScanner(port=str(path), hold_off_ms=0, **settings)
    scanner.start(inbox.deliver, inbox.report)
    try:
        inbox.wait_for(Condition.UP)
        yield scanner
    finally:
        scanner.stop()
    assert not [one for one in threading.enumerate() if one.name.startswith("serial")]


def wait_until(condition: Callable[[], bool]) -> None:
    """Return once it holds of what the driver's thread writes."""
    patience = threading.Event()
    for _ in range(int(PATIENCE_S * 100)):
        if condition():
            return
        patience.wait(0.01)
    raise TimeoutError("it never held")


def down_by_noise(peer: PtyPeer, scanner: SerialScanner, noise: bytes) -> None:
    """Send noise as often as a broken line needs, each time with a pause behind it."""
    for number in range(1, FAULTS_MAX + 1):
        peer.write(noise)
        wait_until(lambda count=number: scanner.faults.total() >= count)
        wait_until(lambda: scanner._stream.due_ms is None)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_code_is_read_in_every_framing(pty_peer: PtyPeer, inbox: Inbox, kind: Kind) -> None:
    with running(pty_peer.path, inbox, framing=kind.make()):
        for payload in (CODE, b"ANOTHER"):
            pty_peer.write(kind.encode(payload))
            assert inbox.code().payload == payload


def test_halves_of_codes_take_the_lane_down_and_a_whole_one_brings_it_up(
    pty_peer: PtyPeer, inbox: Inbox
) -> None:
    with running(pty_peer.path, inbox, framing=Delimited(gap_ms_max=GAP_MS)) as scanner:
        down_by_noise(pty_peer, scanner, b"HALF OF A CO")
        told = inbox.wait_for(Condition.DOWN).detail
        assert f"scanner {pty_peer.path}: codes break off in the middle" in told
        pty_peer.write(CODE + b"\r")
        inbox.wait_for(Condition.UP)
        assert inbox.code().payload == CODE
    assert scanner.faults == {LineFault.BROKEN_OFF: FAULTS_MAX}
    assert inbox.codes.empty()


def test_lane_is_in_service_before_the_code_comes(pty_peer: PtyPeer) -> None:
    """A lane out of service takes no code: the one that heals it would be lost."""
    told = list[Condition | bytes]()

    class Both(Inbox):
        def deliver(self, code: ScannedCode) -> None:
            told.append(code.payload)
            super().deliver(code)

        def report(self, report: DeviceReport) -> None:
            told.append(report.condition)
            super().report(report)

    both = Both()
    with running(pty_peer.path, both, framing=Delimited(gap_ms_max=GAP_MS)) as scanner:
        down_by_noise(pty_peer, scanner, b"HALF OF A CO")
        both.wait_for(Condition.DOWN)
        pty_peer.write(CODE + b"\r")
        both.code()
    assert told[-3:] == [Condition.DOWN, Condition.UP, CODE]


def test_wrong_baud_rate_is_named_as_a_cause(pty_peer: PtyPeer, inbox: Inbox) -> None:
    """At a wrong rate other octets come than were sent, seldom an ending among them."""
    garbage = bytes(octet ^ 0x95 for octet in CODE)
    with running(pty_peer.path, inbox, framing=Delimited(gap_ms_max=GAP_MS)) as scanner:
        down_by_noise(pty_peer, scanner, garbage)
        assert "baud rate" in inbox.wait_for(Condition.DOWN).detail
        pty_peer.write(CODE + b"\r")
        inbox.wait_for(Condition.UP)


@pytest.mark.parametrize(
    "framing",
    [
        StxEtx(cover=Cover.TO_END, gap_ms_max=GAP_MS),
        Length(Layout(), gap_ms_max=GAP_MS),
        Ssi(gap_ms_max=GAP_MS),
    ],
    ids=["stx-etx", "length", "ssi"],
)
def test_scanner_of_another_format_is_told(pty_peer: PtyPeer, inbox: Inbox, framing: Any) -> None:
    with running(pty_peer.path, inbox, framing=framing) as scanner:
        down_by_noise(pty_peer, scanner, b"PLAIN TEXT\r\n")
        assert inbox.wait_for(Condition.DOWN).detail


def test_scanner_without_aim_prefixes_is_told_where_they_are_asked_for(
    pty_peer: PtyPeer, inbox: Inbox
) -> None:
    with running(pty_peer.path, inbox, content=Content(aim=Aim.REQUIRE)) as scanner:
        pty_peer.write((CODE + b"\r") * FAULTS_MAX)
        assert "without an AIM prefix" in inbox.wait_for(Condition.DOWN).detail
        pty_peer.write(b"]Q1" + CODE + b"\r")
        inbox.wait_for(Condition.UP)
        assert inbox.code().payload == CODE
        # From now on it is people who show other codes.
        pty_peer.write(b"]E05901234123457\r" * 10 * FAULTS_MAX + b"]Q1" + CODE + b"\r")
        assert inbox.code().payload == CODE
    assert scanner.faults[LineFault.NO_QR] == 10 * FAULTS_MAX
    assert inbox.reports.empty()


def test_megabyte_without_an_ending_holds_no_memory_and_is_told(
    pty_peer: PtyPeer, inbox: Inbox
) -> None:
    with running(pty_peer.path, inbox) as scanner:
        for _ in range(256):
            pty_peer.write(b"x" * 4096)
            assert len(scanner._stream._framing._arrived.octets) <= 2 * 4096
        assert "is the scanner's suffix set" in inbox.wait_for(Condition.DOWN).detail
        pty_peer.write(b"\rNEXT\r")
        inbox.wait_for(Condition.UP)
        assert inbox.code().payload == b"NEXT"
    assert 250 <= scanner.faults[LineFault.ENDLESS] <= 256
    assert inbox.codes.empty()


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_hang_up_in_the_middle_of_a_code_costs_that_code_alone(
    pty_peer: PtyPeer, inbox: Inbox, kind: Kind
) -> None:
    with running(pty_peer.path, inbox, framing=kind.make()):
        pty_peer.write(kind.encode(CODE))
        assert inbox.code().payload == CODE
        pty_peer.write(kind.encode(CODE)[:9])
        pty_peer.unplug()
        inbox.wait_for(Condition.DOWN)
        pty_peer.plug()
        inbox.wait_for(Condition.UP)
        pty_peer.write(kind.encode(b"NEXT"))
        assert inbox.code().payload == b"NEXT"
    assert inbox.codes.empty()


_THIEF = """
import os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
print('open', flush=True)
sys.stdin.read()
"""


def test_second_program_on_the_port_is_named_when_codes_break(
    pty_peer: PtyPeer, inbox: Inbox
) -> None:
    """It takes octets away; which ones is chance, so here they are left out of what is sent."""
    with subprocess.Popen(
        [sys.executable, "-c", _THIEF, str(pty_peer.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as thief:
        assert thief.stdout is not None
        thief.stdout.readline()
        with running(pty_peer.path, inbox, framing=Delimited(gap_ms_max=GAP_MS)) as scanner:
            down_by_noise(pty_peer, scanner, b"HALF OF A CO")
            told = inbox.wait_for(Condition.DOWN).detail
            assert f"(process {thief.pid}) has the port open too" in told
            thief.communicate()
            pty_peer.write(CODE + b"\r")
            inbox.wait_for(Condition.UP)


def test_octets_that_are_stolen_again_and_again_take_the_lane_down(
    pty_peer: PtyPeer, inbox: Inbox
) -> None:
    """Who is quicker is chance, so here it is made up that the port had nothing left."""
    with running(pty_peer.path, inbox) as scanner:
        pty_peer.write(CODE + b"\r")
        assert inbox.code().payload == CODE
    for _ in range(FAULTS_MAX):
        with SerialPort(str(pty_peer.path), Line()) as port:
            assert scanner._came(port) == b""
    assert scanner.faults == {LineFault.TAKEN: FAULTS_MAX}


def test_device_that_is_gone_for_an_hour_is_looked_for_all_the_time() -> None:
    """In machine time: 12 times a minute, and at once when it had been there."""
    back_off, waited_ms, looks = BackOff(), 0, 0
    while waited_ms < 3_600_000:
        wait_ms = back_off.wait_ms(0)
        assert 0 < wait_ms <= WAIT_MAX_MS
        waited_ms, looks = waited_ms + wait_ms, looks + 1
    assert 720 <= looks <= 730
    assert back_off.wait_ms(60_000) == 0


def test_flood_of_codes_is_read_whole_and_in_order(pty_peer: PtyPeer, inbox: Inbox) -> None:
    lines = [b"%06d" % number for number in range(5_000)]
    with running(pty_peer.path, inbox):
        pty_peer.write(b"".join(line + b"\r" for line in lines))
        assert [inbox.code().payload for _ in lines] == lines


def test_quiet_scanner_is_up_and_a_dead_one_is_down(inbox: Inbox) -> None:
    commands = Commands(query=b"?", query_ms=1_000, answers=(Answer(begin=b"\x06"),))
    with TalkingScanner({b"?": b"\x06"}) as peer, running(peer.path, inbox, commands=commands):
        assert peer.wait_until(lambda: peer.heard.count(b"?") >= 2, timeout_s=PATIENCE_S)
        assert inbox.reports.empty()
        peer.is_dead = True
        assert "does not answer" in inbox.wait_for(Condition.DOWN).detail
        peer.send(CODE + b"\r")  # a sign of life, too
        inbox.wait_for(Condition.UP)
        assert inbox.code().payload == CODE
    assert inbox.codes.empty()


def test_scanner_that_was_without_power_is_set_up_again(inbox: Inbox) -> None:
    """Its port is an adapter's and stays, and what it was told stood in its memory alone."""
    commands = Commands(
        init=(b"SET",), query=b"?", query_ms=1_000, answers=(Answer(begin=b"\x06"),)
    )
    with (
        TalkingScanner({b"?": b"\x06"}) as peer,
        running(
            peer.path,
            inbox,
            framing=StxEtx(cover=Cover.TO_END),
            commands=commands,
            acknowledge=Acknowledge.OCTET,
        ),
    ):
        assert peer.wait_until(lambda: b"SET" in peer.heard, timeout_s=PATIENCE_S)
        peer.is_dead = True
        inbox.wait_for(Condition.DOWN)
        assert peer.heard.count(b"SET") == 1
        peer.is_dead = False
        # Power is back, and a code comes damaged and once more.
        peer.send(bytes.fromhex("02 41 42 03 01 02 41 42 03 00"))
        inbox.wait_for(Condition.UP)
        assert peer.wait_until(lambda: peer.heard.count(b"SET") == 2, timeout_s=PATIENCE_S)
        assert b"\x15\x06" in peer.heard  # what waits for an answer is not forgotten


def test_scanner_that_lost_its_settings_is_given_them_again(inbox: Inbox) -> None:
    """It was without power for a moment, and sends codes as its maker set it."""
    commands = Commands(init=(b"AIM ON",))
    content = Content(aim=Aim.REQUIRE)
    with (
        TalkingScanner() as peer,
        running(peer.path, inbox, content=content, commands=commands),
    ):
        assert peer.wait_until(lambda: peer.heard == b"AIM ON", timeout_s=PATIENCE_S)
        peer.send((CODE + b"\r") * FAULTS_MAX * 2)
        assert "without an AIM prefix" in inbox.wait_for(Condition.DOWN).detail
        assert peer.wait_until(lambda: peer.heard == b"AIM ON" * 2, timeout_s=PATIENCE_S)
        peer.send(b"]Q1" + CODE + b"\r")
        inbox.wait_for(Condition.UP)
        assert inbox.code().payload == CODE
        assert peer.heard == b"AIM ON" * 2


def test_zebra_is_acknowledged_and_what_it_repeats_is_not_taken_twice(inbox: Inbox) -> None:
    zebra = PRESETS["zebra-ssi"]
    commands = Commands(actions=zebra.actions, at_start=(Action.AIM_ON,), at_stop=(Action.AIM_OFF,))
    payload = bytes(range(256)) * 2
    with SsiScanner(patience_s=0.3) as peer:
        with running(peer.path, inbox, framing=zebra.framing(4096), commands=commands):
            assert peer.scan(CODE)
            peer.acks_to_lose = 1
            assert peer.scan(payload)
            assert peer.resent == 1
            peer.is_garbling = True
            assert peer.scan(CODE)
            assert peer.resent == 2
            assert [inbox.code().payload for _ in range(3)] == [CODE, payload, CODE]
        assert peer.wait_until(lambda: peer.commands == [0xC5, 0xC4], timeout_s=PATIENCE_S)
        assert peer.given_up == 0
    assert inbox.codes.empty()


def test_zebra_tells_its_revision_for_a_sign_of_life(inbox: Inbox) -> None:
    zebra = PRESETS["zebra-ssi"]
    commands = Commands(query=zebra.query, query_ms=1_000)
    with (
        SsiScanner() as peer,
        running(peer.path, inbox, framing=zebra.framing(4096), commands=commands),
    ):
        assert peer.wait_until(lambda: peer.commands.count(0xA3) >= 2, timeout_s=PATIENCE_S)
        assert inbox.reports.empty()
    assert inbox.codes.empty()


def test_gm65_is_set_up_in_its_memory_alone_and_its_answers_are_no_codes(inbox: Inbox) -> None:
    gm65 = PRESETS["gm65"]
    commands = Commands(
        actions=gm65.actions,
        init=(bytes.fromhex("7E 00 08 01 00 D0 80 AB CD"),),  # AIM identifiers on
        at_start=(Action.TRIGGER_ON,),
        query=gm65.query,
        query_ms=1_000,
        answers=gm65.answers,
    )
    with (
        Gm65Scanner() as peer,
        running(peer.path, inbox, framing=gm65.framing(4096), commands=commands),
    ):
        assert peer.wait_until(lambda: peer.zones[2] == 1, timeout_s=PATIENCE_S)
        assert peer.zones[0xD0] == 0x80
        peer.scan(CODE)
        assert inbox.code().payload == CODE
        assert peer.saves == 0
    assert inbox.codes.empty()
    assert inbox.reports.empty()


def test_codes_are_acknowledged_and_damaged_ones_asked_for_again(inbox: Inbox) -> None:
    framing = StxEtx(cover=Cover.TO_END)
    with (
        TalkingScanner() as peer,
        running(peer.path, inbox, framing=framing, acknowledge=Acknowledge.OCTET),
    ):
        peer.send(bytes.fromhex("02 41 42 03 01 02 41 42 03 00"))
        assert inbox.code().payload == b"AB"
        assert peer.wait_until(lambda: len(peer.heard) == 2, timeout_s=PATIENCE_S)
        assert peer.heard == bytes((0x15, 0x06))


def test_trigger_is_pulled_again_and_again_where_it_is_asked_for(inbox: Inbox) -> None:
    commands = Commands(actions={Action.TRIGGER_ON: b"Z"}, trigger_ms=20)
    with TalkingScanner() as peer, running(peer.path, inbox, commands=commands):
        assert peer.wait_until(lambda: peer.heard.count(b"Z") >= 3, timeout_s=PATIENCE_S)


def test_scanner_beeps_as_it_is_told_and_not_too_late(inbox: Inbox) -> None:
    commands = Commands(actions={Action.BEEP_OK: b"good", Action.LED_DENY: b"bad"}, has_signal=True)
    with TalkingScanner() as peer, running(peer.path, inbox, commands=commands) as scanner:
        scanner.signal(Signal.OK)
        assert peer.wait_until(lambda: peer.heard == b"good", timeout_s=PATIENCE_S)
        with scanner._lock:
            scanner._signal = (Signal.OK, monotonic_ms() - SIGNAL_AGE_MS_MAX - 1)
        scanner._link.wake()
        peer.send(CODE + b"\r")
        inbox.code()
        scanner.signal(Signal.DENY)
        assert peer.wait_until(lambda: peer.heard == b"goodbad", timeout_s=PATIENCE_S)


def test_idle_gap_ends_a_code_without_anything_behind_it(pty_peer: PtyPeer, inbox: Inbox) -> None:
    with running(pty_peer.path, inbox, framing=IdleGap(20)):
        pty_peer.write(CODE)
        assert inbox.code().payload == CODE


def fill(path: Path) -> int:
    """Write to the line, which nobody reads, until it takes no more; return how much that was.

    The kernel moves octets on behind our back, so it is full when it stays so.
    """
    fd, octets = os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK), 0
    try:
        while select.select([], [fd], [], 0.2)[1]:
            octets += os.write(fd, b"x" * 256)
    finally:
        os.close(fd)
    return octets


def test_scanner_that_takes_no_commands_is_told_and_closing_is_not_held_up(
    pty_peer: PtyPeer, inbox: Inbox
) -> None:
    """It gets its settings when it takes commands again, and no beep that is long too late."""
    later_ms = 0

    def clock() -> int:
        return monotonic_ms() + later_ms

    commands = Commands(
        init=(b"SET",),
        actions={Action.BEEP_OK: b"good", Action.BEEP_DENY: b"bad"},
        has_signal=True,
    )
    filled = fill(pty_peer.path)
    with running(pty_peer.path, inbox, commands=commands, monotonic_ms=clock) as scanner:
        wait_until(lambda: scanner._sending.is_waiting)
        scanner.signal(Signal.DENY)
        wait_until(lambda: len(scanner._sending._waiting) == 1)
        later_ms += 60_000
        scanner._link.wake()
        assert "takes no commands" in inbox.wait_for(Condition.DOWN).detail
        pty_peer.read(filled)
        assert pty_peer.read(6) == b"SET" * 2  # what had begun to leave, and all from the start
        inbox.wait_for(Condition.UP)
        scanner.signal(Signal.OK)
        assert pty_peer.read(4) == b"good"
        fill(pty_peer.path)
        scanner.signal(Signal.OK)
        wait_until(lambda: scanner._sending.is_waiting)
        later_ms += 60_000
        scanner._link.wake()
        inbox.wait_for(Condition.DOWN)
    # Closing a line waits until all has left, so what never would is thrown away before.
    left = 0
    while select.select([pty_peer._master], [], [], 0.2)[0]:
        left += len(os.read(pty_peer._master, 4_096))
    assert left < filled // 2


def test_trigger_waits_for_what_matters_more(pty_peer: PtyPeer, inbox: Inbox) -> None:
    """Triggers that come faster than they can leave would hold up beeps, for half a minute."""
    commands = Commands(actions={Action.TRIGGER_ON: b"x" * 256}, trigger_ms=1)
    fill(pty_peer.path)
    with running(pty_peer.path, inbox, commands=commands) as scanner:
        for _ in range(5):
            pty_peer.write(CODE + b"\r")  # each goes round the loop once
            inbox.code()
        wait_until(lambda: bool(scanner._sending._begun))
        assert not scanner._sending._waiting
