from dataclasses import fields
from pathlib import Path

from verifier.policy import Capability, Profile

PAGE = Path(__file__).resolve().parents[2] / "docs" / "profiles.md"


def test_every_key_of_a_profile_has_its_line() -> None:
    told = {line.split("`")[1] for line in PAGE.read_text("utf-8").splitlines() if "| `" in line}
    assert told == {field.name for field in fields(Profile)} - {"name"}


def test_every_capability_is_named() -> None:
    page = PAGE.read_text("utf-8")
    for capability in Capability:
        assert f"`{str(capability.name).lower().replace('_', '-')}`" in page
