"""`scan-terminal client`: which programs may use the local interface."""

from typing import Annotated

import typer

from offline_cache.state import StateFolder
from terminal.commands.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from terminal.commands.output import print_all_json, print_json, print_line
from terminal.errors import UsageError
from terminal.local.clients import SCOPES_DEFAULT, Client, ClientsFile, Scope
from terminal.settings import Settings, load_settings
from terminal.timekeeping import system_now

_SCOPES = ",".join(scope.value for scope in Scope)


def add(
    name: Annotated[str, typer.Argument(help="The program's name, such as till-1.")],
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    lanes: Annotated[
        str | None, typer.Option(help="Lanes it may see, with commas between; default: all.")
    ] = None,
    scopes: Annotated[
        str | None, typer.Option(help=f"What it may do, of {_SCOPES}; default: sale,status.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Let a program in. Its token is shown once: the terminal keeps a digest of it."""
    settings = load_settings(config)
    token = _file(settings).add(
        name,
        scopes=SCOPES_DEFAULT if scopes is None else _scopes(scopes),
        lanes=None if lanes is None else _lanes(lanes, settings),
        now=system_now(),
    )
    if as_json:
        print_json({"name": name, "token": token})
        return
    print_line(f"token: {token}")
    print_line("It is good from now on, and is shown this once.")
    if settings.local is None:
        print_line("No program can connect yet: the settings have no [local].")


def show(config: ConfigOption = DEFAULT_CONFIG, *, as_json: JsonOption = False) -> None:
    """Say which programs are let in."""
    clients = _file(load_settings(config)).read()
    if as_json:
        print_all_json(_members(client) for client in clients)
        return
    for client in clients:
        told = _members(client)
        lanes = "every lane" if client.lanes is None else ",".join(sorted(client.lanes))
        print_line(f"{client.name}  {told['scopes']}  {lanes}")


def remove(
    name: Annotated[str, typer.Argument(help="As client list shows it.")],
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    as_json: JsonOption = False,
) -> None:
    """Let a program in no more; its streams end, and its token opens nothing from now on."""
    _file(load_settings(config)).remove(name)
    if as_json:
        print_json({"name": name})
    else:
        print_line(f"{name} is let in no more")


def _file(settings: Settings) -> ClientsFile:
    return ClientsFile(StateFolder(settings.state_folder).clients)


def _scopes(text: str) -> frozenset[Scope]:
    try:
        return frozenset(Scope(each.strip()) for each in text.split(","))
    except ValueError as error:
        raise UsageError(f"--scopes {text}: each is one of {_SCOPES}") from error


def _lanes(text: str, settings: Settings) -> frozenset[str]:
    named, known = {each.strip() for each in text.split(",")}, {one.name for one in settings.lane}
    if not named <= known:
        unknown, there = ", ".join(sorted(named - known)), ", ".join(sorted(known)) or "none"
        raise UsageError(f"--lanes {unknown}: no such lane in the settings; there are {there}")
    return frozenset(named)


def _members(client: Client) -> dict[str, object]:
    return {
        "name": client.name,
        "scopes": ",".join(sorted(scope.value for scope in client.scopes)),
        "lanes": None if client.lanes is None else sorted(client.lanes),
        "added_at": client.added_at,
    }
