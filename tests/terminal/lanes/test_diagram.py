import pytest

from terminal.lanes.diagram import PAGE, diagram, drawn_into
from terminal.lanes.machine import TRANSITIONS


def test_the_page_shows_the_table_as_it_is() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == drawn_into(page), "run: python -m terminal.lanes.diagram --write"


def test_every_move_is_a_line_of_the_diagram() -> None:
    lines = diagram().splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert len(lines) == 2 + sum(len(moves) for moves in TRANSITIONS.values())
    assert "    Awaiting --> Idle: PassageMade / close gate, show ready" in lines
    assert len(set(lines)) == len(lines)


@pytest.mark.parametrize("page", ["none", "```mermaid\na\n```\n```mermaid\nb\n```\n"])
def test_a_page_without_one_diagram_is_not_drawn_into(page: str) -> None:
    with pytest.raises(ValueError, match="one diagram"):
        drawn_into(page)
