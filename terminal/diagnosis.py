"""The doctor's checks: each looks at one thing and says what is wrong and the remedy."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from drivers.base import DriverError
from offline_cache.audit import JournalReader
from offline_cache.errors import CacheError, NoJournal, NotEnrolled
from offline_cache.floor_file import FloorFile
from offline_cache.identity import load_identity
from offline_cache.state import StateFolder
from terminal.bootstrap import make_client, trust_store
from terminal.control import ask
from terminal.errors import (
    CentreRefused,
    CentreUnreachable,
    ControlError,
    FamilyError,
    SettingsError,
)
from terminal.families import load_families
from terminal.kernel_clock import is_synchronised
from terminal.settings import CameraSettings, LaneSettings, Settings, load_settings
from terminal.timekeeping import BUILD_DATE, system_now

# A journal of a month and a trust folder of a billion cards fit into it.
FREE_OCTETS_MIN = 500_000_000

_CLOCKS = {
    "behind": (
        "it stands before what signed documents prove",
        "set it: timedatectl; look at its battery. If it is right: publish --reset-floor",
    ),
    "jumped": (
        "it was set while it followed no time server",
        "let it follow one; or make sure that it is right, then systemctl restart scan-terminal",
    ),
}


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
        yield _fail("settings", str(error), "correct the file")
        return
    yield _ok("settings", f"{config}: {len(settings.lane)} lanes")
    yield from _engines()
    for lane in settings.lane:
        yield from _devices(lane)
    for check in (_families, _disk, _identity, _journal, _trust, _clock):
        yield check(settings)
    yield from _daemon(settings)
    yield _centre(settings)


def _ok(check: str, what: str) -> Finding:
    return Finding(check=check, level="ok", what=what, remedy="")


def _warn(check: str, what: str, remedy: str) -> Finding:
    return Finding(check=check, level="warn", what=what, remedy=remedy)


def _fail(check: str, what: str, remedy: str) -> Finding:
    return Finding(check=check, level="fail", what=what, remedy=remedy)


def _engines() -> Iterator[Finding]:
    from drivers.decode.ladder import Ladder  # noqa: PLC0415  # engines, when used
    from drivers.pictures import opencv_trouble  # noqa: PLC0415

    trouble = opencv_trouble()
    if trouble:
        yield _fail("camera", trouble, "no camera and no picture can be read before that")
    try:
        missing = Ladder().missing
    except DriverError as error:
        yield _fail("decoder", str(error), "install the package that it names")
        return
    for what in missing:
        yield _warn("decoder", what, "codes are read all the same, a few less of them")
    if not missing:
        yield _ok("decoder", "both engines are there")


def _devices(lane: LaneSettings) -> Iterator[Finding]:
    """Look whether what is named is there and can be what it is named as."""
    check = f"lane {lane.name}"
    if isinstance(lane.scanner, CameraSettings):
        yield _camera(check, lane.scanner.source)
    for port in lane.ports:
        yield _device(check, port, Path(port), is_right=Path(port).is_char_device())


def _camera(check: str, source: str) -> Finding:
    from drivers.camera.source import device_name  # noqa: PLC0415  # when used

    if "://" in source:
        return _ok(check, f"{device_name(source)} is a stream; `status` tells how it does")
    path = Path(f"/dev/video{source}" if source.isdigit() else source)
    return _device(check, source, path, is_right=path.is_char_device() or path.is_file())


def _device(check: str, name: str, path: Path, *, is_right: bool) -> Finding:
    if is_right:
        return _ok(check, f"{name} is there")
    what = "is no such device" if path.exists() else "is not there"
    remedy = "plug it in, or name another; ls /dev/serial/by-id /dev/v4l/by-id"
    return _fail(check, f"{name} {what}", remedy)


def _families(settings: Settings) -> Finding:
    try:
        families = load_families(settings.terminal.families)
    except FamilyError as error:
        remedy = "install it beside scan-terminal, or take it out of terminal.families"
        return _fail("families", str(error), f"{remedy}; the daemon does not start before")
    return _ok("families", ", ".join(family.name for family in families))


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

    return _guarded("journal", look, "keep the disk as it is and tell the operator")


def _trust(settings: Settings) -> Finding:
    def look() -> Finding:
        now = system_now()
        trust = trust_store(StateFolder(settings.state_folder), settings).look(now=now)
        if trust is None:
            return _warn("trust", "nothing held yet", "scan-terminal sync --once")
        if trust.problems:
            return _warn("trust", "; ".join(trust.problems), "tell the operator")
        age_s = now - (trust.trusted.issued_at or now)
        return _ok("trust", f"version {trust.version}, {age_s} s old")

    return _guarded("trust", look, "scan-terminal sync --once fetches it anew")


def _clock(settings: Settings) -> Finding:
    """Look at the clock from outside; what the daemon makes of it, it tells itself."""

    def look() -> Finding:
        FloorFile(StateFolder(settings.state_folder).floor).read()
        if system_now() < BUILD_DATE:
            return _fail("clock", "stands before this program was built", "set it: timedatectl")
        if not is_synchronised():
            what = "plausible, but it follows no time server: codes are judged 30 s more widely"
            return _warn("clock", what, "timedatectl timesync-status; name a server within reach")
        return _ok("clock", "follows a time server")

    return _guarded("clock", look, "remove the file, then systemctl restart scan-terminal")


def _daemon(settings: Settings) -> Iterator[Finding]:
    """Ask the daemon itself: it alone knows how its lanes, journal and sync do."""
    try:
        answer = ask(StateFolder(settings.state_folder).control, "status")
    except ControlError as error:
        yield _fail("daemon", str(error), "systemctl restart scan-terminal")
        return
    if answer is None:
        yield _warn("daemon", "not running", "systemctl start scan-terminal")
        return
    yield _ok("daemon", "running")
    yield from told_by_daemon(answer)


def told_by_daemon(state: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what is wrong by the report of a running daemon, and the remedy."""
    yield from _told_of_clock(state["clock"])
    if state["journal"]["fault"] is not None:
        remedy = "look at the disk, then systemctl restart scan-terminal"
        yield _fail("journal", state["journal"]["fault"], remedy)
    yield from _told_of_sync(state["sync"])
    for lane in state["lanes"]:
        if lane["trouble"]:
            remedy = "the lane serves by itself once that is mended"
            yield _fail(f"lane {lane['name']}", lane["trouble"], remedy)


