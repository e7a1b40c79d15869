"""What a check of the doctor says."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found."""

    check: str
    level: Literal["ok", "warn", "fail"]
    what: str
    remedy: str  # empty with ok


def ok(check: str, what: str) -> Finding:
    """Return that all is well."""
    return Finding(check=check, level="ok", what=what, remedy="")


def warn(check: str, what: str, remedy: str) -> Finding:
    """Return that something is not as it should be, and the terminal works all the same."""
    return Finding(check=check, level="warn", what=what, remedy=remedy)


def fail(check: str, what: str, remedy: str) -> Finding:
    """Return that something keeps the terminal from its work."""
    return Finding(check=check, level="fail", what=what, remedy=remedy)


def node(check: str, name: str, path: Path, *, is_right: bool) -> Finding:
    """Return whether a device's node is there and is what it is named as."""
    if is_right:
        return ok(check, f"{name} is there")
    what = "is no such device" if path.exists() else "is not there"
    remedy = "plug it in, or name another; ls /dev/serial/by-id /dev/v4l/by-id"
    return fail(check, f"{name} {what}", remedy)


def port(check: str, name: str) -> Finding:
    """Return whether a character device is there."""
    return node(check, name, Path(name), is_right=Path(name).is_char_device())
