"""The doctor's look at nodes: whether the daemon's user may open them, and who else has them."""

import os
import stat
from collections.abc import Iterator

from terminal.devices.ports import MEMORY_MAJOR
from terminal.diagnosis.finding import Finding, fail, ok, warn
from terminal.diagnosis.ground import Ground
from terminal.diagnosis.machine import Machine, Process
from terminal.diagnosis.nodes import Named, named_nodes, usual_group
from terminal.diagnosis.people import Person, daemons_user, groups

# As many names tell a technician enough, and keep the finding to a line.
NAMED_MAX = 2

# How our processes are started: by their name or module, and the daemon's children by spawning.
_OURS = ("scan-terminal", "python -m terminal", "multiprocessing.spawn")


def look_at_access(ground: Ground) -> Iterator[Finding]:
    """Yield whether the daemon's user may open what the settings name."""
    person = daemons_user(ground.machine)
    for named in named_nodes(ground):
        yield from _access(ground.machine, named, person)


def _access(machine: Machine, named: Named, person: Person) -> Iterator[Finding]:
    check, code = f"lane {named.lane}", "device.access"
    try:
        found = machine.at(named.name).stat()
    except OSError:
        return  # that it is not there, another check says
    if person.may_use(found):
        yield ok(code, check, f"{person.name} may open {named.name}")
        return
    owners = {number: name for name, (number, _) in groups(machine).items()}
    group = owners.get(found.st_gid) or usual_group(named.name)
    if group in {"", "root", "input"}:  # a node that no rule has given to anybody
        remedy = "copy 70-scan-terminal.rules to /etc/udev/rules.d; udevadm trigger"
    else:
        remedy = f"usermod -aG {group} {person.name}, then systemctl restart scan-terminal"
    yield fail(code, check, f"{person.name} may not open {named.name} (group {group})", remedy)


def look_at_holders(ground: Ground) -> Iterator[Finding]:
    """Yield which other programs hold cameras and ports."""
    for named in named_nodes(ground):
        if not _is_memory(ground.machine, named):  # /dev/null is open in half of all programs
            yield from _holders(ground.machine, named)


def _holders(machine: Machine, named: Named) -> Iterator[Finding]:
    held = machine.holders(machine.node(named.name))
    others = [process for process in held if not _is_ours(process)]
    if not others:
        return
    told = [f"{process.name} (process {process.pid})" for process in others[:NAMED_MAX]]
    more = len(others) - len(told)
    told += [f"{more} more"] if more else []
    what = f"{named.name} is open in {' and '.join(told)}"
    remedy = f"end it: systemctl stop its service, or kill {others[0].pid}"
    yield warn("device.busy", f"lane {named.lane}", what, remedy)


def _is_memory(machine: Machine, named: Named) -> bool:
    try:
        found = machine.at(named.name).stat()
    except OSError:
        return False
    return stat.S_ISCHR(found.st_mode) and os.major(found.st_rdev) == MEMORY_MAJOR


def _is_ours(process: Process) -> bool:
    """Return whether a process is the daemon or one of its children."""
    return any(ours in process.command for ours in _OURS)
