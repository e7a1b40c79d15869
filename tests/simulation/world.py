"""One run: a city in bad weather for a while, then in calm, then the verdict."""

import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from random import seed as seed_random

from offline_cache import upkeep
from terminal.sync.machine import SyncState
from tests.crash.calls import LoggedDatabase, on_disk
from tests.crash.disk import Tree
from tests.crash.journal_life import City
from tests.crash.vfs import CrashVfs
from tests.simulation.central_process import CentralProcess, city_tree
from tests.simulation.checker import Held, Verdict, held_by, judge
from tests.simulation.customers import Customers, paid_by_card
from tests.simulation.fleet import TERMINALS, Fleet
from tests.simulation.machine import Machine
from tests.simulation.network import SenderDied
from tests.simulation.rack import Rack
from tests.simulation.virtual_time import START, VirtualTime, standing_in

# How often what happens in bad weather: of requests; of acts; and of calls to a disk in such an act.
_FAULTY_REQUESTS, _ENDINGS, _BAD_DISKS, _FAILING_CALLS = 0.5, 0.06, 0.08, 0.05
# Of acts, behind which acknowledgements are compared; and always when the centre has died.
_LOOKS = 0.05
# How long nothing happens, how often; a journal that is short of room erases what is a day old.
_PAUSES_S, _PAUSES = (0.0, 0.3, 2.0, 20.0, 90.0, 400.0, 100_000.0), (9, 9, 9, 9, 9, 9, 1)
# In the place of the product's 20,000: entries that stay whatever their age.
_KEPT_ENTRIES = 30
# Beyond a month a ledger forgets what a card used; a run that takes longer compares no money.
LEDGER_S = 30 * 86_400
# Rounds in which all must have come home once nothing fails any more, and requests in one.
_CALM_ROUNDS, _SYNCS = 8, 8


@dataclass(slots=True)
class Outcome:
    """What a run came to."""

    seed: str
    verdict: Verdict
    acts: int = 0
    requests: int = 0
    erased: int = 0  # entries, of disks that are left at the end
    sold_minor: int = 0  # where it was compared, card by card
    faults: Counter[str] = field(default_factory=Counter)
    trace: list[str] = field(default_factory=list)  # what was done when, to be compared


class World:
    """A city."""

    def __init__(
        self, fleet: Fleet, time: VirtualTime, random: Random, customers: Customers
    ) -> None:
        self._fleet, self._time, self._random = fleet, time, random
        self._holders, self._customers = City(random), customers
        self.trace: list[str] = []
        self.erased = self.sold_minor = 0

    def live(self, acts: int) -> Verdict:
        """Let so much happen, then let all calm down, and return what is wrong."""
        fleet = self._fleet
        fleet.begin()
        fleet.network.weather.share = _FAULTY_REQUESTS
        for _ in range(acts):
            self._act()
        fleet.network.weather.share = 0.0
        self._calm()
        with fleet.centre.store() as store:
            held = held_by(store, TERMINALS)
        verdict = judge(fleet.ledger, held)
        verdict.wrong += [*fleet.wrong, *self._amiss(held)]
        return verdict

    def _amiss(self, held: Held) -> Iterator[str]:
        """Yield where limits at a terminal are held against other money than the centre has.

        What nobody took away or copied has one history, all of which the centre holds now.
        """
        if self._time.now_s - START > LEDGER_S:
            return
        for machine in self._fleet.running():
            if machine.terminal in self._fleet.ledger.replaced or not _is_home(machine):
                continue
            paid = paid_by_card(held.of(machine.terminal))
            self.sold_minor += paid.total()
            for card in held.cards(machine.terminal):
                standing = machine.paid(card)
                if (standing.sum_minor, standing.exposure_minor) != (paid[card], 0):
                    yield f"{machine.terminal}: {card} paid {paid[card]}, and counts as {standing}"

    def _act(self) -> None:
        fleet, random = self._fleet, self._random
        self._time.sleep(random.choices(_PAUSES_S, weights=_PAUSES)[0])
        machine = random.choice(fleet.running())
        act = random.choices(
            (self._show, self._sync, self._rest, self._arrive, self._restart, self._operate),
            weights=(20, 24, 8, 2, 1, 2),
        )[0]
        self.trace.append(f"{self._time.now_s:.3f} {machine.name} {act.__name__}")
        deaths = fleet.centre.deaths
        with self._bad_disk(machine):
            self._endangered(machine, act)
        if fleet.centre.deaths > deaths or random.random() < _LOOKS:
            fleet.look_at_acknowledgements()

    def _endangered(self, machine: Machine, act: Callable[[Machine], None]) -> None:
        """Do something, in the midst of which the machine may end."""
        ends = self._random.random() < _ENDINGS
        try:
            act(machine)
        except SenderDied:
            ends = True
        if machine not in self._fleet.running():
            return
        if ends:
            self._fleet.end(machine)
        else:
            self._fleet.look(machine)

    @contextmanager
    def _bad_disk(self, machine: Machine) -> Iterator[None]:
        """Let calls of a disk fail now and then, the machine's or the centre's."""
        box = self._random.choice((machine.box, self._fleet.centre.box))
        before = box.failed
        box.fail(_FAILING_CALLS if self._random.random() < _BAD_DISKS else 0.0)
        yield
        box.fail(0.0)
        self._fleet.noted["disk's call failed"] += box.failed - before

    def _show(self, machine: Machine) -> None:
        self._holders.now = self._time.unix()
        count = self._random.choice((1, 1, 2, 5, 9))
        machine.show([self._customers.paying(self._holders.somebody()) for _ in range(count)])
        told = self._fleet.ledger.told_on(machine.number, machine.now().writer.journal.epoch)
        back = self._customers.bringing_back(told, self._time.unix())
        if back is not None:
            machine.show([back])

    def _sync(self, machine: Machine) -> None:
        if machine.due_s > self._time.now_s:
            if self._random.random() < 0.5:
                return
            self._time.now_s = machine.due_s
        machine.sync(asks_trust=self._random.random() < 0.05)

    def _rest(self, machine: Machine) -> None:
        machine.rest()

    def _arrive(self, _: Machine) -> None:
        self._fleet.network.arrive()

    def _restart(self, machine: Machine) -> None:
        if self._random.random() < 0.5:
            self._fleet.restart(machine)
        else:
            self._fleet.noted["centre restarted"] += 1
            self._fleet.centre.die(None)

    def _operate(self, machine: Machine) -> None:
        """Have somebody at the machines; a command that fails would be given again."""
        fleet = self._fleet
        fleet.centre.box.fail(0.0)
        machine.box.fail(0.0)
        parted = [each for each in fleet.running() if each.parted]
        if parted and self._random.random() < 0.5:
            fleet.remedy(self._random.choice(parted))
            return
        acts = (fleet.copy, fleet.put_back, fleet.clone, fleet.wipe)
        self._random.choices(acts, weights=(6, 2, 2, 1))[0](machine)

    # When nothing fails any more.

    def _calm(self) -> None:
        """Bring everything home; who can't come home because of a copied disk is helped."""
        fleet = self._fleet
        fleet.look_at_acknowledgements()
        for _ in range(_CALM_ROUNDS):
            fleet.network.arrive()
            for machine in fleet.running():
                self._bring_home(machine)
            if all(_is_home(machine) for machine in fleet.running()):
                break
            for machine in fleet.running():
                self._help(machine)
        fleet.look_at_acknowledgements()
        for machine in fleet.running():
            if not _is_home(machine):
                state, detail = machine.sync_state
                fleet.wrong.append(f"{machine.terminal} never came home: {state.value} {detail}")
            fleet.ledger.gone -= machine.presentations()
            self.erased += machine.erased()

    def _bring_home(self, machine: Machine) -> None:
        machine.mend()
        for attempt in range(_SYNCS):
            machine.sync(asks_trust=attempt == 0)
            self._time.now_s = max(self._time.now_s, machine.due_s)
            if _is_home(machine):
                break
        self._fleet.look(machine)

    def _help(self, machine: Machine) -> None:
        fleet = self._fleet
        if machine not in fleet.running() or _is_home(machine):
            return
        if machine.parted:
            fleet.remedy(machine)
        elif not fleet.is_current(machine):
            # Another machine is this terminal by now; or an image of an earlier epoch was put in.
            if len([each for each in fleet.running() if each.terminal == machine.terminal]) > 1:
                fleet.take_away(machine)
            else:
                fleet.wipe(machine)


