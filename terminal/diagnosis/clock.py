"""The doctor's look at the clock from outside; what the daemon makes of it, it tells itself."""

import time
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from offline_cache.errors import CacheError
from offline_cache.floor_file import FloorFile
from terminal.bootstrap import trust_store
from terminal.diagnosis.finding import Finding, fail, ok, warn
from terminal.diagnosis.ground import Ground
from terminal.diagnosis.knowledge import guarded
from terminal.diagnosis.machine import Machine
from terminal.kernel_clock import is_synchronised
from terminal.timekeeping import BUILD_DATE, system_now


def look_at_clock(ground: Ground) -> Iterator[Finding]:
    """Yield whether the clock can be right, and follows a time server."""

    def look() -> Finding:
        FloorFile(ground.state.floor).read()
        if system_now() < BUILD_DATE:
            what = "stands before this program was built"
            return fail("clock.behind", "clock", what, "set it: timedatectl")
        if not is_synchronised():
            what = "plausible, but it follows no time server: codes are judged 30 s more widely"
            remedy = "timedatectl timesync-status; name a server within reach"
            return warn("clock.free", "clock", what, remedy)
        return ok("clock.free", "clock", "follows a time server")

    remedy = "remove the file, then systemctl restart scan-terminal"
    yield guarded("clock.floor", "clock", look, remedy)


def look_at_zone(ground: Ground) -> Iterator[Finding]:
    """Yield whether the machine's local time is that of the profiles which its lanes go by."""
    yield from compare_zones(_profiles_offsets(ground), machines_offset(ground.machine))


def compare_zones(wanted: set[int], offset_min: int | None) -> Iterator[Finding]:
    """Yield whether local time is that of the profiles; nothing where either is not known.

    Args:
        wanted: minutes ahead of UTC, of the profiles.
        offset_min: the machine's.
    """
    if not wanted or offset_min is None:
        return
    told = f"local time here is UTC{offset_min / 60:+g} h"
    if wanted == {offset_min}:
        yield ok("clock.zone", "clock", f"{told}, as in the profiles")
        return
    hours = ", ".join(f"{each / 60:+g} h" for each in sorted(wanted))
    what = f"{told}, and the profiles' is {hours}"
    yield warn("clock.zone", "clock", what, "timedatectl set-timezone REGION/CITY")


def _profiles_offsets(ground: Ground) -> set[int]:
    """Return the minutes ahead of UTC that held profiles of our lanes say."""
    try:
        trust = trust_store(ground.state, ground.settings).look(now=system_now())
    except (CacheError, OSError):
        return set()  # another check says so
    lanes = {lane.profile for lane in ground.settings.lane}
    profiles = {} if trust is None else trust.profiles
    told = (profile.utc_offset_min for name, profile in profiles.items() if name in lanes)
    return {offset for offset in told if offset is not None}


def machines_offset(machine: Machine) -> int | None:
    """Return the minutes that local time is ahead of UTC; None: the machine does not say."""
    try:
        with machine.at("/etc/localtime").open("rb") as file:
            zone = ZoneInfo.from_file(file)
    except (OSError, ValueError):
        return None
    offset = datetime.fromtimestamp(time.time(), zone).utcoffset()
    return None if offset is None else int(offset.total_seconds()) // 60
