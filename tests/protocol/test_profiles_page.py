import tomllib
from dataclasses import MISSING, asdict, fields, is_dataclass
from enum import Enum
from pathlib import Path

from verifier.profile import Capability, Profile

PAGE = Path(__file__).resolve().parents[2] / "docs" / "profiles.md"


def test_every_key_of_a_profile_has_its_line() -> None:
    told = {line.split("`")[1] for line in PAGE.read_text("utf-8").splitlines() if "| `" in line}
    assert told <= {field.name for field in fields(Profile)} - {"name"}


def _as_written(value: object) -> object:
    """Return a default as the table has it."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, tuple):
        return list(value)
    return value.value if isinstance(value, Enum) else value


def test_every_default_is_the_one_that_is_written() -> None:
    lines = (line.split("|") for line in PAGE.read_text("utf-8").splitlines() if "| `" in line)
    told = {parts[1].strip(" `"): parts[2].strip(" `") for parts in lines}
    words = {name: text for name, text in told.items() if text in ("required", "none")}
    assert words == {"entry_type": "required", "capability": "none"}
    document = "\n".join(f"{name} = {told[name]}" for name in told.keys() - words.keys())
    defaults = {
        field.name: _as_written(field.default)
        for field in fields(Profile)
        if field.default not in (MISSING, None)
    }
    assert tomllib.loads(document).items() <= defaults.items()


def test_every_capability_is_named() -> None:
    page = PAGE.read_text("utf-8")
    for capability in Capability:
        assert f"`{str(capability.name).lower().replace('_', '-')}`" in page
