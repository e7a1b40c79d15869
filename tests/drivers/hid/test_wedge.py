import errno
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from driver_peers import Inbox, monotonic_ms
from hid_peers import CAPS, ENTER, SHIFT, TAB, KeyboardPeer, NodePeer, event, key, strokes, typed

from drivers.base import Condition
from drivers.hid.key_events import EVIOCGRAB, EVIOCSCLOCKID, EVIOCSMASK, caps_light
from drivers.hid.wedge import GAP_MS_MAX, WedgeScanner
from drivers.hid.wedge_framing import WedgeFault

pytestmark = pytest.mark.usefixtures("no_fd_leak")

DEVICE = "/dev/input/by-id/usb-scanner-event-kbd"
# Long after the grab, by the kernel's stamps; the scanner's own clock stands at zero.
NOW_MS = 60_000
CC1 = "CC1:6BF+70790T9WJWG.FKY*4GO0.O1CV2 E9G4$%-/"
OFF, ON = caps_light(is_on=False), caps_light(is_on=True)


@pytest.fixture
def peer() -> Iterator[KeyboardPeer]:
    peer = KeyboardPeer()
    peer.plug()
    yield peer
    peer.unplug()


@contextmanager
def running(peer: NodePeer, inbox: Inbox, **settings: Any) -> Iterator[WedgeScanner]:
    settings = {"monotonic_ms": lambda: 0, **settings}
    scanner = WedgeScanner(device=DEVICE, kernel=peer.kernel, **settings)
    scanner.start(inbox.deliver, inbox.report)
    try:
        yield scanner
    finally:
        scanner.stop()
    assert not [one for one in threading.enumerate() if one.name.startswith("hid")]


def send(peer: NodePeer, octets: bytes) -> None:
    """Send as the kernel does, 64 events at a time at most."""
    for place in range(0, len(octets), 64 * 24):
        peer.send(octets[place : place + 64 * 24])


def enter(at_ms: int = NOW_MS) -> bytes:
    return strokes([ENTER], at_ms)


def test_what_is_typed_is_a_code(peer: KeyboardPeer, inbox: Inbox) -> None:
    with running(peer, inbox):
        inbox.wait_for(Condition.UP)
        send(peer, typed(CC1, NOW_MS) + enter(NOW_MS + 40))
        code = inbox.code()
    assert (code.payload, code.engine, code.seen_ms) == (CC1.encode(), "wedge", NOW_MS)
    assert code.showing is not None


def test_keyboard_is_grabbed_before_it_is_said_to_be_up(peer: KeyboardPeer, inbox: Inbox) -> None:
    with running(peer, inbox):
        inbox.wait_for(Condition.UP)
        assert peer.requests[:3] == [EVIOCGRAB, EVIOCSCLOCKID, EVIOCSMASK]


def test_tab_ends_as_well_unless_it_is_a_character(peer: KeyboardPeer, inbox: Inbox) -> None:
    octets = typed("A", NOW_MS) + strokes([TAB], NOW_MS) + typed("B", NOW_MS) + enter()
    with running(peer, inbox):
        inbox.wait_for(Condition.UP)
        send(peer, octets)
        assert [inbox.code().payload for _ in range(2)] == [b"A", b"B"]
    peer.unplug()
    peer.plug()
    with running(peer, inbox, ends=frozenset({"enter"})):
        inbox.wait_for(Condition.UP)
        send(peer, octets)
        assert inbox.code().payload == b"A\tB"


def test_repeated_code_is_delivered_once(peer: KeyboardPeer, inbox: Inbox) -> None:
    with running(peer, inbox, hold_off_ms=60_000) as scanner:
        inbox.wait_for(Condition.UP)
        send(peer, (typed("A", NOW_MS) + enter()) * 3 + typed("B", NOW_MS) + enter())
        assert [inbox.code().payload for _ in range(2)] == [b"A", b"B"]
        scanner.forget()
        send(peer, typed("A", NOW_MS) + enter())
        assert inbox.code().payload == b"A"
    assert inbox.codes.empty()


def test_upper_takes_small_letters_as_capitals(peer: KeyboardPeer, inbox: Inbox) -> None:
    with running(peer, inbox, upper=True):
        inbox.wait_for(Condition.UP)
        send(peer, typed("cc1:a%", NOW_MS) + enter())
        assert inbox.code().payload == b"CC1:A%"


def test_pause_ends_a_code_of_a_scanner_without_an_end_key(
    peer: KeyboardPeer, inbox: Inbox
) -> None:
    times_ms = {"now": 0}
    with running(peer, inbox, ends=frozenset(), monotonic_ms=lambda: times_ms["now"]):
        inbox.wait_for(Condition.UP)
        times_ms["now"] = NOW_MS + GAP_MS_MAX + 1
        send(peer, typed("AB", NOW_MS))
        code = inbox.code()
        assert (code.payload, code.seen_ms, code.read_ms) == (b"AB", NOW_MS, times_ms["now"])


def test_code_of_another_layout_is_dropped_not_guessed(peer: KeyboardPeer, inbox: Inbox) -> None:
    with running(peer, inbox, layout="de") as scanner:
        inbox.wait_for(Condition.UP)
        send(peer, typed("A[B", NOW_MS) + enter() + typed("C", NOW_MS) + enter())
        assert inbox.code().payload == b"C"
        assert scanner.faults[WedgeFault.UNSAID] == 1


