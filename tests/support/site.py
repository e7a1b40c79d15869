"""A real centre and real terminals, started as programs and looked at from outside."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from central.enrolments import allow_enrolment
from central.site import open_site
from simulator.centre import Centre
from simulator.network import Cable
from simulator.phone import Phone
from simulator.programs import Program, run_once
from terminal.control import ask
from verifier.model import UnixSeconds

# Two programs that start on a machine whose cores are busy elsewhere take this long at worst.
PATIENCE_S = 30.0
_POLL_S = 0.01


def eventually(
    condition: Callable[[], object], what: str, *, patience_s: float = PATIENCE_S
) -> None:
    """Return as soon as `condition` holds; fail, saying `what` was waited for, if it never does."""
    ends_s, pause = time.monotonic() + patience_s, threading.Event()
    while not condition():
        assert time.monotonic() < ends_s, f"waited in vain: {what}"
        pause.wait(_POLL_S)


def now() -> UnixSeconds:
    return UnixSeconds(int(time.time()))


@dataclass
class Town:
    """One centre that several terminals share."""

    centre: Centre
    cable: Cable
    log: Path

    def enrolment_code(self, terminal: str) -> str:
        """Return a one-time code; made here, for a command would take half a second."""
        with closing(open_site(self.centre._folder).open_store()) as store:
            return allow_enrolment(store, terminal, now=now())[0]

    def phones(self, count: int) -> list[Phone]:
        return self.centre.phones(count)

    def entries(self, terminal: str) -> list[tuple[int, int, dict[str, object]]]:
        """Return epoch, number and members of every entry that the centre holds of a terminal."""
        return [(e.epoch, e.seq, e.line) for e in self.centre.entries() if e.terminal == terminal]


@contextmanager
def open_town(folder: Path) -> Iterator[Town]:
    """Make a centre, publish and serve it."""
    with ExitStack() as stack:
        centre = Centre(folder / "centre")
        centre.publish()
        program, cable = centre.serve(folder / "centre.log")
        stack.callback(program.stop)
        stack.enter_context(cable)
        yield Town(centre=centre, cable=cable, log=folder / "centre.log")


class Terminal:
    """One machine with a state folder; its daemon may be started, killed and started again."""

    def __init__(self, folder: Path, town: Town, *, name: str, lanes: str = "") -> None:
        """Write the settings and enrol."""
        self.name, self.state = name, folder / "s"
        self.config, self.log = folder / "t.toml", folder / "run.log"
        self._program: Program | None = None
        self.config.write_text(
            f'[terminal]\nstate = "{self.state}"\n[centre]\nurl = "{town.cable.url}"\n'
            f'trust_root = "{town.centre.trust_root}"\nsync_s = 1\n{lanes}',
            encoding="utf-8",
        )
        self.command("enrol", town.enrolment_code(name))

    def command(self, *arguments: str, accept: tuple[int, ...] = (0,)) -> str:
        """Return what a command on this terminal prints."""
        return run_once("terminal", *arguments, "--config", str(self.config), accept=accept)

    def start(self) -> None:
        self._program = Program("terminal", "run", "--config", str(self.config), log=self.log)

    @property
    def is_running(self) -> bool:
        """Return whether its daemon runs."""
        return self._program is not None and self._program.is_running()

    def status(self) -> Mapping[str, Any]:
        """Return the daemon's report; empty while none runs."""
        assert self._program is not None
        assert self._program.is_running(), self._program.last_words()
        return ask(self.state / "control.sock", "status") or {}

    def lane(self, number: int = 0) -> Mapping[str, Any]:
        lanes = self.status().get("lanes")
        return {} if not lanes else dict(lanes[number])

    def wait_for_lanes(self) -> None:
        """Return once every lane is in service."""

        def serve() -> bool:
            lanes = self.status().get("lanes", [])
            return bool(lanes) and all(lane["state"] != "out-of-service" for lane in lanes)

        eventually(serve, f"lanes in service; {self.log.read_text()[-800:]}")

    def wait_for_upload(self) -> int:
        """Return the last entry's number once the centre has acknowledged it."""
        position: dict[str, int] = {}

        def is_home() -> bool:
            position.update(self.status().get("journal", {"seq": 0, "acked": -1}))
            return position["seq"] == position["acked"]

        self.command("sync", "--once")
        eventually(is_home, "every entry at the centre")
        return position["seq"]

    def kill(self) -> None:
        """End the daemon as a power cut would."""
        assert self._program is not None
        os.kill(self._program.pid, signal.SIGKILL)
        self._program.kill()

    def stop(self) -> int:
        """Stop the daemon in order and return its exit status."""
        assert self._program is not None
        return self._program.stop()

    def has_ended(self) -> bool:
        """Return whether the daemon has ended, by itself or not."""
        return self._program is None or not self._program.is_running()

    def close(self) -> None:
        if self._program is not None and self._program.is_running():
            self._program.kill()

    def journal(self) -> list[dict[str, Any]]:
        """Return every entry of the journal on disk."""
        return [json.loads(line) for line in self.command("journal", "export").splitlines()]
