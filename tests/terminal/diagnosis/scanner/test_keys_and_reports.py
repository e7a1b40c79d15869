"""Scanners that type, and those in point-of-sale mode, behind nodes of our own."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from drivers.base import DriverError
from drivers.clock import monotonic_ms
from drivers.hid.key_events import caps_light
from terminal.diagnosis.scanner.examination import examine, told_of
from terminal.diagnosis.scanner.faults import FaultKind
from terminal.diagnosis.scanner.listening import HidPosEar, WedgeEar
from terminal.diagnosis.scanner.samples import SAMPLES
from terminal.diagnosis.scanner.subject import Heard, Subject, is_proven, subject_of
from terminal.errors import UsageError
from tests.drivers.hid_peers import (
    CAPS,
    COUNTED,
    ENTER,
    HidPeer,
    KeyboardPeer,
    NodePeer,
    reports_of,
    strokes,
    typed,
)

K = FaultKind
TEXT, LONG, OCTETS = (sample.octets for sample in SAMPLES)


def look(subject: Subject, peer: NodePeer, *messages: list[bytes]) -> list[Heard]:
    """Show one code after the other, each when it is asked for."""
    codes, senders = list(messages), list[threading.Thread]()

    def send(code: list[bytes]) -> None:
        for message in code:
            peer.send(message)

    def show(_: object) -> None:  # a socket holds less than the longest code's keys
        senders.append(threading.Thread(target=send, args=(codes.pop(0),)))
        senders[-1].start()

    heard = list(
        examine(
            subject,
            count=len(messages),
            timeout_ms=20_000,
            monotonic_ms=monotonic_ms,
            prompt=show,
        )
    )
    for sender in senders:
        sender.join()
    return heard


def wedge(peer: KeyboardPeer, **more: Any) -> Subject:
    table = {"kind": "wedge", "device": "/dev/input/by-id/usb-scanner-event-kbd", **more}
    subject = subject_of(table)
    layout = subject.layout or ""
    return replace(
        subject, hear=lambda _: WedgeEar("/dev/x", layout, monotonic_ms, kernel=peer.kernel)
    )


def keys(text: bytes, *, end: int | None = ENTER) -> list[bytes]:
    """Return what a scanner for a US keyboard types, one message a character."""
    told = [typed(character) for character in text.decode()]
    return told if end is None else [*told, strokes([end])]


@pytest.fixture
def keyboard() -> KeyboardPeer:
    peer = KeyboardPeer()
    peer.plug()
    return peer


@pytest.mark.slow
def test_scanner_that_types_well_is_well(keyboard: KeyboardPeer) -> None:
    subject = wedge(keyboard, hold_off_ms=500)
    heard = look(subject, keyboard, keys(TEXT), keys(LONG))
    assert keyboard.received() == caps_light(is_on=False)
    keyboard.unplug()
    assert [(each.sample, each.faults) for each in told_of(heard)] == [("text", ()), ("long", ())]
    advised = subject.advised(heard)
    assert advised == {**subject.table, "layout": "us", "ends": ["enter"]}
    assert is_proven(advised, heard)


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["de", "fr"])
def test_scanner_set_to_another_country_is_found_by_its_keys(
    keyboard: KeyboardPeer, layout: str
) -> None:
    subject = wedge(keyboard, layout=layout)
    heard = look(subject, keyboard, keys(TEXT, end=None))
    keyboard.unplug()
    (reading,) = told_of(heard)
    assert {fault.kind for fault in reading.faults} == {K.LAYOUT, K.TERMINATOR_MISSING}
    advised = subject.advised(heard)
    assert (advised["layout"], advised["ends"]) == ("us", [])
    assert is_proven(advised, heard)


@pytest.mark.slow
def test_capslock_is_found_and_borne(keyboard: KeyboardPeer) -> None:
    subject = wedge(keyboard)
    heard = look(subject, keyboard, [strokes([CAPS]), *keys(TEXT)])
    keyboard.unplug()
    (reading,) = told_of(heard)
    assert [fault.kind for fault in reading.faults] == [K.SWAPPED]
    assert subject.advised(heard)["upper"] is True
    assert is_proven(subject.advised(heard), heard)


def test_keyboard_that_the_daemon_has_is_not_taken(keyboard: KeyboardPeer) -> None:
    keyboard.is_grabbed_by_another = True
    with pytest.raises(DriverError, match="held by another program"):
        WedgeEar("/dev/x", "us", monotonic_ms, kernel=keyboard.kernel)
    keyboard.unplug()


@pytest.mark.slow
def test_point_of_sale_scanner_shows_every_sample() -> None:
    peer = HidPeer(COUNTED)
    peer.plug()
    subject = subject_of({"kind": "hid-pos", "device": "/dev/scan-terminal/by-id/x-hidraw"})
    subject = replace(subject, hear=lambda _: HidPosEar("/dev/x", monotonic_ms, kernel=peer.kernel))
    cut = OCTETS.split(b"\0")[0]
    heard = look(subject, peer, reports_of(TEXT), reports_of(LONG), reports_of(cut))
    peer.unplug()
    kinds = [[fault.kind for fault in each.faults] for each in told_of(heard)]
    assert kinds == [[], [], [K.CUT_NUL]]
    assert subject.advised(heard) == subject.table
    assert not is_proven(subject.table, heard)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"kind": "camera", "source": "/dev/video0"}, "scan-terminal aim"),
        ({"kind": "serial"}, "can't be used"),
        ({"kind": "telepathy"}, "can't be used"),
    ],
)
def test_what_can_not_be_looked_at_so_is_told(table: dict[str, str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        subject_of(table)
