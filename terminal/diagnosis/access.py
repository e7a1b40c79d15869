"""The doctor's look at nodes: whether the daemon's user may open them, and who else has them."""

from collections.abc import Iterator

from terminal.diagnosis.finding import Finding, fail, ok, warn
from terminal.diagnosis.ground import Ground
from terminal.diagnosis.machine import Machine, Process
from terminal.diagnosis.nodes import Named, named_nodes, usual_group
from terminal.diagnosis.people import Person, daemons_user, groups

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
        node = ground.machine.node(named.name)
        for process in ground.machine.holders(node):
            if _is_ours(process):
                continue
            what = f"{named.name} is open in {process.name} (process {process.pid})"
            remedy = f"end it: systemctl stop its service, or kill {process.pid}"
            yield warn("device.busy", f"lane {named.lane}", what, remedy)


def _is_ours(process: Process) -> bool:
    """Return whether a process is the daemon or one of its children."""
    return any(ours in process.command for ours in _OURS)
