"""The one door of libosdp (IEC 60839-11-5), by its compiled module alone.

PyPI's `libosdp` brings `osdp_sys` and a package `osdp` around it; another project on PyPI is called
`osdp` and brings a package of the same name. `osdp_sys` is libosdp's own, whatever else is there.
"""

import ctypes
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol

from drivers.base import DriverError
from drivers.osdp.card import CardFormat

# Octets of a reply that wait for a line which takes none: two of the largest packets.
OUT_OCTETS_MAX = 4_096
# Octets that libosdp has not taken; a line that sends more is no controller's.
IN_OCTETS_MAX = 8_192

# What a controller asks about a reader: capability, compliance, number (table B.1 of OSDP 2.2):
# card data as bits, one light, one buzzer, CRC-16, AES-128.
_CAPABILITIES = ((3, 1, 1), (4, 1, 1), (5, 1, 1), (8, 1, 0), (9, 1, 1))

Command = dict[str, Any]

_give_reference = ctypes.pythonapi.Py_IncRef
_give_reference.argtypes = [ctypes.py_object]
_give_reference.restype = None


class Peripheral(Protocol):
    """libosdp's peripheral device; of one thread."""

    def refresh(self) -> None:
        """Take what came, and answer."""
        ...

    def submit_event(self, event: dict[str, Any]) -> bool:
        """Have something told at the next poll."""
        ...

    def flush_events(self) -> int:
        """Forget what was not told."""
        ...

    def is_sc_active(self) -> bool:
        """Return whether the secure channel is up."""
        ...

    def set_command_callback(self, callback: Callable[[Command], tuple[int, None]]) -> None:
        """Have `callback` called in `refresh`; other than 0 refuses the command."""
        ...


class OsdpChannel:
    """Octets between libosdp and a line; libosdp calls `read`, `write` and `flush`."""

    def __init__(self) -> None:
        self.id = 0
        self._in, self._out = bytearray(), bytearray()

    def take(self, octets: bytes) -> None:
        """Have octets read that came by the line."""
        self._in += octets
        del self._in[:-IN_OCTETS_MAX]

    def outgoing(self) -> bytes:
        """Return what the line has to take."""
        return bytes(self._out)

    def sent(self, count: int) -> None:
        """Forget octets that the line took."""
        del self._out[:count]

    def read(self, octets_max: int) -> bytes:
        """Return the next octets."""
        octets = bytes(self._in[:octets_max])
        del self._in[: len(octets)]
        return octets

    def write(self, octets: bytes) -> int:
        """Take octets for the line; return how many."""
        room = OUT_OCTETS_MAX - len(self._out)
        self._out += octets[:room]
        return min(len(octets), room)

    def flush(self) -> None:
        """Forget what was not read: libosdp is out of step and waits for the next packet."""
        self._in.clear()


def load_library() -> Any:
    """Return libosdp.

    Raises:
        DriverError: it is not installed; says whether PyPI's other `osdp` is, in its place.
    """
    try:
        import osdp_sys  # noqa: PLC0415  # an extra, and only where a lane names it
    except ImportError as fault:
        raise DriverError(library_fault() or f"libosdp can't be loaded: {fault}") from fault
    return osdp_sys


def library_fault(installed: Callable[[str], str] = version) -> str:
    """Return what is wrong with what is installed; empty: libosdp is.

    Args:
        installed: returns the version of a distribution, or raises PackageNotFoundError.
    """
    remedy = "pip install 'scan-terminal[osdp]' in the terminal's environment"
    has_wrong, has_right = (_is_there(name, installed) for name in ("osdp", "libosdp"))
    if has_wrong:
        return (
            "PyPI's package osdp is installed, which is another project: pip uninstall osdp"
            f" libosdp, then {remedy}"
        )
    return "" if has_right else f"libosdp is not installed: {remedy}"


def _is_there(name: str, installed: Callable[[str], str]) -> bool:
    try:
        installed(name)
    except PackageNotFoundError:
        return False
    return True


def make_peripheral(
    library: Any, channel: OsdpChannel, *, address: int, key: bytes | None
) -> Peripheral:
    """Return a reader; without a key in install mode, where any controller may set one.

    With a key nothing but its own secure channel is served. libosdp writes no log: what a line
    sends could fill it, and in its finest level it shows packets.
    """
    library.set_loglevel(library.LOG_EMERG)
    flag = library.FLAG_INSTALL_MODE if key is None else library.FLAG_ENFORCE_SECURE
    information = {
        "name": f"reader-{address}",
        "address": address,
        "flags": flag,
        "scbk": key,
        "channel": channel,
        # Ours to choose: no vendor's numbers are registered for this.
        "version": 1,
        "model": 1,
        "vendor_code": 0,
        "serial_number": address,
        "firmware_version": 1,
    }
    capabilities = [
        {"function_code": code, "compliance_level": level, "num_items": number}
        for code, level, number in _CAPABILITIES
    ]
    peripheral: Peripheral = library.PeripheralDevice(information, capabilities=capabilities)
    return peripheral


def command_reply(status: int) -> tuple[int, None]:
    """Return what a command callback returns: 0 is done, another number refuses.

    libosdp 3.2.9 takes one reference too many from the None of each reply. Before Python 3.12
    that counts: after some ten thousand lights of the controller nothing would be left of None,
    and the process end. So one is given with each; where libosdp is mended it does no harm.
    """
    if sys.version_info < (3, 12):
        _give_reference(None)
    return status, None


def card_event(library: Any, octets: bytes, card_format: CardFormat) -> dict[str, Any]:
    """Return a card that was read, as libosdp wants it; bits are counted, characters are too."""
    formats = {
        CardFormat.RAW: library.CARD_FMT_RAW_UNSPECIFIED,
        CardFormat.WIEGAND: library.CARD_FMT_RAW_WIEGAND,
    }
    return {
        "event": library.EVENT_CARDREAD,
        "reader_no": 0,
        "direction": 0,
        "format": formats[card_format],
        "data": octets,
        "length": 8 * len(octets),
    }
