"""Every check of the doctor, in the order in which a technician wants to read them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from terminal.diagnosis.access import look_at_access, look_at_holders
from terminal.diagnosis.centre import look_at_centre
from terminal.diagnosis.clock import look_at_clock, look_at_zone
from terminal.diagnosis.daemon import look_at_daemon
from terminal.diagnosis.devices import look_at_devices
from terminal.diagnosis.finding import Finding, fail, ok
from terminal.diagnosis.ground import Ground
from terminal.diagnosis.interface import look_at_interface, look_at_port, look_at_socket
from terminal.diagnosis.knowledge import look_at_identity, look_at_trust
from terminal.diagnosis.libraries import (
    look_at_confinement,
    look_at_decoders,
    look_at_families,
    look_at_opencv,
)
from terminal.diagnosis.machine import Machine
from terminal.diagnosis.screens import look_at_screens
from terminal.diagnosis.settings_file import look_at_settings_file
from terminal.diagnosis.storage import look_at_chain, look_at_disk, look_at_mode
from terminal.diagnosis.usb import look_at_usb
from terminal.errors import SettingsError
from terminal.settings import load_settings

SETTINGS = "settings.file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One look, and every code that its findings may have."""

    codes: frozenset[str]
    look: Callable[[Ground], Iterator[Finding]]


def _check(look: Callable[[Ground], Iterator[Finding]], *codes: str) -> Check:
    return Check(codes=frozenset(codes), look=look)


# Of every look at what may not be there yet, or not for who asks.
_GUARDED = ("identity.held", "disk.access")

CHECKS: tuple[Check, ...] = (
    _check(look_at_settings_file, "settings.access"),
    _check(look_at_opencv, "engine.opencv", "engine.opencv-doubled"),
    _check(look_at_decoders, "engine.decoders"),
    _check(look_at_confinement, "engine.confinement"),
    _check(
        look_at_devices,
        "device.node",
        "device.name",
        "device.access",
        "device.caps-lock",
        "device.driver",
        "device.extra",
        "device.helper",
        "device.key",
        "device.pulse",
    ),
    _check(look_at_access, "device.access"),
    _check(look_at_holders, "device.busy"),
    _check(look_at_usb, "usb.serial-doubled", "usb.modem-manager", "usb.brltty"),
    _check(look_at_families, "family.loaded"),
    _check(look_at_disk, "disk.free", "disk.inodes", "disk.kind", "disk.ballast"),
    _check(look_at_identity, "identity.held", "disk.access"),
    _check(look_at_mode, "journal.mode", *_GUARDED),
    _check(look_at_chain, "journal.chain", *_GUARDED),
    _check(look_at_trust, "trust.held", "trust.ahead", "trust.expired", *_GUARDED),
    _check(look_at_clock, "clock.behind", "clock.free", "clock.floor", *_GUARDED),
    _check(look_at_zone, "clock.zone"),
    _check(look_at_port, "local.port"),
    _check(look_at_screens, "screen.interface", "screen.browser", "screen.policy", "screen.font"),
    _check(look_at_socket, "local.socket"),
    _check(look_at_interface, "local.clients", "local.certificate"),
    _check(
        look_at_daemon,
        "daemon.running",
        "daemon.unenrolled",
        "clock.behind",
        "clock.jumped",
        "clock.far",
        "journal.fault",
        "journal.histories",
        "lane.forbidden",
        "lane.trouble",
        "local.listener",
        "sync.state",
        "trust.age",
    ),
    _check(
        look_at_centre, "centre.reached", "centre.published", "centre.root", "centre.certificate"
    ),
)


def diagnose(config: Path, machine: Machine | None = None) -> Iterator[Finding]:
    """Yield every finding; without settings there is only one.

    Args:
        config: the settings.
        machine: where to look; None: this one.
    """
    try:
        settings = load_settings(config)
    except SettingsError as error:
        yield fail(SETTINGS, "settings", str(error), "correct the file")
        return
    yield ok(SETTINGS, "settings", f"{config}: {len(settings.lane)} lanes")
    ground = Ground(config=config, settings=settings, machine=machine or Machine())
    for check in CHECKS:
        for finding in check.look(ground):
            if finding.code not in check.codes:
                raise ValueError(f"no check is said to find {finding.code}")
            yield finding
