"""The doctor's checks: each looks at one thing and says what is wrong and the remedy."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from drivers.base import DriverError
from offline_cache.audit import JournalReader
from offline_cache.errors import CacheError, NoJournal, NotEnrolled
from offline_cache.identity import load_identity
from offline_cache.state import StateFolder
from terminal.bootstrap import make_client, trust_store
from terminal.control import ask
from terminal.errors import CentreRefused, CentreUnreachable, ControlError, SettingsError
from terminal.settings import CameraSettings, LaneSettings, Settings, load_settings
from terminal.timekeeping import BUILD_DATE, system_now

# A journal of a month and a trust folder of a billion cards fit into it.
FREE_OCTETS_MIN = 500_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found."""

    check: str
    level: Literal["ok", "warn", "fail"]
    what: str
    remedy: str  # empty with ok


def diagnose(config: Path) -> Iterator[Finding]:
    """Yield every finding; without settings there is only one."""
    try:
        settings = load_settings(config)
    except SettingsError as error:
        yield _fail("settings", str(error), "docs/settings.md lists every key")
        return
    yield _ok("settings", f"{config}: {len(settings.lane)} lanes")
    yield from _engines()
    for lane in settings.lane:
        yield from _devices(lane)
    for check in (_disk, _identity, _journal, _trust, _clock, _daemon, _centre):
        yield check(settings)


def _ok(check: str, what: str) -> Finding:
    return Finding(check=check, level="ok", what=what, remedy="")


def _warn(check: str, what: str, remedy: str) -> Finding:
    return Finding(check=check, level="warn", what=what, remedy=remedy)


def _fail(check: str, what: str, remedy: str) -> Finding:
    return Finding(check=check, level="fail", what=what, remedy=remedy)


def _engines() -> Iterator[Finding]:
    from drivers.decode import Decoder  # noqa: PLC0415  # engines, when used

    try:
        missing = Decoder().missing
    except DriverError as error:
        yield _fail("decoder", str(error), "install the package that it names")
        return
    for what in missing:
        yield _warn("decoder", what, "codes are read all the same, a few less of them")
    if not missing:
        yield _ok("decoder", "both engines are there")


def _devices(lane: LaneSettings) -> Iterator[Finding]:
    """Look whether what is named as a file is there; streams are looked at by the daemon."""
    scanner = lane.scanner
    named = [scanner.source if isinstance(scanner, CameraSettings) else scanner.port]
    named += [device.port for device in (lane.gate, lane.answers) if device is not None]
    for name in named:
        if "://" in name:
            yield _ok(f"lane {lane.name}", f"{name} is a stream; `status` tells how it does")
        elif Path(f"/dev/video{name}" if name.isdigit() else name).exists():
            yield _ok(f"lane {lane.name}", f"{name} is there")
        else:
            remedy = "plug it in, or name another; ls /dev/serial/by-id /dev/v4l/by-id"
            yield _fail(f"lane {lane.name}", f"{name} is not there", remedy)


def _disk(settings: Settings) -> Finding:
    folder = settings.state_folder
    present = next((path for path in (folder, *folder.parents) if path.exists()), Path("/"))
    free = shutil.disk_usage(present).free
    if free < FREE_OCTETS_MIN:
        return _fail("disk", f"{folder}: {free // 1_000_000} MB free", "make room")
    return _ok("disk", f"{folder}: {free // 1_000_000} MB free")


def _identity(settings: Settings) -> Finding:
    try:
        identity = load_identity(StateFolder(settings.state_folder).identity)
    except NotEnrolled as error:
        return _fail("identity", str(error), "scan-terminal enrol CODE")
    except CacheError as error:
        return _fail("identity", str(error), "enrol the terminal anew")
    except OSError as error:
        return _fail("identity", f"can't be read ({error.strerror})", "run as the daemon's user")
    return _ok("identity", f"terminal {identity.terminal}, epoch {identity.epoch}")


def _journal(settings: Settings) -> Finding:
    state = StateFolder(settings.state_folder)

    def look() -> Finding:
        identity, reader = load_identity(state.identity), JournalReader(state.journal)
        audit = reader.audit(identity.terminal)
        reader.close()
        if audit.faults:
            first = audit.faults[0]
            what = f"entry {first.epoch}/{first.seq}: {first.what}"
            return _fail("journal", what, "scan-terminal journal verify; keep the disk as it is")
        return _ok("journal", f"{audit.entries} entries, acknowledged to {audit.acked}")

    return _guarded("journal", look, "scan-terminal run makes it")


def _trust(settings: Settings) -> Finding:
    def look() -> Finding:
        now = system_now()
        trust = trust_store(StateFolder(settings.state_folder), settings).load(now=now)
        if trust is None:
            return _fail("trust", "nothing held yet", "scan-terminal sync --once")
        if trust.problems:
            return _warn("trust", "; ".join(trust.problems), "tell the operator")
        age_s = now - (trust.trusted.issued_at or now)
        return _ok("trust", f"version {trust.version}, {age_s} s old")

    return _guarded("trust", look, "remove the trust folder and sync again")


def _clock(settings: Settings) -> Finding:
    del settings
    if system_now() < BUILD_DATE:
        return _fail("clock", "stands before this program was built", "set it: timedatectl")
    return _ok("clock", "plausible")


def _daemon(settings: Settings) -> Finding:
    try:
        answer = ask(StateFolder(settings.state_folder).control, "status")
    except ControlError as error:
        return _fail("daemon", str(error), "systemctl restart scan-terminal")
    if answer is None:
        return _warn("daemon", "not running", "systemctl start scan-terminal")
    return _ok("daemon", "running")


def _centre(settings: Settings) -> Finding:
    client = make_client(settings)
    try:
        client.trust_index()
    except CentreUnreachable as error:
        return _warn("centre", str(error), "lanes work on without it; look at the network")
    except CentreRefused as error:
        return _fail("centre", str(error), "tell the operator")
    finally:
        client.close()
    return _ok("centre", f"{settings.centre.url} answers")


def _guarded(check: str, look: Callable[[], Finding], remedy: str) -> Finding:
    try:
        return look()
    except NoJournal as error:
        return _warn(check, str(error), remedy)
    except CacheError as error:
        return _fail(check, str(error), remedy)
    except OSError as error:
        return _fail(check, f"can't be read ({error.strerror})", "run as the daemon's user")
