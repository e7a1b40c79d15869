import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, fields, is_dataclass
from enum import Enum
from pathlib import Path

import pytest

from protocol.profile_file.fields import PROFILE
from protocol.profile_file.tables import LIMITS
from tests.conftest import ROOT
from verifier.profile import Capability, CardType, Limits, Profile

PAGE = (ROOT / "docs" / "profiles.md").read_text("utf-8")
Row = tuple[str, str]  # default, meaning


def rows(header: str) -> Mapping[str, Row]:
    """Return the table under `header`: default and meaning by key."""
    table = PAGE.split(header, 1)[1].split("\n\n", 1)[0]
    lines = [line.split(" | ", 2) for line in table.splitlines() if line.startswith("| `")]
    return {
        key.strip("|` "): (default, meaning.removesuffix(" |")) for key, default, meaning in lines
    }


KEYS, LIMIT_KEYS = rows("| key | default | meaning |"), rows("| key of `limits` |")


def test_every_key_of_a_profile_has_its_line() -> None:
    assert list(KEYS) == list(PROFILE.fields)
    assert set(KEYS) == {field.name for field in fields(Profile)} - {"name"}
    assert list(LIMIT_KEYS) == list(LIMITS.fields) == [field.name for field in fields(Limits)]


def test_page_and_schema_say_the_same_of_every_key() -> None:
    assert {key: meaning for key, (_, meaning) in KEYS.items()} == {
        key: field.says for key, field in PROFILE.fields.items()
    }
    assert {key: meaning for key, (_, meaning) in LIMIT_KEYS.items()} == {
        key: field.says[0].lower() + field.says[1:].rstrip(".")
        for key, field in LIMITS.fields.items()
    }


def _default(field: "Field[object]") -> object:
    """Return a default as the table has it: "required", "none", or as TOML would be read."""
    value = field.default
    if value is MISSING:
        return "required"
    if value in (None, (), "") or field.name == "card_types":
        return "none"
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, tuple):
        return list(value)
    return value.value if isinstance(value, Enum) else value


def _told(text: str) -> object:
    return text if text in ("required", "none") else tomllib.loads(f"x = {text.strip('`')}")["x"]


@pytest.mark.parametrize(("table", "kind"), [(KEYS, Profile), (LIMIT_KEYS, Limits)])
def test_every_default_is_the_one_that_is_written(
    table: Mapping[str, Row], kind: type[Profile | Limits]
) -> None:
    written = {key: _told(default) for key, (default, _) in table.items()}
    assert written == {
        field.name: _default(field) for field in fields(kind) if field.name != "name"
    }


def test_every_capability_and_type_is_named() -> None:
    for member in (*Capability, *CardType):
        assert f"`{str(member.name).lower().replace('_', '-')}`" in PAGE


@pytest.mark.parametrize("path", sorted((ROOT / "central" / "profiles").glob("*.toml")))
def test_every_shipped_profile_is_told(path: Path) -> None:
    assert f"`{path.stem}`" in PAGE
