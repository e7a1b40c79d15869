"""An access controller at the far end of an OSDP line: libosdp's own control panel on a pty."""

import os
import queue
import select
from threading import Lock, Thread
from typing import Any

from drivers.osdp.library import load_library
from simulator.serial_peers import PtyLine

# libosdp's control panel wants to be called this often; it polls its readers by itself.
REFRESH_S = 0.005
READ_OCTETS = 4_096
QUIET_S = 0.1  # a reader answers within it
LIGHT_GREEN, LIGHT_RED = 2, 1


class _Cable:
    """The octets between panel and line; it can be cut, and spoil what the reader says."""

    def __init__(self, master: int) -> None:
        self.id = 0
        self.is_cut = False
        self.spoil: int | None = None  # which octet of each packet from the reader is changed
        self._master = master

    def read(self, octets_max: int) -> bytes:
        """Return what the reader said."""
        try:
            octets = bytearray(os.read(self._master, octets_max))
        except OSError:
            return b""
        if self.spoil is not None and len(octets) > self.spoil:
            octets[self.spoil] ^= 0x01
        return b"" if self.is_cut else bytes(octets)

    def write(self, octets: bytes) -> int:
        """Say something to the reader."""
        if not self.is_cut:
            try:
                return os.write(self._master, octets)
            except OSError:
                return 0
        return len(octets)

    def flush(self) -> None:
        """Forget what the reader said."""


class AccessController(PtyLine):
    """A panel with one reader, at `path`.

    Args:
        key: of the secure channel; None: it speaks in the clear.
        address: the reader's.
    """

    def __init__(self, key: bytes | None, *, address: int = 1, is_installing: bool = False) -> None:
        super().__init__()
        library = load_library()
        library.set_loglevel(library.LOG_EMERG)
        self.cable = _Cable(self._master)
        self.cards: queue.Queue[bytes] = queue.Queue(64)
        self._library, self._lock = library, Lock()
        self._key, self._address = key, address
        self._is_secure_alone = key is not None and not is_installing
        self._panel = self._made()
        self._thread = Thread(target=self._run, name="access controller", daemon=True)
        self._thread.start()

    def restart(self) -> None:
        """Begin anew, as after a power cut: the secure channel is to be made once more."""
        with self._lock:
            while select.select([self._master], [], [], QUIET_S)[0]:
                os.read(self._master, READ_OCTETS)  # the last answer is for nobody
            self._panel = self._made()

    @property
    def is_secure(self) -> bool:
        """Return whether the secure channel is up, as the panel sees it."""
        with self._lock:
            return bool(self._panel.sc_status())

    @property
    def is_online(self) -> bool:
        """Return whether the reader answers."""
        with self._lock:
            return bool(self._panel.status())

    def light(self, colour: int) -> bool:
        """Have the reader's light shine for a second."""
        return self.command(
            {
                "command": self._library.CMD_LED,
                "reader": 0,
                "led_number": 0,
                "control_code": 2,
                "on_count": 10,
                "off_count": 0,
                "on_color": colour,
                "off_color": 0,
                "timer_count": 10,
                "temporary": True,
            }
        )

    def ask_status(self) -> bool:
        """Ask how the reader does."""
        report = self._library.STATUS_REPORT_LOCAL
        return self.command({"command": self._library.CMD_STATUS, "type": report})

    def set_key(self, key: bytes) -> bool:
        """Have the reader take another key."""
        return self.command({"command": self._library.CMD_KEYSET, "type": 1, "data": key})

    def command(self, command: dict[str, Any]) -> bool:
        """Have the reader told something; return whether the panel took it."""
        with self._lock:
            return bool(self._panel.submit_command(0, command))

    def say(self, octets: bytes) -> None:
        """Put octets on the line that no panel would."""
        os.write(self._master, octets)

    def _made(self) -> Any:
        library = self._library
        panel = library.ControlPanel(
            [
                {
                    "name": f"reader-{self._address}",
                    "address": self._address,
                    "flags": library.FLAG_ENFORCE_SECURE if self._is_secure_alone else 0,
                    "scbk": self._key,
                    "channel": self.cable,
                    "version": 0,
                    "model": 0,
                    "vendor_code": 0,
                    "serial_number": 0,
                    "firmware_version": 0,
                }
            ]
        )
        panel.set_event_callback(self._take)
        return panel

    def _take(self, _reader: int, event: dict[str, Any]) -> int:
        if event.get("event") == self._library.EVENT_CARDREAD:
            self.cards.put(event["data"])
        return 0

    def _run(self) -> None:
        while not self._stopped.wait(REFRESH_S):
            with self._lock:
                self._panel.refresh()

    def _free(self) -> None:
        self._thread.join()
        super()._free()
