"""The entries that docs/families.md shows are entries that a terminal takes."""

import json
import re
from pathlib import Path

from verifier.formats import BUILT_IN
from verifier.trust import load_keys

ENTRY = re.compile(r"```json\n(\{.*?\})\n```", re.DOTALL)


def test_every_entry_on_the_page_is_loaded(docs: Path) -> None:
    entries = [
        json.loads(text) for text in ENTRY.findall((docs / "families.md").read_text("utf-8"))
    ]
    loaded = load_keys(json.dumps({"keys": entries}).encode())
    assert loaded.problems == ()
    families = {name for held in loaded.keys.values() for key in held for name in key.formats}
    assert families >= {"claim169", "eu-dcc", "shc", "pretix"}


def test_every_built_in_family_stands_on_the_page(docs: Path) -> None:
    page = (docs / "families.md").read_text("utf-8")
    assert [family.name for family in BUILT_IN if f"| `{family.name}` |" not in page] == []
    ours = "cc1"  # has a page of its own
    assert [each.name for each in BUILT_IN if f"\n### {each.name}\n" not in page] == [ours]
