"""The daemon's user and groups, as unit, /etc/passwd and /etc/group name them."""

import os
from dataclasses import dataclass

from terminal.diagnosis.machine import Machine

_UNIT = "/etc/systemd/system/scan-terminal.service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who opens devices."""

    name: str
    uid: int
    gids: frozenset[int]

    def may_use(self, found: os.stat_result) -> bool:
        """Return whether he may read and write a node."""
        return self._may(found, 0o6)

    def may_read(self, found: os.stat_result) -> bool:
        """Return whether he may read a file."""
        return self._may(found, 0o4)

    def _may(self, found: os.stat_result, wanted: int) -> bool:
        """Return whether the mode allows it (path_resolution(7))."""
        if self.uid == 0:
            return True
        if self.uid == found.st_uid:
            wanted <<= 6
        elif found.st_gid in self.gids:
            wanted <<= 3
        return found.st_mode & wanted == wanted


def daemons_user(machine: Machine) -> Person:
    """Return the user of the systemd unit; without a unit, who asks."""
    unit = _unit(machine)
    name = unit.get("User", "")
    uid, gid = _passwd(machine).get(name, (None, None))
    if uid is None or gid is None:
        return Person(name="this user", uid=os.geteuid(), gids=frozenset(os.getgroups()))
    extra = set(unit.get("SupplementaryGroups", "").split()) | {unit.get("Group", "")}
    gids = {
        number
        for group, (number, members) in groups(machine).items()
        if group in extra or name in members
    }
    return Person(name=name, uid=uid, gids=frozenset(gids | {gid}))


def groups(machine: Machine) -> dict[str, tuple[int, frozenset[str]]]:
    """Return each group's number and members (group(5))."""
    found = {}
    for line in machine.text("/etc/group").splitlines():
        match line.split(":"):
            case [name, _, number, members] if number.isdecimal():
                found[name] = (int(number), frozenset(members.split(",")))
            case _:
                continue
    return found


def _passwd(machine: Machine) -> dict[str, tuple[int, int]]:
    """Return each user's number and first group (passwd(5))."""
    found = {}
    for line in machine.text("/etc/passwd").splitlines():
        match line.split(":"):
            case [name, _, uid, gid, *_] if uid.isdecimal() and gid.isdecimal():
                found[name] = (int(uid), int(gid))
            case _:
                continue
    return found


def _unit(machine: Machine) -> dict[str, str]:
    """Return the unit's keys; what a drop-in says counts later, and lists of groups add up."""
    drop_ins = [f"{_UNIT}.d/{name}" for name in machine.names(f"{_UNIT}.d")]
    found: dict[str, str] = {}
    for path in (_UNIT, *drop_ins):
        for line in machine.text(path).splitlines():
            key, equals, value = line.partition("=")
            if equals and key == "SupplementaryGroups" and value:
                found[key] = f"{found.get(key, '')} {value}"
            elif equals:
                found[key] = value.strip()
    return found
