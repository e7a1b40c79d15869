"""Rows as a console shows them: in columns where there is room, one below the other else."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from terminal.commands.output import printable
from terminal.status.rows import Row

if TYPE_CHECKING:
    from rich.table import Table

# Never colour alone: a shape as well, which a console without colours shows too.
_MARKS = {"ok": ("●", "green"), "warn": ("▲", "yellow"), "fail": ("✖", "red")}
# Below it names and texts in columns would have a dozen letters each.
NARROW_COLUMNS = 60


def plain_lines(rows: Iterable[Row]) -> Iterator[str]:
    """Yield rows as lines of any length, for scripts and files; one is one fact."""
    for number, row in enumerate(rows):
        indent = "" if number == 0 else "  " * (row.depth + 1)
        yield f"{indent}{row.name}: {row.text}"


def table(rows: Iterable[Row], *, columns: int, caption: str = "") -> "Table":
    """Return rows as a table that fits a console.

    Args:
        rows: what is shown.
        columns: of the console.
        caption: stands below it; empty for none.
    """
    from rich.table import Table  # noqa: PLC0415  # for a person alone
    from rich.text import Text  # noqa: PLC0415

    is_narrow = columns < NARROW_COLUMNS
    drawn = Table.grid(padding=(0, 1))
    drawn.add_column(width=1)
    drawn.add_column(overflow="fold")
    if not is_narrow:
        drawn.add_column(overflow="fold", ratio=1)
    for row in rows:
        mark, colour = _MARKS[row.level]
        name = Text(printable("  " * row.depth + row.name), style="" if row.depth else "bold")
        text = Text(printable(row.text), style="" if row.level == "ok" else colour)
        cells = [Text.assemble(name, "  ", text)] if is_narrow else [name, text]
        drawn.add_row(Text(mark, style=colour), *cells)
    if caption:
        drawn.caption = Text(printable(caption), style="dim")
        drawn.caption_justify = "left"
    return drawn
