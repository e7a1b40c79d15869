"""A point-of-sale scanner (HID usage page 8C), read from its hidraw node: exact octets."""

from collections.abc import Callable

from drivers.base import Deliver, DriverError, Report
from drivers.condition import ConditionTeller
from drivers.device_link import DeviceLink
from drivers.hid.node import KERNEL, Kernel, Node
from drivers.hid.report_descriptor import (
    DESCRIPTOR_OCTETS_MAX,
    REPORT_OCTETS_MAX,
    DescriptorError,
)
from drivers.hid.scanned_data import (
    DataFault,
    ReportedCode,
    ScannedData,
    ScannerLayout,
    scanner_layout,
)
from drivers.steady import Steady

# include/uapi/linux/hidraw.h, as the macros of ioctl.h make them.
HIDIOCGRDESCSIZE = 0x80044801
HIDIOCGRDESC = 0x90044802
_SIZE_OCTETS = 4


class HidPosScanner:
    """Reads codes from a scanner in HID-POS mode; a `Scanner`.

    The node is locked (`flock`): hidraw knows no exclusive use, but two lanes never share one.

    Args:
        device: a hidraw node, best one under /dev/scan-terminal, which our udev rules name.
        qr_only: drop what the scanner does not call a QR code.
        hold_off_ms: how long a code must be away before it counts as shown again; 0 = at once.
        monotonic_ms: the clock of `ScannedCode.seen_ms` and `read_ms`.
        kernel: what opens the node and answers its ioctls.

    Attributes:
        faults: codes and reports dropped since the start, by why.
    """

    def __init__(  # a device's settings, each by its name
        self,
        *,
        device: str,
        qr_only: bool = False,
        hold_off_ms: int = 1000,
        monotonic_ms: Callable[[], int],
        kernel: Kernel = KERNEL,
    ) -> None:
        self._device = device
        self._qr_only = qr_only
        self._steady = Steady(hold_off_ms)
        self._monotonic_ms = monotonic_ms
        self._link = DeviceLink(
            name=device,
            open_device=lambda: open_hidraw(device, kernel),
            session=self._session,
            monotonic_ms=monotonic_ms,
        )
        self._deliver: Deliver | None = None
        self.faults = dict.fromkeys(DataFault, 0)

    def start(self, deliver: Deliver, report: Report) -> None:
        """Begin to read; returns at once. A missing device is reported, never raised."""
        self._deliver = deliver
        self._link.start(report)

    def forget(self) -> None:
        """Take what is in view as new again: what was delivered could not be used."""
        self._steady.forget()

    def stop(self) -> None:
        """End the reading and free the node; returns when the thread is gone."""
        self._link.stop()

    def _session(self, node: Node, teller: ConditionTeller) -> None:
        node.lock()
        # Anew each time: half a code that an unplugging cut off is gone, and another scanner
        # may be at the same place.
        scanned = ScannedData(layout_of(node, self._device), qr_only=self._qr_only)
        teller.up()
        while not self._link.is_stopping:
            if self._link.wait(node, timeout_ms=None).to_read:
                now_ms = self._monotonic_ms()
                for outcome in scanned.receive(node.read(), now_ms):
                    self._conclude(outcome, now_ms)

    def _conclude(self, outcome: ReportedCode | DataFault, now_ms: int) -> None:
        if isinstance(outcome, DataFault):
            self.faults[outcome] += 1
            return
        if self._deliver is None:
            return
        for code in self._steady.receive_one(
            outcome.payload, engine="hid-pos", seen_ms=outcome.began_ms, read_ms=now_ms
        ):
            self._deliver(code)


def open_hidraw(device: str, kernel: Kernel = KERNEL) -> Node:
    """Return the open node.

    Raises:
        DriverError: it can't be opened; the text says why.
    """
    return Node(device, kind="hidraw node", read_octets_max=REPORT_OCTETS_MAX, kernel=kernel)


def layout_of(node: Node, device: str) -> ScannerLayout:
    """Return where the scanner puts its data, by its own description.

    Raises:
        DriverError: it is no point-of-sale scanner, or says what can't be.
    """
    try:
        return scanner_layout(_descriptor(node))
    except DescriptorError as fault:
        raise DriverError(
            f"{device} describes itself in a way that can't be used: {fault}; set the scanner to"
            " HID-POS, or name its other node"
        ) from fault


def _descriptor(node: Node) -> bytes:
    size_octets = bytearray(_SIZE_OCTETS)
    node.ask(HIDIOCGRDESCSIZE, size_octets)
    size = int.from_bytes(size_octets, "little")
    if size > DESCRIPTOR_OCTETS_MAX:
        raise DescriptorError(f"it is longer than {DESCRIPTOR_OCTETS_MAX} octets")
    # struct hidraw_report_descriptor: the size, then room for the most the kernel takes.
    answer = bytearray(size_octets) + bytearray(DESCRIPTOR_OCTETS_MAX)
    node.ask(HIDIOCGRDESC, answer)
    return bytes(answer[_SIZE_OCTETS : _SIZE_OCTETS + size])
