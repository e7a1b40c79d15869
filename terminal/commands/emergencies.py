"""`emergency open` and `emergency close`: gates that stand open for whoever must get out."""

from typing import Annotated

import typer

from terminal.commands.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from terminal.commands.output import print_json, print_line

LaneOption = Annotated[
    str | None, typer.Option("--lane", help="One lane by its name; without it all of them.")
]


def open_lanes(
    config: ConfigOption = DEFAULT_CONFIG, *, lane: LaneOption = None, as_json: JsonOption = False
) -> int:
    """Hold gates open, whoever comes, until told to close; nothing is decided meanwhile.

    Exit 1 where a lane has no gate to hold.
    """
    lanes = _ask(config, lane, is_open=True, as_json=as_json)
    return 0 if all(each["held_open"] and each["can_hold"] for each in lanes) else 1


def close_lanes(
    config: ConfigOption = DEFAULT_CONFIG, *, lane: LaneOption = None, as_json: JsonOption = False
) -> int:
    """End what `emergency open` began; exit 1 where a release contact still holds a lane open."""
    lanes = _ask(config, lane, is_open=False, as_json=as_json)
    return 1 if any(each["held_open"] for each in lanes) else 0


def _ask(
    config: ConfigOption, lane: str | None, *, is_open: bool, as_json: bool
) -> list[dict[str, object]]:
    """Return how the lanes stand once the daemon has done it.

    Raises:
        ControlError: no daemon runs, or it does not do it.
    """
    from offline_cache.state import StateFolder  # noqa: PLC0415  # heavy, when used
    from terminal.control import ask  # noqa: PLC0415
    from terminal.errors import ControlError  # noqa: PLC0415
    from terminal.lanes.releasing import request  # noqa: PLC0415
    from terminal.settings import load_settings  # noqa: PLC0415

    control = StateFolder(load_settings(config).state_folder).control
    answer = ask(control, "emergency", request(is_open=is_open, lane=lane))
    if answer is None:
        raise ControlError("no daemon runs here: open or close the gates by hand, at the gate")
    match answer.get("lanes"):
        case list() as lanes:
            pass
        case _:
            raise ControlError(str(answer.get("error", "the daemon's answer makes no sense")))
    for each in lanes:
        if as_json:
            print_json(each)
        else:
            what = "no gate to hold" if not each["can_hold"] else each["trouble"]
            print_line(f"lane {each['name']}: {each['state']}{': ' if what else ''}{what}")
    return lanes