def _told_of_clock(clock: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what the daemon holds against the clock: its state, or a date too far ahead."""
    if clock["quality"] != "trusted":
        what, remedy = _CLOCKS[clock["state"]]
        yield _fail("clock", f"{what}: lanes refer (clock.{clock['state']})", remedy)
    if clock["far"] is not None:
        far = clock["far"]
        what = f"a date was too far ahead to be believed: {far['source']} {far['date']} (clock.far)"
        remedy = (
            "look at this clock, then at the centre's; if that was wrong: docs/protocol.md, Time"
        )
        yield _warn("clock", what, remedy)


def _told_of_sync(sync: Mapping[str, Any]) -> Iterator[Finding]:
    told = f"{sync['state']}: {sync['detail']}"
    match sync["state"]:
        case "working":
            yield _ok("sync", "the centre holds what the journal holds")
        case "backing-off":
            yield _warn("sync", told, "lanes work on; look at the network and the centre")
        case "refused":
            yield _fail("sync", told, "tell the operator: the centre refuses this terminal")
        case _:
            remedy = (
                "tell the operator: journal and centre hold different histories (a restored or"
                " cloned disk); keep the disk, enrol the terminal anew"
            )
            yield _fail("sync", told, remedy)


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
    except NotEnrolled:
        return _warn(check, "waits for the terminal to be enrolled", "see identity")
    except NoJournal as error:
        return _fail(check, str(error), "put it back, or enrol the terminal anew")
    except CacheError as error:
        return _fail(check, str(error), remedy)
    except OSError as error:
        return _fail(check, f"can't be read ({error.strerror})", "run as the daemon's user")
