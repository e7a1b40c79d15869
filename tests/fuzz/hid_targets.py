"""What HID scanners say: a device's own description, its reports, its keys."""

from drivers.base import PAYLOAD_BYTES_MAX
from drivers.hid.key_events import EVENT_OCTETS, KeyEvents, KeyMoved
from drivers.hid.keyboard import Keyboard
from drivers.hid.keymap import LAYOUTS
from drivers.hid.report_descriptor import REPORT_OCTETS_MAX, DescriptorError
from drivers.hid.scanned_data import ReportedCode, ScannedData, scanner_layout
from drivers.hid.wedge_framing import TypedCode, WedgeFraming
from tests.fuzz.target import Target

_COUNTED = bytes.fromhex(
    "058c0902a101850209 12a1021500 26ff007508 95010501093b8102 9503058c09fb09fc09fd8102"
    "953809fe820201 7501950109ff8102 75078103c0c0"
)
_REPORT = b"\x02\x03]Q1ABC" + bytes(54)


def check_hid_pos(octets: bytes) -> None:
    """Read noise as a description, and what follows it as reports: codes stay within limits."""
    size = int.from_bytes(octets[:2], "little")
    descriptor, rest = octets[2 : 2 + size], octets[2 + size :]
    try:
        layout = scanner_layout(descriptor)
    except DescriptorError:
        return
    assert layout.report_octets <= REPORT_OCTETS_MAX
    each = ScannedData(layout, qr_only=False)
    step = max(1, layout.report_octets)
    for now_ms, place in enumerate(range(0, len(rest), step)):
        for outcome in each.receive(rest[place : place + step], now_ms):
            if isinstance(outcome, ReportedCode):
                assert 0 < len(outcome.payload) <= PAYLOAD_BYTES_MAX


def check_wedge(octets: bytes) -> None:
    """Read noise as keys of every layout: codes are ASCII and within limits."""
    whole = octets[: len(octets) // EVENT_OCTETS * EVENT_OCTETS]
    for layout in LAYOUTS.values():
        keyboard = Keyboard(layout, frozenset({"enter", "tab"}))
        framing = WedgeFraming(gap_ms_max=100, is_ended_by_pause=False, now_ms=0)
        for happening in KeyEvents().receive(whole):
            if not isinstance(happening, KeyMoved):
                continue
            outcomes = [framing.moved(happening.at_ms)]
            for stroke in keyboard.receive(happening.code, is_down=happening.is_down):
                outcomes.append(framing.receive(stroke))  # noqa: PERF401  # in order, a stroke at a time
            for outcome in outcomes:
                if isinstance(outcome, TypedCode):
                    assert 0 < len(outcome.payload) <= PAYLOAD_BYTES_MAX
                    assert outcome.payload.isascii()


def _key(code: int, value: int) -> bytes:
    moment = (10).to_bytes(8, "little") + bytes(8)
    return moment + b"\1\0" + code.to_bytes(2, "little") + value.to_bytes(4, "little")


TARGETS = (
    Target(
        name="hid-pos",
        run=check_hid_pos,
        seeds=(
            len(_COUNTED).to_bytes(2, "little") + _COUNTED + _REPORT,
            b"\x04\0\x05\x8c\xa1\xc0",
        ),
        size_max=8_192,
        words=(
            b"\x05\x8c",
            b"\x09\xfe",
            b"\x81\x02",
            b"\x05\x01\x09\x3b",
            b"\xa4",
            b"\xb4",
            b"\x97",
        ),
    ),
    Target(
        name="wedge",
        run=check_wedge,
        seeds=(
            b"".join(_key(code, value) for code in (42, 30, 58, 56, 28) for value in (1, 0)),
            bytes(16) + b"\0\0\3\0\0\0\0\0",
        ),
        size_max=2_400,
        words=(b"\1\0", b"\x11\0\1\0"),
    ),
)