def test_lost_keys_drop_the_code_and_ask_what_is_held(peer: KeyboardPeer, inbox: Inbox) -> None:
    with running(peer, inbox) as scanner:
        inbox.wait_for(Condition.UP)
        assert peer.received() == OFF
        send(peer, typed("AB", NOW_MS))
        peer.held = {SHIFT}
        send(peer, event(0, 3, 0, NOW_MS) + event(0, 0, 0, NOW_MS))
        assert peer.received() == OFF
        send(peer, typed("c", NOW_MS) + enter() + strokes([30], NOW_MS) + enter())
        assert inbox.code().payload == b"A"
        assert scanner.faults[WedgeFault.KEYS_LOST] == 1


def test_caps_lock_lights_when_the_scanner_presses_it(peer: KeyboardPeer, inbox: Inbox) -> None:
    with running(peer, inbox):
        inbox.wait_for(Condition.UP)
        assert peer.received() == OFF
        send(peer, strokes([CAPS], NOW_MS) + strokes([30], NOW_MS))
        assert peer.received() == ON
        send(peer, strokes([CAPS], NOW_MS) + strokes([30], NOW_MS) + enter())
        assert peer.received() == OFF
        assert inbox.code().payload == b"Aa"


def test_caps_lock_of_another_keyboard_is_put_off_again(peer: KeyboardPeer, inbox: Inbox) -> None:
    """The kernel lights it everywhere, and some scanners would turn their letters for it."""
    with running(peer, inbox):
        inbox.wait_for(Condition.UP)
        assert peer.received() == OFF
        send(peer, ON)
        assert peer.received() == OFF
        send(peer, OFF + typed("a", NOW_MS) + enter())
        assert inbox.code().payload == b"a"


def test_missing_scanner_is_reported_and_read_once_plugged(
    peer: KeyboardPeer, inbox: Inbox
) -> None:
    peer.unplug()
    with running(peer, inbox, monotonic_ms=monotonic_ms):
        assert "is not there" in inbox.wait_for(Condition.DOWN).detail
        peer.plug()
        inbox.wait_for(Condition.UP)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (errno.ENODEV, "is not there: check the cable"),
        (errno.EACCES, "let udev give it to group scan-terminal"),
        (errno.ELOOP, "cannot be opened: Too many levels of symbolic links"),
    ],
)
def test_opening_that_fails_is_told_with_the_remedy(
    peer: KeyboardPeer, inbox: Inbox, fault: int, words: str
) -> None:
    peer.opening_fails_with = fault
    with running(peer, inbox):
        assert words in inbox.wait_for(Condition.DOWN).detail


def test_another_grabber_is_reported_and_outwaited(peer: KeyboardPeer, inbox: Inbox) -> None:
    peer.is_grabbed_by_another = True
    with running(peer, inbox, monotonic_ms=monotonic_ms):
        detail = inbox.wait_for(Condition.DOWN).detail
        assert "held by another program" in detail
        assert f"fuser {DEVICE}" in detail
        peer.is_grabbed_by_another = False
        inbox.wait_for(Condition.UP)


def test_node_of_another_kind_is_told(inbox: Inbox) -> None:
    peer = NodePeer()
    peer.plug()
    with running(peer, inbox):
        assert "is no keyboard" in inbox.wait_for(Condition.DOWN).detail
    peer.unplug()


def test_half_events_are_told(peer: KeyboardPeer, inbox: Inbox) -> None:
    with running(peer, inbox):
        inbox.wait_for(Condition.UP)
        peer.send(key(30, 1)[:-1])
        assert "no key press" in inbox.wait_for(Condition.DOWN).detail


def test_unplugging_drops_half_a_code_and_replugging_grabs_again(
    peer: KeyboardPeer, inbox: Inbox
) -> None:
    later_ms = monotonic_ms() + NOW_MS
    with running(peer, inbox, monotonic_ms=monotonic_ms):
        inbox.wait_for(Condition.UP)
        send(peer, typed("WHOLE", later_ms) + enter(later_ms) + typed("HALF OF A", later_ms))
        assert inbox.code().payload == b"WHOLE"
        peer.unplug()
        assert "went away" in inbox.wait_for(Condition.DOWN).detail
        peer.requests.clear()
        peer.plug()
        inbox.wait_for(Condition.UP)
        assert peer.requests[0] == EVIOCGRAB
        send(peer, typed("NEXT", later_ms) + enter(later_ms))
        assert inbox.code().payload == b"NEXT"
    assert inbox.codes.empty()


@pytest.mark.slow
def test_endless_typing_is_one_fault_and_no_memory(peer: KeyboardPeer, inbox: Inbox) -> None:
    with running(peer, inbox) as scanner:
        inbox.wait_for(Condition.UP)
        send(peer, typed("x", NOW_MS) * 20_000 + enter() + typed("NEXT", NOW_MS) + enter())
        assert inbox.code().payload == b"NEXT"
        assert scanner.faults[WedgeFault.TOO_LONG] == 1


def test_stop_without_start_frees_everything() -> None:
    WedgeScanner(device=DEVICE, monotonic_ms=monotonic_ms).stop()


def test_second_start_is_a_bug(peer: KeyboardPeer, inbox: Inbox) -> None:
    with running(peer, inbox) as scanner, pytest.raises(ValueError, match="started already"):
        scanner.start(inbox.deliver, inbox.report)
