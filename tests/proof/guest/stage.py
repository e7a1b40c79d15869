"""In the guest, as root: plugs devices in and out and sees what the terminal makes of it.

The scanners under test are in `lanes.py`, which runs as the shipped unit runs the daemon.
"""

import fcntl
import grp
import json
import os
import select
import stat
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from subprocess import run

import screen
from gadgets import KEYBOARD, POINT_OF_SALE, Gadget
from host import Host

RUN = Path("/run/proof")
TOLD = RUN / "lanes"
RULES = "/etc/udev/rules.d/70-scan-terminal.rules"
UNIT = "scan-terminal.service"

WEDGE = "/dev/input/by-id/usb-Proof_Wedge_0001-event-kbd"
HID_POS = "/dev/scan-terminal/by-id/usb-Proof_Point_of_sale_0001-if00-hidraw"
SERIAL = "/dev/serial/by-id/usb-QEMU_QEMU_USB_SERIAL_1-0000:00:02.0-1-if00-port0"
LANES = {
    # The longest gap that can be set: emulated, with the host busy, a scanner types like a person.
    "wedge": {"kind": "wedge", "device": WEDGE, "gap_ms_max": 1_000, "hold_off_ms": 0},
    "hid-pos": {"kind": "hid-pos", "device": HID_POS, "hold_off_ms": 0},
    "serial": {"kind": "serial", "port": SERIAL, "hold_off_ms": 0},
    # Emulated, a frame of full size is more than a decoder may spend.
    "camera": {
        "kind": "camera",
        "source": screen.CAMERA,
        "width": screen.WIDTH,
        "height": screen.HEIGHT,
        "fps_idle": 2,
        "fps_max": 4,
        "hold_off_ms": 0,
    },
}
# Emulation is slow, and the host may be busy; what works never waits for it.
PATIENCE_S = 90.0

CC1 = "CC1:6BF+70790T9WJWG.FKY*4GO0.O1CV2 E9G4$%-/"
EVIOCGRAB = 0x40044590


