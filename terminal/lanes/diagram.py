"""Draws the lane's table of moves for docs/lanes.md: `python -m terminal.lanes.diagram [--write]`."""

import re
import sys
from pathlib import Path

from terminal.lanes.machine import TRANSITIONS, LaneState, Move

PAGE = Path(__file__).parent.parent.parent / "docs" / "lanes.md"
_BEGIN, _END = "```mermaid\n", "```\n"


def diagram() -> str:
    """Return the table as a Mermaid state diagram, in the order of the table."""
    lines = ["stateDiagram-v2", f"    [*] --> {_name(LaneState.OUT_OF_SERVICE)}"]
    for state, moves in TRANSITIONS.items():
        lines += [_line(state, event.__name__, move) for event, move in moves.items()]
    return "\n".join(lines) + "\n"


def drawn_into(page: str) -> str:
    """Return `page` with its one diagram drawn anew.

    Raises:
        ValueError: it has none, or several.
    """
    parts = re.split(f"({re.escape(_BEGIN)}.*?{re.escape(_END)})", page, flags=re.DOTALL)
    if len(parts) != 3:
        raise ValueError("the page has not one diagram")
    before, _, behind = parts
    return f"{before}{_BEGIN}{diagram()}{_END}{behind}"


def _name(state: LaneState) -> str:
    return "".join(word.capitalize() for word in state.name.split("_"))


def _line(state: LaneState, event: str, move: Move) -> str:
    does = ", ".join(doing.value for doing in move.does)
    told = f"{event} / {does}" if does else event
    return f"    {_name(state)} --> {_name(move.to)}: {told}"


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        PAGE.write_text(drawn_into(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        sys.stdout.write(diagram())
