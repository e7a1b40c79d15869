"""What a check of the doctor says."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found."""

    code: str  # of the check, "disk.free"; cause and remedy in both languages: docs/doctor.md
    check: str  # what was looked at here: "lane gate-1", "disk"
    level: Level
    what: str  # what was found, with names and numbers; English
    remedy: str  # for just this finding; English; empty with ok


def ok(code: str, check: str, what: str) -> Finding:
    """Return that all is well."""
    return Finding(code=code, check=check, level="ok", what=what, remedy="")


def warn(code: str, check: str, what: str, remedy: str) -> Finding:
    """Return that something is not as it should be, and the terminal works all the same."""
    return Finding(code=code, check=check, level="warn", what=what, remedy=remedy)


def fail(code: str, check: str, what: str, remedy: str) -> Finding:
    """Return that something keeps the terminal from its work."""
    return Finding(code=code, check=check, level="fail", what=what, remedy=remedy)


def node(check: str, name: str, path: Path, *, is_right: bool) -> Finding:
    """Return whether a device's node is there and is what it is named as."""
    if is_right:
        return ok("device.node", check, f"{name} is there")
    what = "is no such device" if path.exists() else "is not there"
    remedy = "plug it in, or name another; ls /dev/serial/by-id /dev/v4l/by-id"
    return fail("device.node", check, f"{name} {what}", remedy)
