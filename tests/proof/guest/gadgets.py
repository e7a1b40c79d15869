"""In the guest: USB scanners made of the kernel's own gadgets (dummy_hcd, configfs)."""

import os
import select
import time
from pathlib import Path

_GADGETS = Path("/sys/kernel/config/usb_gadget")

# The boot keyboard of USB HID 1.11, appendix B.1.
KEYBOARD = bytes.fromhex(
    "05010906a101050719e029e71500250175019508810295017508810195057501050819012905910295017503"
    "91019506750815002565050719002965 8100c0"
)
# A point-of-sale scanner, as the manuals of Honeywell and Access-IS have it.
POINT_OF_SALE = bytes.fromhex(
    "058c0902a1018502 0912a102150026ff007508 95010501093b8102 9503058c09fb09fc09fd8102"
    "953809fe820201 95020600ff09018102 058c75019501250109ff8102 75078103c0c0"
)

_SHIFT, _ENTER, _CAPS = 0x02, 0x28, 0x39
# Usages of page 7 as a US keyboard has them.
_PLAIN = (
    {chr(ord("a") + place): 4 + place for place in range(26)}
    | {digit: 0x1E + place for place, digit in enumerate("1234567890")}
    | {" ": 0x2C, "-": 0x2D, "=": 0x2E, ";": 0x33, ".": 0x37, "/": 0x38}
)
_SHIFTED = {"$": "4", "%": "5", "*": "8", "+": "=", ":": ";"}


class Gadget:
    """One USB device that is plugged in and out.

    Args:
        place: 0 or 1: which of dummy_hcd's two ports, and which /dev/hidg.
    """

    def __init__(
        self, place: int, *, ids: tuple[int, int], product: str, descriptor: bytes, octets: int
    ) -> None:
        self._controller = f"dummy_udc.{place}"
        self._folder = _GADGETS / f"proof{place}"
        strings, function = self._folder / "strings/0x409", self._folder / "functions/hid.0"
        config = self._folder / "configs/c.1"
        for folder in (self._folder, strings, function, config):
            folder.mkdir()
        values = {
            self._folder / "idVendor": f"{ids[0]:#06x}",
            self._folder / "idProduct": f"{ids[1]:#06x}",
            strings / "manufacturer": "Proof",
            strings / "product": product,
            strings / "serialnumber": "0001",
            function / "protocol": "1" if octets == 8 else "0",
            function / "subclass": "1" if octets == 8 else "0",
            function / "report_length": str(octets),
        }
        for path, value in values.items():
            path.write_text(value, encoding="ascii")
        (function / "report_desc").write_bytes(descriptor)
        (config / "hid.0").symlink_to(function)
        minor = (function / "dev").read_text(encoding="ascii").strip().partition(":")[2]
        self._device = f"/dev/hidg{minor}"
        self._fd = -1

    def plug(self) -> None:
        """Plug it in, and open what the scanner's own firmware would write to."""
        (self._folder / "UDC").write_text(self._controller, encoding="ascii")
        self._fd = os.open(self._device, os.O_RDWR)

    def unplug(self) -> None:
        """Pull it out."""
        os.close(self._fd)
        (self._folder / "UDC").write_text("\n", encoding="ascii")

    def send(self, report: bytes) -> None:
        """Send one report; returns when the host has room for the next."""
        os.write(self._fd, report)

    def received(self, seconds: float) -> bytes:
        """Return the next report from the host, or nothing when none comes in time."""
        ready, _, _ = select.select([self._fd], [], [], seconds)
        return os.read(self._fd, 64) if ready else b""

    def type(self, text: str, *, enter: bool = True) -> None:
        """Type a text on a keyboard."""
        for character in text:
            plain = _SHIFTED.get(character, character.lower())
            modifiers = _SHIFT if plain != character else 0
            self._press(_PLAIN[plain], modifiers)
        if enter:
            self._press(_ENTER, 0)

    def press_caps(self) -> None:
        """Press CapsLock on a keyboard."""
        self._press(_CAPS, 0)

    def _press(self, usage: int, modifiers: int) -> None:
        self.send(bytes((modifiers, 0, usage, 0, 0, 0, 0, 0)))
        self.send(bytes(8))
        # A scanner's pause. Without one emulation types faster than any, and the kernel's buffer
        # of 64 events runs over before an emulated reader has its turn.
        time.sleep(0.02)

    def scan(self, payload: bytes, *, end: bool = True) -> None:
        """Send a code as a point-of-sale scanner does; without its end: all but the last report."""
        pieces = [payload[place : place + 56] for place in range(0, len(payload), 56)]
        for place, piece in enumerate(pieces):
            more = place < len(pieces) - 1
            if more or end:
                head = bytes((2, len(piece))) + b"]Q1"
                self.send(head + piece.ljust(56, b"\0") + b"s\0" + bytes((more,)))
