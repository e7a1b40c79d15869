"""The JSON Schema of profiles: what an editor holds a file to while it is written."""

import json

from protocol.profile_file.fields import NEEDS, PROFILE


def profile_schema() -> dict[str, object]:
    """Return the schema of a profile's file (JSON Schema 2020-12), whether read as TOML or JSON.

    It takes what `read_profile` takes, but for what contradicts itself: a schema compares no
    values.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "scan-terminal profile",
        "description": "One lane's rules (docs/profiles.md).",
        **PROFILE.schema(),
        "dependentRequired": {key: list(needed) for key, needed in NEEDS.items()},
    }


def schema_text() -> str:
    """Return the schema as docs/profile.schema.json has it."""
    return json.dumps(profile_schema(), ensure_ascii=False, indent=1) + "\n"
