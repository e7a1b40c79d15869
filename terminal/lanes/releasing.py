"""What the command `scan-terminal emergency` asks of a running daemon, and what it is told."""

import json
from collections.abc import Collection, Mapping
from typing import Protocol

from terminal.lanes.machine import LaneState


class Releasable(Protocol):
    """A lane, as far as an emergency is concerned."""

    name: str

    @property
    def state(self) -> LaneState:
        """Return where it stands."""

    @property
    def trouble(self) -> str:
        """Return why it is out of service, or held open; empty: neither."""

    @property
    def can_hold(self) -> bool:
        """Return whether it has a gate that can stand open."""

    def hold_open(self, *, is_open: bool) -> None:
        """Hold its gate open for a person who asks, or let it go."""


def request(*, is_open: bool, lane: str | None) -> str:
    """Return what the command says to the daemon: JSON of ASCII alone."""
    return json.dumps({"open": is_open, "lane": lane})


def obey(lanes: Collection[Releasable], about: str) -> Mapping[str, object]:
    """Do what `request` says, for one lane or for all; return how they stand then.

    Returns:
        `{"lanes":[{"name","state","held_open","can_hold","trouble"}]}`, or `{"error"}` where no
        lane is called so or the request makes no sense.
    """
    try:
        asked = json.loads(about)
    except (ValueError, RecursionError):
        asked = None
    match asked:
        case {"open": bool() as is_open, "lane": None | str() as name}:
            pass
        case _:
            return {"error": "no emergency is begun or ended by this"}
    chosen = [lane for lane in lanes if name in (None, lane.name)]
    if name is not None and not chosen:
        known = ", ".join(lane.name for lane in lanes) or "none"
        return {"error": f"no lane is called {name!r} here; there are: {known}"}
    for lane in chosen:
        lane.hold_open(is_open=is_open)
    return {"lanes": [_stands(lane) for lane in chosen]}


def _stands(lane: Releasable) -> dict[str, object]:
    return {
        "name": lane.name,
        "state": lane.state.value,
        "held_open": lane.state is LaneState.HELD_OPEN,
        "can_hold": lane.can_hold,
        "trouble": lane.trouble,
    }
