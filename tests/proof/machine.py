"""A machine in qemu: emulated in software, so that it runs wherever this does."""

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_QEMU = "qemu-system-x86_64"
_APPEND = (
    "root=/dev/vda rw console=ttyS0 quiet panic=-1 net.ifnames=0 systemd.unit=proof.service"
    " systemd.mask=systemd-udev-settle.service"
)
# Where names of serial lines say it: slot 2 of the first PCI bus.
_USB = "qemu-xhci,id=usb,bus=pci.0,addr=2"
_SERIAL = {
    "driver": "usb-serial",
    "id": "scanner",
    "chardev": "scanner",
    "always-plugged": True,
    # The same each time: its name comes of it.
    "bus": "usb.0",
    "port": "1",
}


class Machine:
    """Runs while the block does.

    Args:
        folder: with disk.img, kernel and initrd; sockets and the console's text come into it. The
            disk is not changed.
        seconds_max: after that it is ended.
    """

    def __init__(self, folder: Path, *, seconds_max: float) -> None:
        self._folder = folder
        self._until = time.monotonic() + seconds_max

    def __enter__(self) -> Self:
        for name in ("control", "qmp", "scanner", "console"):
            (self._folder / name).unlink(missing_ok=True)
        self._process = subprocess.Popen(self._command(), stdin=subprocess.DEVNULL)
        self._control = self._connected("control")
        self._qmp = self._connected("qmp").makefile("rw", encoding="utf-8")
        self._scanner = self._connected("scanner")
        self._qmp.readline()  # its greeting
        self._execute("qmp_capabilities")
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _fault: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield what the guest tells, until it falls silent or its time is over."""
        octets = b""
        while True:
            self._control.settimeout(max(0.01, self._until - time.monotonic()))
            try:
                came = self._control.recv(4096)
            except TimeoutError:
                return
            if not came:
                return
            *whole, octets = (octets + came).split(b"\n")
            for line in whole:
                yield json.loads(line)

    def do(self, asked: dict[str, Any]) -> None:
        """Do what the guest asks for, and tell it."""
        match asked["ask"]:
            case "plug":
                self._execute("device_add", **_SERIAL)
            case "unplug":
                self._execute("device_del", id=_SERIAL["id"])
                while json.loads(self._qmp.readline()).get("event") != "DEVICE_DELETED":
                    pass
            case "scan":
                self._scanner.sendall(asked["text"].encode())
            case unknown:
                raise ValueError(f"the guest asks for {unknown}")
        self._control.sendall(b"done\n")

    def console(self) -> str:
        """Return the end of what the machine wrote on its console."""
        text = (self._folder / "console").read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-20:])

    def _command(self) -> list[str]:
        chardevs = {
            name: f"socket,id={name},path={self._folder / name},server=on,wait=off"
            for name in ("control", "scanner")
        }
        disk = f"file={self._folder / 'disk.img'},if=virtio,format=raw,cache=unsafe,snapshot=on"
        return [
            *(_QEMU, "-M", "pc", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2"),
            *("-m", "2048", "-nodefaults", "-display", "none", "-no-reboot"),
            *("-kernel", str(self._folder / "kernel"), "-initrd", str(self._folder / "initrd")),
            *("-append", _APPEND, "-drive", disk),
            *("-chardev", f"file,id=console,path={self._folder / 'console'}"),
            *("-serial", "chardev:console"),
            *("-chardev", chardevs["control"], "-serial", "chardev:control"),
            *("-chardev", chardevs["scanner"], "-device", _USB),
            *("-qmp", f"unix:{self._folder / 'qmp'},server=on,wait=off"),
        ]

    def _connected(self, name: str) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        while True:
            try:
                connection.connect(str(self._folder / name))
            except OSError:
                if self._process.poll() is not None:
                    raise RuntimeError("qemu ended at once; what it said stands above") from None
                time.sleep(0.05)
            else:
                return connection

    def _execute(self, command: str, **arguments: object) -> None:
        self._qmp.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._qmp.flush()
        while "return" not in (answer := json.loads(self._qmp.readline())):
            if "error" in answer:
                raise RuntimeError(f"{command}: {answer['error']}")
