"""What the pages show is held against the program: commands, options, targets and settings."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from typer.main import get_command

import central.cli
import terminal.cli
from terminal.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
PROGRAMS = {
    "scan-terminal": get_command(terminal.cli.app),
    "scan-central": get_command(central.cli.app),
}
TARGETS = frozenset(
    re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
)

# What a fragment of the settings stands in: what every file has, and a lane.
CENTRE = {
    "url": "https://centre.example",
    "trust_root": "L95_Gc0YfaAnfXEZWgBVwpR0-ph41GqiA_m1k9-30wU",
}
LANE = {
    "name": "lane-1",
    "profile": "gate",
    "scanner": {"kind": "serial", "port": "/dev/serial/by-id/usb-scanner-if00"},
}

# Shown as they were at the time; a decision is not rewritten when a command changes.
HISTORY = ROOT / "docs" / "adr"


def blocks(page: Path, language: str) -> Iterator[str]:
    """Yield what stands between the fences of a language."""
    text = page.read_text(encoding="utf-8")
    yield from re.findall(rf"^ *```{language}\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)


def typed(page: Path) -> Iterator[str]:
    """Yield every command that a page shows: after a prompt, or as code in a sentence."""
    for block in blocks(page, "console"):
        yield from re.findall(r"^ *\$ (.+?)(?: +#.*)?$", block, re.MULTILINE)
    yield from re.findall(r"`((?:scan-terminal|scan-central|make) [^`]+)`", page.read_text("utf-8"))


def cases(program: str) -> list[tuple[str, str]]:
    """Return each page's name with each command of the program in it, once."""
    found = {
        (str(page.relative_to(ROOT)), part.strip())
        for page in PAGES
        if HISTORY not in page.parents
        for line in typed(page)
        for part in re.split(r" && | \| (?=scan-)| -- (?=scan-|/opt)", line)
        if re.match(rf"(/\S*/)?{program}(?= |$)", part.strip())
    }
    return sorted(found)


def resolve(words: list[str], command: click.Command) -> tuple[click.Command, list[str]]:
    """Return the command that the words name, and what is left of them."""
    below = getattr(command, "commands", {})
    if words and words[0] in below:
        return resolve(words[1:], below[words[0]])
    return command, words


@pytest.mark.parametrize(
    ("program", "page", "line"), [(name, *case) for name in PROGRAMS for case in cases(name)]
)
def test_command_on_a_page_is_one_of_the_programs(program: str, page: str, line: str) -> None:
    words = re.sub(r"[][|\\]", " ", line).split()[1:]
    command, rest = resolve(words, PROGRAMS[program])
    options = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    options |= {"--help", "--version"}

    is_group = bool(getattr(command, "commands", {}))
    assert not is_group or not rest or rest[0].startswith("-") or rest[0] == "…", f"{page}: {line}"
    asked = {word.split("=")[0] for word in rest if re.match(r"--[a-z]", word)}
    assert asked <= options, f"{page}: `{line}` has {sorted(asked - options)}"


def test_every_target_on_a_page_is_in_the_makefile() -> None:
    named = {
        (page, target)
        for page, line in cases("make")
        for target in re.findall(r"^make ([a-z-]+)", line)
    }
    assert not {(page, target) for page, target in named if target not in TARGETS}


def fragments() -> list[tuple[str, str]]:
    """Return each piece of settings on a page; what belongs to a package of others is left out."""
    return [
        (str(page.relative_to(ROOT)), block)
        for page in PAGES
        for block in blocks(page, "toml")
        if "project" not in tomllib.loads(block)
    ]


def whole(fragment: dict[str, object]) -> dict[str, object]:
    """Return settings with the fragment where it belongs: of the file, or of a lane."""
    of_file = {key: value for key, value in fragment.items() if key in Settings.model_fields}
    of_lane = {key: value for key, value in fragment.items() if key not in of_file}
    lanes = of_file.pop("lane", {})
    if isinstance(lanes, dict):
        lanes = [LANE | lanes | of_lane]
    return {"centre": CENTRE, **of_file, "lane": [LANE | lane for lane in lanes]}


@pytest.mark.parametrize(("page", "block"), fragments())
def test_settings_on_a_page_are_taken(page: str, block: str) -> None:
    settings = Settings.model_validate(whole(tomllib.loads(block)))

    assert settings.lane, page


def test_console_blocks_can_be_read_by_a_shell() -> None:
    for page in PAGES:
        for line in typed(page):
            if not line.startswith(("scan-", "make")):
                assert shlex.split(line), f"{page}: {line}"