def _is_home(machine: Machine) -> bool:
    return machine.sync_state[0] is SyncState.WORKING and machine.is_home()


def run_world(seed: str, acts: int) -> Outcome:
    """Return what a city of that seed came to."""
    time = VirtualTime()
    random = Random(seed)  # noqa: S311  # seeded on purpose
    seed_random(seed)  # the sync draws its back-off from it
    with ExitStack() as stack:
        stack.enter_context(time.ruling())
        for name in ("KEPT_ENTRIES", "SNAPSHOT_EVERY_ENTRIES"):
            stack.enter_context(standing_in(upkeep, name, _KEPT_ENTRIES))
        stack.enter_context(standing_in(threading, "Timer", _NoTimer))
        root = Path(stack.enter_context(_folder()))
        rack = Rack(root)
        city = _city(time)
        stack.enter_context(
            on_disk(CrashVfs(), rack, database=LoggedDatabase(rack), seed=random.randrange(1 << 32))
        )
        fleet = Fleet(rack, CentralProcess(rack, city, time, random), time, random)
        stack.callback(fleet.close)
        stack.enter_context(fleet.network.under_requests())
        world = World(fleet, time, random, Customers(f"{seed} customers"))
        verdict = world.live(acts)
        faults = fleet.noted + Counter({f.value: n for f, n in fleet.network.done.items()})
        return Outcome(
            seed=seed,
            verdict=verdict,
            acts=acts,
            requests=fleet.network.requests,
            erased=world.erased,
            sold_minor=world.sold_minor,
            faults=faults,
            trace=world.trace,
        )


_CITIES: list[Tree] = []


def _city(time: VirtualTime) -> Tree:
    """Return a fresh centre's disk, made once for the process: its keys take a moment."""
    if not _CITIES:
        with _folder() as folder:
            _CITIES.append(city_tree(Path(folder), time))
    return _CITIES[0]


def _folder() -> tempfile.TemporaryDirectory[str]:
    """Return a folder of our own, in memory where the machine has such a place."""
    shared = Path("/dev/shm")  # noqa: S108  # the name is mkdtemp's
    return tempfile.TemporaryDirectory(prefix="city-", dir=shared if shared.is_dir() else None)


class _NoTimer:
    """A timer that never comes: no time passes while a request is under way."""

    def __init__(self, *_: object) -> None:
        self.daemon = True

    def start(self) -> None:
        """Begin."""

    def cancel(self) -> None:
        """End."""
