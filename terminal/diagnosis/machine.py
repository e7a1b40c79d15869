"""The machine beneath a folder: what the kernel and the system say of it, as files.

Tests lay out a folder with `sys`, `dev`, `proc`, `etc` and `usr` in it, and hand that over.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A program that runs."""

    pid: int
    name: str  # as it calls itself, printable
    command: str  # with its arguments; empty where it may not be seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where to look.

    Attributes:
        root: the folder that stands for `/`.
    """

    root: Path = Path("/")

    def at(self, path: str | Path) -> Path:
        """Return where a path of the machine is to be found."""
        return self.root / str(path).lstrip("/")

    def text(self, path: str | Path) -> str:
        """Return what a file says; empty where it is not there or may not be read."""
        try:
            return self.at(path).read_text("utf-8", "replace")
        except OSError:
            return ""

    def names(self, folder: str | Path) -> list[str]:
        """Return what lies in a folder, sorted; nothing where it is not there."""
        try:
            return sorted(each.name for each in self.at(folder).iterdir())
        except OSError:
            return []

    def node(self, path: str) -> str:
        """Return the node that a name leads to, as the machine calls it: `/dev/ttyUSB0`."""
        leads_to = self.at(path).resolve()
        root = self.root.resolve()
        return f"/{leads_to.relative_to(root)}" if leads_to.is_relative_to(root) else str(leads_to)

    def processes(self) -> Iterator[Process]:
        """Yield every process that may be seen, but for this one."""
        ours = str(os.getpid())
        for name in self.names("/proc"):
            if not name.isdecimal() or name == ours:
                continue
            told = self.text(f"/proc/{name}/comm").rstrip("\n")
            command = self.text(f"/proc/{name}/cmdline").replace("\0", " ").strip()
            if told:
                printable = "".join(c if " " <= c <= "~" else "?" for c in told)
                yield Process(pid=int(name), name=printable, command=command)

    def holders(self, node: str) -> Iterator[Process]:
        """Yield who has a node open, as far as it may be seen: root sees everybody's."""
        for process in self.processes():
            folder = self.at(f"/proc/{process.pid}/fd")
            try:
                is_open = any(str(held.readlink()) == node for held in folder.iterdir())
            except OSError:
                continue  # another user's, or it ended just now
            if is_open:
                yield process


def is_there(path: Path) -> bool:
    """Return whether a path leads to something that who asks may know of."""
    try:
        path.stat()
    except OSError:
        return False
    return True
