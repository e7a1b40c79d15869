"""The machines of a city and those who look after them, now and then with a copied disk."""

import json
import shutil
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from offline_cache.errors import CacheError
from protocol.checkpoint import claimed_checkpoint
from terminal.errors import TerminalError
from tests.crash.disk import Tree
from tests.simulation.box import End
from tests.simulation.central_process import Asked, CentralProcess, Said
from tests.simulation.ledger import Ledger
from tests.simulation.machine import Machine
from tests.simulation.network import Network, SenderDied
from tests.simulation.rack import Rack
from tests.simulation.virtual_time import VirtualTime
from verifier.errors import TrustError

TERMINALS = ("gate-1", "gate-2", "kiosk-1")
# Images of disks that somebody keeps for later.
_IMAGES_MAX = 6
# Machines beside one for each terminal: clones.
_CLONES_MAX = 2
_ENROLMENTS_MAX = 5
_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class _Image:
    terminal: str
    tree: Tree


class Fleet:
    """What people do to machines; each of it is noted in the ledger."""

    def __init__(
        self, rack: Rack, centre: CentralProcess, time: VirtualTime, random: Random
    ) -> None:
        self.ledger, self.centre = Ledger(), centre
        self.network = Network(centre, random, heard=self._heard, left=self._left)
        self.machines: dict[str, Machine] = {}
        self.noted: Counter[str] = Counter()
        self.wrong: list[str] = []  # what must not be, as soon as it was seen
        self._rack, self._time, self._random = rack, time, random
        self._images: list[_Image] = []
        self._made = 0

    def begin(self) -> None:
        """Enrol one machine for each terminal."""
        for terminal in TERMINALS:
            self.enrol(self._new(terminal, {}))

    def close(self) -> None:
        """End every process."""
        for machine in self.machines.values():
            machine.remove()
        self.centre.stop()

    def end(self, machine: Machine) -> None:
        """Have a machine lose its power or its process, and start again."""
        how = self._random.choice(tuple(End))
        self.noted[f"terminal: {how.value}"] += 1
        self._start(machine, how)

    def restart(self, machine: Machine) -> None:
        """End a machine's program in order, and start it again."""
        self.noted["terminal restarted"] += 1
        self._start(machine, None)

    def copy(self, machine: Machine) -> None:
        """Keep an image of a disk."""
        image = _Image(machine.terminal, machine.box.image())
        self._images = [*self._images[1 - _IMAGES_MAX :], image]

    def put_back(self, machine: Machine) -> None:
        """Put an older image of its disk into a machine."""
        images = [each for each in self._images if each.terminal == machine.terminal]
        if images:
            self.noted["image put back"] += 1
            self.take_away(machine)
            self._new(machine.terminal, self._random.choice(images).tree)

    def clone(self, machine: Machine) -> None:
        """Start a second machine with a copy of a disk."""
        if len(self.machines) < len(TERMINALS) + _CLONES_MAX:
            self.noted["disk cloned"] += 1
            self._new(machine.terminal, machine.box.image())

    def wipe(self, machine: Machine) -> None:
        """Put an empty disk in, and enrol the machine anew."""
        self.noted["disk wiped"] += 1
        self.take_away(machine)
        self.enrol(self._new(machine.terminal, {}))

    def remedy(self, machine: Machine) -> None:
        """Do what doctor says of a machine whose disk was copied: begin a new epoch on it."""
        if machine.parted:
            self.noted["enrolled anew after a fork"] += 1
            for other in self._siblings(machine):
                self.take_away(other)
            self.enrol(machine)

    def take_away(self, machine: Machine) -> None:
        """Take a machine away for good, with its disk."""
        machine.remove()
        self.ledger.lose(machine.terminal, machine.presentations())
        del self.machines[machine.name]
        shutil.rmtree(machine.box.root)

    def enrol(self, machine: Machine) -> None:
        """Enrol a machine; the operator types the same code until it works."""
        self.ledger.part(machine.terminal, self.epoch(machine.terminal))
        code, weather = self.centre.code_for(machine.terminal), self.network.weather
        self.centre.box.mark()
        share, begun = weather.share, self.epoch(machine.terminal)
        for attempt in range(_ENROLMENTS_MAX):
            weather.share = share if attempt < _ENROLMENTS_MAX // 2 else 0.0
            try:
                with suppress(TerminalError, CacheError, TrustError):
                    machine.enrol(code)
            except SenderDied:
                self.end(machine)
            if machine.running is not None and machine.acknowledged()[0] > begun:
                break
        weather.share = share
        if machine.running is None:
            self.wrong.append(f"{machine.terminal} could not be enrolled")

    def epoch(self, terminal: str) -> int:
        """Return the terminal's epoch as the centre has it; 0: it has none."""
        with self.centre.store() as store:
            held = store.terminals.get(terminal)
        return 0 if held is None else held.epoch

    def is_current(self, machine: Machine) -> bool:
        """Return whether a machine has the keys that the centre knows its terminal by."""
        with self.centre.store() as store:
            held = store.terminals.get(machine.terminal)
        return held is not None and held.public == machine.now().desk.identity.signing.public

    def look(self, machine: Machine) -> None:
        """Note what a machine says of its history."""
        machine.settle()
        if not machine.parted:
            return
        epoch, _ = machine.acknowledged()
        self.ledger.part(machine.terminal, epoch)
        if machine.terminal not in self.ledger.replaced | self._copied():
            self.wrong.append(f"{machine.terminal} parted, and was never copied: {machine.parted}")

    def look_at_acknowledgements(self) -> None:
        """Hold what terminals take for acknowledged against what the centre holds."""
        with self.centre.store() as store:
            for machine in self.running():
                epoch, acked = machine.acknowledged()
                held, _ = store.histories.end(machine.terminal, epoch)
                if acked > held:
                    self.wrong.append(
                        f"{machine.terminal} has {acked} entries of epoch {epoch} acknowledged,"
                        f" and the centre holds {held}"
                    )

    def running(self) -> list[Machine]:
        """Return the machines whose program runs."""
        return [each for each in self.machines.values() if each.running is not None]

    def _siblings(self, machine: Machine) -> list[Machine]:
        others = (each for each in self.machines.values() if each is not machine)
        return [each for each in others if each.terminal == machine.terminal]

    def _copied(self) -> set[str]:
        named = Counter(machine.terminal for machine in self.machines.values())
        return {terminal for terminal, count in named.items() if count > 1}

    def _new(self, terminal: str, tree: Tree) -> Machine:
        self._made += 1
        machine = Machine(
            self._rack,
            f"m{self._made}",
            terminal,
            self._made,
            pin=self.centre.pin,
            time=self._time,
            ledger=self.ledger,
            random=self._random,
        )
        self.machines[machine.name] = machine
        machine.boot(tree)
        return machine

    def _start(self, machine: Machine, how: End | None) -> None:
        machine.box.fail(0.0)  # systemd would try again
        try:
            machine.end(how)
        except CacheError as error:
            self.wrong.append(f"{machine.terminal} does not start: {error}")

    def _heard(self, host: str, asked: Asked, said: Said) -> None:
        """Note of what the centre was told, and that it called it a fork."""
        if asked.path.endswith("/checkpoint") and said.status == _CONFLICT:
            note = claimed_checkpoint(json.loads(asked.body)["checkpoint"].encode())
            number = self.machines[host.partition(".")[0]].number
            self.ledger.refuse(number, note.epoch, note.seq)

    def _left(self, host: str) -> None:
        """Note that others saw what a machine has done so far."""
        self.machines[host.partition(".")[0]].box.mark()
