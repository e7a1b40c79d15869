"""What the site does to pages before they are built: diagrams become tables.

Forges draw the diagrams from their text; a site that fetches nothing from elsewhere has no program
to draw them with, and a table says the same.
"""

import re

_DIAGRAM = re.compile(r"```mermaid\n(?P<text>.*?)```", re.DOTALL)
_ARROW = re.compile(
    r"\s*(?P<from>\S+) --> (?P<to>[^:\s]+)(?:: (?P<event>[^/\n]+)(?:/ (?P<does>.+))?)?"
)


def on_page_markdown(markdown: str, **_: object) -> str:
    """Return a page with a table in place of each diagram of states."""
    return _DIAGRAM.sub(lambda found: _table(found["text"]), markdown)


def _table(text: str) -> str:
    arrows = [found for line in text.splitlines() if (found := _ARROW.fullmatch(line))]
    rows = (
        "| "
        + " | ".join((found[part] or "").strip() for part in ("from", "event", "to", "does"))
        + " |"
        for found in arrows
        if found["from"] != "[*]"
    )
    return "\n".join(("| in | what happens | then | and does |", "|---|---|---|---|", *rows))
