import importlib
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel
from typer.main import get_command

import central.cli
import terminal.cli
from terminal import devices
from terminal.devices.table import Table

ROOT = Path(__file__).resolve().parents[2]


def tables() -> Iterator[type[BaseModel]]:
    """Yield every table of the settings; importing the kinds of devices makes them known."""
    for module in pkgutil.iter_modules(devices.__path__, f"{devices.__name__}."):
        importlib.import_module(module.name)
    waiting: list[type[BaseModel]] = [Table]
    while waiting:
        below = waiting.pop().__subclasses__()
        yield from below
        waiting += below


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("key", sorted({key for table in tables() for key in table.model_fields}))
def test_every_key_of_the_settings_is_documented(key: str) -> None:
    told = page("settings.md")
    # In a table as `key`, as the heading of one as `[key]` or `[[key]]`, in text as `key = …`.
    assert re.search(rf"`\[{{0,2}}{key}(\]{{0,2}}`| = )", told), f"docs/settings.md lacks {key}"


def requirements() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(line for extra in extras for line in extra)]
    names = {re.split(r"[^A-Za-z0-9._-]", line)[0] for line in wanted}
    return sorted(names - {project["name"]})


@pytest.mark.parametrize("name", requirements())
def test_every_dependency_has_its_line(name: str) -> None:
    lines = [line for line in page("dependencies.md").splitlines() if f"`{name}`" in line]
    assert lines, f"docs/dependencies.md says nothing of {name}"


def commands(app: typer.Typer, program: str) -> list[str]:
    """Return every command as a person types it."""
    found = []
    for name, command in getattr(get_command(app), "commands", {}).items():
        below = getattr(command, "commands", None)
        found += [f"{program} {name} {each}" for each in below] if below else [f"{program} {name}"]
    return found


@pytest.mark.parametrize(
    "command",
    [
        *commands(terminal.cli.app, "scan-terminal"),
        *commands(central.cli.app, "scan-central"),
    ],
)
def test_every_command_is_documented(command: str) -> None:
    told = (ROOT / "README.md").read_text(encoding="utf-8") + page("commands.md")
    assert command in told, f"neither README.md nor docs/commands.md tells of `{command}`"