class Lanes:
    """What the scanners under test have told."""

    def __init__(self) -> None:
        self._seen = 0

    def rewind(self) -> None:
        """Look again at all that was told."""
        self._seen = 0

    def wait_for(self, lane: str, **words: str) -> dict[str, object]:
        """Return the next line of a lane that says so; what it says of others is passed over."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            line = self._next()
            if line is None:
                time.sleep(0.02)
            elif line["lane"] == lane and all(
                part in str(line.get(key)) for key, part in words.items()
            ):
                return line
        raise TimeoutError(f"lane {lane} never told {words}; last: {self.last()}")

    def last(self) -> list[str]:
        """Return the last lines."""
        return TOLD.read_text(encoding="utf-8").splitlines()[-8:]

    def codes(self) -> int:
        """Return how many codes came in all."""
        return TOLD.read_text(encoding="utf-8").count('"payload"')

    def _next(self) -> dict[str, object] | None:
        lines = TOLD.read_text(encoding="utf-8").splitlines(keepends=True)
        if self._seen >= len(lines) or not lines[self._seen].endswith("\n"):
            return None
        self._seen += 1
        return json.loads(lines[self._seen - 1])  # type: ignore[no-any-return]  # an object each

    def expect_code(self, lane: str, payload: bytes, act: Callable[[], None]) -> None:
        """Do something that makes the lane read a code, and see that it does, once."""
        before = self.codes()
        act()
        self.wait_for(lane, payload=payload.hex())
        if self.codes() != before + 1:
            raise AssertionError(f"{self.codes() - before} codes came for one: {self.last()}")


def prove(host: Host) -> None:
    """Prove all of it, in order."""
    lanes = Lanes()
    for module in ("dummy_hcd num=2", "libcomposite", "uinput"):
        run(["modprobe", *module.split()], check=True)  # noqa: S607  # as root
    with host.proving("udev takes the rules (udevadm verify)"):
        run(["udevadm", "verify", RULES], check=True, capture_output=True)  # noqa: S607  # as root
    with host.proving("all lanes begin without a device, and say what is missing"):
        TOLD.touch()
        (RUN / "settings.json").write_text(json.dumps(LANES), encoding="utf-8")
        run(["systemctl", "start", UNIT], check=True)  # noqa: S607  # as root
        for lane in ("wedge", "hid-pos", "serial", "camera"):
            lanes.rewind()
            lanes.wait_for(lane, condition="down", detail="is not there")
    prove_wedge(host, lanes)
    prove_hid_pos(host, lanes)
    prove_serial(host, lanes)
    prove_camera(host, lanes)
    with host.proving("the unit ends cleanly and gives every device back"):
        run(["systemctl", "stop", UNIT], check=True)  # noqa: S607  # as root
        with open(WEDGE, "r+b", buffering=0) as node:  # noqa: PTH123  # unbuffered
            fcntl.ioctl(node, EVIOCGRAB, 1)


def prove_wedge(host: Host, lanes: Lanes) -> None:
    """A keyboard of a maker that the rules know."""
    keyboard = Gadget(0, ids=(0x0C2E, 0x0B61), product="Wedge", descriptor=KEYBOARD, octets=8)
    with host.proving("wedge: plugged in, named and permitted by udev, grabbed"):
        keyboard.plug()
        lanes.wait_for("wedge", condition="up")
        expect_owner(WEDGE, "scan-terminal")
        expect_owner("/dev/input/by-path/platform-i8042-serio-0-event-kbd", "input")
        properties = run(  # noqa: S602  # a pattern
            "udevadm info /sys/bus/usb/devices/*/ | grep -c ID_MM_DEVICE_IGNORE=1",  # noqa: S607
            shell=True,
            check=True,
            capture_output=True,
        )
        if properties.stdout.strip() != b"1":
            raise AssertionError("ModemManager is not kept away from the scanner alone")
    with host.proving("wedge: a typed code is read, once, and nobody else sees a key"):
        time.sleep(1.1)  # a code that was under way at the grab is none
        with open(WEDGE, "rb", buffering=0) as other:  # noqa: PTH123  # unbuffered
            lanes.expect_code("wedge", CC1.encode(), lambda: keyboard.type(CC1))
            if select.select([other], [], [], 0.5)[0]:
                raise AssertionError("another reader saw keys of a grabbed keyboard")
            try:
                fcntl.ioctl(other, EVIOCGRAB, 1)
            except OSError:
                pass
            else:
                raise AssertionError("a second program could grab the keyboard")
    with host.proving("wedge: CapsLock is followed, and its light tells the scanner"):
        while keyboard.received(0.2):
            pass
        keyboard.press_caps()
        light = keyboard.received(PATIENCE_S)
        if light != b"\x02":
            raise AssertionError(f"the light of CapsLock is {light.hex()}")
        lanes.expect_code("wedge", b"ab:1", lambda: keyboard.type("AB:1"))
        keyboard.press_caps()
        lanes.expect_code("wedge", b"AB:1", lambda: keyboard.type("AB:1"))
    with host.proving("wedge: pulled out in the middle of a code, half of it is dropped"):
        keyboard.type("HALF OF A", enter=False)
        keyboard.unplug()
        lanes.wait_for("wedge", condition="down", detail="went away")
    with host.proving("wedge: plugged in again, it is grabbed again and read"):
        keyboard.plug()
        lanes.wait_for("wedge", condition="up")
        time.sleep(1.1)
        lanes.expect_code("wedge", b"NEXT", lambda: keyboard.type("NEXT"))
    with host.proving("wedge: five times out and in, and no descriptor is left behind"):
        before = open_descriptors()
        for _ in range(5):
            keyboard.unplug()
            lanes.wait_for("wedge", condition="down")
            keyboard.plug()
            lanes.wait_for("wedge", condition="up")
        if open_descriptors() != before:
            raise AssertionError(f"{before} descriptors became {open_descriptors()}")


def prove_hid_pos(host: Host, lanes: Lanes) -> None:
    """A scanner of a maker that nobody knows: what it says of itself is enough."""
    scanner = Gadget(
        1, ids=(0x1209, 0x0001), product="Point of sale", descriptor=POINT_OF_SALE, octets=64
    )
    octets = bytes(range(256))
    with host.proving("hid-pos: known to udev by its usage page, named, permitted"):
        scanner.plug()
        lanes.wait_for("hid-pos", condition="up")
        expect_owner(HID_POS, "scan-terminal")
    with host.proving("hid-pos: 256 octets over five reports come exactly"):
        lanes.expect_code("hid-pos", octets, lambda: scanner.scan(octets))
    with host.proving("hid-pos: pulled out between two reports, plugged in, read"):
        scanner.scan(octets, end=False)
        scanner.unplug()
        lanes.wait_for("hid-pos", condition="down", detail="went away")
        scanner.plug()
        lanes.wait_for("hid-pos", condition="up")
        lanes.expect_code("hid-pos", b"NEXT", lambda: scanner.scan(b"NEXT"))


def prove_serial(host: Host, lanes: Lanes) -> None:
    """A USB serial adapter of the emulated machine, which the host plugs."""
    with host.proving("serial: USB adapter plugged in by the host, read"):
        host.ask("plug")
        lanes.wait_for("serial", condition="up")
        lanes.expect_code("serial", b"CC1:SERIAL", lambda: host.ask("scan", text="CC1:SERIAL\r\n"))
    with host.proving("serial: pulled out in the middle of a code, plugged in, read"):
        host.ask("scan", text="HALF OF A")
        host.ask("unplug")
        lanes.wait_for("serial", condition="down", detail="went away")
        host.ask("plug")
        lanes.wait_for("serial", condition="up")
        lanes.expect_code("serial", b"NEXT", lambda: host.ask("scan", text="NEXT\r\n"))


def prove_camera(host: Host, lanes: Lanes) -> None:
    """A V4L2 camera that looks at a screen."""
    with host.proving("camera: plugged in, frames flow"):
        screen.plug()
        lanes.wait_for("camera", condition="up")
    with host.proving("camera: a QR code before it is read"), screen.Screen(RUN / "code.luma"):
        lanes.wait_for("camera", payload=CC1.encode().hex())
    with host.proving("camera: pulled out, told"):
        screen.unplug()
        lanes.wait_for("camera", condition="down")
    with host.proving("camera: plugged in again, a QR code before it is read"):
        screen.plug()
        lanes.wait_for("camera", condition="up")
        with screen.Screen(RUN / "code.luma"):
            lanes.wait_for("camera", payload=CC1.encode().hex())


def expect_owner(path: str, group: str) -> None:
    """See that a node belongs to a group, and to nobody else."""
    known = os.stat(path)  # noqa: PTH116  # follows the name
    owner, mode = grp.getgrgid(known.st_gid).gr_name, stat.S_IMODE(known.st_mode)
    if (owner, mode) != (group, 0o660):
        raise AssertionError(f"{path} belongs to {owner}, {mode:o}")


def open_descriptors() -> int:
    """Return how many descriptors the scanners' process has open."""
    told = run(["systemctl", "show", "-P", "MainPID", UNIT], check=True, capture_output=True)  # noqa: S607  # as root
    return len(list(Path(f"/proc/{int(told.stdout)}/fd").iterdir()))


def main() -> None:
    """Prove it, tell the host how it went, and turn the machine off."""
    host = Host()
    try:
        prove(host)
    except Exception:  # noqa: BLE001  # whatever it was, the host must hear of it
        fault = traceback.format_exc()
        for asked in (["systemctl", "stop", UNIT], ["tail", "-n", "12", str(TOLD)]):
            done = run(asked, check=False, capture_output=True)
            fault += done.stdout.decode(errors="replace")
        host.end(fault)
    else:
        host.end()
    sys.stdout.flush()
    run(["systemctl", "poweroff", "--force", "--force"], check=False)  # noqa: S607  # as root


if __name__ == "__main__":
    main()
