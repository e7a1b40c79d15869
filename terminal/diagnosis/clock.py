"""The doctor's look at the clock from outside; what the daemon makes of it, it tells itself."""

from collections.abc import Iterator

from offline_cache.floor_file import FloorFile
from terminal.diagnosis.finding import Finding, fail, ok, warn
from terminal.diagnosis.ground import Ground
from terminal.diagnosis.knowledge import guarded
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
