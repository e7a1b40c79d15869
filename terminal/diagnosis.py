"""The doctor's checks: each looks at one thing and says what is wrong and the remedy."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from drivers.base import DriverError
from offline_cache.audit import JournalReader
from offline_cache.errors import CacheError, NoJournal, NotEnrolled
from offline_cache.floor_file import FloorFile
from offline_cache.identity import load_identity
from offline_cache.state import StateFolder
from terminal.bootstrap import trust_store
from terminal.centre.check import look_at_centre
from terminal.control import ask
from terminal.errors import (
    ControlError,
    FamilyError,
    SettingsError,
)
from terminal.families import load_families
from terminal.finding import Finding, fail, ok, warn
from terminal.kernel_clock import is_synchronised
from terminal.local.checks import look_at_local, told_of_local
from terminal.settings import LaneSettings, Settings, load_settings
from terminal.timekeeping import BUILD_DATE, system_now
from verifier.clock import UNCERTAINTY_S_MAX
from verifier.model import Freshness

# A journal of a month and a trust folder of a billion cards fit into it.
FREE_OCTETS_MIN = 500_000_000

# States of a lane in which nothing is decided.
_SHUT = frozenset({"out-of-service", "held-open"})
# CameraHealth.counts: processes that a seccomp filter ended.
_FORBIDDEN = ("capture_forbidden", "decode_forbidden")

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


def diagnose(config: Path) -> Iterator[Finding]:
    """Yield every finding; without settings there is only one."""
    try:
        settings = load_settings(config)
    except SettingsError as error:
        yield fail("settings", str(error), "correct the file")
        return
    yield ok("settings", f"{config}: {len(settings.lane)} lanes")
    yield from _engines()
    yield from _confinement()
    for lane in settings.lane:
        yield from _devices(lane)
    for check in (_families, _disk, _identity, _journal, _trust, _clock):
        yield check(settings)
    if settings.local is not None:
        clients = StateFolder(settings.state_folder).clients
        yield from look_at_local(settings.local, clients, now=system_now())
    yield from _daemon(settings)
    yield look_at_centre(settings)


def _engines() -> Iterator[Finding]:
    from drivers.decode.ladder import Ladder  # noqa: PLC0415  # engines, when used
    from drivers.pictures import opencv_trouble  # noqa: PLC0415

    trouble = opencv_trouble()
    if trouble:
        yield fail("camera", trouble, "no camera and no picture can be read before that")
    try:
        missing = Ladder().missing
    except DriverError as error:
        yield fail("decoder", str(error), "install the package that it names")
        return
    for what in missing:
        yield warn("decoder", what, "codes are read all the same, a few less of them")
    if not missing:
        yield ok("decoder", "both engines are there")


def _confinement() -> Iterator[Finding]:
    """Look whether camera processes can be held to their work."""
    from drivers.camera.confinement import seccomp_trouble  # noqa: PLC0415  # when used
    from drivers.camera.landlock import landlock_version  # noqa: PLC0415

    if trouble := seccomp_trouble():
        yield fail("confinement", trouble, "no camera serves before that")
    elif not landlock_version():
        what = "the kernel has no Landlock: a capture process could read this user's files"
        yield warn("confinement", what, "take a kernel from 5.13 on, with lsm=…,landlock")
    else:
        yield ok("confinement", "camera processes are held by seccomp and Landlock")


def _devices(lane: LaneSettings) -> Iterator[Finding]:
    """Look whether what is named is there and can be what it is named as."""
    check = f"lane {lane.name}"
    for device in lane.devices:
        yield from device.findings(check)


def _families(settings: Settings) -> Finding:
    try:
        families = load_families(settings.terminal.families)
    except FamilyError as error:
        remedy = "install it beside scan-terminal, or take it out of terminal.families"
        return fail("families", str(error), f"{remedy}; the daemon does not start before")
    return ok("families", ", ".join(family.name for family in families))


def _disk(settings: Settings) -> Finding:
    folder = settings.state_folder
    present = next((path for path in (folder, *folder.parents) if path.exists()), Path("/"))
    free = shutil.disk_usage(present).free
    if free < FREE_OCTETS_MIN:
        return fail("disk", f"{folder}: {free // 1_000_000} MB free", "make room")
    return ok("disk", f"{folder}: {free // 1_000_000} MB free")


def _identity(settings: Settings) -> Finding:
    try:
        identity = load_identity(StateFolder(settings.state_folder).identity)
    except NotEnrolled as error:
        return fail("identity", str(error), "scan-terminal enrol CODE")
    except CacheError as error:
        return fail("identity", str(error), "enrol the terminal anew")
    except OSError as error:
        return fail("identity", f"can't be read ({error.strerror})", "run as the daemon's user")
    return ok("identity", f"terminal {identity.terminal}, epoch {identity.epoch}")


def _journal(settings: Settings) -> Finding:
    state = StateFolder(settings.state_folder)

    def look() -> Finding:
        identity, reader = load_identity(state.identity), JournalReader(state.journal)
        audit = reader.audit(identity.terminal, public=identity.signing.public)
        reader.close()
        if audit.faults:
            first = audit.faults[0]
            what = f"entry {first.epoch}/{first.seq}: {first.what}"
            return fail("journal", what, "scan-terminal journal verify; keep the disk as it is")
        proven = f"a cut tail would be noticed down to {audit.tail_proven_to}"
        return ok("journal", f"{audit.entries} entries, acknowledged to {audit.acked}; {proven}")

    return _guarded("journal", look, "keep the disk as it is and tell the operator")


def _trust(settings: Settings) -> Finding:
    def look() -> Finding:
        now = system_now()
        trust = trust_store(StateFolder(settings.state_folder), settings).look(now=now)
        if trust is None:
            return warn("trust", "nothing held yet", "scan-terminal sync --once")
        if trust.problems:
            return warn("trust", "; ".join(trust.problems), "tell the operator")
        age_s = now - (trust.trusted.issued_at or now)
        if age_s < -UNCERTAINTY_S_MAX:  # its age would be told as 0 for as long
            what = f"version {trust.version} is dated {-age_s} s ahead of this machine's clock"
            return fail(
                "trust", what, "set a wrong clock right; else the operator resets the floor"
            )
        told = f"version {trust.version}, {max(0, age_s)} s old, from {trust.source}"
        if trust.expired:
            what = f"{told}; past its expiry: {', '.join(trust.expired)}"
            return warn("trust", what, "scan-terminal sync --once, or import a newer folder")
        return ok("trust", told)

    return _guarded("trust", look, "scan-terminal sync --once fetches it anew")


def _clock(settings: Settings) -> Finding:
    """Look at the clock from outside; what the daemon makes of it, it tells itself."""

    def look() -> Finding:
        FloorFile(StateFolder(settings.state_folder).floor).read()
        if system_now() < BUILD_DATE:
            return fail("clock", "stands before this program was built", "set it: timedatectl")
        if not is_synchronised():
            what = "plausible, but it follows no time server: codes are judged 30 s more widely"
            return warn("clock", what, "timedatectl timesync-status; name a server within reach")
        return ok("clock", "follows a time server")

    return _guarded("clock", look, "remove the file, then systemctl restart scan-terminal")


def _daemon(settings: Settings) -> Iterator[Finding]:
    """Ask the daemon itself: it alone knows how its lanes, journal and sync do."""
    try:
        answer = ask(StateFolder(settings.state_folder).control, "status")
    except ControlError as error:
        yield fail("daemon", str(error), "systemctl restart scan-terminal")
        return
    if answer is None:
        yield warn("daemon", "not running", "systemctl start scan-terminal")
        return
    yield ok("daemon", "running")
    yield from told_by_daemon(answer)


def told_by_daemon(state: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what is wrong by the report of a running daemon, and the remedy."""
    yield from _told_of_clock(state["clock"])
    if state["journal"]["fault"] is not None:
        remedy = "look at the disk; lanes serve again by themselves once that is mended"
        yield fail("journal", state["journal"]["fault"], remedy)
    if state.get("value_stop"):
        remedy = (
            "tell the operator; then, with the daemon stopped, `scan-terminal enrol CODE` with a"
            " new code: it begins a new epoch and brings what this disk holds beside the old one"
        )
        yield fail("histories", f"no money moves: {state['value_stop']}", remedy)
    yield from _told_of_sync(state["sync"])
    if "local" in state:
        yield from told_of_local(state["local"])
    for lane in state["lanes"]:
        yield from _told_of_freshness(lane)
        if lane["trouble"]:
            is_shut = lane.get("state", "out-of-service") in _SHUT
            serves = "the lane serves by itself" if is_shut else "it serves meanwhile, and is whole"
            yield fail(f"lane {lane['name']}", lane["trouble"], f"{serves} once that is mended")
        if count := sum(lane.get("counts", {}).get(name, 0) for name in _FORBIDDEN):
            what = f"{count} camera processes did what no honest one does, and were ended"
            remedy = "look who shows what there, and at the stream; `journalctl -k -g type=1326`"
            yield warn(f"lane {lane['name']}", what, remedy)


