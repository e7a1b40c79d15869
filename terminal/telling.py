"""What the daemon tells the centre of its lanes and lists with each checkpoint."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import version
from typing import Protocol

from drivers.base import Condition, DeviceReport
from protocol.health import Health
from terminal.desk import Desk
from terminal.lane_devices import Part
from terminal.lanes.machine import LaneState
from terminal.report import freshness
from verifier.model import Freshness, UnixSeconds

# A technician begins with the first; `status` on the spot has all. Each takes 200 octets of 4,096.
FAULTS_TOLD_MAX = 8
_FAULT_OCTETS_MAX = 200

_WORSE = {state.value: place for place, state in enumerate(Freshness)}


class ToldLane(Protocol):
    """A lane, as far as it is told of."""

    name: str
    profile_name: str

    @property
    def state(self) -> LaneState:
        """Return where it stands."""

    @property
    def conditions(self) -> tuple[tuple[Part, DeviceReport], ...]:
        """Return what each device said last."""


def standing_of(desk: Desk, lanes: Sequence[ToldLane], now: UnixSeconds) -> Health:
    """Return how lanes, devices and lists do, as members of a checkpoint's health.

    Args:
        desk: what the lanes share.
        lanes: all of them.
        now: by the terminal's clock.
    """
    conditions = [(lane.name, part, told) for lane in lanes for part, told in lane.conditions]
    scanners = [told for _, part, told in conditions if part is Part.SCANNER]
    others = [told for _, part, told in conditions if part is not Part.SCANNER]
    return {
        "version": _version(),
        "lanes": len(lanes),
        "lanes_out": sum(lane.state is LaneState.OUT_OF_SERVICE for lane in lanes),
        "scanners_down": sum(map(_is_down, scanners)),
        "scanners_poor": sum(not _is_down(told) and bool(told.detail) for told in scanners),
        "devices_down": sum(map(_is_down, others)),
        **_lists(desk, lanes, now),
        **dict(_faults(conditions)),
    }


@cache
def _version() -> str:
    """Return the program's own; it stands in a file, and this is asked twice a second."""
    return version("scan-terminal")


def _is_down(told: DeviceReport) -> bool:
    return told.condition is Condition.DOWN


def _faults(
    conditions: Sequence[tuple[str, Part, DeviceReport]],
) -> Iterator[tuple[str, str]]:
    told = [
        f"{lane} {part.value}: {each.detail or each.condition.value}"
        for lane, part, each in conditions
        if _is_down(each) or each.detail
    ]
    for number, text in enumerate(told[:FAULTS_TOLD_MAX], start=1):
        plain = "".join(each if each.isprintable() else "?" for each in text)
        octets = plain.encode()[:_FAULT_OCTETS_MAX]
        yield f"fault.{number}", octets.decode(errors="ignore")


def _lists(desk: Desk, lanes: Sequence[ToldLane], now: UnixSeconds) -> Health:
    """Return how old keys and status lists are, as the strictest lane sees it."""
    # Once a profile: it looks at every list, and lanes are told of twice a second.
    profiles = sorted({lane.profile_name for lane in lanes})
    seen = [found for name in profiles if (found := freshness(desk, name, now)) is not None]
    if not seen:
        return {"lists": "none", "keys_age_s": None, "status_age_s": None}
    ages = [age for found in seen for age in found.values()]
    return {
        "lists": max((age["state"] for age in ages), key=_WORSE.__getitem__),
        "keys_age_s": seen[0]["keys"]["age_s"],
        "status_age_s": seen[0]["status"]["age_s"],
    }
