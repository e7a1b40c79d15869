"""The catalogue is what the code says, what its page says, and what journald is told of it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal.logs.catalogue import EVENTS, OTHER, SUPPRESSED, event_of

ROOT = Path(__file__).resolve().parents[3]
_LEVELS = {"debug", "info", "warning", "error", "critical", "exception", "log"}


def texts_of(path: Path) -> Iterator[str]:
    """Yield the texts that a module gives to its log."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    known = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=level), args=given):
                if level not in _LEVELS:
                    continue
                text = given[1] if level == "log" else given[0]
                match text:
                    case ast.Constant(value=str() as told):
                        yield told
                    case ast.Name(id=name):
                        yield str(known[name])
                    case _:
                        yield f"{path}: line {node.lineno}: no plain text"


def test_every_text_of_the_code_is_in_the_catalogue_and_nothing_else() -> None:
    folders = ("terminal", "offline_cache", "drivers")
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    said = {text for path in paths for text in texts_of(path)}
    listed = {text for event in EVENTS for text in event.texts} - set(SUPPRESSED.texts)
    assert said == listed, (
        "terminal/logs/catalogue.py, docs/logs.md and both catalogues have it too"
    )


def test_each_value_of_a_text_has_a_field() -> None:
    for event in EVENTS:
        for text, fields in event.texts.items():
            assert len(re.findall(r"%[sd]", text)) == len(fields), text
            assert all(re.fullmatch(r"[A-Z][A-Z_]{0,63}", field) for field in fields)


def test_names_and_ids_are_each_ones_own() -> None:
    assert len({event.name for event in EVENTS}) == len(EVENTS)
    assert len({event.message_id for event in EVENTS}) == len(EVENTS)
    assert all(re.fullmatch(r"[0-9a-f]{32}", event.message_id) for event in EVENTS)


def test_page_lists_every_event_with_its_id_and_fields() -> None:
    page = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `([a-z.-]+)` \| `([0-9a-f]{32})` \| (.*?) \| (.+?) \|$", page, re.MULTILINE
    )
    listed = {
        (name, found, tuple(re.findall(r"`([A-Z_]+)`", fields))) for name, found, fields, _ in rows
    }
    assert listed == {
        (
            event.name,
            event.message_id,
            tuple(sorted({f for fs in event.texts.values() for f in fs})),
        )
        for event in EVENTS
    }


@pytest.mark.parametrize("name", ["scan-terminal.catalog", "scan-terminal.zh_CN.catalog"])
def test_journals_catalogue_explains_every_event_by_fields_that_it_has(name: str) -> None:
    text = (ROOT / "systemd" / name).read_text(encoding="utf-8")
    entries = dict(re.findall(r"^-- ([0-9a-f]{32})\n((?:(?!-- ).*\n?)*)", text, re.MULTILINE))
    assert entries.keys() == {event.message_id for event in EVENTS}
    for event in EVENTS:
        entry = entries[event.message_id]
        assert entry.startswith("Subject: ")
        fields = {field for fields in event.texts.values() for field in fields}
        assert set(re.findall(r"@([A-Z_]+)@", entry)) <= fields, event.name


def test_what_nobody_listed_is_another_event() -> None:
    assert event_of("of a library") is event_of(None) is OTHER