def _told_of_freshness(lane: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield which lists are too old for a lane's profile."""
    for name, told in (lane.get("freshness") or {}).items():
        what = f"{name}: {told['state']}, {told['age_s'] // 3_600} h old"
        remedy = "bring trust here: the network, or scan-terminal import FOLDER from a stick"
        if told["state"] == Freshness.EXPIRED.value:
            yield fail(
                f"lane {lane['name']}", f"{what}: the profile says what still passes", remedy
            )
        elif told["state"] == Freshness.STALE.value:
            yield warn(f"lane {lane['name']}", what, remedy)


def _told_of_clock(clock: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what the daemon holds against the clock: its state, or a date too far ahead."""
    if clock["quality"] != "trusted":
        what, remedy = _CLOCKS[clock["state"]]
        yield fail("clock", f"{what}: lanes refer (clock.{clock['state']})", remedy)
    if clock["far"] is not None:
        far = clock["far"]
        what = f"a date was too far ahead to be believed: {far['source']} {far['date']} (clock.far)"
        remedy = (
            "look at this clock, then at the centre's; if that was wrong: docs/protocol.md, Time"
        )
        yield warn("clock", what, remedy)


def _told_of_sync(sync: Mapping[str, Any]) -> Iterator[Finding]:
    told = f"{sync['state']}: {sync['detail']}"
    match sync["state"]:
        case "working":
            yield ok("sync", "the centre holds what the journal holds")
        case "backing-off":
            yield warn("sync", told, "lanes work on; look at the network and the centre")
        case "refused":
            yield fail("sync", told, "tell the operator: the centre refuses this terminal")
        case _:
            remedy = (
                "tell the operator: journal and centre hold different histories (a restored or"
                " cloned disk); keep the disk, enrol the terminal anew"
            )
            yield fail("sync", told, remedy)


def _guarded(check: str, look: Callable[[], Finding], remedy: str) -> Finding:
    try:
        return look()
    except NotEnrolled:
        return warn(check, "waits for the terminal to be enrolled", "see identity")
    except NoJournal as error:
        return fail(check, str(error), "put it back, or enrol the terminal anew")
    except CacheError as error:
        return fail(check, str(error), remedy)
    except OSError as error:
        return fail(check, f"can't be read ({error.strerror})", "run as the daemon's user")
