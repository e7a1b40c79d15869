import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from terminal.diagnosis.words import Language
from terminal.status.drawing import NARROW_COLUMNS, plain_lines, table
from terminal.status.rows import Row, Told
from tests.terminal.status.test_rows import WELL

BAD = "relay /dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A10KZP45-if00-port0 is not there"


def drawn(columns: int, *, language: Language = Language.EN, is_tty: bool = False) -> str:
    lane = WELL["lanes"][0] | {"state": "out-of-service", "trouble": BAD}
    state = WELL | {"lanes": [lane]}
    file = io.StringIO()
    console = Console(
        file=file, width=columns, force_terminal=is_tty, color_system="standard" if is_tty else None
    )
    console.print(table(Told(language=language).rows(state), columns=columns))
    return file.getvalue()


@pytest.mark.parametrize("columns", [24, 40, NARROW_COLUMNS - 1, NARROW_COLUMNS, 80, 200])
@pytest.mark.parametrize("language", list(Language))
def test_nothing_is_lost_or_cut_at_any_width(columns: int, language: Language) -> None:
    text = drawn(columns, language=language)
    assert all(cell_len(line) <= columns for line in text.splitlines())
    assert "…" not in text
    letters = "".join(text.split())
    assert "".join(BAD.split())[-12:] in letters or columns >= NARROW_COLUMNS
    assert "library-7" in letters


def test_colour_is_for_consoles_and_a_shape_for_everybody() -> None:
    assert "\x1b[" in drawn(80, is_tty=True)
    plain = drawn(80)
    assert "\x1b" not in plain
    assert {"●", "▲", "✖"} <= set(plain)


def test_lines_for_scripts_are_as_long_as_what_they_say() -> None:
    lines = list(plain_lines(Told(language=Language.EN).rows(WELL)))
    assert lines[0] == "terminal library-7 epoch 1: running"
    assert "  lane gate-1 (gate): idle" in lines
    assert "    scanner /dev/video0: up" in lines


def test_what_a_device_says_can_not_dress_the_table() -> None:
    file = io.StringIO()
    rows = [Row(name="lane [red]x", text="a\x1b[2Jb\nc")]
    Console(file=file, width=80).print(table(rows, columns=80))
    text = file.getvalue()
    assert "\x1b" not in text
    assert "lane [red]x" in text
    assert len(text.splitlines()) == 1
