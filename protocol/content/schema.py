"""The JSON Schema of content packs: what an editor holds a file to while it is written."""

import json

from protocol.content.shapes import PACK


def content_schema() -> dict[str, object]:
    """Return the schema of a pack's file (JSON Schema 2020-12).

    It takes what `read_pack` takes, but for what contradicts itself: a schema compares no values.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "scan-terminal content pack",
        "description": "What one kind of screen offers (docs/visits.md).",
        **PACK.schema(),
    }


def schema_text() -> str:
    """Return the schema as docs/content.schema.json has it."""
    return json.dumps(content_schema(), ensure_ascii=False, indent=1) + "\n"
