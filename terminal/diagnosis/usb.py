"""The doctor's look at what disturbs USB scanners: doubled numbers, ModemManager, brltty."""

from collections import defaultdict
from collections.abc import Iterator

from terminal.diagnosis.finding import Finding, ok, warn
from terminal.diagnosis.ground import Ground
from terminal.diagnosis.machine import Machine
from terminal.diagnosis.nodes import named_nodes

_DEVICES = "/sys/bus/usb/devices"
_RULES = "/etc/udev/rules.d/70-scan-terminal.rules"
_RULE_FOLDERS = ("/etc/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d")


def look_at_usb(ground: Ground) -> Iterator[Finding]:
    """Yield what keeps USB scanners from being found, or from being left alone."""
    yield from _doubled(ground.machine)
    if any(named.is_serial for named in named_nodes(ground)):
        yield _modem_manager(ground.machine)
        yield _brltty(ground.machine)


def _doubled(machine: Machine) -> Iterator[Finding]:
    """Yield which devices have the same maker, product and serial number."""
    places: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for name in machine.names(_DEVICES):
        told = [
            machine.text(f"{_DEVICES}/{name}/{file}").strip()
            for file in ("idVendor", "idProduct", "serial")
        ]
        if all(told):
            places[told[0], told[1], told[2]].append(name)
    for (maker, product, serial), found in places.items():
        if len(found) > 1:
            what = f"{maker}:{product} number {serial} is at {' and '.join(found)}"
            remedy = "name them as in /dev/serial/by-path, and leave each in its socket"
            yield warn("usb.serial-doubled", "usb", what, remedy)


def _modem_manager(machine: Machine) -> Finding:
    code, check = "usb.modem-manager", "usb"
    if not any(process.name == "ModemManager" for process in machine.processes()):
        return ok(code, check, "ModemManager does not run")
    if machine.at(_RULES).exists():
        return ok(code, check, "ModemManager runs, and our udev rules keep it away")
    what = "ModemManager runs, and no udev rule keeps it from serial scanners"
    remedy = "copy 70-scan-terminal.rules to /etc/udev/rules.d, or apt purge modemmanager"
    return warn(code, check, what, remedy)


def _brltty(machine: Machine) -> Finding:
    code, check = "usb.brltty", "usb"
    is_running = any(process.name == "brltty" for process in machine.processes())
    rules = (name for folder in _RULE_FOLDERS for name in machine.names(folder))
    if is_running or any("brltty" in name for name in rules):
        what = "brltty is installed: it takes serial adapters for braille displays"
        return warn(code, check, what, "apt purge brltty, then plug the scanner in again")
    return ok(code, check, "brltty is not installed")
