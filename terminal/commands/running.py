"""`run`, `status` and `sync`: the daemon's life."""

from pathlib import Path
from typing import Annotated, Any

import typer

from terminal.commands.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from terminal.commands.output import print_json, print_line
from terminal.settings import Settings, load_settings


def run(config: ConfigOption = DEFAULT_CONFIG, *, as_json: JsonOption = False) -> None:
    """Run the daemon: serve every lane of the settings until SIGTERM or SIGINT.

    What it has to say goes to standard error; with --json one object a line.
    """
    from terminal.daemon import run as run_daemon  # noqa: PLC0415  # devices and network, when used
    from terminal.logs.starting import begin_logging  # noqa: PLC0415

    settings = load_settings(config)
    begin_logging(settings.terminal.log_level, as_json=as_json)
    run_daemon(settings)


def status(config: ConfigOption = DEFAULT_CONFIG, *, as_json: JsonOption = False) -> int:
    """Show the state of lanes, lists, clock, journal and sync; exit 1 where something is wrong."""
    from terminal.report import is_healthy  # noqa: PLC0415  # heavy, when used

    state = current_state(load_settings(config))
    if as_json:
        print_json(state)
    else:
        _print_state(state)
    return 0 if is_healthy(state) else 1


def current_state(settings: Settings) -> dict[str, object]:
    """Return the running daemon's report; without one, what is on disk says.

    Raises:
        ControlError, CacheError: as they say.
    """
    from offline_cache.identity import load_identity  # noqa: PLC0415  # heavy, when used
    from offline_cache.state import StateFolder  # noqa: PLC0415
    from terminal.control import ask  # noqa: PLC0415

    state = StateFolder(settings.state_folder)
    answer = ask(state.control, "status")
    if answer is not None:
        return answer
    identity = load_identity(state.identity)
    seq, acked = _position(state.journal)
    return {
        "running": False,
        "terminal": identity.terminal,
        "epoch": identity.epoch,
        "journal": {"seq": seq, "acked": acked, "fault": None},
    }


def _position(path: Path) -> tuple[int, int]:
    """Return the last entry of a journal on disk and the last acknowledged one; 0, 0: none yet."""
    from offline_cache.audit import JournalReader  # noqa: PLC0415  # heavy, when used
    from offline_cache.errors import NoJournal  # noqa: PLC0415

    try:
        reader = JournalReader(path)
    except NoJournal:
        return 0, 0
    try:
        return reader.last()[1], reader.checkpoint()[1]
    finally:
        reader.close()


def _print_state(state: dict[str, object]) -> None:
    running = "running" if state.get("running") else "not running"
    print_line(f"terminal {state.get('terminal')} epoch {state.get('epoch')}: {running}")
    for name in ("clock", "journal", "trust", "sync"):
        match state.get(name):
            case dict() as part:
                told = ", ".join(f"{key} {value}" for key, value in part.items() if value != "")
                print_line(f"  {name}: {told}")
            case _:
                continue
    match state.get("local"):
        case dict() as local:
            _print_local(local)
        case _:
            pass  # no program can connect
    match state.get("lanes"):
        case list() as lanes:
            for lane in lanes:
                _print_lane(lane)


def _print_local(local: dict[str, Any]) -> None:
    for listener in local["listeners"]:
        print_line(f"  local: {listener['name']} {listener['trouble']}".rstrip())
    if local["clients"]:
        print_line(f"  local: {local['clients']}")


def _print_lane(lane: dict[str, object]) -> None:
    trouble = f": {lane['trouble']}" if lane["trouble"] else ""
    print_line(f"  lane {lane['name']} ({lane['profile']}): {lane['state']}{trouble}")
    match lane.get("freshness"):
        case dict() as lists:
            told = (f"{name} {of['state']}, {of['age_s']} s old" for name, of in lists.items())
            print_line(f"    {'; '.join(told)}")
        case _:
            pass  # no trust is held yet
    devices = lane["devices"]
    for device in devices if isinstance(devices, list) else []:
        what = f"{device['condition']} {device['detail']}".rstrip()
        print_line(f"    {device['part']} {device['device']}: {what}")


def sync(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    once: Annotated[bool, typer.Option("--once", help="One round, then end; the default.")] = True,
    as_json: JsonOption = False,
) -> int:
    """Fetch what the centre published and send what it does not hold; now, and once.

    A running daemon does it when asked; without one this command does it itself. Exit 0 only
    where all was taken and acknowledged.
    """
    from terminal.sync.by_hand import sync_once  # noqa: PLC0415  # network, when used

    del once  # said for clarity in scripts: for ever is the daemon's work
    result = sync_once(load_settings(config))
    if as_json:
        print_json(result)
    else:
        print_line(f"sync: {result['state']} {result['detail']}".rstrip())
        print_line(f"  entries {result['seq']}, acknowledged {result['acked']}")
    return 0 if result["state"] == "working" else 1
